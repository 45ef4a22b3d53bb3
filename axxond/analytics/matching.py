"""Boxes and patterns of the working picture against each other, in its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from attrs import define
from numpy.typing import NDArray

from axxond.analytics.kernels import tracking
from axxond.analytics.plane import Bytes

# Of a large thing, its middle: enough to know it by, and the search stays short.
_PATTERN_WIDTH_PX = 28
_PATTERN_HEIGHT_PX = 40
_LEAST_PATTERN_PX = 12

# Costs (`tracking.costs`) at which it is not the same thing.
_GATE = 1.8
_SETTLED_GATE = 0.7  # an overlap of 0.3
_GATES = np.array((_GATE, _SETTLED_GATE))


class Area(NamedTuple):
    """Pixels; right and bottom exclusive."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def size(self) -> float:
        left, top, right, bottom = self
        return (right - left) * (bottom - top)

    @property
    def x(self) -> float:
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        return (self.top + self.bottom) / 2

    def is_beside(self, other: Area) -> bool:
        """They have no pixel in common."""
        left, top, right, bottom = self
        other_left, other_top, other_right, other_bottom = other
        across = left < other_right and other_left < right
        return not (across and top < other_bottom and other_top < bottom)

    def shared(self, other: Area) -> float:
        """Pixels of both."""
        left, top, right, bottom = self
        other_left, other_top, other_right, other_bottom = other
        if left >= other_right or other_left >= right:
            return 0.0
        if top >= other_bottom or other_top >= bottom:
            return 0.0
        across = min(right, other_right) - max(left, other_left)
        return across * (min(bottom, other_bottom) - max(top, other_top))

    def inside(self, other: Area) -> float:
        """The share of this that lies in the other."""
        shared = self.shared(other)
        return shared / max(self.size, 1e-9) if shared else 0.0

    def overlap(self, other: Area) -> float:
        """Intersection over union."""
        shared = self.shared(other)
        return shared / max(self.size + other.size - shared, 1e-9)

    def joined(self, other: Area) -> Area:
        return Area(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


def pairs(
    expected: Sequence[Area], seen: Sequence[Area], most: Sequence[float]
) -> list[tuple[int, int]]:
    """The cheapest pairing, without pairs beyond the gate: indices of both.  What is larger than
    `most` (in sizes of the expected one) is only the same where it lies in its place."""
    size = max(len(expected), len(seen))
    if not expected or not seen:
        return []
    costs = np.full((size, size), _GATE)
    boxes = np.array(expected, np.float64), np.array(seen, np.float64)
    tracking.costs(*boxes, np.array(most, np.float64), _GATES, costs)
    found = np.zeros(size, np.int64)
    tracking.assign(costs, np.zeros((3, size + 1)), np.zeros((3, size + 1), np.int64), found)
    return [
        (row, column)
        for row, column in enumerate(found[: len(expected)].tolist())
        if column < len(seen) and costs[row, column] < _GATE
    ]


@define
class Pattern:
    """How a thing looked, and where in its box: `left` and `top` from the middle of the box's
    lower edge.  Its planes are LANES_PX wide: what is beyond the thing has no weight.  `size`: of
    its box."""

    luma: Bytes
    weight: Bytes
    left: int
    top: int
    size: float

    @classmethod
    def of(cls, area: Area, luma: Bytes, mask: Bytes) -> Pattern | None:
        """None when too little of it is foreground."""
        width = min(round(area.width), _PATTERN_WIDTH_PX)
        height = min(round(area.height), _PATTERN_HEIGHT_PX)
        left, top = max(round(area.x - width / 2), 0), max(round(area.y - height / 2), 0)
        rows, columns = slice(top, top + height), slice(left, left + width)
        weight = _widened(mask[rows, columns])
        if weight.sum() < _LEAST_PATTERN_PX:
            return None
        look = _widened(luma[rows, columns])
        return cls(look, weight, left - round(area.x), top - round(area.bottom), area.size)

    def seek(
        self, luma: Bytes, x: float, bottom: float, reach: int, stiff: int
    ) -> tuple[int, int, float]:
        """Its step to the right and down from there, and the mean difference in grey levels."""
        place = round(x) + self.left, round(bottom) + self.top
        right, down, score = tracking.seek(
            luma, self.luma, self.weight, (*place, reach, stiff), _sums()
        )
        return right, down, score / tracking.SCORE_ONE

    def compare(self, luma: Bytes, x: float, bottom: float, out: NDArray[np.int64]) -> None:
        """The mean differences in grey levels, times `tracking.SCORE_ONE`, at all places around
        there, row by row, into a square of odd side."""
        place = round(x) + self.left, round(bottom) + self.top
        tracking.scores(luma, self.luma, self.weight, place, _sums(), out)


def _widened(part: Bytes) -> Bytes:
    """A copy, with zeros at the right up to tracking.LANES_PX."""
    height, width = part.shape
    wide: Bytes = np.zeros((height, tracking.LANES_PX), np.uint8)
    wide[:, :width] = part
    return wide


def _sums() -> NDArray[np.uint16]:
    """Scratch of the search."""
    return np.empty(tracking.LANES_PX, np.uint16)
