"""Background models: what a pixel looks like when nothing is there."""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import kernel
from axxond.analytics.kernels.lanes import bits_or, larger, subtract_saturated


@kernel("void(uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], uint8)")
def sigma_delta(luma: Any, mean: Any, spread: Any, strength: Any, mask: Any, least: int) -> None:
    """One step of Manzanera's sigma-delta estimation; all arrays of one length.

    mean follows luma, spread follows 4 |luma - mean|, a step a frame.  strength = |luma - mean|,
    mask = 1 where it exceeds spread and `least`, else 0.
    """
    height, width = luma.shape
    for y in range(height):
        for x in range(width):
            above = subtract_saturated(luma[y, x], mean[y, x])
            below = subtract_saturated(mean[y, x], luma[y, x])
            mean[y, x] = np.uint8(mean[y, x] + np.uint8(above > 0) - np.uint8(below > 0))
            distance = bits_or(above, below)
            target = np.uint16(distance) * np.uint16(4)
            wide = spread[y, x]
            grows = np.uint8(target > np.uint16(wide)) & np.uint8(wide < 255)
            spread[y, x] = np.uint8(wide + grows - np.uint8(target < np.uint16(wide)))
            strength[y, x] = distance
            mask[y, x] = np.uint8(distance > larger(spread[y, x], least))
