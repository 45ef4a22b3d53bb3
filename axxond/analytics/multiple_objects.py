"""Multiple objects: more than N objects are inside."""

from __future__ import annotations

from axxond.analytics import port
from axxond.analytics import properties as read
from axxond.analytics.foreground import Scene
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.situation import (
    DEFAULT_HOLD_S,
    MAX_HOLD_S,
    SURE_US,
    Area,
    Attention,
    Presence,
    Rule,
)
from protocol.types import Box, Phase

KIND = "multiple_objects"
_DEFAULT_COUNT, _MAX_COUNT = 5, 100


class MultipleObjects:
    """One event while there are more than `count`; its box is around them all."""

    boxes: tuple[Box, ...] = ()

    def __init__(self, settings: DetectorSettings) -> None:
        given = settings.properties
        self._settings = settings
        self._count = int(read.number(given, "count", _DEFAULT_COUNT, 1, _MAX_COUNT))
        self._hold_us = read.duration_us(given, "hold_s", DEFAULT_HOLD_S, 0, MAX_HOLD_S)
        area = Area.of(given)
        self.attention = Attention(area, Rule.CROWDS, hold_us=self._hold_us, crowd=self._count)
        self._presence = Presence(area)
        self._since_us: int | None = None  # when they became too many
        self._last_us = 0
        self._box: Box | None = None
        self._going_on = False

    def feed(self, scene: Scene) -> list[DetectorEvent]:
        self._presence.feed(scene)
        stays = self._presence.inside().values()
        inside = [stay.thing.box for stay in stays if not stay.thing.hidden]
        now_us = scene.time_us
        if len(inside) > self._count:
            self._since_us = now_us if self._since_us is None else self._since_us
            self._last_us, self._box = now_us, _around(inside)
            if not self._going_on and now_us - self._since_us >= SURE_US:
                self._going_on = True
                return [self._event(Phase.BEGIN, self._since_us)]
            return []
        self._since_us = None
        if self._going_on and now_us - self._last_us >= self._hold_us:
            return self._end()
        return []

    def interrupt(self, _time_us: int) -> list[DetectorEvent]:
        self._presence.clear()
        self._since_us = None
        return self._end()

    def _end(self) -> list[DetectorEvent]:
        if not self._going_on:
            return []
        self._going_on = False
        return [self._event(Phase.END, self._last_us)]

    def _event(self, phase: Phase, time_us: int) -> DetectorEvent:
        boxes = (self._box,) if self._box is not None else ()
        return DetectorEvent(self._settings.id, KIND, phase, time_us, boxes)


def _around(boxes: list[Box]) -> Box:
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right = max(box.x + box.w for box in boxes)
    return Box(left, top, right - left, max(box.y + box.h for box in boxes) - top)


def _make(settings: DetectorSettings, _plane: Plane) -> MultipleObjects:
    return MultipleObjects(settings)


port.register(KIND, _make, needs_objects=True)
