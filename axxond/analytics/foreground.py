"""What all detectors of one stream share: a frame's luma to foreground pixels and objects."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from axxond.analytics.kernels import background, cells
from axxond.analytics.plane import Bytes, Plane, Shrinker
from axxond.base.units import SECOND_US
from protocol.types import Box

_LEARNING_US = SECOND_US
_MAX_BLOBS = 256
_LEAST_DIFFERENCE = 12
_LEAST_AROUND = 13
_LEAST_IN_CELL = 5


@frozen
class Blob:
    """A group of foreground cells.  `area`: foreground pixels as a share of the picture;
    `strength`: their mean distance from the background, in grey levels."""

    box: Box
    area: float
    strength: float


class Blobs:
    """Finds the blobs of a mask inside one zone; owns the scratch."""

    def __init__(self, plane: Plane, zone: Bytes) -> None:
        shape = plane.rows, plane.columns
        self._plane = plane
        self._zone = zone
        self._counts = np.zeros(shape, np.uint8)
        self._labels = np.zeros(shape, np.int32)
        self._parents = np.zeros(self._labels.size + 1, np.int32)
        self._table: NDArray[np.int32] = np.zeros((_MAX_BLOBS, cells.BLOB_COLUMNS), np.int32)

    def find(self, mask: Bytes, strength: Bytes) -> list[Blob]:
        """At most _MAX_BLOBS, top to bottom."""
        cells.count(mask, self._zone, self._counts)
        groups = cells.connect(self._counts, _LEAST_IN_CELL, self._labels, self._parents)
        if not groups:
            return []
        cells.measure(self._labels, mask, self._zone, strength, groups, self._table)
        return [self._blob(row) for row in self._table[:groups].tolist()]

    def _blob(self, row: list[int]) -> Blob:
        left, top, right, bottom, area, strength = row
        width, height = self._plane.width, self._plane.height
        box = Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
        return Blob(box, area / (width * height), strength / area)


@frozen
class Scene:
    """One analysed frame.  mask: 1 where something is that is not background; strength: by how
    many grey levels.  Both are planes, overwritten by the next frame.  `settled` is False
    while the background is being learnt: nothing is to be concluded from the mask then."""

    plane: Plane
    time_us: int
    mask: Bytes
    strength: Bytes
    settled: bool


class Foreground:
    """The background model of one stream.  Its result is a function of the frames and times."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self._shrinker = Shrinker(plane)
        self._mean = plane.new()
        self._spread = plane.new()
        self._strength = plane.new()
        self._raw = plane.new()
        self._sums = plane.new()
        self._mask = plane.new()
        self._since_us: int | None = None

    def reset(self) -> None:
        """Learn anew from the next frame on."""
        self._since_us = None

    def feed(self, luma: Bytes, time_us: int) -> Scene:
        plane = self.plane
        small = self._shrinker.feed(luma)
        if self._since_us is None:
            self._since_us = time_us
            self._mean[:] = small
            self._spread[:] = _LEAST_DIFFERENCE
        background.sigma_delta(
            small, self._mean, self._spread, self._strength, self._raw, _LEAST_DIFFERENCE
        )
        cells.majority(self._raw, _LEAST_AROUND, self._sums, self._mask)
        settled = time_us - self._since_us >= _LEARNING_US
        return Scene(plane, time_us, self._mask, self._strength, settled)
