"""Twins of axxond.analytics.kernels.light: slow, block by block, obvious."""

from __future__ import annotations

from collections.abc import Sequence

BLOCK = 16
SCALE = 64
ONE = 256

Plane = list[list[int]]


def average(luma: Plane, rows: int, columns: int) -> Plane:
    return [
        [
            sum(
                luma[row * BLOCK + y][column * BLOCK + x]
                for y in range(BLOCK)
                for x in range(BLOCK)
            )
            * SCALE
            // BLOCK**2
            for column in range(columns)
        ]
        for row in range(rows)
    ]


def median(values: Sequence[int]) -> int:
    """The lower one, rounded down to half a grey level; 0 for none."""
    half = SCALE // 2
    return sorted(values)[(len(values) - 1) // 2] // half * half if values else 0


def fit(now: list[int], known: list[int]) -> tuple[int, int]:
    """gain and offset that take `now` back to `known`"""
    change = [a - b for a, b in zip(now, known, strict=True)]
    parting = median(known)
    low = [i for i, value in enumerate(known) if value <= parting]
    high = [i for i, value in enumerate(known) if value > parting]
    dark, bright = median([known[i] for i in low]), median([known[i] for i in high])
    shift, bright_shift = median([change[i] for i in low]), median([change[i] for i in high])
    slope = ONE
    if bright - dark >= 24 * SCALE:
        slope += (bright_shift - shift) * ONE // (bright - dark)
    else:
        dark, shift = 0, median(change)
    if not ONE // 4 <= slope <= 4 * ONE:
        return ONE, 0
    line = [value + shift + (slope - ONE) * (value - dark) // ONE for value in known]
    explained = sum(abs(a - b) <= 3 * SCALE for a, b in zip(now, line, strict=True))
    unchanged = sum(abs(value) <= 3 * SCALE for value in change)
    if 2 * explained < len(now) or explained <= unchanged + len(now) // 8:
        return ONE, 0
    gain = ONE * ONE // slope
    return gain, (dark * ONE - (dark + shift) * gain) // SCALE


def relight(luma: Plane, gain: int, offset: int) -> Plane:
    return [[min(max((value * gain + offset) >> 8, 0), 255) for value in row] for row in luma]


def relight_by(luma: Plane, gains: Plane, height: int, width: int) -> Plane:
    def gain(y: int, x: int) -> int:
        """Times BLOCK squared."""
        row, v = divmod(y, BLOCK)
        column, u = divmod(x, BLOCK)
        return (
            gains[row][column] * (BLOCK - v) * (BLOCK - u)
            + gains[row][column + 1] * (BLOCK - v) * u
            + gains[row + 1][column] * v * (BLOCK - u)
            + gains[row + 1][column + 1] * v * u
        )

    return [
        [min(luma[y][x] * gain(y, x) // (ONE * BLOCK**2), 255) for x in range(width)]
        for y in range(height)
    ]


def follow(now: list[int], known: list[int], step: int) -> list[int]:
    return [b + max(-step, min(step, a - b)) for a, b in zip(now, known, strict=True)]
