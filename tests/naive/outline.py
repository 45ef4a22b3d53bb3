"""Twins of `axxond.analytics.kernels.outline`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from axxond.analytics.kernels.outline import HEAD_PX


def valley(part: NDArray[np.uint8], least: int, deep: int, tall: int, reach: int) -> int:
    """Of a blob's own mask; -1 where there is one thing only."""
    height, width = part.shape
    outline = np.where(part.any(0), height - part.argmax(0), 0)
    head = 2 * reach + 1
    padded = np.pad([_solid(column, max(reach, 1)) for column in part.T], reach)
    heads = np.lib.stride_tricks.sliding_window_view(padded, head)
    peaks = heads.min(1)
    before, after = np.maximum.accumulate(peaks), np.maximum.accumulate(peaks[::-1])[::-1]
    lower = np.minimum(before, after)
    depth = (lower - outline)[least : width - least + 1]
    if not depth.size or depth.max() < deep:
        return -1
    (bottom,) = np.nonzero(depth == depth.max())
    at = least + int(bottom[len(bottom) // 2])
    return at if lower[at] >= tall else -1


def _solid(column: NDArray[np.uint8], thick: int) -> int:
    """How high over its end the first run of that length begins."""
    starts = (y for y in range(column.size - thick + 1) if column[y : y + thick].all())
    return column.size - next(starts, column.size)


def stairs(part: NDArray[np.uint8], least: int, step: int) -> tuple[int, int, int, int] | None:
    """Of a blob's own mask: the lower thing's first column, the upper one's end, how far down its
    own columns reach, how far up the lower one's."""
    height, width = part.shape
    rows = [np.flatnonzero(column) for column in part.T]
    up = np.array([found[0] if found.size else height for found in rows])
    down = np.array([found[-1] + 1 if found.size else 0 for found in rows])
    high, low = up < step, down > height - step
    begin = min(np.flatnonzero(low), default=width)
    end = max(np.flatnonzero(high) + 1, default=0)
    if begin < least or width - end < least:
        return None
    if not _lasts(high[:begin]) or not _lasts(low[end:]):
        return None
    return int(begin), int(end), int(down[:begin].max()), int(up[end:].min())


def _lasts(flags: NDArray[np.bool_]) -> bool:
    return any(flags[x : x + HEAD_PX].all() for x in range(flags.size - HEAD_PX + 1))


def step(
    mask: NDArray[np.uint8], luma: NDArray[np.uint8], usual: NDArray[np.uint8], across: int
) -> tuple[int, int]:
    """Of a window; the sum and the count."""
    apart = np.abs(luma.astype(np.int16) - usual)
    total = count = 0
    for turned in (False, True):
        within, strength = (mask.T, apart.T) if turned else (mask, apart)
        change = strength[across:] - strength[:-across]
        begins = within[across:] > within[:-across]
        ends = within[across:] < within[:-across]
        total += int(change[begins].sum()) - int(change[ends].sum())
        count += int(begins.sum()) + int(ends.sum())
    return total, count
