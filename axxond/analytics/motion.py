"""The motion detector: something large and clear enough moves inside the zones."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from axxond.analytics import port
from axxond.analytics.foreground import Blob, Blobs, Scene
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.zones import Polygon, polygons, zone
from axxond.base.errors import ConfigError
from axxond.base.units import SECOND_US
from protocol.types import Box, Phase

KIND = "motion"

_MAX_CONTRAST = 16
_MAX_SIZE = 10
_MAX_HOLD_S = 600.0
_GREY_LEVELS_A_STEP = 2.5  # contrast 16 = 40 grey levels of 255
_SMALLEST_AREA = 0.0003  # of the picture, at size 0
_AREA_A_STEP = 5 ** (1 / 3)  # size 10 = 6.4 % of the picture

# Of a slow, plain thing only the edges change; of one that was left behind, nothing does.
_LEAST_MOVING = 0.25  # of the least area

# What is seen for a shorter time is a flicker.
_CONFIRM_US = SECOND_US // 5

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
            contrast = int(_number(properties, "contrast", 6, _MAX_CONTRAST))
            size = int(_number(properties, "size", 3, _MAX_SIZE))
        elif preset in _PRESETS:
            contrast, size = _PRESETS[preset]
        else:
            text = f"preset {preset!r} is none of custom, {', '.join(_PRESETS)}"
            raise ConfigError(text, field="preset")
        return cls(
            contrast,
            size,
            round(_number(properties, "hold_s", 3.0, _MAX_HOLD_S) * SECOND_US),
            polygons(properties.get("zones", []), "zones"),
            polygons(properties.get("masks", []), "masks"),
        )

    @property
    def least_strength(self) -> float:
        """In grey levels, the mean over a blob."""
        return self.contrast * _GREY_LEVELS_A_STEP

    @property
    def least_area(self) -> float:
        """As a share of the picture."""
        return _SMALLEST_AREA * float(_AREA_A_STEP**self.size)


def _number(properties: dict[str, Any], name: str, default: float, maximum: float) -> float:
    value = properties.get(name, default)
    wrong = isinstance(value, bool) or not isinstance(value, int | float)
    if wrong or not 0 <= value <= maximum:
        raise ConfigError(f"{name}: {value!r} is not a number in [0; {maximum:g}]", field=name)
    return float(value)


class Motion:
    """Begins when motion has been seen over _CONFIRM_US, ends `hold_us` after the last of it."""

    def __init__(self, detector_id: str, settings: MotionSettings, plane: Plane) -> None:
        self.boxes: tuple[Box, ...] = ()
        self._id = detector_id
        self._settings = settings
        self._blobs = Blobs(plane, zone(plane, settings.zones, settings.masks))
        self._seen_since_us: int | None = None
        self._last_seen_us = 0
        self._last_boxes: tuple[Box, ...] = ()
        self._going_on = False

    def feed(self, scene: Scene) -> list[DetectorEvent]:
        found = self._blobs.find(scene, self._settings.least_area) if scene.settled else []
        self.boxes = tuple(blob.box for blob in found if self._counts(blob))
        now_us = scene.time_us
        if self.boxes:
            self._last_seen_us = now_us
            self._last_boxes = self.boxes
            if self._seen_since_us is None:
                self._seen_since_us = now_us
            if not self._going_on and now_us - self._seen_since_us >= _CONFIRM_US:
                self._going_on = True
                return [self._event(Phase.BEGIN, now_us)]
            return []
        if not self._going_on:
            self._seen_since_us = None
        elif now_us - self._last_seen_us >= self._settings.hold_us:
            return self._end(now_us)
        return []

    def interrupt(self, time_us: int) -> list[DetectorEvent]:
        self.boxes = ()
        return self._end(time_us)

    def _counts(self, blob: Blob) -> bool:
        settings = self._settings
        return (
            blob.strength >= settings.least_strength
            and blob.moving >= settings.least_area * _LEAST_MOVING
        )

    def _end(self, time_us: int) -> list[DetectorEvent]:
        self._seen_since_us = None
        if not self._going_on:
            return []
        self._going_on = False
        return [self._event(Phase.END, time_us)]

    def _event(self, phase: Phase, time_us: int) -> DetectorEvent:
        return DetectorEvent(self._id, KIND, phase, time_us, self._last_boxes)


def _make(settings: DetectorSettings, plane: Plane) -> Motion:
    return Motion(settings.id, MotionSettings.of(settings.properties), plane)


port.register(KIND, _make)
