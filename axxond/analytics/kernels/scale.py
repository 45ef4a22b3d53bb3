"""Box down-sampling of a luma plane."""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel


@inlined
def _halve(top: Any, below: Any, out: Any) -> None:
    for x in range(out.size):
        upper = np.uint16(top[2 * x]) + np.uint16(top[2 * x + 1])
        lower = np.uint16(below[2 * x]) + np.uint16(below[2 * x + 1])
        out[x] = np.uint8((upper + lower + np.uint16(2)) >> np.uint16(2))


@inlined
def _add(line: Any, sums: Any) -> None:
    for x in range(sums.size):
        sums[x] += line[x]


@inlined
def _shrink_row(sums: Any, factor: int, out: Any) -> None:
    area = factor * factor
    half = area // 2
    # Division by a multiplication: exact while sum * area < 2^32, and 255 * 64^4 is.
    reciprocal = ((1 << 32) + area - 1) // area
    for x in range(out.size):
        total = half
        for column in range(factor):
            total += sums[x * factor + column]
        out[x] = np.uint8((total * reciprocal) >> 32)


@kernel(
    "void(Array(uint8, 1, 'C', readonly=True), int64, int64, int64, uint16[::1], uint8[:, ::1])"
)
def shrink(luma: Any, stride: int, factor: int, height: int, sums: Any, out: Any) -> None:
    """out[y, x] = the mean, rounded half up, of the box of factor x factor luma pixels at
    (x, y) * factor, for x < sums.size / factor and y < height; the rest of `out` is left alone.

    luma: rows `stride` bytes apart.  sums: scratch of width * factor.  factor in [1; 64].
    """
    wide = sums.size
    width = wide // factor
    for y in range(height):
        first = y * factor * stride
        if factor == 1:
            out[y, :width] = luma[first : first + width]
        elif factor == 2:
            below = first + stride
            _halve(luma[first : first + wide], luma[below : below + wide], out[y, :width])
        else:
            for x in range(wide):
                sums[x] = 0
            for line in range(factor):
                _add(luma[first + line * stride : first + line * stride + wide], sums)
            _shrink_row(sums, factor, out[y, :width])


@kernel(
    "void(Array(uint8, 1, 'C', readonly=True), int64, int64, uint16[::1], int32[:, ::1])",
)
def gather(luma: Any, stride: int, factor: int, lines: Any, sums: Any) -> None:
    """sums[y, x] = the sum of the box of factor x factor luma pixels at (x, y) * factor.

    luma: rows `stride` bytes apart.  lines: scratch of width * factor.  factor in [1; 64].
    """
    rows, columns = sums.shape
    for y in range(rows):
        for x in range(lines.size):
            lines[x] = 0
        first = y * factor * stride
        for line in range(factor):
            _add(luma[first + line * stride : first + line * stride + lines.size], lines)
        for x in range(columns):
            total = np.int32(0)
            for step in range(factor):
                total += np.int32(lines[x * factor + step])
            sums[y, x] = total
