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
    width, height, box = scene.plane.width, scene.plane.height, blob.box
    left, top = int(box.x * width) - _MARGIN_PX, int(box.y * height) - _MARGIN_PX
    right = min(int((box.x + box.w) * width) + _MARGIN_PX, width)
    bottom = min(int((box.y + box.h) * height) + _MARGIN_PX, height)
    window = max(left, 0), max(top, 0), right, bottom
    found: tuple[int, int] = outline.step(scene.mask, scene.luma, scene.usual, window, _ACROSS_PX)
    total, count = found
    return count > 0 and total <= _SOFT * blob.strength * count
