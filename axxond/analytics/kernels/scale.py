"""Box down-sampling of a luma plane."""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import kernel


@kernel("void(uint8[::1], int64, int64, int64, uint16[::1], uint8[:, ::1])")
def shrink(luma: Any, stride: int, factor: int, height: int, sums: Any, out: Any) -> None:
    """out[y, x] = the mean, rounded half up, of the box of factor x factor luma pixels at
    (x, y) * factor, for x < sums.size / factor and y < height; the rest of `out` is left alone.

    luma: rows `stride` bytes apart.  sums: scratch of width * factor.  factor in [1; 64].
    """
    wide = sums.size
    width = wide // factor
    area = factor * factor
    half = area // 2
    # Division by a multiplication: exact while sum * area < 2^32, and 255 * 64^4 is.
    reciprocal = ((1 << 32) + area - 1) // area
    for y in range(height):
        row = out[y]
        first = y * factor * stride
        top = luma[first : first + wide]
        if factor == 1:
            for x in range(width):
                row[x] = top[x]
        elif factor == 2:
            below = luma[first + stride : first + stride + wide]
            for x in range(width):
                upper = np.uint16(top[2 * x]) + np.uint16(top[2 * x + 1])
                lower = np.uint16(below[2 * x]) + np.uint16(below[2 * x + 1])
                row[x] = np.uint8((upper + lower + np.uint16(2)) >> np.uint16(2))
        else:
            for x in range(wide):
                sums[x] = top[x]
            for line in range(1, factor):
                more = luma[first + line * stride : first + line * stride + wide]
                for x in range(wide):
                    sums[x] += more[x]
            for x in range(width):
                total = half
                for column in range(factor):
                    total += sums[x * factor + column]
                row[x] = np.uint8((total * reciprocal) >> 32)
