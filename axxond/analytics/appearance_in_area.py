"""Appearance in area: an object crosses the perimeter inwards.

Where the area reaches the frame's edge, coming into the picture there is crossing it too.
"""

from __future__ import annotations

from axxond.analytics import port
from axxond.analytics.foreground import Scene
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.situation import Passing, Rule

KIND = "appearance_in_area"


class AppearanceInArea(Passing):
    RULE = Rule.ENTERS

    def feed(self, scene: Scene) -> list[DetectorEvent]:
        return [
            self.instant(change.thing, change.time_us)
            for change in self.presence.feed(scene)
            if change.inside and change.crossed
        ]


def _make(settings: DetectorSettings, _plane: Plane) -> AppearanceInArea:
    return AppearanceInArea(settings)


port.register(KIND, _make, needs_objects=True)
