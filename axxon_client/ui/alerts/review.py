"""One alarm to decide on: the loop around the moment, and three big verdict buttons."""

from __future__ import annotations

from attrs import evolve
from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QLineEdit, QPushButton, QShortcut, QVBoxLayout, QWidget

from axxon_client.model import words
from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from axxon_client.model.tile import Mode, TileState
from axxon_client.model.words import US
from axxon_client.ui.layouts.feeds import Feeds, PlaybackSource
from axxon_client.ui.layouts.grid import MakeSurface
from axxon_client.ui.layouts.overlay import Fade
from axxon_client.ui.layouts.tile import Tile
from axxon_client.ui.widgets.basics import button, chip, column, label, row, set_tone, surface
from axxon_client.ui.widgets.states import EmptyState, Notice
from axxon_client.video.live import FeedNote
from axxon_client.video.player import Player
from protocol.messages import EvaluateAlarm, TakeAlarm
from protocol.types import AlarmRecord, AlarmState, Right

_BEFORE_US = 5 * US
_AFTER_US = 10 * US
_LONGEST_US = 30 * US  # of a loop, however long the alarm lasts
_POLL_MS = 100

VERDICTS = [AlarmState.CONFIRMED, AlarmState.SUSPICIOUS, AlarmState.FALSE]


class Loop(QWidget):
    """Footage of a stretch of time, again and again, in one tile."""

    def __init__(
        self, session: Session, feeds: Feeds | None, make_surface: MakeSurface | None
    ) -> None:
        super().__init__()
        self._session = session
        self._feeds = feeds
        self._player: Player | None = None
        self._source: PlaybackSource | None = None
        self._begin_us = self._end_us = 0
        surface_ = make_surface(self) if make_surface is not None else None
        self.tile = Tile(0, surface_, Fade(self), self)
        self.tile.setAcceptDrops(False)
        self.tile.rights = frozenset()
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._on_poll)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.tile)

    def play(self, alarm: AlarmRecord) -> None:
        self.stop()
        now_us = self._session.clock.now_us()
        end = alarm.end_us if alarm.end_us is not None else alarm.begin_us
        self._begin_us = alarm.begin_us - _BEFORE_US
        self._end_us = min(max(end, alarm.begin_us) + _AFTER_US, self._begin_us + _LONGEST_US)
        self._end_us = min(self._end_us, max(now_us, alarm.begin_us + US))
        title = self._session.store.title(alarm.camera) or alarm.camera_name
        state = TileState(alarm.camera, title, Mode.ARCHIVE, alarm=True, now_us=now_us)
        self.tile.set_state(state)
        if self._feeds is None:
            return
        self._player = self._feeds.player(self._begin_us)
        self._source = self._feeds.playback(self._player, alarm.camera, False, self.tile.gate)
        self._source.noted.connect(self._on_note)
        self._source.start()
        self._player.play()
        self._poll.start()

    def stop(self) -> None:
        self._poll.stop()
        source, self._source = self._source, None
        player, self._player = self._player, None
        self.tile.gate.clear()
        self.tile.set_state(TileState())
        if source is not None and player is not None and self._feeds is not None:
            source.close()
            self._feeds.later(player.close)

    def _on_poll(self) -> None:
        self.tile.poll()
        if self._player is None:
            return
        position = self._player.position_us()
        if position >= self._end_us or self._player.clock.paused:
            self._player.seek(self._begin_us)
            self._player.play()
        picture = self.tile.picture
        shown = picture.pts_us if picture is not None else position
        self.tile.set_time(shown, self._session.clock.now_us())

    def _on_note(self, note: FeedNote) -> None:
        if note.what == "refused":
            self.tile.set_state(evolve(self.tile.state, trouble=note.text))


