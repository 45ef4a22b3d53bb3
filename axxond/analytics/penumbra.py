"""Tells light from things: a thing has an edge, the shadow of a cloud has none."""

from __future__ import annotations

import numpy as np

from axxond.analytics.foreground import Blob, Scene
from axxond.analytics.plane import Bytes

# Across the edge of a mask, which is a pixel or two off on either side.
_ACROSS_PX = 6
_MARGIN_PX = 8
# Of its strength, so much or less of it comes at its edge: under clouds it is 0.1 to 0.2, of
# things more than half.
_SOFT = 0.3


def is_soft(scene: Scene, blob: Blob) -> bool:
    """Whether the blob comes up out of the background without any edge."""
    plane, box = scene.plane, blob.box
    top, left = int(box.y * plane.height), int(box.x * plane.width)
    bottom, right = int((box.y + box.h) * plane.height), int((box.x + box.w) * plane.width)
    rows = slice(max(top - _MARGIN_PX, 0), bottom + _MARGIN_PX)
    columns = slice(max(left - _MARGIN_PX, 0), right + _MARGIN_PX)
    mask = plane.picture(scene.mask)[rows, columns]
    luma, usual = (plane.picture(one)[rows, columns] for one in (scene.luma, scene.usual))
    return _step(mask, luma, usual) <= _SOFT * blob.strength


def _step(mask: Bytes, luma: Bytes, usual: Bytes) -> float:
    """By how much more the picture differs from the usual one inside the mask's edge than outside
    of it, on average; infinite where the mask has no edge."""
    apart = np.abs(luma.astype(np.int16) - usual)
    total = count = 0
    for turned in (False, True):
        within, strength = (mask.T, apart.T) if turned else (mask, apart)
        step = strength[_ACROSS_PX:] - strength[:-_ACROSS_PX]
        begins = within[_ACROSS_PX:] > within[:-_ACROSS_PX]
        ends = within[_ACROSS_PX:] < within[:-_ACROSS_PX]
        total += int(step[begins].sum()) - int(step[ends].sum())
        count += int(begins.sum()) + int(ends.sum())
    return total / count if count else float("inf")
