"""A stream's colours: brought to the working picture, known where nothing is, averaged over
things; and foreground that is only a shadow or a gleam taken out by them."""

from __future__ import annotations

import numpy as np

from axxond.analytics.kernels import cells, colour, scale
from axxond.analytics.matching import Area
from axxond.analytics.objects import Colour
from axxond.analytics.plane import Bytes, Plane, flat
from axxond.base.units import SECOND_US

Chroma = tuple[Bytes, Bytes]

_LEAST_COLOUR = 1.5  # standard deviation of Cb and Cr over the picture: less is a grey picture
_LOOK_US = 2 * SECOND_US  # so often it is looked whether there is colour at all
_LEAST_CELLS = 10
_MAX_GROUPS = 128


class Colours:
    """`now`: 2 x rows x columns, a cell each for 2 x 2 pixels of the working plane; None while
    the stream has no colour planes that can be read."""

    def __init__(self, plane: Plane) -> None:
        self.now: Bytes | None = None
        self._plane = plane
        shape = 2, plane.lines // colour.SIDE, plane.pitch // colour.SIDE
        self._held = np.full(shape, 128, np.uint8)
        self._known = np.full(shape, 128, np.uint8)
        self._covered = plane.new()
        self._cells = np.zeros((colour.CELL_PLANES, *shape[1:]), np.uint8)  # by kind
        self._found = np.zeros(colour.UNDER + 1, np.int64)
        self._labels = np.zeros(shape[1:], np.int32)
        self._parents = np.zeros(self._labels.size + 1, np.int32)
        self._table = np.zeros((_MAX_GROUPS, 2, colour.GROUP_COLUMNS), np.int64)
        self._shadows = np.zeros((_MAX_GROUPS + 1, 2), np.uint8)
        self._fresh = True
        self._colourful = False
        self._look_due_us = 0

    def restart(self) -> None:
        """The next picture's colours are the known ones."""
        self._fresh = True

    def feed(self, chroma: Chroma | None) -> None:
        """A picture's planes, as a decoder has them; None where there are none."""
        self.now = self._held if chroma is not None and self._shrink(chroma) else None

    def _shrink(self, chroma: Chroma) -> bool:
        """False when the planes' size is none that is known (4:2:0, 4:2:2, 4:4:4)."""
        plane = self._plane
        height, width = chroma[0].shape
        across, down = round(plane.full_width / width), round(plane.full_height / height)
        if across not in (1, 2) or down not in (1, 2) or down > across:
            return False
        factor = plane.factor * colour.SIDE // across
        wide, tall = plane.width // colour.SIDE, plane.height // colour.SIDE
        if wide * factor > width or tall * factor * across // down > height:
            return False
        sums = np.zeros(wide * factor, np.uint16)
        for number, source in enumerate(chroma):
            rows = source[:: across // down]
            if rows.dtype != np.uint8 or rows.strides[1] != 1:
                return False
            scale.shrink(flat(rows), rows.strides[0], factor, tall, sums, self._held[number])
        return True

    def lift_shadows(self, mask: Bytes, luma: Bytes, usual: Bytes, time_us: int) -> None:
        """Clear the mask where only the light is another; then learn the colours of the rest."""
        now = self.now
        if now is None:
            return
        if self._fresh:
            self._known[:] = now
            self._fresh, self._look_due_us = False, time_us
        if time_us >= self._look_due_us:
            self._look_due_us = time_us + _LOOK_US
            self._colourful = self._is_colourful()
        self._covered[:] = mask
        if self._colourful:
            colour.shade(mask, luma, usual, now, self._known, self._cells, self._found)
            for kind in (colour.DARKER, colour.BRIGHTER):
                if self._found[kind] >= _LEAST_CELLS:
                    self._lift_groups(kind, mask, luma, usual)
        colour.follow(self._covered, now, self._known)

    def mean(self, area: Area, mask: Bytes, luma: Bytes) -> Colour | None:
        """Of the mask's pixels in the area; `luma` in the light that there is."""
        if self.now is None:
            return None
        count, y, cb, cr = colour.tint(mask, luma, self.now, _within(self._plane, area))
        return as_rgb(y / count, cb / count, cr / count) if count else None

    def _is_colourful(self) -> bool:
        wide, tall = self._plane.width // colour.SIDE, self._plane.height // colour.SIDE
        known = self._known[:, :tall:2, :wide:2]
        return float(known.std((1, 2)).sum()) >= _LEAST_COLOUR

    def _lift_groups(self, kind: int, mask: Bytes, luma: Bytes, usual: Bytes) -> None:
        """Groups of foreground of a kind that are the ground in another light as a whole."""
        assert self.now is not None
        groups = cells.connect(self._cells[kind], 1, self._labels, self._parents)
        known, under = self._known, self._cells[colour.UNDER]
        table = self._table[: min(groups, _MAX_GROUPS)]
        colour.survey(self._labels, under, luma, usual, self.now, known, table)
        if colour.judge(table, self._shadows):
            colour.lift(self._labels, under, self._shadows, mask)


def _within(plane: Plane, area: Area) -> tuple[int, int, int, int]:
    left, top, right, bottom = area
    x, y = max(int(left), 0), max(int(top), 0)
    return x, y, min(max(round(right), x), plane.width), min(max(round(bottom), y), plane.height)


def as_rgb(luma: float, cb: float, cr: float) -> Colour:
    """ITU-R BT.601, luma in [16; 235]."""
    y, b, r = 1.164 * (luma - 16), cb - 128, cr - 128
    return _byte(y + 1.596 * r), _byte(y - 0.813 * r - 0.392 * b), _byte(y + 2.017 * b)


def _byte(level: float) -> int:
    value = round(level)
    return 0 if value < 0 else min(value, 255)
