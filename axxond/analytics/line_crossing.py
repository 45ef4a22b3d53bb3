"""Line crossing: an object's foot goes over a line in a wanted direction.

FORWARD is from the left hand to the right hand of someone who walks from a to b on the picture.
"""

from __future__ import annotations

import math

from attrs import define

from axxond.analytics import port
from axxond.analytics import properties as read
from axxond.analytics.foreground import Scene
from axxond.analytics.objects import Place, TrackedObject
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.situation import SURE_US, Attention, Passing, Rule

KIND = "line_crossing"
FORWARD, BACKWARD, BOTH = "forward", "backward", "both"
DIRECTIONS = (BOTH, FORWARD, BACKWARD)

# A foot this far beyond the line (a share of the thing's height) has crossed it for good; one
# that comes back before has not.
FAR = 0.12
CONFIRM_US = 2 * SURE_US


@define
class _Crossing:
    thing: TrackedObject
    time_us: int
    direction: str


class LineCrossing(Passing):
    RULE = Rule.CROSSES

    def __init__(self, settings: DetectorSettings) -> None:
        super().__init__(settings)
        self._direction = read.choice(settings.properties, "direction", BOTH, DIRECTIONS)
        self._lines = read.lines(settings.properties, "lines")
        self._pending: dict[tuple[int, int], _Crossing] = {}  # by object and line
        self.attention = Attention(
            self.area, self.RULE, lines=self._lines, direction=self._direction
        )

    def feed(self, scene: Scene) -> list[DetectorEvent]:
        events = self._lost(scene)
        for thing in scene.objects:
            if thing.moved and self.area.fits(thing):
                for number, line in enumerate(self._lines):
                    self._follow(thing, number, line, scene.time_us)
                    events += self._confirmed(thing, number, line, scene.time_us)
        return events

    def interrupt(self, time_us: int) -> list[DetectorEvent]:
        events = [self._told(key) for key in list(self._pending)]
        return [*(event for event in events if event is not None), *super().interrupt(time_us)]

    def _lost(self, scene: Scene) -> list[DetectorEvent]:
        """Who went over the line and out of sight has crossed it."""
        present = {thing.id for thing in scene.objects}
        events = [self._told(key) for key in list(self._pending) if key[0] not in present]
        return [event for event in events if event is not None]

    def _follow(self, thing: TrackedObject, number: int, line: read.Segment, now_us: int) -> None:
        share = crossing(line, thing.before, thing.foot)
        if share is None:
            return
        key = thing.id, number
        if self._pending.pop(key, None) is not None:
            return  # it came back
        began_us = thing.before_us
        time_us = began_us + round(share * (now_us - began_us))
        direction = FORWARD if side(line, thing.before) < 0 else BACKWARD
        self._pending[key] = _Crossing(thing, time_us, direction)

    def _confirmed(
        self, thing: TrackedObject, number: int, line: read.Segment, now_us: int
    ) -> list[DetectorEvent]:
        pending = self._pending.get((thing.id, number))
        if pending is None:
            return []
        pending.thing = thing
        far = abs(distance(line, thing.foot)) >= FAR * thing.box.h
        if not far and now_us - pending.time_us < CONFIRM_US:
            return []
        event = self._told((thing.id, number))
        return [event] if event is not None else []

    def _told(self, key: tuple[int, int]) -> DetectorEvent | None:
        crossed = self._pending.pop(key)
        wanted = self._direction in (BOTH, crossed.direction)
        if not wanted or not self.area.holds(crossed.thing.foot):
            return None
        return self.instant(crossed.thing, crossed.time_us, crossed.direction)


def side(line: read.Segment, place: Place) -> float:
    """Below 0: at the left hand of who walks from a to b (y points down)."""
    (ax, ay), (bx, by) = line
    return (bx - ax) * (place[1] - ay) - (by - ay) * (place[0] - ax)


def distance(line: read.Segment, place: Place) -> float:
    """From the whole straight line, signed as `side`, in shares of the frame."""
    (ax, ay), (bx, by) = line
    return side(line, place) / math.hypot(bx - ax, by - ay)


def crossing(line: read.Segment, before: Place, now: Place) -> float | None:
    """At which share of the way from `before` to `now` the line is crossed between its ends;
    None when it is not."""
    first, second = side(line, before), side(line, now)
    if (first < 0) == (second < 0):
        return None
    if (side((before, now), line[0]) < 0) == (side((before, now), line[1]) < 0):
        return None
    return first / (first - second)


def _make(settings: DetectorSettings, _plane: Plane) -> LineCrossing:
    return LineCrossing(settings)


port.register(KIND, _make, needs_objects=True)
