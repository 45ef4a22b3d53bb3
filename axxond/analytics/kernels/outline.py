"""The outline of a blob: the valleys and the stairs in it, and how sharp it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel

HEAD_PX = 3  # narrower peaks are an arm, or noise
OUTLINE_ROWS = 4  # of scratch


@inlined
def _draw(mask: Any, blob: Any, outline: Any) -> None:
    """outline[x] = how high over the lower edge its uppermost pixel stands; 0: there is none."""
    left, top, right, bottom = blob
    for x in range(left, right):
        outline[x - left] = 0
        for y in range(top, bottom):
            if mask[y, x] != 0:
                outline[x - left] = bottom - y
                break


@inlined
def _draw_solid(mask: Any, blob: Any, thick: int, outline: Any) -> None:
    """As `_draw`, but the uppermost pixel under which at least `thick`, with it, are set."""
    left, top, right, bottom = blob
    for x in range(left, right):
        outline[x - left] = 0
        run = 0
        for y in range(top, bottom):
            run = run + 1 if mask[y, x] != 0 else 0
            if run == thick:
                outline[x - left] = bottom - y - 1 + thick
                break


@inlined
def _peak(outline: Any, width: int, x: int, reach: int) -> Any:
    """The least height around x; 0 at the edges."""
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


@kernel("int64(uint8[:, ::1], UniTuple(int64, 4), UniTuple(int64, 4), int64[:, ::1])")
def valley(mask: Any, blob: Any, wanted: Any, scratch: Any) -> int:
    """The column, from the blob's left edge on, at which another thing begins; -1 where there is
    one only.  Of several deepest columns the middle one is taken.

    blob: left, top, right, bottom.  wanted: how wide a thing is, how deep a valley and how high
    the lower one of the two peaks beside it, at least, and how far a peak reaches to each side of
    its middle: it is solid, at least that deep.  scratch: OUTLINE_ROWS x at least the
    blob's width.
    """
    width = blob[2] - blob[0]
    least, deep, tall, reach = wanted
    outline, lower, depths, solid = scratch[0], scratch[1], scratch[2], scratch[3]
    _draw(mask, blob, outline)
    _draw_solid(mask, blob, max(reach, 1), solid)
    highest = 0
    for x in range(width):
        highest = max(highest, _peak(solid, width, x, reach))
        lower[x] = highest
    highest = 0
    for x in range(width - 1, -1, -1):
        highest = max(highest, _peak(solid, width, x, reach))
        lower[x] = min(lower[x], highest)
        depths[x] = lower[x] - outline[x]
    begin, end = least, min(width - least + 1, width)
    deepest, count = -1, 0
    for x in range(begin, end):
        if depths[x] > deepest:
            deepest, count = depths[x], 0
        if depths[x] == deepest:
            count += 1
    if count > 0 and deepest >= deep:
        at: int = _at(depths, begin, end, deepest, count // 2)
        if lower[at] >= tall:
            return at
    return -1


@inlined
def _reach(mask: Any, blob: Any, mirrored: int, top: Any, bottom: Any) -> None:
    """From where to where each column reaches, from the blob's upper edge on, the columns from
    the right to the left when `mirrored`; an empty one from height to 0."""
    left, upper, right, lower = blob
    for number in range(right - left):
        x = right - 1 - number if mirrored else left + number
        top[number], bottom[number] = lower - upper, 0
        for y in range(upper, lower):
            if mask[y, x] != 0:
                top[number] = y - upper
                break
        for y in range(lower - 1, upper + top[number] - 1, -1):
            if mask[y, x] != 0:
                bottom[number] = y + 1 - upper
                break


@kernel(
    "UniTuple(int64, 4)(uint8[:, ::1], UniTuple(int64, 4), UniTuple(int64, 3), int64[:, ::1])",
)
def stairs(mask: Any, blob: Any, wanted: Any, scratch: Any) -> tuple[int, int, int, int]:
    """Whether the blob is one thing further away and, to the right of it and lower, another one.

    The first has columns that reach up to the blob's upper edge and not down to its lower edge
    (give or take a step); the second, further right, columns that reach down and not up; HEAD_PX
    of each side by side.  Returns where the second one's columns begin, where the first one's
    end, how far down the first one's own columns reach, how far up the second one's own; from the
    blob's left and upper edge on.  -1 four times when it is not so.

    blob: left, top, right, bottom.  wanted: the least number of own columns; the step in pixels;
    1 to look at the blob as in a mirror (columns are counted from the right) or 0.  scratch:
    OUTLINE_ROWS x at least the blob's width.
    """
    width, height = blob[2] - blob[0], blob[3] - blob[1]
    least, step, mirrored = wanted
    top, bottom = scratch[0], scratch[1]
    _reach(mask, blob, mirrored, top, bottom)
    begin, end = width, 0
    for x in range(width):
        if bottom[x] > height - step:
            begin = min(begin, x)
        if top[x] < step:
            end = x + 1
    if begin < least or width - end < least:
        return -1, -1, -1, -1
    run, heads, down = 0, 0, 0
    for x in range(begin):
        run = run + 1 if top[x] < step else 0
        heads, down = max(heads, run), max(down, bottom[x])
    run, feet, up = 0, 0, height
    for x in range(end, width):
        run = run + 1 if bottom[x] > height - step else 0
        feet, up = max(feet, run), min(up, top[x])
    if heads < HEAD_PX or feet < HEAD_PX:
        return -1, -1, -1, -1
    return begin, end, down, up


@inlined
def _cross(mask: Any, luma: Any, usual: Any, window: Any, right: int, down: int) -> Any:
    """The sum and the count over all edges that lie so far to the right and down.  Without a
    branch: most are none."""
    left, top, end, bottom = window
    total, count = 0, 0
    for y in range(top, bottom - down):
        # Slices, so that all rows are indexed by x alone.
        here, there = mask[y, left : end - right], mask[y + down, left + right : end]
        now, usually = luma[y, left : end - right], usual[y, left : end - right]
        beside, usually_beside = (
            luma[y + down, left + right : end],
            usual[y + down, left + right : end],
        )
        row_total, row_count = np.int32(0), np.int32(0)
        for x in range(there.size):
            sense = np.int32(np.int32(there[x]) - np.int32(here[x]))
            apart = abs(np.int32(np.int32(now[x]) - np.int32(usually[x])))
            apart_there = abs(np.int32(np.int32(beside[x]) - np.int32(usually_beside[x])))
            row_total += np.int32(sense * np.int32(apart_there - apart))
            row_count += np.int32(sense * sense)
        total += int(row_total)
        count += int(row_count)
    return total, count


@kernel(
    "UniTuple(int64, 2)(uint8[:, ::1], uint8[:, ::1], uint8[:, :], UniTuple(int64, 4), int64)",
)
def step(mask: Any, luma: Any, usual: Any, window: Any, across: int) -> tuple[int, int]:
    """By how much more the picture differs from the usual one within the mask's edges than outside
    of them: the sum, and the count of places.

    mask: 0 or 1.  window: left, top, right, bottom.  across: how far apart within and outside are
    looked at.
    """
    total, count = _cross(mask, luma, usual, window, across, 0)
    total_down, count_down = _cross(mask, luma, usual, window, 0, across)
    return total + total_down, count + count_down
