"""The motion detector: something large and clear enough moves inside the zones."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, NamedTuple

from attrs import frozen

from axxond.analytics import port
from axxond.analytics import properties as read
from axxond.analytics.foreground import Blob, Blobs, Scene
from axxond.analytics.matching import Area
from axxond.analytics.penumbra import is_soft
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.swaying import is_swaying
from axxond.analytics.track import went_px
from axxond.analytics.zones import Polygon, polygons, zone
from axxond.base.errors import ConfigError
from axxond.base.units import SECOND_US
from protocol.types import Box, Phase

KIND = "motion"

_MAX_CONTRAST = 16
_MAX_SIZE = 10
_MAX_HOLD_S = 600.0
_LEAST_STRENGTH = 10.0  # in grey levels of 255, at contrast 0
_STRENGTH_A_STEP = 2.5  # contrast 16 = 50 grey levels
_SMALLEST_AREA = 0.0003  # of the picture, at size 0
_AREA_A_STEP = 5 ** (1 / 3)  # size 10 = 6.4 % of the picture

# Of a slow, plain thing only the edges change; of one that was left behind, nothing does.
_LEAST_MOVING = 0.25  # of the least area

# What is seen for a shorter time, or in fewer frames on end, or now here and now there, is a
# flicker: a leaf, rain, a reflection.
_CONFIRM_US = SECOND_US // 5
_CONFIRM_FRAMES = 3
# A thing is the same one when its box, grown by half on each side, meets the last frame's.
_GROWTH = 0.5
# What was there at once as a whole, and keeps its outline, does not move: it was switched on (a
# screen, a sign, a window).  Its edges may be so far off, in pixels and in shares of its sides.
_EDGE_PX, _EDGE_SHARE = 2.0, 0.05
# What sways does not leave its place: it does not go by its own (smaller) side, nor by so many
# pixels.
_LEAST_GONE, _LEAST_GONE_PX = 1.0, 6.0

_PRESETS = {"indoor": (4, 3), "street": (6, 5)}
"""contrast, size"""


@frozen
class MotionSettings:
    """contrast [0; 16] and size [0; 10]: 0 sees most."""

    contrast: int = 4
    size: int = 3
    hold_us: int = 3 * SECOND_US
    zones: tuple[Polygon, ...] = ()
    masks: tuple[Polygon, ...] = ()

    @classmethod
    def of(cls, properties: dict[str, Any]) -> MotionSettings:
        """From a detector object's properties; ConfigError names a wrong one."""
        preset = properties.get("preset", "indoor")
        if preset == "custom":
            contrast = int(read.number(properties, "contrast", 6, 0, _MAX_CONTRAST))
            size = int(read.number(properties, "size", 3, 0, _MAX_SIZE))
        elif preset in _PRESETS:
            contrast, size = _PRESETS[preset]
        else:
            text = f"preset {preset!r} is none of custom, {', '.join(_PRESETS)}"
            raise ConfigError(text, field="preset")
        return cls(
            contrast,
            size,
            read.duration_us(properties, "hold_s", 3.0, 0, _MAX_HOLD_S),
            polygons(properties.get("zones", []), "zones"),
            polygons(properties.get("masks", []), "masks"),
        )

    @property
    def least_strength(self) -> float:
        """In grey levels, the mean over a blob."""
        return _LEAST_STRENGTH + self.contrast * _STRENGTH_A_STEP

    @property
    def least_area(self) -> float:
        """As a share of the picture."""
        return _SMALLEST_AREA * float(_AREA_A_STEP**self.size)


class _Seen(NamedTuple):
    """A blob's box; since when and for how many frames on end it has counted; how it was at
    `first`, counting or not, and whether it has ever been another since."""

    box: Box
    since_us: int
    first: Box
    frames: int = 0
    changed: bool = False

    def is_sure(self, now_us: int) -> bool:
        lasting = self.frames >= _CONFIRM_FRAMES and now_us - self.since_us >= _CONFIRM_US
        return lasting and self.changed


def _met(box: Box, known: Iterable[_Seen]) -> list[_Seen]:
    """Those that overlap with the box, grown."""
    across, down = box.w * _GROWTH, box.h * _GROWTH
    left, right = box.x - across, box.x + box.w + across
    top, bottom = box.y - down, box.y + box.h + down
    return [
        seen
        for seen in known
        if (other := seen.box).x < right
        and other.y < bottom
        and left < other.x + other.w
        and top < other.y + other.h
    ]


