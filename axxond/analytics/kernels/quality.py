"""What a picture's quality is judged by, in whole numbers: its light, contrast, detail, colour and
noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel

POOL_PX = 2
"""Side of the squares over which a picture is summed up: it takes away half of the noise."""

BRIGHT, DARK = 250, 24
"""grey levels, from and up to which a pixel is so"""

SUM, SQUARES, EDGES, BRIGHTS, DARKS = range(5)
LOOK = 5
"""numbers in a look; see `look`"""

ROUGHNESSES = 2 * POOL_PX * POOL_PX * 255 + 1
"""there may be, of a change; bins of the scratch of `quiet`"""

NOISE_DOWN, NOISE_ACROSS = 8, 16
"""of a block of `noisy`, in pixels"""

LUMA_STEP, CHROMA_STEP = 8, 4
"""Of so many pixels, or values of Cb and Cr, across and down `colours` looks at one."""


@inlined
def _pool(upper: Any, lower: Any, small: Any) -> None:
    for x in range(small.size):
        above = np.int16(np.int16(upper[2 * x]) + np.int16(upper[2 * x + 1]))
        below = np.int16(np.int16(lower[2 * x]) + np.int16(lower[2 * x + 1]))
        small[x] = np.int16(above + below)


@inlined
def _add_up(line: Any, out: Any) -> None:
    """Of a pooled line."""
    total, squares, edges = 0, 0, 0
    for x in range(line.size):
        value = np.int32(line[x])
        total += int(value)
        squares += int(np.int32(value * value))
    for x in range(line.size - 1):
        across = np.int32(np.int32(line[x + 1]) - np.int32(line[x]))
        edges += int(np.int32(across * across))
    out[SUM] += total
    out[SQUARES] += squares
    out[EDGES] += edges


@kernel("void(uint8[:, ::1], int64, int64, int16[:, ::1], int64[::1])")
def look(luma: Any, height: int, width: int, small: Any, out: Any) -> None:
    """small = the sums over squares of POOL_PX of the picture height x width, without what is
    left at the right and below.

    out: the sum of small, of its squares, and of those of the differences of neighbours across;
    of every other line of the picture from the first on, how many pixels are BRIGHT and DARK.
    """
    for column in range(LOOK):
        out[column] = 0
    for row in range(small.shape[0]):
        _pool(luma[POOL_PX * row], luma[POOL_PX * row + 1], small[row])
        _add_up(small[row], out)
    for y in range(0, height, 2):
        line = luma[y, :width]
        bright, dark = np.int32(0), np.int32(0)
        for x in range(width):
            bright += np.int32(line[x] >= BRIGHT)
            dark += np.int32(line[x] <= DARK)
        out[BRIGHTS] += bright
        out[DARKS] += dark


@kernel("int64(int16[:, ::1], int16[:, ::1], int32[::1], int64)")
def quiet(small: Any, before: Any, histogram: Any, count: int) -> int:
    """The sum of the `count` least roughnesses of the change from before: differences across
    within pairs of it, from the left, in every other line from the first on.

    histogram: scratch of ROUGHNESSES.
    """
    for rough in range(histogram.size):
        histogram[rough] = 0
    for row in range(0, small.shape[0], 2):
        now, then = small[row], before[row]
        for pair in range(small.shape[1] // 2):
            left = int(now[2 * pair]) - int(then[2 * pair])
            right = int(now[2 * pair + 1]) - int(then[2 * pair + 1])
            histogram[abs(right - left)] += 1
    total, left_over = 0, count
    for rough in range(histogram.size):
        some = min(int(histogram[rough]), left_over)
        total += some * rough
        left_over -= some
        if left_over == 0:
            break
    return total


@inlined
def _add_rough(now: Any, before: Any, sums: Any) -> None:
    """Add the differences across of the change of a line."""
    size = sums.size
    here, here_before, beside, beside_before = now[:size], before[:size], now[1:], before[1:]
    for x in range(size):
        change = np.int16(np.int16(here[x]) - np.int16(here_before[x]))
        change_beside = np.int16(np.int16(beside[x]) - np.int16(beside_before[x]))
        sums[x] = np.int16(sums[x] + abs(np.int16(change_beside - change)))


@kernel("int64(uint8[:, ::1], uint8[:, ::1], int64, int16[::1])")
def noisy(lines: Any, before: Any, level: int, sums: Any) -> int:
    """In how many blocks of NOISE_DOWN x NOISE_ACROSS, from the left and the top on, the
    differences across of the change from before are more than `level`, on average.

    sums: scratch, as long as a line but for one.
    """
    found = 0
    for top in range(0, lines.shape[0] - NOISE_DOWN + 1, NOISE_DOWN):
        for x in range(sums.size):
            sums[x] = 0
        for y in range(top, top + NOISE_DOWN):
            _add_rough(lines[y], before[y], sums)
        for left in range(0, sums.size - NOISE_ACROSS + 1, NOISE_ACROSS):
            total = 0
            for x in range(left, left + NOISE_ACROSS):
                total += int(sums[x])
            found += total > level * NOISE_DOWN * NOISE_ACROSS
    return found


@kernel("void(uint8[:, ::1], uint8[:, :, ::1], int64, int64, int64[::1])")
def colours(luma: Any, chroma: Any, height: int, width: int, out: Any) -> None:
    """out: the sum of some of the pixels of the picture height x width, how many they are; the
    sum of how far some of Cb and Cr (half the picture a side) are from grey, how many they are."""
    for column in range(4):
        out[column] = 0
    for y in range(0, height, LUMA_STEP):
        for x in range(0, width, LUMA_STEP):
            out[0] += luma[y, x]
            out[1] += 1
    for plane in range(2):
        for y in range(0, height // 2, CHROMA_STEP):
            for x in range(0, width // 2, CHROMA_STEP):
                out[2] += abs(int(chroma[plane, y, x]) - 128)
                out[3] += 1
