"""A scene in which nothing has changed, to draw into."""

from __future__ import annotations

import numpy as np

from axxond.analytics.colours import Colours
from axxond.analytics.foreground import Everywhere, Groups, Scene
from axxond.analytics.plane import Bytes, Plane

PLANE = Plane.of(320, 180)
CHANGE = REACH = 12


def still(time_us: int = 0, shaken: bool = False) -> Scene:
    """Noisy ground of 100 to 109 grey levels, alike in `luma` and `past`; no foreground."""
    rng = np.random.default_rng(4)
    luma = PLANE.new()
    PLANE.picture(luma)[:] = rng.integers(100, 110, (180, 320))
    planes: tuple[Bytes, ...] = (
        luma, luma.copy(), PLANE.new(), PLANE.new(), luma.copy(), luma[:, None].copy(),
        luma.copy(),
    )  # fmt: skip
    everywhere = Everywhere(Groups(PLANE, PLANE.new()))
    return Scene(
        PLANE, time_us, *planes, Colours(PLANE), CHANGE, REACH, True, True, shaken, everywhere
    )
