"""A state of the whole picture that becomes an event when it lasts."""

from __future__ import annotations

from axxond.analytics.port import DetectorEvent, DetectorSettings
from protocol.types import Box, Phase

WHOLE = Box(0.0, 0.0, 1.0, 1.0)


class Lasting:
    """Begins when the state has lasted `sure_us` (with the time at which it began), ends with the
    last frame of it, which is told `hold_us` later."""

    def __init__(self, settings: DetectorSettings, sure_us: int, hold_us: int) -> None:
        self._settings = settings
        self._sure_us = sure_us
        self._hold_us = hold_us
        self._since_us: int | None = None
        self._last_us = 0
        self.going_on = False

    def feed(self, now_us: int, holds: bool, reason: str = "") -> list[DetectorEvent]:
        if holds:
            self._last_us = now_us
            self._since_us = now_us if self._since_us is None else self._since_us
            if not self.going_on and now_us - self._since_us >= self._sure_us:
                self.going_on = True
                return [self._event(Phase.BEGIN, self._since_us, reason)]
            return []
        if not self.going_on:
            self._since_us = None
        elif now_us - self._last_us >= self._hold_us:
            return self.end()
        return []

    def end(self) -> list[DetectorEvent]:
        self._since_us = None
        if not self.going_on:
            return []
        self.going_on = False
        return [self._event(Phase.END, self._last_us)]

    def _event(self, phase: Phase, time_us: int, reason: str = "") -> DetectorEvent:
        settings = self._settings
        return DetectorEvent(settings.id, settings.kind, phase, time_us, (WHOLE,), reason=reason)
