"""Synthetic trajectories for benchmarks: people who walk through a picture, some of whom stay."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from axxond.base.units import DAY_US
from axxond.trajectories.points import PLACE_STEPS, POINT, SIZE_STEPS, STILL_STEP_US, Flag, Points

T0 = 1_700_000_000_000_000
_POINTS = 20  # of an object
_STEP_US = 600_000  # between two of them
_STAYERS = 0.04


def month(points: int, days: int = 30, seed: int = 1) -> Iterator[Points]:
    """Some 16 000 points at a time, in the order of time: objects of 20 points, 0.6 s apart, that
    cross the picture from edge to edge; one in 25 stops in the middle for 40 s."""
    rng = np.random.default_rng(seed)
    objects = points // _POINTS
    begins = T0 + np.sort(rng.integers(0, days * DAY_US, objects))
    for first in range(0, objects, 800):
        some = begins[first : first + 800]
        yield _objects(rng, first + 1, some)


def _objects(rng: np.random.Generator, first: int, begins: NDArray[np.int64]) -> Points:
    count = len(begins)
    way = np.linspace(0, 1, _POINTS)
    start, end = _edge(rng, count), _edge(rng, count)
    places = start[:, :, None] + (end - start)[:, :, None] * way
    places += np.cumsum(rng.normal(0, 0.006, places.shape), 2)
    times = begins[:, None] + np.arange(_POINTS) * _STEP_US
    still = np.zeros((count, _POINTS), np.int64)
    stays = rng.random(count) < _STAYERS
    half = _POINTS // 2
    places[stays, :, half + 1] = places[stays, :, half]
    times[stays, half + 1 :] += 40_000_000
    still[stays, half + 1] = (times[stays, half + 1] - times[stays, half]) // STILL_STEP_US
    rows = np.zeros((count, _POINTS), POINT)
    rows["time_us"], rows["object"] = times, np.arange(first, first + count)[:, None]
    rows["x"] = np.clip((places[:, 0] + 0.5) * PLACE_STEPS, 0, 65_535)
    rows["y"] = np.clip((places[:, 1] + 0.5) * PLACE_STEPS, 0, 65_535)
    rows["width"] = (0.02 + 0.06 * np.clip(places[:, 1], 0, 1)) * SIZE_STEPS
    rows["height"] = (0.06 + 0.2 * np.clip(places[:, 1], 0, 1)) * SIZE_STEPS
    rows["still"], rows["flags"] = still, Flag.MOVED
    rows["flags"][:, -1] = Flag.MOVED | Flag.END
    rows["colour"] = rng.integers(1, 65_536, count)[:, None]
    flat = rows.reshape(-1)
    return flat[np.argsort(flat["time_us"], kind="stable")]


def _edge(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Places on the left, right or lower edge."""
    along, side = rng.random(count), rng.integers(0, 3, count)
    x = np.where(side == 0, 0.0, np.where(side == 1, 1.0, along))
    y = np.where(side == 2, 1.0, 0.25 + 0.7 * along)
    return np.stack([x, y], 1)
