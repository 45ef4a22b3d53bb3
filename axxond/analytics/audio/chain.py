"""All detectors of a camera's sound, pure: samples and times in, events out.

As for pictures, the same chain runs live and offline, and what it finds depends on the samples
and the times alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from axxond.analytics.audio.detectors import KINDS, LevelDetector
from axxond.analytics.audio.levels import Level, LevelMeter, Samples
from axxond.analytics.chain import Findings
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.base.units import SECOND_US

__all__ = ["KINDS", "SoundChain"]

# A step that far, forwards or back, is another time, not a pause.
_MAX_STEP_US = 10 * SECOND_US


class SoundChain:
    """Called by one thread at a time, in the order of the stream."""

    def __init__(self, detectors: Sequence[DetectorSettings]) -> None:
        """ConfigError when a detector's settings are wrong."""
        self._detectors = [LevelDetector(settings) for settings in detectors]
        self._meter = LevelMeter()
        self._last_us: int | None = None

    def sound(self, samples: Samples, rate: int, time_us: int) -> Findings | None:
        """As `LevelMeter.sound`; None when it brought nothing new."""
        ended = self._watch_steps(time_us)
        return self._findings(time_us, ended, self._meter.sound(samples, rate, time_us))

    def quiet(self, until_us: int) -> Findings | None:
        """A picture of that time came: where sound is missing before it, there is none."""
        ended = self._watch_steps(until_us)
        return self._findings(until_us, ended, self._meter.quiet(until_us))

    def gap(self, time_us: int) -> Findings | None:
        """The stream was interrupted: events end, times begin anew."""
        return self._findings(time_us, self._interrupt(), [])

    close = gap

    def _watch_steps(self, time_us: int) -> list[DetectorEvent]:
        last_us, self._last_us = self._last_us, time_us
        if last_us is None or abs(time_us - last_us) <= _MAX_STEP_US:
            return []
        ended = self._interrupt()
        self._last_us = time_us
        return ended

    def _interrupt(self) -> list[DetectorEvent]:
        self._meter.restart()
        self._last_us = None
        return [event for one in self._detectors for event in one.interrupt()]

    def _findings(
        self, time_us: int, ended: list[DetectorEvent], levels: list[Level]
    ) -> Findings | None:
        events = ended
        for level in levels:
            for detector in self._detectors:
                events += detector.feed(level)
        return Findings(time_us, tuple(events)) if events else None
