"""What is stored of an object at one moment: quantised points, in arrays of POINT."""

from __future__ import annotations

from enum import IntFlag
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from axxond.analytics.objects import Colour, Place, TrackedObject
from axxond.base.units import SECOND_US
from protocol.types import Box

POINT = np.dtype(
    [
        ("time_us", "<i8"),
        ("object", "<u4"),
        ("x", "<u2"),
        ("y", "<u2"),
        ("width", "<u2"),
        ("height", "<u2"),
        ("still", "<u2"),
        ("colour", "<u2"),
        ("flags", "u1"),
    ]
)
Points = NDArray[Any]
"""of dtype POINT"""

PLACE_STEPS = 32_768  # a frame
SIZE_STEPS = 65_535  # a frame
_LARGEST = 65_535
STILL_STEP_US = SECOND_US // 20
STILL_LONG = _LARGEST
"""of `still`: so long or longer"""


class Flag(IntFlag):
    """HIDDEN: not seen from here on, only supposed to be there.  END: it was lost after this
    moment (without: nobody looked any more).  MOVED: it has moved at some time.  ORIGIN: where it
    began; it is told from the next point on.  REPEATED: the last point of the block before."""

    HIDDEN = 1
    END = 2
    MOVED = 4
    ORIGIN = 8
    REPEATED = 16


@frozen
class Sample:
    """An object at one moment, before it is quantised.  `x`, `y`: where it stands (the middle of
    its lower edge), in shares of the frame, also beyond it.  `width`, `height`: of all of it,
    where the frame shows all of it."""

    time_us: int
    x: float
    y: float
    width: float
    height: float
    still_us: int
    flags: int
    colour: Colour | None = None


def sample(thing: TrackedObject, time_us: int) -> Sample:
    box, (x, y) = thing.box, thing.foot
    left = x - box.x if box.x > 0 else 0.0
    right = box.x + box.w - x if box.x + box.w < 1 else 0.0
    width = 2 * max(left, right) or box.w
    flags = (Flag.HIDDEN if thing.hidden else 0) | (Flag.MOVED if thing.moved else 0)
    height = max(y - box.y, 0.0)
    return Sample(time_us, x, y, width, height, thing.still_us, int(flags), thing.colour)


Row = tuple[int, int, int, int, int, int, int, int, int]
"""as a POINT"""


def row(number: int, one: Sample) -> Row:
    return (
        one.time_us,
        number,
        quantised_place(one.x),
        quantised_place(one.y),
        _within(round(one.width * SIZE_STEPS)),
        _within(round(one.height * SIZE_STEPS)),
        _within((one.time_us - one.still_us + STILL_STEP_US // 2) // STILL_STEP_US),
        quantised_colour(one.colour),
        one.flags,
    )


def quantised_place(value: float) -> int:
    """[-0.5; 1.5), in steps; what lies beyond is at its edge."""
    return _within(round((value + 0.5) * PLACE_STEPS))


def place(steps: int) -> float:
    return steps / PLACE_STEPS - 0.5


def _within(value: int) -> int:
    return min(max(value, 0), _LARGEST)


def quantised_colour(colour: Colour | None) -> int:
    """RGB 5-6-5; 0 for none, so black is a very dark blue."""
    if colour is None:
        return 0
    red, green, blue = colour
    return (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3 or 1


def colour_of(value: int) -> Colour | None:
    if not value:
        return None
    return (value >> 11) * 255 // 31, (value >> 5 & 63) * 255 // 63, (value & 31) * 255 // 31


def box_at(foot: Place, width: float, height: float) -> Box:
    """The part of it that is in the frame."""
    x, y = foot
    left, top = max(x - width / 2, 0.0), max(y - height, 0.0)
    right, bottom = min(x + width / 2, 1.0), min(y, 1.0)
    return Box(left, top, max(right - left, 0.0), max(bottom - top, 0.0))


def array(rows: list[Row]) -> Points:
    return np.array(rows, POINT)
