"""Playing back: one clock for all tiles in archive mode, and what the bar's buttons do to it."""

from __future__ import annotations

from PyQt5.QtCore import QObject, pyqtSignal

from axxon_client.model.period import MarkedPeriod
from axxon_client.model.session import Session
from axxon_client.model.timeline import TimeLineModel
from axxon_client.model.timelines import TimeLinesModel
from axxon_client.model.words import US
from axxon_client.ui.layouts.feeds import Feeds, PlaybackSource
from axxon_client.ui.layouts.gate import Gate
from axxon_client.video.player import Player

SPEEDS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
JUMP_US = 30 * US
_START_BEFORE_US = 10 * US  # archive mode begins so long before now
_AROUND_US = 30 * US  # of the moment, when no period is marked


def speed_text(speed: float) -> str:
    """1×, 1/8×, −16×; what is none of `SPEEDS` as a decimal: 0.7×"""
    size = abs(speed)
    fraction = size < 1 and size in SPEEDS
    text = f"1/{round(1 / size)}" if fraction else f"{size:g}"
    return f"{'−' if speed < 0 else ''}{text}×"


class Desk(QObject):
    """Owns the player while any tile plays back.

    Signals: `changed()` play, pause, speed; `sought(qint64)` after every jump; `told(str)` when
    there is nowhere to jump to; `period_changed()` when other times are marked.
    """

    changed = pyqtSignal()
    period_changed = pyqtSignal()
    sought = pyqtSignal("qint64")
    told = pyqtSignal(str)

    def __init__(
        self, session: Session, feeds: Feeds | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._feeds = feeds
        self._player: Player | None = None
        self._users = 0
        self._position_us = session.clock.now_us()
        self._resume = False
        self.period = MarkedPeriod()
        self.line = TimeLineModel(session, self)
        self.others = TimeLinesModel(session, self)
        self.line.window_changed.connect(self.others.set_window)
        self.line.failed.connect(session.trouble)

    # --- life

    @property
    def active(self) -> bool:
        return self._users > 0

    def enter(self, camera: str, audio: bool, gate: Gate) -> PlaybackSource | None:
        """A tile begins to play back; the first one starts the clock a little before now."""
        if self._feeds is None:
            return None
        if self._player is None:
            self._player = self._feeds.player(self._position_us)
            self._player.play()
        self._users += 1
        self.changed.emit()
        return self._feeds.playback(self._player, camera, audio, gate)

    def prepare(self, position_us: int | None) -> None:
        """Where the clock will stand when the first tile enters; None = shortly before now."""
        if not self.active:
            now_us = self._session.clock.now_us()
            self._position_us = position_us or now_us - _START_BEFORE_US
        elif position_us is not None:
            self.seek(position_us)

    def leave(self, source: PlaybackSource) -> None:
        """A tile plays back no more; the last one stops the clock."""
        source.close()
        self._users -= 1
        player = self._player
        if self._users == 0 and player is not None and self._feeds is not None:
            self._position_us = player.position_us()
            self._player = None
            self._feeds.later(player.close)
        self.changed.emit()

    def set_playing(self, cameras: list[str]) -> None:
        """All cameras that play: the time line's second row, when there are several."""
        self.others.set_cameras(cameras)

    # --- what is now

    @property
    def position_us(self) -> int:
        return self._player.position_us() if self._player is not None else self._position_us

    @property
    def paused(self) -> bool:
        return self._player is None or self._player.clock.paused

    @property
    def speed(self) -> float:
        return self._player.clock.speed if self._player is not None else 1.0

    # --- buttons

    def toggle(self) -> None:
        if self._player is None:
            return
        if self._player.clock.paused:
            self._player.play()
        else:
            self._player.pause()
        self.changed.emit()

    def pause(self) -> None:
        if self._player is not None:
            self._player.pause()
            self.changed.emit()

    def seek(self, time_us: int) -> None:
        bounded = min(time_us, self._session.clock.now_us())
        self._position_us = bounded
        if self._player is not None:
            self._player.seek(bounded)
        self.sought.emit(bounded)

    def jump(self, shift_us: int) -> None:
        self.seek(self.position_us + shift_us)

    def step(self, forward: bool) -> None:
        if self._player is not None:
            self._player.step(forward)
            self.changed.emit()

    def set_speed(self, speed: float) -> None:
        if self._player is not None:
            self._player.set_speed(speed)
            self.changed.emit()

    def change_speed(self, faster: bool) -> None:
        """To the next of the speeds, keeping the direction."""
        sign = -1.0 if self.speed < 0 else 1.0
        size = abs(self.speed)
        further = [s for s in SPEEDS if (s > size if faster else s < size)]
        if further:
            self.set_speed(sign * (further[0] if faster else further[-1]))

    def turn_round(self) -> None:
        """Backwards, or forwards again."""
        self.set_speed(-self.speed)

    def neighbour(self, forward: bool, alarms: bool) -> None:
        """To the next or previous recording, or alarm, of the active camera."""

        def go(time_us: int | None) -> None:
            if time_us is None:
                self.told.emit(self._nothing(forward, alarms))
            else:
                self.seek(time_us)

        self.line.find(self.position_us, forward, alarms, go)

    def _nothing(self, forward: bool, alarms: bool) -> str:
        if alarms:
            return self.tr("No later alarm here") if forward else self.tr("No earlier alarm here")
        return self.tr("No later recording here") if forward else self.tr("No earlier one here")

    # --- marks

    def mark_begin(self) -> None:
        """Where the clock stands."""
        self.set_period(self.period.with_begin(self.position_us))

    def mark_end(self) -> None:
        self.set_period(self.period.with_end(self.position_us))

    def clear_marks(self) -> None:
        self.set_period(MarkedPeriod())

    def set_period(self, period: MarkedPeriod) -> None:
        if period != self.period:
            self.period = period
            self.period_changed.emit()

    def chosen_period(self) -> tuple[int, int]:
        """What is marked; from the one mark to the clock; else half a minute either side of it;
        live, the last minute."""
        if self.period.whole is not None:
            return self.period.whole
        now_us = self._session.clock.now_us()
        at_us = self.position_us if self.active else now_us
        marked = self.period.begin_us if self.period.end_us is None else self.period.end_us
        if marked is not None and marked != at_us:
            return min(marked, at_us), max(marked, at_us)
        end_us = min(at_us + _AROUND_US, now_us)
        return end_us - 2 * _AROUND_US, end_us

    # --- dragging

    def begin_scrub(self) -> None:
        """The clock stands while the cursor is dragged."""
        if self._player is not None and not self._resume:
            self._resume = not self._player.clock.paused
            self._player.pause()

    def end_scrub(self, time_us: int) -> None:
        self.seek(time_us)
        if self._player is not None and self._resume:
            self._player.play()
        self._resume = False
        self.changed.emit()
