"""Motion in area: an object starts to move inside; ends when it stops, leaves or is lost."""

from __future__ import annotations

from collections.abc import Mapping

from axxond.analytics import port
from axxond.analytics.foreground import Scene
from axxond.analytics.objects import TrackedObject
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorSettings
from axxond.analytics.situation import STOPPED_US, Situation

KIND = "motion_in_area"


class MotionInArea(Situation):
    def __init__(self, settings: DetectorSettings) -> None:
        super().__init__(settings)
        self.attend(stood=False, stand_us=STOPPED_US)

    def holding(self, scene: Scene) -> Mapping[int, TrackedObject]:
        return {
            number: stay.thing
            for number, stay in self.presence.inside().items()
            if scene.time_us - stay.thing.still_us < STOPPED_US
        }


def _make(settings: DetectorSettings, _plane: Plane) -> MotionInArea:
    return MotionInArea(settings)


port.register(KIND, _make, needs_objects=True)
