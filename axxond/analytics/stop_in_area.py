"""Stop in area: an object has been idle inside for T; ends when it moves on, leaves or is lost."""

from __future__ import annotations

from collections.abc import Mapping

from axxond.analytics import port
from axxond.analytics import properties as read
from axxond.analytics.foreground import Scene
from axxond.analytics.objects import TrackedObject
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorSettings
from axxond.analytics.situation import STOPPED_US, Situation

KIND = "stop_in_area"
_DEFAULT_S, _MAX_S = 0.0, 3600.0


class StopInArea(Situation):
    """T counts from when it came to its place; that it has stopped is sure after STOPPED_US."""

    def __init__(self, settings: DetectorSettings) -> None:
        super().__init__(settings)
        wanted_us = read.duration_us(settings.properties, "time_s", _DEFAULT_S, 0, _MAX_S)
        self._time_us = max(wanted_us, STOPPED_US)
        self.attend(least_us=self._time_us, stood=True, stand_us=self._time_us)

    def holding(self, scene: Scene) -> Mapping[int, TrackedObject]:
        return {
            number: stay.thing
            for number, stay in self.presence.inside().items()
            if scene.time_us - max(stay.thing.still_us, stay.since_us) >= self._time_us
        }


def _make(settings: DetectorSettings, _plane: Plane) -> StopInArea:
    return StopInArea(settings)


port.register(KIND, _make, needs_objects=True)
