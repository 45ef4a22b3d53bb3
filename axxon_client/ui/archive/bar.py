"""The bar below the tiles in archive mode: transport, time line, back to live."""

from __future__ import annotations

import time
from collections.abc import Callable

from PyQt5.QtCore import QDateTime, QSize, Qt, pyqtSignal
from PyQt5.QtWidgets import QDateTimeEdit, QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from axxon_client.model import words
from axxon_client.model.pace import Pace
from axxon_client.model.session import Session
from axxon_client.model.words import HOUR_US, MINUTE_US
from axxon_client.ui.archive.desk import JUMP_US, SPEEDS, Desk, speed_text
from axxon_client.ui.archive.line import TimeLine
from axxon_client.ui.archive.tools import ArchiveTools
from axxon_client.ui.theme import icons, palette
from axxon_client.ui.widgets.ask import Sheet
from axxon_client.ui.widgets.basics import button, column, label, row, set_tone, tool

_BEGIN_BEFORE_US = 30 * MINUTE_US


class ArchiveBar(QFrame):
    """Signals: `live_asked()`; `scrubbed(qint64)` while the cursor is dragged;
    `together_toggled(bool)` all tiles, or the active one only."""

    live_asked = pyqtSignal()
    scrubbed = pyqtSignal("qint64")
    together_toggled = pyqtSignal(bool)

    def __init__(self, session: Session, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("archiveBar")
        self.setFixedHeight(palette.TIME_LINE + 1)
        self._session = session
        self._desk = desk
        self.line = TimeLine()
        self.line.set_model(desk.line)
        self.line.set_others(desk.others)
        self.line.moved.connect(self._on_moved)
        self.line.chosen.connect(desk.end_scrub)
        self.line.period_dragged.connect(desk.set_period)
        self.tools = ArchiveTools(session, desk)
        self.play = tool("play", self.tr("Play"), desk.toggle, "Space", 24)
        self.backwards = tool("rewind", self.tr("Backwards"), desk.turn_round, "Shift+Space")
        self.backwards.setCheckable(True)
        self.speed = QToolButton()
        self.speed.setProperty("kind", "segment")
        self.speed.setToolTip(self.tr("Speed  (, and .)"))
        self.speed.clicked.connect(self._open_speeds)
        self.moment = QToolButton()
        self.moment.setProperty("kind", "segment")
        set_tone(self.moment, "amber")
        self.moment.setToolTip(self.tr("Go to a time  (Ctrl+G)"))
        self.moment.clicked.connect(lambda _on=False: self.ask_time())
        self.together = tool("view-grid-outline", self.tr("All tiles together"), None, "Y", 18)
        self.together.setCheckable(True)
        self.together.clicked.connect(self.together_toggled)
        self.live = QToolButton()
        self.live.setProperty("kind", "live")
        self.live.setText(self.tr("Live"))
        self.live.setIcon(icons.icon("access-point", palette.ACCENT))
        self.live.setIconSize(QSize(18, 18))
        self.live.setToolButtonStyle(Qt.ToolButtonTextBesideIcon)
        self.live.setToolTip(self.tr("Back to live  (L)"))
        self.live.clicked.connect(self.live_asked)
        self._arrange()
        desk.changed.connect(self.refresh)
        desk.sought.connect(self._on_sought)
        session.protections.changed.connect(self._on_line)
        desk.period_changed.connect(lambda: self.line.set_period(desk.period))
        desk.line.changed.connect(self._on_line)
        self._shown = False
        self._pace = Pace()
        self.refresh()

    def _arrange(self) -> None:
        desk = self._desk
        buttons = row(
            tool("skip-previous", self.tr("Previous recording"),
                 lambda: desk.neighbour(False, False), "Up"),
            tool("step-backward", self.tr("One picture back"), lambda: desk.step(False), "Left"),
            self.backwards,
            self.play,
            tool("step-forward", self.tr("One picture on"), lambda: desk.step(True), "Right"),
            tool("skip-next", self.tr("Next recording"),
                 lambda: desk.neighbour(True, False), "Down"),
            space=0,
        )  # fmt: skip
        below = row(self.moment, 1, self.speed, space=0)
        left = column(buttons, below, space=0)
        left.setContentsMargins(8, 2, 8, 4)
        block = QWidget()
        block.setFixedWidth(6 * 36 + 24)
        block.setLayout(left)
        alarms = row(
            tool("bell-minus-outline", self.tr("Previous alarm"),
                 lambda: desk.neighbour(False, True), "Ctrl+Up", 18),
            tool("bell-plus-outline", self.tr("Next alarm"),
                 lambda: desk.neighbour(True, True), "Ctrl+Down", 18),
            self.together,
            space=0,
        )  # fmt: skip
        right = column(self.live, alarms, space=0)
        right.setContentsMargins(8, 2, 8, 2)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 1, 0, 0)
        line.setSpacing(0)
        line.addWidget(block)
        line.addWidget(self.line, 1)
        line.addWidget(self.tools)
        line.addLayout(right)

    # --- showing

    def begin(self) -> None:
        """Archive mode begins: a window that ends now."""
        now = self._session.clock.now_us()
        self._session.protections.refresh()
        if not self._shown:
            self._shown = True
            begin = min(now - _BEGIN_BEFORE_US, self._desk.position_us - _BEGIN_BEFORE_US)
            self.line.show_window(begin, now + (now - begin) // 12)

    def poll(self) -> None:
        """Ten times a second, while shown."""
        self.line.set_now(self._session.clock.now_us())
        position = self._desk.position_us
        self._note_pace(position)
        self.line.set_cursor(position)
        if not self.line.dragging:
            self._say_moment(position)

    def _note_pace(self, position_us: int) -> None:
        """Where this computer is too slow for the speed, say what it reaches."""
        if self._desk.paused or self.line.dragging:
            self._pace.begin()
        else:
            self._pace.note(time.monotonic_ns() // 1000, position_us)
        reached = self._pace.falls_behind(self._desk.speed)
        text = speed_text(self._desk.speed)
        tip = self.tr("Speed  (, and .)")
        if reached is not None:
            told = speed_text(round(reached, 1) or 0.1)
            text, tip = f"{text} ({told})", self.tr("It reaches {0} here").format(told)
        if text != self.speed.text():
            self.speed.setText(text)
            self.speed.setToolTip(tip)

    def refresh(self) -> None:
        self._pace.begin()
        paused = self._desk.paused
        self.play.setIcon(icons.icon("play" if paused else "pause", palette.TEXT))
        self.play.setAccessibleName(self.tr("Play") if paused else self.tr("Pause"))
        self.speed.setText(speed_text(self._desk.speed))
        self.backwards.setChecked(self._desk.speed < 0)

    def _say_moment(self, time_us: int) -> None:
        text = f"{words.day(time_us)}  {words.clock(time_us)}"
        if text != self.moment.text():
            self.moment.setText(text)

    def _on_sought(self, time_us: int) -> None:
        self._pace.begin()
        self.line.set_cursor(time_us)
        self._say_moment(time_us)

    def _on_line(self) -> None:
        self.line.protected = self._session.protections.of(self._desk.line.camera)
        self.line.update()

    def _on_moved(self, time_us: int) -> None:
        self._desk.begin_scrub()
        self._say_moment(time_us)
        self.scrubbed.emit(time_us)

    # --- asking

    def _open_speeds(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WA_DeleteOnClose)
        for speed in (*SPEEDS, *(-s for s in SPEEDS if s >= 1 and s <= 16)):
            action = menu.addAction(speed_text(speed))
            action.setCheckable(True)
            action.setChecked(speed == self._desk.speed)
            action.triggered.connect(lambda _on=False, s=speed: self._desk.set_speed(s))
        place = self.speed.mapToGlobal(self.speed.rect().topLeft())
        menu.popup(place - menu.rect().bottomLeft())

    def ask_time(self) -> Sheet:
        """Day and time to go to."""
        sheet = Sheet(self.window(), self.tr("Go to a time"), 360)
        field = QDateTimeEdit(QDateTime.fromMSecsSinceEpoch(self._desk.position_us // 1000))
        field.setDisplayFormat("yyyy-MM-dd HH:mm:ss")
        field.setCalendarPopup(True)
        first = self._desk.line.first_us
        if first is not None:
            kept = self.tr("Oldest footage: {0}").format(
                f"{words.day(first)} {words.clock(first)}"
            )
            sheet.body.addWidget(label(kept, "caption"))
        sheet.body.addWidget(field)
        cancel = button(self.tr("Cancel"), "", "", sheet.reject)
        go = button(self.tr("Go"), "primary", "", sheet.accept)
        go.setDefault(True)
        sheet.buttons.addWidget(cancel)
        sheet.buttons.addWidget(go)

        def take() -> None:
            time_us = field.dateTime().toMSecsSinceEpoch() * 1000
            self._desk.seek(time_us)
            if not self.line.axis.holds(time_us):
                self.line.show_window(time_us - HOUR_US // 2, time_us + HOUR_US // 2)

        sheet.accepted.connect(take)
        sheet.open()
        field.setFocus()
        return sheet

    def keys(self) -> dict[str, Callable[[], object]]:
        """Shortcut → what it does, for the page to bind."""
        desk = self._desk
        return {
            "Space": desk.toggle,
            "Shift+Space": desk.turn_round,
            "Left": lambda: desk.step(False),
            "Right": lambda: desk.step(True),
            "Shift+Left": lambda: desk.jump(-JUMP_US),
            "Shift+Right": lambda: desk.jump(JUMP_US),
            "Up": lambda: desk.neighbour(False, False),
            "Down": lambda: desk.neighbour(True, False),
            "Ctrl+Up": lambda: desk.neighbour(False, True),
            "Ctrl+Down": lambda: desk.neighbour(True, True),
            ",": lambda: desk.change_speed(False),
            ".": lambda: desk.change_speed(True),
            "Ctrl+G": self.ask_time,
            "[": desk.mark_begin,
            "]": desk.mark_end,
            "\\": desk.clear_marks,
        }
