"""Tells things from what sways: leaves and branches that moved aside look as the background does
nearby.

After the second stage of Elgammal, Harwood, Davis: "Non-parametric model for background
subtraction" (2000).
"""

from __future__ import annotations

import math

from axxond.analytics.foreground import Scene
from axxond.analytics.kernels import nearby
from axxond.analytics.matching import Area


def is_swaying(scene: Scene, area: Area, least_px: float) -> bool:
    """Whether most of the foreground there looks as the background does nearby, and what is left
    is less than `least_px` pixels: a thing is hidden by no more than the leaves it is before."""
    if not scene.complete:
        return False
    plane = scene.plane
    left, top = max(round(area.left), 0), max(round(area.top), 0)
    right, bottom = min(round(area.right), plane.width), min(round(area.bottom), plane.height)
    size, window = (plane.height, plane.width), (left, top, right, bottom)
    most = math.ceil(least_px / nearby.STEP_PX**2)
    found: tuple[int, int] = nearby.compare(
        scene.mask, scene.luma, scene.looks, size, window, scene.reach, most
    )
    alike, unlike = found
    return unlike < most and alike > unlike
