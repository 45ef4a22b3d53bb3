"""How much of the foreground looks as the background does nearby."""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel

LEAST_LOOKS = 2
"""of the background, that a pixel must be alike"""

AROUND_PX = 3
"""so far away they may be, across and down: the middle of a leaf of twice that size"""

STEP_PX = 2
"""Of so many pixels across and down one is looked at."""


@inlined
def _is_known(luma: Any, looks: Any, size: Any, y: int, x: int, reach: int) -> bool:
    value = np.int64(luma[y, x])
    top, bottom = max(y - AROUND_PX, 0), min(y + AROUND_PX + 1, size[0])
    left, right = max(x - AROUND_PX, 0), min(x + AROUND_PX + 1, size[1])
    alike = 0
    for row in range(top, bottom):
        for number in range(looks.shape[1]):
            for column in range(left, right):
                apart = np.int64(looks[row, number, column]) - value
                alike += int(-reach <= apart <= reach)
            if alike >= LEAST_LOOKS:
                return True
    return False


@kernel(
    "UniTuple(int64, 2)(uint8[:, ::1], uint8[:, ::1], uint8[:, :, ::1], UniTuple(int64, 2),"
    " UniTuple(int64, 4), int64, int64)"
)
def compare(
    mask: Any, luma: Any, looks: Any, size: Any, window: Any, reach: int, most: int
) -> tuple[int, int]:
    """Of the foreground pixels looked at, how many lie within `reach` grey levels of at least
    LEAST_LOOKS looks that the background has at most AROUND_PX away, and how many do not; after
    `most` of those no more are looked at.

    mask: 0 or 1.  looks: lines x number x pitch.  size: the picture's height and width.  window:
    left, top, right, bottom, within it.
    """
    left, top, right, bottom = window
    alike, unlike = 0, 0
    for y in range(top, bottom, STEP_PX):
        for x in range(left, right, STEP_PX):
            if mask[y, x] == 0:
                continue
            if _is_known(luma, looks, size, y, x, reach):
                alike += 1
            else:
                unlike += 1
                if unlike >= most:
                    return alike, unlike
    return alike, unlike
