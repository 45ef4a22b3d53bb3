"""Loitering: an object has been inside for T; ends when it leaves or is lost."""

from __future__ import annotations

from collections.abc import Mapping

from axxond.analytics import port
from axxond.analytics import properties as read
from axxond.analytics.foreground import Scene
from axxond.analytics.objects import TrackedObject
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorSettings
from axxond.analytics.situation import Situation

KIND = "loitering"
_DEFAULT_S, _MAX_S = 30.0, 86_400.0


class Loitering(Situation):
    def __init__(self, settings: DetectorSettings) -> None:
        super().__init__(settings)
        self._time_us = read.duration_us(settings.properties, "time_s", _DEFAULT_S, 0, _MAX_S)
        self.attend(least_us=self._time_us)

    def holding(self, scene: Scene) -> Mapping[int, TrackedObject]:
        return {
            number: stay.thing
            for number, stay in self.presence.inside().items()
            if scene.time_us - stay.since_us >= self._time_us
        }


def _make(settings: DetectorSettings, _plane: Plane) -> Loitering:
    return Loitering(settings)


port.register(KIND, _make, needs_objects=True)
