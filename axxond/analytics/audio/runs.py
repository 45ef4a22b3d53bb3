"""Loud or quiet stretches that last, to events.  Pure."""

from __future__ import annotations

from axxond.analytics.port import DetectorEvent, DetectorSettings
from protocol.types import Phase


class Runs:
    """Begins when a state has held for `least_us` (with the time at which it began), ends with
    the last of it when it has not held for `gap_us`.

    Before the begin, pauses shorter than `bridge_us` do not matter.
    """

    def __init__(
        self, settings: DetectorSettings, least_us: int, gap_us: int, bridge_us: int = 0
    ) -> None:
        self._settings = settings
        self._least_us = least_us
        self._gap_us = gap_us
        self._bridge_us = bridge_us
        self._since_us: int | None = None
        self._until_us = 0  # end of the last stretch in which it held
        self.going_on = False

    def feed(self, begin_us: int, end_us: int, holds: bool) -> list[DetectorEvent]:
        """One stretch of time; they follow each other."""
        if holds:
            if self._since_us is None:
                self._since_us = begin_us
            self._until_us = end_us
            if not self.going_on and end_us - self._since_us >= self._least_us:
                self.going_on = True
                return [self._event(Phase.BEGIN, self._since_us)]
            return []
        pause_us = end_us - self._until_us
        if self.going_on:
            return self.end() if pause_us >= self._gap_us else []
        if pause_us > self._bridge_us:
            self._since_us = None
        return []

    def end(self) -> list[DetectorEvent]:
        """Nothing more is known."""
        self._since_us = None
        if not self.going_on:
            return []
        self.going_on = False
        return [self._event(Phase.END, self._until_us)]

    def _event(self, phase: Phase, time_us: int) -> DetectorEvent:
        return DetectorEvent(self._settings.id, self._settings.kind, phase, time_us)
