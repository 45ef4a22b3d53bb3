"""A change of the light, or of the camera's exposure: one straight line for the whole picture.

Blocks are BLOCK_PX x BLOCK_PX pixels; a block's value is its mean in units of 1/SCALE grey level.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel

BLOCK_PX = 16
SCALE = 64
HISTOGRAM = 1024
"""bins of the scratch of `fit`"""

GAIN_ONE = 256
"""of a line's gain and offset: fixed point"""

_CLOSE = 3 * SCALE
_LEAST_LEVER = 24 * SCALE
_LEAST_SLOPE = 64  # a quarter
_MOST_SLOPE = 1024  # four times


@kernel("void(uint8[:, ::1], uint16[::1], int32[:, ::1])")
def average(luma: Any, sums: Any, blocks: Any) -> None:
    """blocks = the mean of each block of luma, times SCALE.  sums: scratch, luma's pitch."""
    rows, columns = blocks.shape
    width = columns * BLOCK_PX
    for row in range(rows):
        for x in range(width):
            sums[x] = 0
        for y in range(row * BLOCK_PX, row * BLOCK_PX + BLOCK_PX):
            line = luma[y]
            for x in range(width):
                sums[x] += line[x]
        for column in range(columns):
            total = 0
            for x in range(column * BLOCK_PX, column * BLOCK_PX + BLOCK_PX):
                total += sums[x]
            blocks[row, column] = total // (BLOCK_PX * BLOCK_PX // SCALE)


@inlined
def _middle(histogram: Any, count: int) -> int:
    """The bin of the value number (count + 1) // 2."""
    wanted = (count + 1) // 2
    seen = 0
    for at in range(histogram.size):
        seen += histogram[at]
        if seen >= wanted:
            return at
    return 0


@inlined
def _median(values: Any, known: Any, low: int, high: int, histogram: Any) -> int:
    """The median, to half a grey level, of `values` where low < known <= high; 0 for none."""
    for at in range(histogram.size):
        histogram[at] = 0
    count = 0
    half = SCALE // 2
    for at in range(values.size):
        if low < known[at] <= high:
            histogram[(values[at] + 256 * SCALE) // half] += 1
            count += 1
    if count == 0:
        return 0
    return _middle(histogram, count) * half - 256 * SCALE


@inlined
def _close_to(now: Any, known: Any, at: int, shift: int, slope: int) -> int:
    """How many blocks lie within _CLOSE of the line."""
    found = 0
    for i in range(now.size):
        line = known[i] + shift + (slope - GAIN_ONE) * (known[i] - at) // GAIN_ONE
        found += abs(now[i] - line) <= _CLOSE
    return found


@kernel("void(int32[::1], int32[::1], int32[::1], int32[::1], int64[::1])")
def fit(now: Any, known: Any, differences: Any, histogram: Any, line: Any) -> None:
    """Find how the picture's light differs from the known one, and what takes it back.

    now, known: blocks, flat.  The line runs through the median change of the darker and that of
    the brighter half of the blocks, so that it follows what most of the picture does; it is taken
    when it explains at least half of the blocks, and an eighth more than no change does.
    line: receives gain and offset, both times GAIN_ONE, that map the present luma to the known
    light; GAIN_ONE and 0 for no change; and how many blocks have not changed.  differences,
    histogram: scratch of now.size, HISTOGRAM.
    """
    line[0], line[1] = GAIN_ONE, 0
    unchanged = _close_to(now, known, 0, 0, GAIN_ONE)
    line[2] = unchanged
    highest = 256 * SCALE
    for i in range(now.size):
        differences[i] = now[i] - known[i]
    parting = _median(known, known, -1, highest, histogram)
    dark = _median(known, known, -1, parting, histogram)
    bright = _median(known, known, parting, highest, histogram)
    shift = _median(differences, known, -1, parting, histogram)
    shift_bright = _median(differences, known, parting, highest, histogram)
    slope = GAIN_ONE
    if bright - dark >= _LEAST_LEVER:
        slope += (shift_bright - shift) * GAIN_ONE // (bright - dark)
    else:
        dark = 0
        shift = _median(differences, known, -1, highest, histogram)
    if slope < _LEAST_SLOPE or slope > _MOST_SLOPE:
        return
    explained = _close_to(now, known, dark, shift, slope)
    if 2 * explained >= now.size and explained > unchanged + now.size // 8:
        # known = dark + (now - dark - shift) / slope
        gain = GAIN_ONE * GAIN_ONE // slope
        line[0] = gain
        line[1] = (dark * GAIN_ONE - (dark + shift) * gain) // SCALE


@kernel("void(uint8[:, ::1], int64[::1], int64, int64, uint8[:, ::1])")
def relight(luma: Any, line: Any, height: int, width: int, out: Any) -> None:
    """out = luma * gain + offset (`fit`'s line), within a byte, for the picture of height x
    width; the rest of `out` is left alone."""
    gain, offset = np.int32(line[0]), np.int32(line[1])
    for y in range(height):
        source, into = luma[y], out[y]
        for x in range(width):
            value = np.int32(np.int32(np.int32(source[x]) * gain + offset) >> np.int32(8))
            into[x] = np.uint8(min(max(value, np.int32(0)), np.int32(255)))


@kernel("void(uint8[:, ::1], int32[:, ::1], int64, int64, uint8[:, ::1])")
def relight_by(luma: Any, gains: Any, height: int, width: int, out: Any) -> None:
    """out = luma * gain, within a byte, for the picture of height x width; the rest of `out` is
    left alone.

    gains: in 1/GAIN_ONE at the corners of the blocks, one row and column more than the blocks
    that touch the picture; between them it runs straight.
    """
    for y in range(height):
        row, v = y // BLOCK_PX, y % BLOCK_PX
        source, into = luma[y], out[y]
        for column in range((width + BLOCK_PX - 1) // BLOCK_PX):
            first = gains[row, column] * (BLOCK_PX - v) + gains[row + 1, column] * v
            last = gains[row, column + 1] * (BLOCK_PX - v) + gains[row + 1, column + 1] * v
            for u in range(min(BLOCK_PX, width - column * BLOCK_PX)):
                x = column * BLOCK_PX + u
                gain = first * (BLOCK_PX - u) + last * u
                value = np.int64(source[x]) * gain // (GAIN_ONE * BLOCK_PX * BLOCK_PX)
                into[x] = np.uint8(min(max(value, 0), 255))


@kernel("void(int32[::1], int32[::1], int64)")
def follow(now: Any, known: Any, step: int) -> None:
    """known moves towards now, by at most `step`."""
    for i in range(now.size):
        apart = now[i] - known[i]
        known[i] += min(max(apart, -step), step)
