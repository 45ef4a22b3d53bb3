"""What a PTZ unit can do, in the ranges of its own spaces (ONVIF PTZ §5.2, §5.7).  Without I/O."""

from __future__ import annotations

import math

from attrs import frozen

from axxond.devices.elements import Node, to_flag
from protocol.types import Capability

_FOV = "TranslationSpaceFov"
# What a unit without spaces in terms of the picture is taken for: a dome of a full turn and half
# a turn, 60° x 34° of view at its widest, that magnifies 20 times.
_FULL_PAN, _FULL_TILT = 360.0, 180.0
_WIDE_PAN, _WIDE_TILT = 60.0, 34.0
_MAGNIFICATION = 20.0


@frozen
class Range:
    """Of one axis in one space."""

    least: float
    most: float

    def from_share(self, share: float, lowest: float) -> float:
        """`share` in [lowest; 1] to the device's value; lowest is -1 (pan, tilt) or 0 (zoom)."""
        part = (min(1.0, max(lowest, share)) - lowest) / (1.0 - lowest)
        return round(self.least + part * (self.most - self.least), 5)

    def to_share(self, value: float, lowest: float) -> float:
        if self.most <= self.least:
            return lowest
        part = (value - self.least) / (self.most - self.least)
        return min(1.0, max(lowest, lowest + part * (1.0 - lowest)))


@frozen
class Space:
    """`y` None: an axis alone (zoom)."""

    uri: str
    x: Range
    y: Range | None

    @property
    def is_fov(self) -> bool:
        return self.uri.endswith(_FOV)


@frozen
class Unit:
    """A PTZ node.  A space is None where the unit has no such movement."""

    token: str
    move: Space | None = None
    zoom: Space | None = None
    place: Space | None = None
    zoom_place: Space | None = None
    shift: Space | None = None
    zoom_shift: Space | None = None
    presets: int = 0
    has_home: bool = False
    is_home_fixed: bool = False

    @property
    def capabilities(self) -> set[Capability]:
        found = {Capability.PTZ} if self.move or self.zoom or self.place else set()
        if self.place or self.zoom_place:
            found.add(Capability.PTZ_ABSOLUTE)
        if self.shift or self.zoom_shift:
            found.add(Capability.PTZ_RELATIVE)
        if self.presets:
            found.add(Capability.PRESETS)
        if self.has_home:
            found.add(Capability.HOME)
        return found


def read(told: Node) -> Unit:
    """A tt:PTZNode."""
    return Unit(
        told.attribute("token"),
        _space(told, "ContinuousPanTiltVelocitySpace"),
        _space(told, "ContinuousZoomVelocitySpace"),
        _space(told, "AbsolutePanTiltPositionSpace"),
        _space(told, "AbsoluteZoomPositionSpace"),
        _space(told, "RelativePanTiltTranslationSpace"),
        _space(told, "RelativeZoomTranslationSpace"),
        max(0, told.integer("MaximumNumberOfPresets") or 0),
        to_flag(told.text("HomeSupported")) is True,
        to_flag(told.attribute("FixedHomePosition")) is True,
    )


def _space(told: Node, name: str) -> Space | None:
    """The one in terms of the field of view if there is one, else the first (the generic one)."""
    spaces = [
        Space(one.text("URI"), x, _range(one.first("YRange")))
        for one in told.all(f"SupportedPTZSpaces/{name}")
        if (x := _range(one.first("XRange"))) is not None
    ]
    return next((one for one in spaces if one.is_fov), spaces[0] if spaces else None)


def _range(told: Node | None) -> Range | None:
    if told is None:
        return None
    least, most = told.number("Min"), told.number("Max")
    return None if least is None or most is None or least >= most else Range(least, most)


def shift_vector(space: Space, pan: float, tilt: float, zoom_now: float) -> tuple[float, float]:
    """Of a relative move by shares of the picture's width and height.

    In the space of the field of view half a picture is the end of the range (ONVIF PTZ §5.7.2.2
    and what cameras make of it); in any other the picture's angle is estimated from the zoom.
    """
    if space.is_fov:
        x, y = 2.0 * pan, 2.0 * tilt
    else:
        narrowing = _MAGNIFICATION**zoom_now
        x = pan * _WIDE_PAN / narrowing / (_FULL_PAN / 2)
        y = tilt * _WIDE_TILT / narrowing / (_FULL_TILT / 2)
    vertical = space.y or space.x
    return space.x.from_share(x, -1.0), vertical.from_share(y, -1.0)


def zoom_shift(space: Space, factor: float) -> float:
    """Of a relative zoom that makes things `factor` times as large."""
    factor = min(1000.0, max(0.001, factor))
    if space.is_fov:  # the wanted view by the present one
        return min(space.x.most, max(space.x.least, round(1.0 / factor, 5)))
    return space.x.from_share(math.log(factor) / math.log(_MAGNIFICATION), -1.0)
