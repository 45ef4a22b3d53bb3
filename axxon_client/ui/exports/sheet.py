"""*Export*: which cameras, which period, in which form, and where the file goes."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve
from PyQt5.QtCore import QDateTime, QStandardPaths, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QFileDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStackedLayout,
    QToolButton,
    QWidget,
)

from axxon_client.model import words
from axxon_client.model.bridge import Failure
from axxon_client.model.exporting import (
    FILMS,
    PICTURES,
    ExportDraft,
    estimate,
    form_help,
    form_name,
    problem,
)
from axxon_client.model.preferences import Preferences
from axxon_client.model.session import Session
from axxon_client.model.words import MINUTE_US, US
from axxon_client.ui.exports.masks import MaskEditor
from axxon_client.ui.settings.fields import hide_password
from axxon_client.ui.theme import icons
from axxon_client.ui.widgets.ask import Sheet
from axxon_client.ui.widgets.basics import Elided, button, column, label, row
from axxon_client.ui.widgets.states import Notice
from axxon_client.ui.widgets.stills import Stills
from protocol.types import ExportRecord

_WIDTH = 880
_LIST_PX = 176
_MOMENT_PX = 190  # day and time with the arrow beside them
_FORMS = ("mkv", "mp4", "jpeg", "png", "pdf")
# Distances of pictures: [s]; 0 = each (of a contact sheet: 24 in all).
_EVERY_S = (0, 1, 2, 5, 10, 30, 60)
_SPANS_US = (MINUTE_US, 5 * MINUTE_US, 30 * MINUTE_US)
FOLDER_KEY = "exports/folder"


def ask_folder(parent: QWidget, title: str, folder: str) -> str:
    """From `folder` on, or from where it would be; "" when nothing was chosen."""
    place = Path(folder) if folder else Path.home()
    there = next((one for one in (place, *place.parents) if one.is_dir()), Path.home())
    return str(QFileDialog.getExistingDirectory(parent, title, str(there)))


class ExportSheet(Sheet):
    """Signals: `ordered(ExportRecord, str folder)` when the server took the order."""

    ordered = pyqtSignal(object, str)

    def __init__(
        self,
        parent: QWidget,
        session: Session,
        stills: Stills,
        preferences: Preferences,
        draft: ExportDraft,
        offered: list[str],
    ) -> None:
        """`draft`: what is chosen at first; `offered`: cameras that come first in the list."""
        super().__init__(parent, parent.tr("Export"), _WIDTH)
        self._session = session
        self._preferences = preferences
        self._filling = True
        self.masks = MaskEditor(session, stills)
        self.cameras = QListWidget()
        self.begin, self.end = _moment(self.tr("From")), _moment(self.tr("To"))
        self.length = label("", "caption")
        self.forms = QButtonGroup(self)
        self.help = label("", "caption", wrap=True)
        self.every = QComboBox()
        self.audio = QCheckBox(self.tr("Sound"))
        self.stamp = QCheckBox(self.tr("Show time and camera name in the picture"))
        self.hide_areas = button(self.tr("Hide areas…"), "", "blur", self.open_masks)
        self.protect = QCheckBox(self.tr("Protect with a password"))
        self.password = QLineEdit()
        self.evidence = QCheckBox(self.tr("Evidence bundle"))
        self.comment = QLineEdit()
        self.folder = Elided("", "second")
        self.notice = Notice()
        self.wrong = label("", "error", wrap=True)
        self.about = label("", "second")
        self.go = button(self.tr("Export"), "primary", "tray-arrow-down", self.order)
        self._fill_cameras(offered, draft.cameras)
        self._arrange()
        self._fill(draft)
        self._connect()
        self._filling = False
        self._refresh()

    # --- building

    def _arrange(self) -> None:
        page = QWidget()
        columns = row(self._what(), self._how(), space=32)
        columns.setStretch(0, 1)
        columns.setStretch(1, 1)
        page.setLayout(column(columns, self.notice, space=16))
        self._pages = QStackedLayout()
        self._pages.addWidget(page)
        self._pages.addWidget(self.masks)
        self.body.addLayout(self._pages)
        self.cancel = button(self.tr("Cancel"), "", "", self.reject)
        self.buttons.insertWidget(0, self.about)
        self.buttons.insertWidget(1, self.wrong, 1)
        self.buttons.setStretch(2, 0)
        self.buttons.addWidget(self.cancel)
        self.buttons.addWidget(self.go)
        self.go.setDefault(True)

    def _what(self) -> QBoxLayout:
        everything = button(self.tr("All"), "link", "", lambda: self._check_all(True))
        nothing = button(self.tr("None"), "link", "", lambda: self._check_all(False))
        self.cameras.setMinimumHeight(_LIST_PX)
        self.cameras.setAccessibleName(self.tr("Cameras"))
        spans = row(space=4)
        for span_us in _SPANS_US:
            made = QToolButton()
            made.setProperty("kind", "segment")
            made.setText(words.lasted(span_us))
            made.setToolTip(self.tr("So long, from the beginning on"))
            made.clicked.connect(lambda _on=False, span=span_us: self._set_span(span))
            spans.addWidget(made)
        spans.addStretch(1)
        spans.addWidget(self.length)
        return column(
            row(label(self.tr("Cameras"), "section"), 1, everything, nothing),
            self.cameras,
            label(self.tr("Period"), "section"),
            row(_named(self.tr("From"), self.begin), _named(self.tr("To"), self.end), space=12),
            spans,
            space=8,
        )

    def _how(self) -> QBoxLayout:
        forms = row(space=4)
        for number, form in enumerate(_FORMS):
            made = QToolButton()
            made.setProperty("kind", "segment")
            made.setText(form_name(form).split(" ")[0] if form != "pdf" else form_name(form))
            made.setToolTip(form_name(form))
            made.setCheckable(True)
            self.forms.addButton(made, number)
            forms.addWidget(made)
        forms.addStretch(1)
        self.help.setMinimumHeight(32)
        hide_password(self.password, self.tr("Password of the file"))
        self.comment.setPlaceholderText(self.tr("Comment, e.g. a case number"))
        self.comment.setMaxLength(2000)
        self.password.setMaxLength(128)
        self.evidence.setToolTip(
            self.tr("With a signed list of hashes, for the police or a court: a change is found.")
        )
        change = button(self.tr("Change…"), "link", "", self._choose_folder)
        picture = label()
        picture.setPixmap(icons.pixmap("folder-outline", 18, ratio=self.devicePixelRatioF()))
        where = row(picture, self.folder, change, space=8)
        where.setStretch(1, 1)
        return column(
            label(self.tr("Form"), "section"),
            forms,
            self.help,
            self.every,
            self.audio,
            self.stamp,
            row(self.hide_areas, 1),
            row(self.protect, self.password),
            self.evidence,
            self.comment,
            label(self.tr("Save to"), "section"),
            where,
            1,
            space=6,
        )

    def _fill_cameras(self, offered: list[str], chosen: tuple[str, ...]) -> None:
        known = [camera.id for camera in self._session.store.cameras()]
        foreign = [camera for camera in (*offered, *chosen) if camera not in known]
        first = [camera for camera in offered if camera in known]
        for camera in dict.fromkeys([*first, *foreign, *known]):
            item = QListWidgetItem(self._session.store.title(camera) or camera)
            item.setData(Qt.UserRole, camera)
            item.setFlags(Qt.ItemIsEnabled | Qt.ItemIsUserCheckable | Qt.ItemIsSelectable)
            item.setCheckState(Qt.Checked if camera in chosen else Qt.Unchecked)
            self.cameras.addItem(item)

    def _fill(self, draft: ExportDraft) -> None:
        self._set_period(draft.begin_us, draft.end_us)
        self.forms.button(_FORMS.index(draft.form)).setChecked(True)
        self.audio.setChecked(draft.audio)
        self._fill_every(draft.form)
        movies = QStandardPaths.writableLocation(QStandardPaths.MoviesLocation)
        folder = self._preferences.text(FOLDER_KEY) or movies or str(Path.home())
        self.folder.set_whole(folder)

    def _connect(self) -> None:
        self.cameras.itemChanged.connect(lambda _item: self._refresh())
        self.begin.dateTimeChanged.connect(lambda _time: self._refresh())
        self.end.dateTimeChanged.connect(lambda _time: self._refresh())
        self.forms.idClicked.connect(lambda number: self._on_form(_FORMS[number]))
        self.every.currentIndexChanged.connect(lambda _index: self._refresh())
        for box in (self.audio, self.stamp, self.protect, self.evidence):
            box.toggled.connect(lambda _on: self._refresh())
        self.protect.toggled.connect(lambda on: self.password.setFocus() if on else None)
        self.password.textChanged.connect(lambda _text: self._refresh())
        self.masks.edited.connect(self._refresh)
        self.masks.closed.connect(self.close_masks)

    # --- what is chosen

    def draft(self) -> ExportDraft:
        """As the fields stand now."""
        return ExportDraft(
            cameras=tuple(self._chosen()),
            begin_us=_time_us(self.begin),
            end_us=_time_us(self.end),
            form=_FORMS[self.forms.checkedId()],
            audio=self.audio.isChecked(),
            every_us=int(self.every.currentData() or 0) * US,
            stamp=self.stamp.isChecked(),
            masks=self.masks.masks,
            pixelate=self.masks.pixelate,
            evidence=self.evidence.isChecked(),
            password=self.password.text(),
            protect=self.protect.isChecked(),
            comment=self.comment.text(),
        )

    def _items(self) -> list[QListWidgetItem]:
        found = [self.cameras.item(number) for number in range(self.cameras.count())]
        return [item for item in found if item is not None]

    def _chosen(self) -> list[str]:
        checked = [item for item in self._items() if item.checkState() == Qt.Checked]
        return [item.data(Qt.UserRole) for item in checked]

    def _check_all(self, on: bool) -> None:
        for item in self._items():
            item.setCheckState(Qt.Checked if on else Qt.Unchecked)

    def _set_period(self, begin_us: int, end_us: int) -> None:
        self.begin.setDateTime(QDateTime.fromMSecsSinceEpoch(begin_us // 1000))
        self.end.setDateTime(QDateTime.fromMSecsSinceEpoch(end_us // 1000))

    def _set_span(self, span_us: int) -> None:
        begin_us = _time_us(self.begin)
        self._set_period(begin_us, begin_us + span_us)

    def _on_form(self, form: str) -> None:
        self._fill_every(form)
        self._refresh()

    def _fill_every(self, form: str) -> None:
        self.every.blockSignals(True)
        self.every.clear()
        for seconds in _EVERY_S:
            if seconds:
                text = self.tr("One picture every {0}").format(words.lasted(seconds * US))
            else:
                text = self.tr("24 pictures") if form == "pdf" else self.tr("Every picture")
            self.every.addItem(text, seconds)
        self.every.setCurrentIndex(1 if form in PICTURES else 0)
        self.every.blockSignals(False)

    def _refresh(self) -> None:
        """Everything that follows from the fields."""
        if self._filling:
            return
        draft = self.draft()
        film = draft.form in FILMS
        self.help.setText(form_help(draft.form))
        self.every.setVisible(not film)
        self.audio.setVisible(film)
        self.password.setVisible(draft.protect)
        self.hide_areas.setEnabled(bool(draft.cameras))
        count = self.masks.count
        self.hide_areas.setText(
            self.tr("Hide areas… ({0})").format(count) if count else self.tr("Hide areas…")
        )
        self.length.setText(words.exactly(max(0, draft.span_us)))
        wrong = problem(draft, self._session.clock.now_us())
        self.wrong.setText(wrong[1] if wrong is not None else "")
        self.go.setEnabled(wrong is None)
        rates = {
            camera: status.bitrate_bps
            for camera in draft.cameras
            if (status := self._session.statuses.get(camera)) is not None
        }
        self.about.setText(estimate(draft, rates) if wrong is None else "")

    # --- doing

    def open_masks(self) -> None:
        self.masks.open(self._chosen(), _time_us(self.begin))
        self._pages.setCurrentWidget(self.masks)
        self.go.setEnabled(False)

    def close_masks(self) -> None:
        self._pages.setCurrentIndex(0)
        self._refresh()
        self.hide_areas.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc and Enter in the drawing go back to the form."""
        drawing = self._pages.currentWidget() is self.masks
        if drawing and event.key() in (Qt.Key_Escape, Qt.Key_Return, Qt.Key_Enter):
            self.close_masks()
        else:
            super().keyPressEvent(event)

    def _choose_folder(self) -> None:
        chosen = ask_folder(self, self.tr("Save exports to"), self.folder.whole())
        if chosen:
            self.folder.set_whole(chosen)

    def order(self) -> None:
        """Ask the server; the sheet closes when it agrees."""
        draft = self.draft()
        if problem(draft, self._session.clock.now_us()) is not None:
            return
        folder = self.folder.whole()
        self._preferences.set_text(FOLDER_KEY, folder)
        self.go.setEnabled(False)

        def started(job: ExportRecord) -> None:
            self.ordered.emit(job, folder)
            self.accept()

        def failed(failure: Failure) -> None:
            self._refresh()
            self.notice.say("red", self.tr("The server did not take it"), failure.text)

        self._session.exports.start(draft.order(), started, failed)


def _moment(name: str) -> QDateTimeEdit:
    made = QDateTimeEdit()
    made.setDisplayFormat("yyyy-MM-dd HH:mm:ss")
    made.setCalendarPopup(True)
    made.setMinimumWidth(_MOMENT_PX)
    made.setAccessibleName(name)
    return made


def _time_us(field: QDateTimeEdit) -> int:
    return int(field.dateTime().toMSecsSinceEpoch()) * 1000


def _named(name: str, field: QWidget) -> QBoxLayout:
    return column(label(name, "caption"), field, space=2)


def whole_seconds(draft: ExportDraft) -> ExportDraft:
    """Outwards, as the fields show times."""
    begin_us = draft.begin_us // US * US
    return evolve(draft, begin_us=begin_us, end_us=-(-draft.end_us // US) * US)
