"""How much of a part of the picture has changed over the last half second."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from axxond.analytics.foreground import Scene
from axxond.analytics.matching import Area
from axxond.analytics.plane import Bytes

_CALM = 0.03  # of the pixels may change

_Levels = NDArray[np.int16]


def changed(scene: Scene, rows: slice, columns: slice) -> float:
    """The share of the pixels there that have, [0; 1]; 0 of none."""
    now, past = scene.luma[rows, columns], scene.past[rows, columns]
    if now.size == 0:
        return 0.0
    apart = np.abs(now.astype(np.int16) - past)
    if scene.shaken:
        apart = np.minimum(apart, np.minimum(_beyond(now, past), _beyond(past, now)))
    return float((apart > scene.change).mean())


def is_calm(scene: Scene, area: Area) -> bool:
    """Whether nothing there has changed over the last half second."""
    rows = slice(max(int(area.top), 0), int(area.bottom) + 1)
    columns = slice(max(int(area.left), 0), int(area.right) + 1)
    return changed(scene, rows, columns) <= _CALM


def _beyond(one: Bytes, other: Bytes) -> _Levels:
    """By how many grey levels each pixel is darker or brighter than all of the other picture's
    3 x 3 pixels around: a picture that was taken back by parts of a pixel mixes these."""
    wide = np.pad(other, 1, mode="edge").astype(np.int16)
    height, width = other.shape
    around = np.stack([wide[y : y + height, x : x + width] for y in range(3) for x in range(3)])
    level = one.astype(np.int16)
    out: _Levels = np.maximum(around.min(0) - level, level - around.max(0))
    return out
