"""The outline of a blob: the valleys in it, and how sharp it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel

HEAD_PX = 3  # narrower peaks are an arm, or noise
OUTLINE_ROWS = 3  # of scratch


@inlined
def _draw(mask: Any, job: Any, outline: Any) -> None:
    """outline[x] = how high over the lower edge its uppermost pixel stands; 0: there is none."""
    left, top, height = job[0], job[1], job[3] - job[1]
    for x in range(job[2] - left):
        outline[x] = 0
        for y in range(height):
            if mask[top + y, left + x] != 0:
                outline[x] = height - y
                break


@inlined
def _peak(outline: Any, width: int, x: int) -> Any:
    """The least height around x; 0 at the edges."""
    reach = HEAD_PX // 2
    if x < reach or x + reach >= width:
        return 0
    least = outline[x]
    for step in range(1, reach + 1):
        least = min(least, outline[x - step], outline[x + step])
    return least


@inlined
def _at(depths: Any, begin: int, end: int, depth: int, number: int) -> Any:
    """Where `depth` is met the `number`th time, from 0 on."""
    for x in range(begin, end):
        if depths[x] == depth:
            if number == 0:
                return x
            number -= 1
    return -1


@kernel("void(uint8[:, ::1], int64[::1], int64[:, ::1], int64[::1])", brief=True)
def valley(mask: Any, job: Any, scratch: Any, out: Any) -> None:
    """out[0] = the column, from the blob's left edge on, at which another thing begins; -1 where
    there is one only.

    job: left, top, right, bottom, how wide a thing is at least, how deep a valley, how high the
    lower one of the two peaks beside it.  Of several deepest columns the middle one is taken.
    scratch: OUTLINE_ROWS x at least the blob's width.
    """
    width, least, deep, tall = job[2] - job[0], job[4], job[5], job[6]
    outline, lower, depths = scratch[0], scratch[1], scratch[2]
    _draw(mask, job, outline)
    highest = 0
    for x in range(width):
        highest = max(highest, _peak(outline, width, x))
        lower[x] = highest
    highest = 0
    for x in range(width - 1, -1, -1):
        highest = max(highest, _peak(outline, width, x))
        lower[x] = min(lower[x], highest)
        depths[x] = lower[x] - outline[x]
    begin, end = least, min(width - least + 1, width)
    deepest, count = -1, 0
    for x in range(begin, end):
        if depths[x] > deepest:
            deepest, count = depths[x], 0
        if depths[x] == deepest:
            count += 1
    out[0] = -1
    if count > 0 and deepest >= deep:
        at = _at(depths, begin, end, deepest, count // 2)
        if lower[at] >= tall:
            out[0] = at


@inlined
def _cross(mask: Any, luma: Any, usual: Any, job: Any, right: int, down: int, out: Any) -> None:
    """Over all edges that lie so far to the right and down.  Without a branch: most are none."""
    first, last = job[0] + right, job[2]
    for y in range(job[1], job[3] - down):
        # Slices, so that all rows are indexed by x alone.
        here, there = mask[y, job[0] : last - right], mask[y + down, first:last]
        now, usually = luma[y, job[0] : last - right], usual[y, job[0] : last - right]
        beside, usually_beside = luma[y + down, first:last], usual[y + down, first:last]
        total, count = np.int32(0), np.int32(0)
        for x in range(there.size):
            sense = np.int32(np.int32(there[x]) - np.int32(here[x]))
            apart = abs(np.int32(np.int32(now[x]) - np.int32(usually[x])))
            apart_there = abs(np.int32(np.int32(beside[x]) - np.int32(usually_beside[x])))
            total += np.int32(sense * np.int32(apart_there - apart))
            count += np.int32(sense * sense)
        out[0] += total
        out[1] += count


@kernel("void(uint8[:, ::1], uint8[:, ::1], uint8[:, :], int64[::1], int64[::1])", brief=True)
def step(mask: Any, luma: Any, usual: Any, job: Any, out: Any) -> None:
    """By how much more the picture differs from the usual one within the mask's edges than outside
    of them: out[0] the sum, out[1] the count of places.

    mask: 0 or 1.  job: left, top, right, bottom of the window; how far apart within and outside
    are looked at.
    """
    out[0] = out[1] = 0
    _cross(mask, luma, usual, job, job[4], 0, out)
    _cross(mask, luma, usual, job, 0, job[4], out)