class ReviewPage(QWidget):
    """Signals: `decided(str alarm id)`; `archive_asked(str camera, qint64 time)`;
    `said(tone, title, detail)`."""

    decided = pyqtSignal(str)
    archive_asked = pyqtSignal(str, "qint64")
    said = pyqtSignal(str, str, str)

    def __init__(
        self, session: Session, feeds: Feeds | None, make_surface: MakeSurface | None
    ) -> None:
        super().__init__()
        self._session = session
        self.alarm: AlarmRecord | None = None
        self._sending = False
        self.loop = Loop(session, feeds, make_surface)
        self.title = label("", "heading")
        self.facts = label("", "second")
        self.state = chip()
        self.notice = Notice()
        self.comment = QLineEdit()
        self.comment.setPlaceholderText(self.tr("Comment (optional)"))
        self.comment.setMaxLength(500)
        self.comment.setAccessibleName(self.tr("Comment"))
        self.verdicts = self._buttons()
        self.archive = button(self.tr("Show in the archive"), "", "history", self._to_archive)
        self.back = button(self.tr("Give back"), "quiet", "hand-back-right-outline", self.release)
        self.empty = EmptyState(
            "bell-check-outline",
            self.tr("No more alarms waiting"),
            self.tr("All that was to decide is decided."),
        )
        self._arrange()
        self._keys()
        session.alarms.altered.connect(self._on_altered)
        self.show_alarm(None)

    def _buttons(self) -> list[QPushButton]:
        names = {
            AlarmState.CONFIRMED: (self.tr("Confirmed"), "1", "alert-octagon-outline"),
            AlarmState.SUSPICIOUS: (self.tr("Suspicious"), "2", "eye-outline"),
            AlarmState.FALSE: (self.tr("False"), "3", "close-circle-outline"),
        }
        made = []
        for verdict in VERDICTS:
            text, key, _icon = names[verdict]
            big = button(f"{key}   {text}", "verdict")
            big.setProperty("verdict", verdict.value)
            big.setToolTip(self.tr("{0}  ({1})").format(text, key))
            big.clicked.connect(lambda _on=False, v=verdict: self.decide(v))
            made.append(big)
        return made

    def _arrange(self) -> None:
        head = row(column(self.title, self.facts, space=0), self.state, 1, self.archive, self.back)
        head.setContentsMargins(24, 12, 16, 12)
        top = surface("window", head)
        top.setObjectName("pageHeader")
        verdicts = row(*self.verdicts, space=12)
        below = column(self.notice, verdicts, self.comment, space=12)
        below.setContentsMargins(24, 12, 24, 16)
        picture = row(self.loop)
        picture.setContentsMargins(24, 16, 24, 0)
        self._body = QWidget()
        body = column(top, space=0)
        body.addLayout(picture, 1)
        body.addLayout(below)
        self._body.setLayout(body)
        self.setLayout(column(self._body, self.empty, space=0))

    def _keys(self) -> None:
        for number, verdict in enumerate(VERDICTS):
            shortcut = QShortcut(QKeySequence(str(number + 1)), self)
            shortcut.setContext(Qt.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda v=verdict: self._by_key(v))

    def _by_key(self, verdict: AlarmState) -> None:
        if not self.comment.hasFocus():
            self.decide(verdict)

    # --- showing

    def show_alarm(self, alarm: AlarmRecord | None) -> None:
        """Take it, if nobody has it, and play its moment; None: nothing to decide."""
        self._leave()
        self.alarm = alarm
        self._sending = False
        self.comment.clear()
        self.notice.hide()
        self._body.setVisible(alarm is not None)
        self.empty.setVisible(alarm is None)
        if alarm is None:
            return
        self._say()
        self.loop.play(alarm)
        if self._may_decide(alarm) and not alarm.taken_by:
            self._session.request(TakeAlarm(alarm.id), None, self._not_taken, self)
        self.setFocus()

    def leave(self) -> None:
        """The page is hidden: stop the loop, give back what is not decided."""
        self._leave()
        self.alarm = None

    def _leave(self) -> None:
        self.loop.stop()
        alarm = self.alarm
        mine = alarm is not None and alarm.taken_by == self._session.user
        if alarm is not None and mine and alarm.state is AlarmState.PENDING:
            self._session.request(TakeAlarm(alarm.id, release=True), None, lambda _f: None, self)

    def _may_decide(self, alarm: AlarmRecord) -> bool:
        free = alarm.taken_by in ("", self._session.user)
        open_ = alarm.state in (AlarmState.PENDING, AlarmState.UNCLASSIFIED)
        return self._session.may(Right.ALARMS) and free and open_

    def _say(self) -> None:
        alarm = self.alarm
        if alarm is None:
            return
        now_us = self._session.clock.now_us()
        self.title.setText(self._session.store.title(alarm.camera) or alarm.camera_name)
        parts = [
            words.alarm_kind(alarm.kind),
            words.date_and_clock(alarm.begin_us, now_us),
            words.ago(alarm.begin_us, now_us),
        ]
        if alarm.end_us is not None:
            parts.append(
                words.tr("lasted {0}").format(words.lasted(alarm.end_us - alarm.begin_us))
            )
        self.facts.setText("  ·  ".join(parts))
        text, tone = self._state_text(alarm)
        self.state.setText(text)
        set_tone(self.state, tone)
        allowed = self._may_decide(alarm) and not self._sending
        for big in self.verdicts:
            big.setEnabled(allowed)
        self.comment.setEnabled(allowed)
        self.back.setVisible(alarm.taken_by == self._session.user and allowed)
        if alarm.comment and not self.comment.text():
            self.comment.setText(alarm.comment)

    def _state_text(self, alarm: AlarmRecord) -> tuple[str, str]:
        if alarm.state is AlarmState.PENDING:
            if alarm.taken_by == self._session.user:
                return self.tr("Taken by you"), "accent"
            if alarm.taken_by:
                return self.tr("Taken by {0}").format(alarm.taken_by), "amber"
            return self.tr("Waiting"), "red"
        tones = {AlarmState.CONFIRMED: "red", AlarmState.SUSPICIOUS: "amber",
                 AlarmState.FALSE: "green"}  # fmt: skip
        return words.alarm_state(alarm.state), tones.get(alarm.state, "")

    def _on_altered(self, alarm: AlarmRecord) -> None:
        if self.alarm is not None and alarm.id == self.alarm.id:
            self.alarm = alarm
            self._say()

    def below_px(self) -> int:
        """Height of verdicts and comment, for toasts to keep clear of."""
        return self.height() - self.loop.geometry().bottom()

    # --- deciding

    def decide(self, verdict: AlarmState) -> None:
        alarm = self.alarm
        if alarm is None or self._sending or not self._may_decide(alarm):
            return
        self._sending = True
        self._say()
        message = EvaluateAlarm(alarm.id, verdict, self.comment.text().strip())

        def done(_reply: object, _payload: bytes) -> None:
            self._sending = False
            self.said.emit("green", words.alarm_state(verdict), self.title.text())
            if self.alarm is not None and self.alarm.id == alarm.id:
                self.alarm = None  # decided: not to be given back
                self.decided.emit(alarm.id)

        self._session.request(message, done, self._refused, self)

    def release(self) -> None:
        """Give it back for others, and go on with the next."""
        alarm = self.alarm
        if alarm is not None:
            self.decided.emit(alarm.id)

    def _refused(self, failure: Failure) -> None:
        self._sending = False
        self._say()
        self.notice.say("red", self.tr("The verdict was not taken"), failure.text)

    def _not_taken(self, failure: Failure) -> None:
        self.notice.say("amber", self.tr("Someone else has this alarm"), failure.text)
        for big in self.verdicts:
            big.setEnabled(False)

    def _to_archive(self) -> None:
        if self.alarm is not None:
            self.archive_asked.emit(self.alarm.camera, self.alarm.begin_us)
