"""Disappearance in area: an object crosses the perimeter outwards, or vanishes inside."""

from __future__ import annotations

from axxond.analytics import port
from axxond.analytics.foreground import Scene
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.situation import Passing, Rule

KIND = "disappearance_in_area"


class DisappearanceInArea(Passing):
    RULE = Rule.LEAVES

    def feed(self, scene: Scene) -> list[DetectorEvent]:
        return [
            self.instant(change.thing, change.time_us)
            for change in self.presence.feed(scene)
            if not change.inside
        ]


def _make(settings: DetectorSettings, _plane: Plane) -> DisappearanceInArea:
    return DisappearanceInArea(settings)


port.register(KIND, _make, needs_objects=True)
