"""Parts blobs of several people by their outline: two heads, and a valley between them, where
they walk side by side; stairs, where one walks behind the other and beside him."""

from __future__ import annotations

import math

import numpy as np

from axxond.analytics.kernels import outline
from axxond.analytics.matching import Area
from axxond.analytics.plane import Bytes

# Shares of the blob's height: a part's least height and width, the valley's least depth below
# the lower one of the two, and a head's least width: narrower is an arm, or what stands behind.
_TALL, _WIDE, _VALLEY, _HEAD = 0.6, 0.2, 0.15, 0.05
_LEAST_PX = 4  # of both width and depth: less is noise
_SQUAT = 0.6  # height to width: lower ones are no people
_MOST_PARTS = 4

# Shares of the blob's height: how much further up and down one person reaches than another who
# is nearer, the columns that each has alone, and a part's least height.
_STEP, _OWN, _LEAST_TALL = 0.15, 0.1, 0.4
UPRIGHT = 1.2
"""height to width of people; vehicles that come aslant have stairs in their outline, too"""


def parted(mask: Bytes, blob: Area, stairs: bool = False) -> list[Area]:
    """Its parts from left to right; the blob alone, where it is one thing.  `stairs`: these part
    it, too."""
    waiting = [blob]
    parts: list[Area] = []
    while waiting:
        one = waiting.pop()
        many = len(parts) + len(waiting) >= _MOST_PARTS - 1
        at = None if many else _valley(mask, one)
        if at is None:
            parts += _staggered(mask, one) if stairs and not many else [one]
            continue
        left, right = (
            _tight(mask, Area(a, one.top, b, one.bottom))
            for a, b in ((one.left, one.left + at), (one.left + at, one.right))
        )
        waiting += [right, left]
    return parts


def _valley(mask: Bytes, area: Area) -> int | None:
    """The column at which there is another thing; None when there is one only."""
    left, top, right, bottom = map(int, (area.left, area.top, area.right, area.bottom))
    width, height = right - left, bottom - top
    least = max(round(_WIDE * height), _LEAST_PX)
    if width < 2 * least or height < _SQUAT * width:
        return None
    deep = math.ceil(max(_VALLEY * height, _LEAST_PX))
    reach = max(round(_HEAD * height), outline.HEAD_PX) // 2
    wanted = least, deep, math.ceil(_TALL * height), reach
    scratch = np.empty((outline.OUTLINE_ROWS, width), np.int64)
    at: int = outline.valley(mask, (left, top, right, bottom), wanted, scratch)
    return at if at >= 0 else None


def _staggered(mask: Bytes, blob: Area) -> list[Area]:
    """The one behind and the one before him, from left to right; the blob alone, where there is
    only one."""
    left, top, right, bottom = map(int, (blob.left, blob.top, blob.right, blob.bottom))
    least = max(round(_OWN * blob.height), _LEAST_PX)
    step = max(math.ceil(_STEP * blob.height), _LEAST_PX)
    edges = left, top, right, bottom
    scratch = np.empty((outline.OUTLINE_ROWS, right - left), np.int64)
    for mirrored in (0, 1):
        begin, end, down, up = outline.stairs(mask, edges, (least, step, mirrored), scratch)
        if not 0 <= begin <= end:  # they touch: they have columns in common
            continue
        if mirrored:
            far = Area(right - end, top, right, top + down)
            near = Area(left, top + up, right - begin, bottom)
        else:
            far = Area(left, top, left + end, top + down)
            near = Area(left + begin, top + up, right, bottom)
        if all(_is_person(one, blob.height) for one in (far, near)):
            return [near, far] if mirrored else [far, near]
    return [blob]


def _is_person(part: Area, height: float) -> bool:
    return part.height >= max(UPRIGHT * part.width, _LEAST_TALL * height)


def _cut(mask: Bytes, area: Area) -> Bytes:
    part: Bytes = mask[int(area.top) : int(area.bottom), int(area.left) : int(area.right)]
    return part


def _tight(mask: Bytes, area: Area) -> Area:
    """Without what is empty above and below, left and right."""
    part = _cut(mask, area)
    (rows,), (columns,) = np.nonzero(part.any(1)), np.nonzero(part.any(0))
    return Area(
        area.left + int(columns[0]),
        area.top + int(rows[0]),
        area.left + int(columns[-1]) + 1,
        area.top + int(rows[-1]) + 1,
    )
