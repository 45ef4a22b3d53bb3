"""Objects and points for tests of trajectories."""

from __future__ import annotations

import numpy as np

from axxond.analytics.objects import TrackedObject
from axxond.trajectories.points import Flag, Points, array, box_at

T0 = 1_700_000_000_000_000
FRAME_US = 100_000


def thing(
    number: int,
    time_us: int,
    foot: tuple[float, float],
    size: tuple[float, float] = (0.05, 0.15),
    still_us: int | None = None,
    began: tuple[int, tuple[float, float]] | None = None,
    hidden: bool = False,
) -> TrackedObject:
    before_us, before = began or (time_us, foot)
    return TrackedObject(
        number, box_at(foot, *size), foot, before, (0.0, 0.0), time_us,
        time_us if still_us is None else still_us, time_us,
        before_us, hidden,
    )  # fmt: skip


def some(
    count: int, objects: int = 5, seed: int = 1, first_us: int = T0, first: int = 1
) -> Points:
    """`count` points of objects that come one after the other, each ended."""
    rng = np.random.default_rng(seed)
    each = -(-count // objects)
    rows = []
    for at in range(count):
        number, step = divmod(at, each)
        last = step == each - 1 or at == count - 1
        flags = Flag.MOVED | (Flag.END if last else 0)
        x, y = (int(v) for v in rng.integers(16_384, 49_152, 2))
        time_us = first_us + (number * each + step) * FRAME_US
        rows.append((time_us, first + number, x, y, 2000, 9000, 0, 0, int(flags)))
    return array(rows)
