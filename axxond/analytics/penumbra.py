"""Tells light from things: a thing has an edge, the shadow of a cloud has none."""

from __future__ import annotations

from axxond.analytics.foreground import Blob, Scene
from axxond.analytics.kernels import outline

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
    left, top = max(left - _MARGIN_PX, 0), max(top - _MARGIN_PX, 0)
    right = min(right + _MARGIN_PX, plane.width)
    bottom = min(bottom + _MARGIN_PX, plane.height)
    window = left, top, right, bottom
    found: tuple[int, int] = outline.step(scene.mask, scene.luma, scene.usual, window, _ACROSS_PX)
    total, count = found
    return count > 0 and total <= _SOFT * blob.strength * count
