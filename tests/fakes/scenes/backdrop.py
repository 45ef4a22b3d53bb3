"""Places without anybody: ground and walls with edges, windows, texture and faint colours.

A backdrop is larger than the frame on all sides, so that a camera can shake and turn.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from tests.fakes.scenes.canvas import Canvas, patches

Place = Literal["street", "yard", "room"]
PLACES: tuple[Place, ...] = ("street", "yard", "room")

_LEVELS = {"street": (105, 140), "yard": (90, 120), "room": (120, 150)}
"""mean luma of the ground and of what stands behind it"""


def backdrop(rng: np.random.Generator, height: int, width: int, place: Place) -> Canvas:
    """A fixed place of that size."""
    ground, behind = _LEVELS[place]
    made = np.zeros((3, height, width), np.float32)
    horizon = round(height * rng.uniform(0.25, 0.4))
    made[0, :horizon] = behind + rng.uniform(-15, 15)
    made[0, horizon:] = ground + rng.uniform(-15, 15)
    made[0] += 14 * patches(rng, height, width, max(width // 4, 8))
    made[0] += 6 * patches(rng, height, width, 5)
    made[1:] += 7 * np.stack([patches(rng, height, width, max(width // 3, 8)) for _ in "uv"])
    _stripes(rng, made, horizon)
    _boxes(rng, made, horizon)
    made[0] += rng.normal(0, 2.5, (height, width)).astype(np.float32)  # grain
    return np.clip(made, (((5,),), ((-60,),), ((-60,),)), (((235,),), ((60,),), ((60,),)))


def _stripes(rng: np.random.Generator, made: Canvas, horizon: int) -> None:
    """Kerbs, markings, skirting: long edges across the ground."""
    _, height, width = made.shape
    for _ in range(rng.integers(2, 5)):
        at = rng.uniform(horizon, height)
        slope = rng.uniform(-0.25, 0.25)
        thick = rng.uniform(1.5, 5)
        line = at + slope * (np.arange(width) - width / 2)
        down = np.abs(np.arange(height)[:, None] - line[None, :])
        made[0] += np.clip(thick - down, 0, 1).astype(np.float32) * rng.choice((-35, 30, 45))


def _boxes(rng: np.random.Generator, made: Canvas, horizon: int) -> None:
    """Windows, doors, shelves, parked things."""
    _, height, width = made.shape
    for _ in range(rng.integers(14, 24)):
        tall, wide = rng.integers(6, max(height // 6, 8)), rng.integers(6, max(width // 10, 8))
        top = round(rng.uniform(0, max(horizon - tall * 0.6, 1)))
        left = rng.integers(0, max(width - wide, 1))
        part = made[:, top : top + tall, left : left + wide]
        part[0] += rng.uniform(-55, 55)
        part[1:] += rng.uniform(-14, 14, (2, 1, 1)).astype(np.float32)
        part[0, :1] += 25
        part[0, :, :1] -= 20
