"""How far a camera has swung, from the sums of its picture's rows and columns; and the picture
taken back by that.

After the grey projection method (Ratakonda: "Real-time digital video stabilization for multi-media
applications", 1998).  Steps are in 1/STEP_ONE pixel.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel

STEP_ONE = 16

SPAN_PX = 2
"""on each side of a pixel, over which a profile's slope is taken: light leaves it alone"""


@kernel("void(uint8[:, ::1], int64, int64, int32[::1], int32[::1])")
def profiles(luma: Any, height: int, width: int, across: Any, down: Any) -> None:
    """across[x] = the sum of column x, down[y] = that of row y, of the picture height x width."""
    for x in range(width):
        across[x] = 0
    for y in range(height):
        line = luma[y]
        total = np.int32(0)
        for x in range(width):
            across[x] += line[x]
            total += np.int32(line[x])
        down[y] = total


@inlined
def _unlike(now: Any, known: Any) -> Any:
    """The sum of the differences of the slopes, SPAN_PX from both ends on."""
    # Slices, so that all are indexed by x alone.
    ahead, known_ahead = now[2 * SPAN_PX :], known[2 * SPAN_PX :]
    total = np.int64(0)
    for x in range(ahead.size):
        slope = np.int32(ahead[x] - now[x])
        usual = np.int32(known_ahead[x] - known[x])
        total += np.int64(abs(np.int32(slope - usual)))
    return total


@kernel("void(int32[::1], int32[::1], int64, int64[::1])")
def align(now: Any, known: Any, reach: int, out: Any) -> None:
    """How far the slopes of a profile lie beside those of the known one.

    out: the step by which now lies further on, in 1/STEP_ONE, of at most `reach` pixels; the
    mean difference of the slopes there; and that without any step.
    """
    size = now.size
    first, last = reach + SPAN_PX + 1, size - reach - SPAN_PX - 1
    out[0] = out[1] = out[2] = 0
    if last - first < 2 * reach:
        return
    best, least, before, after, previous = (
        0,
        np.int64(1) << 60,
        np.int64(0),
        np.int64(0),
        np.int64(0),
    )
    usual = known[first - SPAN_PX : last + SPAN_PX]
    for step in range(-reach - 1, reach + 2):
        total = _unlike(now[first + step - SPAN_PX : last + step + SPAN_PX], usual)
        if step == 0:
            out[2] = total // (last - first)
        if step == best + 1 and step > -reach:
            after = total
        if total < least and -reach <= step <= reach:
            best, least, before = step, total, previous
        previous = total
    out[1] = least // (last - first)
    # The differences rise straight on both sides of the true place.
    sides = max(before, after) - least
    out[0] = best * STEP_ONE
    if sides > 0:
        out[0] += STEP_ONE * (before - after) // (2 * sides)


@kernel("void(int32[::1], float64, float64[::1], int32[::1])")
def follow(now: Any, share: float, known: Any, whole: Any) -> None:
    """A known profile takes on that share of the present one; whole: receives its integer
    part."""
    for x in range(now.size):
        known[x] += share * (now[x] - known[x])
        whole[x] = np.int32(known[x])


@kernel("void(uint8[:, ::1], int64, int64, int64, int64, uint8[:, ::1])")
def take_back(luma: Any, down: int, right: int, height: int, width: int, out: Any) -> None:
    """out[y, x] = luma at (y + down, x + right), between its pixels, and its edge beyond it, for
    the picture height x width; the rest of `out` is left alone.  down, right: in 1/STEP_ONE."""
    top, v = down // STEP_ONE, down % STEP_ONE
    left, u = right // STEP_ONE, right % STEP_ONE
    one = STEP_ONE * STEP_ONE
    for y in range(height):
        upper = luma[min(max(y + top, 0), height - 1)]
        lower = luma[min(max(y + top + 1, 0), height - 1)]
        into = out[y]
        for x in range(width):
            a = min(max(x + left, 0), width - 1)
            b = min(max(x + left + 1, 0), width - 1)
            above = np.int32(upper[a]) * (STEP_ONE - u) + np.int32(upper[b]) * u
            below = np.int32(lower[a]) * (STEP_ONE - u) + np.int32(lower[b]) * u
            into[x] = np.uint8((above * (STEP_ONE - v) + below * v + one // 2) // one)
