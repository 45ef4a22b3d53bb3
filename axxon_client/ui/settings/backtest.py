"""How often a detector would have fired on what was recorded: as it is stored, and as it is set
in the form now."""

from __future__ import annotations

import uuid
from typing import Any

from attrs import frozen
from PyQt5.QtCore import QCoreApplication, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QPainter, QPaintEvent
from PyQt5.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QProgressBar, QWidget

from axxon_client.model import words
from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from axxon_client.model.words import DAY_US, HOUR_US
from axxon_client.ui.theme import palette
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.ask import Sheet
from axxon_client.ui.widgets.basics import button, column, label, row, surface
from axxon_client.ui.widgets.states import Notice
from protocol.messages import (
    BackTest,
    BackTested,
    BackTestProgress,
    CancelBackTest,
    Message,
    TrialResult,
)

_PERIODS_US = (HOUR_US, DAY_US, 7 * DAY_US, 30 * DAY_US)
_FIRST = 1  # a day
_WHEN = Qt.UserRole


@frozen
class Draft:
    """A detector as the form has it.  `detector` "": a new one."""

    camera: str
    detector: str
    properties: dict[str, Any]


class BackTestSheet(Sheet):
    """Signals: `moment_chosen(str camera, int time_us)`: the person wants to see it."""

    moment_chosen = pyqtSignal(str, "qint64")

    def __init__(self, parent: QWidget | None, session: Session, draft: Draft) -> None:
        title = QCoreApplication.translate("BackTest", "How often would it have fired?")
        super().__init__(parent, str(title), 760)
        self._session = session
        self._draft = draft
        self._ticket = ""
        self.period = QComboBox()
        self.period.setAccessibleName(self.tr("Period"))
        texts = (self.tr("Last hour"), self.tr("Last 24 hours"), self.tr("Last 7 days"),
                 self.tr("Last 30 days"))  # fmt: skip
        for text, span_us in zip(texts, _PERIODS_US, strict=True):
            self.period.addItem(text, span_us)
        self.period.setCurrentIndex(_FIRST)
        self.period.activated.connect(lambda _number: self.run())
        self.progress = QProgressBar()
        self.progress.setRange(0, 100)
        self.progress.setTextVisible(False)
        self.notice = Notice()
        self.present = _Count(self.tr("As it is stored"), palette.GREY)
        self.proposed = _Count(self.tr("With these settings"), palette.ACCENT)
        self.days = _Days()
        self.span = label("", "caption", wrap=True)
        self.examples = QListWidget()
        self.examples.setAccessibleName(self.tr("When it would have fired"))
        self.examples.setMinimumHeight(160)
        self.examples.itemActivated.connect(self._show)
        self.none = label("", "second", wrap=True)
        counts = row(self.present, self.proposed, space=12)
        self.body.addLayout(row(label(self.tr("On what was recorded in the")), self.period, 1))
        self.body.addWidget(self.progress)
        self.body.addWidget(self.notice)
        self.body.addLayout(counts)
        for part in (self.days, self.span, self.none, self.examples):
            self.body.addWidget(part)
        self.buttons.addWidget(button(self.tr("Close"), "", "", self.reject))
        session.noticed.connect(self._on_notice)
        self.finished.connect(lambda _result: self._cancel())
        self.run()

    def run(self) -> None:
        """The newest question counts; an older one is given up."""
        self._cancel()
        ticket = self._ticket = uuid.uuid4().hex
        now_us = self._session.clock.now_us()
        begin_us = now_us - self.period.currentData()
        draft = self._draft
        request = BackTest(
            draft.camera, begin_us, now_us, draft.detector, draft.properties, ticket
        )
        self.progress.setValue(0)
        self.progress.show()
        self.notice.hide()

        def done(reply: BackTested, _payload: bytes) -> None:
            if ticket == self._ticket:
                self._ticket = ""
                self._told(reply)

        def failed(failure: Failure) -> None:
            if ticket == self._ticket:
                self._ticket = ""
                self.progress.hide()
                self.notice.say("red", self.tr("It could not be tried"), failure.text)

        self._session.request(request, done, failed, self)

    def _cancel(self) -> None:
        ticket, self._ticket = self._ticket, ""
        if ticket:
            self._session.request(CancelBackTest(ticket), None, lambda _failure: None)

    def _on_notice(self, message: Message) -> None:
        if isinstance(message, BackTestProgress) and message.ticket == self._ticket:
            self.progress.setValue(round(message.share * 100))

    def _told(self, reply: BackTested) -> None:
        self.progress.hide()
        if reply.proposed.refused:
            self.notice.say("amber", self.tr("It cannot be tried"), reply.proposed.refused)
        self.present.setVisible(reply.present is not None)
        if reply.present is not None:
            self.present.tell(reply.present)
        self.proposed.tell(reply.proposed)
        self.days.tell(reply.present, reply.proposed)
        self.span.setText(self._span_text(reply))
        self._list(reply.proposed)

    def _span_text(self, reply: BackTested) -> str:
        if not reply.objects:
            return self.tr("Nothing that moves was recorded in that time.")
        now_us = self._session.clock.now_us()
        text = self.tr("{0} objects were followed, from {1} to {2}.").format(
            reply.objects,
            words.date_and_clock(reply.since_us, now_us),
            words.date_and_clock(reply.until_us, now_us),
        )
        if reply.damaged:
            text += " " + self.tr("{0} blocks could not be read.").format(reply.damaged)
        return text

    def _list(self, result: TrialResult) -> None:
        self.examples.clear()
        now_us = self._session.clock.now_us()
        for one in result.examples:
            text = words.date_and_clock(one.begin_us, now_us)
            if one.end_us > one.begin_us:
                text += "  ·  " + words.lasted(one.end_us - one.begin_us)
            if one.direction:
                text += "  ·  " + words.choice(one.direction)
            item = QListWidgetItem(text)
            item.setData(_WHEN, one.begin_us)
            self.examples.addItem(item)
        found = bool(result.examples)
        self.examples.setVisible(found)
        self.none.setVisible(not result.refused)
        self.none.setText(
            self.tr("When, for example; Enter or a double click shows the recording:")
            if found
            else self.tr("It would not have fired.")
        )

    def _show(self, item: QListWidgetItem) -> None:
        self.moment_chosen.emit(self._draft.camera, item.data(_WHEN))
        self.accept()


