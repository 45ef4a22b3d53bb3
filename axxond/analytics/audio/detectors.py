"""No signal, signal, noise: each a level, a period and a hold time.

`audio_signal`: sound of at least `level` for `period_s`.  `audio_noise`: the same, louder and
longer; speech and music pause within a second, a crowd, an engine, a siren or a broken microphone
do not.  `audio_no_signal`: for `period_s` nothing of that level but clicks shorter than
_CLICK_US; also where there is no sound track at all.  A begin is dated at the first moment of what
lasts, an end at the last one; that a stretch is over is known `hold_s` later.
"""

from __future__ import annotations

from attrs import frozen

from axxond.analytics import properties as read
from axxond.analytics.audio.levels import STRETCH_US, Level
from axxond.analytics.audio.runs import Runs
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.base.errors import ConfigError
from axxond.base.units import SECOND_US

NO_SIGNAL, SIGNAL, NOISE = "audio_no_signal", "audio_signal", "audio_noise"

MIN_LEVEL_DBFS, MAX_LEVEL_DBFS = -90.0, 0.0
MAX_PERIOD_S = 3600.0
MAX_HOLD_S = 600.0
_CLICK_US = 3 * SECOND_US // 10


@frozen
class _Kind:
    """Defaults.  -45 dBFS: a microphone with automatic gain has more than that of any voice in
    its room, and less of a still one; -30 dBFS fills a tenth of the scale's voltage at its
    peaks and is loud."""

    level_dbfs: float
    period_s: float
    hold_s: float
    below: bool = False  # fires below the level, not from it on


_KINDS = {
    NO_SIGNAL: _Kind(-45.0, 2.0, _CLICK_US / SECOND_US, below=True),
    SIGNAL: _Kind(-45.0, 0.3, 1.0),
    NOISE: _Kind(-30.0, 1.0, 1.0),
}
KINDS = tuple(_KINDS)


class LevelDetector:
    """A function of the levels and their times, with memory."""

    def __init__(self, settings: DetectorSettings) -> None:
        """ConfigError when the kind is none of KINDS or a property is wrong."""
        kind = _KINDS.get(settings.kind)
        if kind is None:
            raise ConfigError(f"{settings.kind!r} detects nothing in sound", settings.id, "type")
        given = settings.properties
        try:
            self._level_dbfs = read.number(
                given, "level", kind.level_dbfs, MIN_LEVEL_DBFS, MAX_LEVEL_DBFS
            )
            period_us = read.duration_us(given, "period_s", kind.period_s, 0, MAX_PERIOD_S)
            hold_us = read.duration_us(given, "hold_s", kind.hold_s, 0, MAX_HOLD_S)
        except ConfigError as error:
            raise ConfigError(str(error), settings.id, error.field) from error
        self._below = kind.below
        bridge_us = min(hold_us, _CLICK_US) if kind.below else 0
        self._runs = Runs(settings, period_us, hold_us, bridge_us)

    def feed(self, level: Level) -> list[DetectorEvent]:
        holds = (level.dbfs < self._level_dbfs) == self._below
        return self._runs.feed(level.time_us, level.time_us + STRETCH_US, holds)

    def interrupt(self) -> list[DetectorEvent]:
        """Nobody listens any more: what is going on ends with the last that is known of it."""
        return self._runs.end()
