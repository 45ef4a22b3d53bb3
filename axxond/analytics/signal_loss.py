"""Signal loss: the stream was interrupted; ends with the next picture.

The chain tells it of interruptions itself: this detector outlives them.
"""

from __future__ import annotations

from axxond.analytics import port
from axxond.analytics.foreground import Scene
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorEvent, DetectorSettings
from protocol.types import Box, Phase

KIND = "signal_loss"


class SignalLoss:
    boxes: tuple[Box, ...] = ()

    def __init__(self, settings: DetectorSettings) -> None:
        self._settings = settings
        self._going_on = False

    def feed(self, _scene: Scene) -> list[DetectorEvent]:
        return []

    def interrupt(self, _time_us: int) -> list[DetectorEvent]:
        return []

    def lost(self, time_us: int) -> list[DetectorEvent]:
        """The stream was interrupted."""
        if self._going_on:
            return []
        self._going_on = True
        return [self._event(Phase.BEGIN, time_us)]

    def found(self, time_us: int) -> list[DetectorEvent]:
        """A picture came, or nobody is to look any more."""
        if not self._going_on:
            return []
        self._going_on = False
        return [self._event(Phase.END, time_us)]

    def _event(self, phase: Phase, time_us: int) -> DetectorEvent:
        return DetectorEvent(self._settings.id, KIND, phase, time_us)


def _make(settings: DetectorSettings, _plane: Plane) -> SignalLoss:
    return SignalLoss(settings)


port.register(KIND, _make)