class _Count(QWidget):
    """A large number, and what it is a day."""

    def __init__(self, title: str, tint: str) -> None:
        super().__init__()
        self.count = label("", "heading")
        self.per_day = label("", "caption")
        mark = surface("panel")
        mark.setFixedWidth(4)
        mark.setStyleSheet(f"background: {tint}")
        texts = column(label(title, "second"), self.count, self.per_day, space=2)
        line = row(mark, space=12)
        line.addLayout(texts, 1)
        self.setLayout(line)

    def tell(self, result: TrialResult) -> None:
        self.count.setText("–" if result.refused else self.tr("{0} times").format(result.events))
        per_day = self.tr("{0} a day").format(f"{result.per_day:.1f}")
        self.per_day.setText("" if result.refused else per_day)


class _Days(QWidget):
    """Two bars a day: as stored, and as set now."""

    def __init__(self) -> None:
        super().__init__()
        self._pairs: list[tuple[int, int, int]] = []
        self.setFixedHeight(72)

    def sizeHint(self) -> QSize:
        return QSize(600, 72)

    def tell(self, present: TrialResult | None, proposed: TrialResult) -> None:
        before = {day.begin_us: day.events for day in present.days} if present else {}
        after = {day.begin_us: day.events for day in proposed.days}
        self._pairs = [
            (begin_us, before.get(begin_us, 0), after.get(begin_us, 0))
            for begin_us in sorted(before.keys() | after.keys())
        ]
        self.setVisible(len(self._pairs) > 1)
        days = (f"{words.day(begin_us)}: {old} → {new}" for begin_us, old, new in self._pairs)
        self.setToolTip("\n".join(days))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        most = max((max(old, new) for _, old, new in self._pairs), default=0)
        painter.fillRect(0, self.height() - 1, self.width(), 1, colour(palette.LINE))
        if not most:
            return
        step = self.width() / len(self._pairs)
        bar = max(2.0, min(14.0, step * 0.35))
        for number, (_, old, new) in enumerate(self._pairs):
            middle = step * (number + 0.5)
            for left, count, tint in (
                (middle - bar - 1, old, palette.GREY),
                (middle + 1, new, palette.ACCENT),
            ):
                high = (self.height() - 4) * count / most
                place = QRectF(left, self.height() - 1 - high, bar, high)
                painter.fillRect(place, colour(tint))
