"""The archives at a glance: volumes, how long footage stays, folders from other servers."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PyQt5.QtWidgets import (
    QGridLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from axxon_client.model import words
from axxon_client.model.archives import keeping, plan_rows, volume_text
from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from axxon_client.ui.theme import icons, palette
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.ask import Sheet, ask
from axxon_client.ui.widgets.basics import Elided, button, chip, column, label, row, surface
from axxon_client.ui.widgets.states import EmptyState, Notice, Skeleton, page_header
from protocol.types import ArchiveCamera, ArchiveState, Right, VolumeState

_REFRESH_MS = 5000
_CARD_PX = 820
_BAR_PX = 8
_SHOWN_CAMERAS = 64


class UsedBar(QWidget):
    """How full a volume is: protected green, the rest in the accent."""

    def __init__(self, volume: VolumeState) -> None:
        super().__init__()
        self._volume = volume
        self.setFixedHeight(_BAR_PX)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(200, _BAR_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        painter.setPen(Qt.NoPen)
        whole = max(1, self._volume.quota_bytes or self._volume.used_bytes)
        for share, tint in (
            (1.0, palette.LINE),
            (self._volume.used_bytes / whole, palette.ACCENT),
            (self._volume.protected_bytes / whole, palette.GREEN),
        ):
            painter.setBrush(colour(tint))
            width = self.width() * min(1.0, share)
            if width > 0:
                painter.drawRoundedRect(QRectF(0, 0, max(_BAR_PX, width), _BAR_PX), 4, 4)


class ArchivesPage(QWidget):
    """Signals: `settings_asked(str id)`; `add_asked()`; `moment_chosen(str camera, qint64)` to
    play footage of a folder from elsewhere; `said(tone, title, detail)`."""

    settings_asked = pyqtSignal(str)
    add_asked = pyqtSignal()
    moment_chosen = pyqtSignal(str, "qint64")
    said = pyqtSignal(str, str, str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._book = session.archives
        may = session.may(Right.CONFIGURE)
        self.attach = button(self.tr("Attach a folder…"), "", "folder-plus-outline", self._attach)
        self.add = button(self.tr("Add archive"), "primary", "plus", self.add_asked.emit)
        for made in (self.attach, self.add):
            made.setVisible(may)
        detail = self.tr("Where footage is kept, and for how long.")
        header = page_header(self.tr("Archives"), detail, self.attach, self.add)
        self._notice = Notice()
        self._cards = QVBoxLayout()
        self._cards.setSpacing(16)
        inner = QWidget()
        inner.setObjectName("scrolled")
        body = column(self._notice, self._cards, 1, space=16)
        body.setContentsMargins(24, 16, 24, 24)
        inner.setLayout(body)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        self._empty = EmptyState(
            "archive-outline",
            self.tr("No archives"),
            self.tr("Without an archive nothing is recorded."),
        )
        self._skeleton = Skeleton(5)
        self._pages = QStackedLayout()
        for page in (scroll, self._skeleton, self._empty):
            self._pages.addWidget(page)
        whole = column(header, self._pages, space=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._shown: list[ArchiveState] = []
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._book.refresh)
        self._book.changed.connect(self._fill)
        self._book.failed.connect(self._on_failed)
        self._fill()

    def showEvent(self, event: QShowEvent) -> None:
        self._book.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()

    def _on_failed(self, failure: Failure) -> None:
        self._notice.say("red", self.tr("That was not possible"), failure.text)

    def _fill(self) -> None:
        """Anew only when something changed: what is being read must not jump."""
        states = self._book.states
        if not self._book.loaded:
            self._pages.setCurrentWidget(self._skeleton)
            return
        self._pages.setCurrentIndex(0 if states else 2)
        if states == self._shown:
            return
        self._shown = states
        self._notice.hide()
        while self._cards.count():
            gone = self._cards.takeAt(0).widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        for state in states:
            self._cards.addWidget(self._card(state))

    # --- a card

    def _card(self, state: ArchiveState) -> QWidget:
        parts = column(self._head(state), space=12, margins=16)
        for volume in state.volumes:
            parts.addWidget(self._volume(volume, state.read_only))
        told = keeping(state)
        if told.tone:
            notice = Notice()
            notice.say(told.tone, told.text, told.advice)
            parts.addWidget(notice)
        else:
            parts.addWidget(label(told.text, "second"))
        if state.read_only:
            parts.addLayout(self._cameras(state))
        elif state.plan:
            parts.addLayout(self._plan(state))
        card = surface("card", parts)
        card.setMaximumWidth(_CARD_PX)
        return card

    def _head(self, state: ArchiveState) -> QWidget:
        name = "archive-lock-outline" if state.read_only else "archive-outline"
        picture = label()
        picture.setPixmap(icons.pixmap(name, 24, palette.TEXT_SECOND, self.devicePixelRatioF()))
        text, tone = _state_chip(state)
        line = row(picture, label(state.name, "title"), chip(text, tone), 1, space=12)
        if self._session.may(Right.CONFIGURE):
            if state.read_only:
                text, run = self.tr("Detach…"), lambda: self._ask_detach(state)
                line.addWidget(button(text, "quiet", "eject-outline", run))
            else:
                text = self.tr("Settings")
                line.addWidget(
                    button(
                        text, "quiet", "cog-outline", lambda: self.settings_asked.emit(state.id)
                    )
                )
        widget = QWidget()
        widget.setLayout(line)
        line.setContentsMargins(0, 0, 0, 0)
        return widget

    def _volume(self, volume: VolumeState, read_only: bool) -> QWidget:
        now_us = self._session.clock.now_us()
        period = ""
        if volume.first_us is not None and volume.last_us is not None:
            ends = (volume.first_us, volume.last_us)
            period = " – ".join(words.date_and_clock(us, now_us) for us in ends)
        path = Elided(volume.path, "mono")
        line = row(path, label(volume_text(volume, read_only), "caption"), space=12)
        line.setStretch(0, 1)
        parts = column(line, space=6)
        if not read_only:
            parts.addWidget(UsedBar(volume))
        if period:
            parts.addWidget(label(period, "caption"))
        for trouble in volume.troubles:
            parts.addWidget(label(trouble, "error", wrap=True))
        widget = QWidget()
        parts.setContentsMargins(0, 0, 0, 0)
        widget.setLayout(parts)
        return widget

    def _plan(self, state: ArchiveState) -> QGridLayout:
        heads = (self.tr("Camera"), self.tr("On average"), self.tr("Stays"))
        return _table(heads, plan_rows(state, self._session.store)[:_SHOWN_CAMERAS])

    def _cameras(self, state: ArchiveState) -> QGridLayout:
        heads = (self.tr("Camera"), self.tr("From"), self.tr("To"), self.tr("Size"), "")
        cameras = state.cameras[:_SHOWN_CAMERAS]
        rows = [
            (one.name, _moment(one.first_us), _moment(one.last_us), words.size(one.bytes))
            for one in cameras
        ]
        grid = _table(heads, rows)
        for number, one in enumerate(cameras):
            grid.addWidget(self._play(one), number + 1, len(heads) - 1, Qt.AlignRight)
        return grid

    def _play(self, one: ArchiveCamera) -> QWidget:
        made = button(
            self.tr("Play"), "link", "", lambda: self.moment_chosen.emit(one.camera, one.first_us)
        )
        made.setEnabled(self._session.may(Right.ARCHIVE))
        return made

    # --- doing

    def _attach(self) -> AttachSheet:
        sheet = AttachSheet(self.window(), self._session)
        sheet.attached.connect(
            lambda name: self.said.emit("green", self.tr("Folder attached"), name)
        )
        sheet.open()
        return sheet

    def _ask_detach(self, state: ArchiveState) -> None:
        ask(
            self,
            self.tr("Detach {0}?").format(state.name),
            self.tr("Its footage cannot be played here any more. The folder stays as it is."),
            self.tr("Detach {0}").format(state.name),
            lambda: self._book.detach(state.id),
        )


class AttachSheet(Sheet):
    """Signals: `attached(str name)`."""

    attached = pyqtSignal(str)

    def __init__(self, parent: QWidget, session: Session) -> None:
        super().__init__(parent, parent.tr("Attach a folder"), 480)
        self._book = session.archives
        text = self.tr(
            "An archive's folder from another server, copied to this server or on a disk "
            "connected to it. It is only read, never changed."
        )
        self.folder = QLineEdit()
        self.folder.setPlaceholderText(self.tr("Folder on the server, e.g. /media/usb/archive"))
        self.folder.setAccessibleName(self.tr("Folder on the server"))
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("Name, e.g. Branch office"))
        self.name.setAccessibleName(self.tr("Name"))
        self.name.setMaxLength(100)
        self.notice = Notice()
        for part in (label(text, "second", wrap=True), self.folder, self.name, self.notice):
            self.body.addWidget(part)
        self.go = button(self.tr("Attach"), "primary", "", self.send)
        self.go.setDefault(True)
        self.buttons.addWidget(button(self.tr("Cancel"), "", "", self.reject))
        self.buttons.addWidget(self.go)
        for field in (self.folder, self.name):
            field.textChanged.connect(lambda _text: self._refresh())
        self._refresh()
        self.folder.setFocus()

    def _refresh(self) -> None:
        self.go.setEnabled(bool(self.folder.text().strip() and self.name.text().strip()))

    def send(self) -> None:
        self.go.setEnabled(False)
        name = self.name.text().strip()

        def done() -> None:
            self.attached.emit(name)
            self.accept()

        def failed(failure: Failure) -> None:
            self._refresh()
            self.notice.say("red", self.tr("The server did not take it"), failure.text)

        self._book.attach(self.folder.text().strip(), name, done, failed)


def _state_chip(state: ArchiveState) -> tuple[str, str]:
    if any(volume.troubles for volume in state.volumes):
        return words.tr("Trouble"), "red"
    if not all(volume.ready for volume in state.volumes):
        return words.tr("Opening…"), "amber"
    return words.tr("In order"), "green"


def _moment(time_us: int) -> str:
    return f"{words.day(time_us)} {words.clock(time_us)}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(4)
    for place, head in enumerate(heads):
        grid.addWidget(label(head, "section"), 0, place)
    for line, texts in enumerate(rows):
        for place, text in enumerate(texts):
            grid.addWidget(label(text, "" if place == 0 else "second"), line + 1, place)
    grid.setColumnStretch(0, 1)
    return grid
