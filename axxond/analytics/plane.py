"""The working picture of a stream: luma, box-averaged to about 320 pixels of width.

Averaging takes away sensor and coding noise and makes all cameras alike to the detectors, from
QVGA to 4K.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from axxond.analytics.kernels import scale
from axxond.analytics.kernels.cells import CELL_PX

Bytes = NDArray[np.uint8]

_WORKING_WIDTH_PX = 320
_WORKING_HEIGHT_PX = 180
_PITCH_PX = 64  # one vector register
_MAX_FACTOR = 64  # of the kernel
MIN_SIDE_PX = 16
"""Smaller pictures are not analysed."""


@frozen
class Plane:
    """Sizes in pixels.  `pitch` x `lines` are the allocated ones, whole cells and registers;
    what lies beyond `width` x `height` stays 0.  `factor`: full picture's pixels a side."""

    full_width: int
    full_height: int
    factor: int
    width: int
    height: int
    pitch: int
    lines: int

    @classmethod
    def of(cls, full_width: int, full_height: int) -> Plane:
        """For a picture of that size; ValueError when a side is below MIN_SIDE_PX."""
        if min(full_width, full_height) < MIN_SIDE_PX:
            raise ValueError(f"analyse picture {full_width}x{full_height}: too small")
        factor = min(full_width // _WORKING_WIDTH_PX, full_height // _WORKING_HEIGHT_PX)
        factor = max(1, min(factor, _MAX_FACTOR))
        width, height = full_width // factor, full_height // factor
        pitch = -(-width // _PITCH_PX) * _PITCH_PX
        lines = -(-height // CELL_PX) * CELL_PX
        return cls(full_width, full_height, factor, width, height, pitch, lines)

    @property
    def columns(self) -> int:
        return self.pitch // CELL_PX

    @property
    def rows(self) -> int:
        return self.lines // CELL_PX

    def new(self) -> Bytes:
        """A zeroed plane, lines x pitch."""
        return np.zeros((self.lines, self.pitch), np.uint8)

    def picture(self, whole: Bytes) -> Bytes:
        """The visible part of a plane, as a view of height x width."""
        return whole[: self.height, : self.width]


class Shrinker:
    """Full luma to the working picture."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self.out = plane.new()
        self._sums = np.zeros(plane.width * plane.factor, np.uint16)

    def feed(self, luma: Bytes) -> Bytes:
        """The working plane, overwritten by the next call.

        luma: uint8, full_height x full_width, pixels of a row contiguous, rows in any distance
        that is not less (a decoder's plane).
        """
        plane = self.plane
        if luma.dtype != np.uint8 or luma.shape != (plane.full_height, plane.full_width):
            raise ValueError(f"luma is {luma.dtype} {luma.shape}, not uint8 of {plane}")
        stride = luma.strides[0]
        if luma.strides[1] != 1 or stride < plane.full_width:
            raise ValueError(f"luma's strides are {luma.strides}: rows must be contiguous")
        scale.shrink(flat(luma), stride, plane.factor, plane.height, self._sums, self.out)
        return self.out


def flat(luma: Bytes) -> Bytes:
    """The rows and what lies between them, as one."""
    height, width = luma.shape
    if luma.flags.c_contiguous:
        return luma.reshape(-1)
    size = (height - 1) * luma.strides[0] + width
    return np.lib.stride_tricks.as_strided(luma, (size,), (1,), writeable=luma.flags.writeable)
