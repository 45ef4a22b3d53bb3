"""What a joystick's axes mean.  Pure."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

DEAD_ZONE = 0.12  # of the whole way: worn sticks do not come back to the middle


@frozen
class Mapping:
    """Axis numbers; `zoom` None: it has none."""

    pan: int = 0
    tilt: int = 1
    zoom: int | None = 2
    invert_tilt: bool = True  # a stick pushed away from oneself says -1
    invert_zoom: bool = False


def mapping_for(axes: int) -> Mapping:
    """A desk joystick turns its stick (third axis) to zoom; a gamepad has triggers there, which
    rest at an end, and a second stick: its upright axis zooms."""
    if axes >= 5:
        return Mapping(zoom=4 if axes >= 6 else 3, invert_zoom=True)
    return Mapping(zoom=2 if axes >= 3 else None)


def steer(axes: Sequence[float], mapping: Mapping) -> tuple[float, float, float]:
    """Pan, tilt, zoom in [-1; 1] from axes in [-1; 1]; small ways are none, and what is beyond
    them begins at 0."""

    def value(number: int | None, invert: bool) -> float:
        if number is None or number >= len(axes):
            return 0.0
        way = max(-1.0, min(1.0, axes[number]))
        if abs(way) < DEAD_ZONE:
            return 0.0
        scaled = (abs(way) - DEAD_ZONE) / (1.0 - DEAD_ZONE)
        signed = scaled if way > 0 else -scaled
        return -signed if invert else signed

    return (
        value(mapping.pan, False),
        value(mapping.tilt, mapping.invert_tilt),
        value(mapping.zoom, mapping.invert_zoom),
    )
