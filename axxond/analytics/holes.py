"""Tells what came from what went: both differ from the background."""

from __future__ import annotations

import numpy as np

from axxond.analytics.foreground import Scene
from axxond.analytics.matching import Area
from axxond.analytics.plane import Bytes

_STRADDLE_PX = 3  # across the edge of a mask, which is a pixel or two off
_MARGIN_PX = 4
# An edge that the background has and the picture has not is that of something that went.
_LEAST_LOSS = 1.25


def is_hole(scene: Scene, area: Area) -> bool:
    """Whether the foreground there shows what had been behind a thing that went away: along its
    edge the picture is smooth and the known background is not."""
    top, left = max(int(area.top) - _MARGIN_PX, 0), max(int(area.left) - _MARGIN_PX, 0)
    rows = slice(top, int(area.bottom) + _MARGIN_PX)
    columns = slice(left, int(area.right) + _MARGIN_PX)
    picture = scene.plane.picture
    mask = picture(scene.mask)[rows, columns]
    least = _LEAST_LOSS * _edges(picture(scene.luma)[rows, columns], mask)
    if _edges(picture(scene.usual)[rows, columns], mask) <= least:
        return False
    # One look mixes what was there at different times, which makes edges of its own: the middle
    # one of all looks, which takes longer, has to agree.
    looks = scene.looks.swapaxes(0, 1)[:, : scene.plane.height, : scene.plane.width]
    middle: Bytes = np.median(looks[:, rows, columns], axis=0).astype(np.uint8)
    return _edges(middle, mask) > least


def _edges(luma: Bytes, mask: Bytes) -> int:
    """Sum of the differences across the mask's edge."""
    total = 0
    wide = luma.astype(np.int16)
    for step in (
        (slice(_STRADDLE_PX, None), slice(None)),
        (slice(None), slice(_STRADDLE_PX, None)),
    ):
        back = tuple(slice(None, -_STRADDLE_PX) if s.start else s for s in step)
        edge = mask[step] != mask[back]
        total += int(np.abs(wide[step] - wide[back])[edge].sum())
    return total
