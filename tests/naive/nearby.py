"""Twin of `axxond.analytics.kernels.nearby`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from axxond.analytics.kernels.nearby import AROUND_PX, LEAST_LOOKS, STEP_PX

Bytes = NDArray[np.uint8]


def compare(
    mask: Bytes, luma: Bytes, looks: Bytes, window: tuple[slice, slice], reach: int, most: int
) -> tuple[int, int]:
    """looks: height x number x width; all of the picture alone."""
    looked_at = np.zeros(mask.shape, np.bool_)
    looked_at[window][::STEP_PX, ::STEP_PX] = mask[window][::STEP_PX, ::STEP_PX] > 0
    alike = unlike = 0
    for y, x in np.argwhere(looked_at):
        rows = slice(max(y - AROUND_PX, 0), y + AROUND_PX + 1)
        columns = slice(max(x - AROUND_PX, 0), x + AROUND_PX + 1)
        apart = np.abs(looks[rows, :, columns].astype(int) - int(luma[y, x]))
        known = int((apart <= reach).sum()) >= LEAST_LOOKS
        alike, unlike = alike + known, unlike + (not known)
        if unlike >= most:
            break
    return alike, unlike