def _same(one: Box, other: Box, plane: Plane) -> bool:
    """Whether all edges are where they were."""
    across = _EDGE_PX / plane.width + _EDGE_SHARE * one.w
    down = _EDGE_PX / plane.height + _EDGE_SHARE * one.h
    return (
        abs(one.x - other.x) <= across
        and abs(one.x + one.w - other.x - other.w) <= across
        and abs(one.y - other.y) <= down
        and abs(one.y + one.h - other.y - other.h) <= down
    )


def _area(box: Box, plane: Plane) -> Area:
    left, top = box.x * plane.width, box.y * plane.height
    return Area(left, top, left + box.w * plane.width, top + box.h * plane.height)


class Motion:
    """Begins when something has moved over _CONFIRM_US and _CONFIRM_FRAMES, ends `hold_us` after
    the last movement."""

    def __init__(self, detector_id: str, settings: MotionSettings, plane: Plane) -> None:
        self.boxes: tuple[Box, ...] = ()
        self._id = detector_id
        self._hold_us = settings.hold_us
        self._least_area = settings.least_area
        self._least_moving = settings.least_area * _LEAST_MOVING
        self._least_strength = settings.least_strength
        self._plane = plane
        partly = settings.zones or settings.masks
        inside = zone(plane, settings.zones, settings.masks) if partly else None
        self._blobs = Blobs(plane, inside)
        self._seen: tuple[_Seen, ...] = ()
        self._last_seen_us = 0
        self._last_boxes: tuple[Box, ...] = ()
        self._going_on = False

    def feed(self, scene: Scene) -> list[DetectorEvent]:
        found = self._blobs.find(scene, self._least_area) if scene.settled else []
        now_us = scene.time_us
        self._seen = tuple([self._followed(scene, blob) for blob in found])
        self.boxes = tuple([seen.box for seen in self._seen if seen.is_sure(now_us)])
        if self.boxes:
            self._last_seen_us = now_us
            self._last_boxes = self.boxes
            if not self._going_on:
                self._going_on = True
                return [self._event(Phase.BEGIN, now_us)]
        elif self._going_on and now_us - self._last_seen_us >= self._hold_us:
            return self._end(now_us)
        return []

    def interrupt(self, time_us: int) -> list[DetectorEvent]:
        self.boxes = ()
        self._seen = ()
        return self._end(time_us)

    def _followed(self, scene: Scene, blob: Blob) -> _Seen:
        """With the longest past among those that it meets."""
        now_us, box = scene.time_us, blob.box
        past = _met(box, self._seen)
        counted = self._counts(blob) and not is_soft(scene, blob)
        if not past:
            counted = counted and not self._sways(scene, box, box)
            return _Seen(box, now_us, box, int(counted))
        oldest = past[0] if len(past) == 1 else max(past, key=attrgetter("frames"))
        counted = counted and (oldest.is_sure(now_us) or not self._sways(scene, oldest.first, box))
        changed = True in [seen.changed for seen in past]
        changed = changed or not _same(oldest.first, box, self._plane)
        frames = (oldest.frames + 1) * counted
        since_us = oldest.since_us if frames > 1 else now_us
        return _Seen(box, since_us, oldest.first, frames, changed)

    def _sways(self, scene: Scene, first: Box, box: Box) -> bool:
        """Whether it looks as leaves and branches do, and has gone nowhere."""
        area = _area(box, self._plane)
        gone_px = went_px(_area(first, self._plane), area)
        if gone_px >= max(_LEAST_GONE * min(area.width, area.height), _LEAST_GONE_PX):
            return False
        return is_swaying(scene, area, self._least_area * self._plane.width * self._plane.height)

    def _counts(self, blob: Blob) -> bool:
        return blob.strength >= self._least_strength and blob.moving >= self._least_moving

    def _end(self, time_us: int) -> list[DetectorEvent]:
        if not self._going_on:
            return []
        self._going_on = False
        return [self._event(Phase.END, time_us)]

    def _event(self, phase: Phase, time_us: int) -> DetectorEvent:
        return DetectorEvent(self._id, KIND, phase, time_us, self._last_boxes)


def _make(settings: DetectorSettings, plane: Plane) -> Motion:
    return Motion(settings.id, MotionSettings.of(settings.properties), plane)


port.register(KIND, _make)
