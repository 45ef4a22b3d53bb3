"""Objects and points for tests of trajectories."""

from __future__ import annotations

import numpy as np

from axxond.analytics.objects import TrackedObject
from axxond.trajectories.block import build
from axxond.trajectories.points import Flag, Points, Row, array, box_at
from axxond.trajectories.store import Stored
from axxond.trajectories.thinner import Thinner

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


def walks(seed: int, objects: int, seconds: float = 20.0, spread_s: float = 60.0) -> Points:
    """Points as stored of objects that walk about, stop, hide, grow, come in at the edges, and are
    lost or cut off; by a random generator."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for number in range(1, objects + 1):
        begin_us = T0 + int(rng.uniform(0, spread_s) * 1e6)
        rows += _walk(rng, number, begin_us, int(rng.uniform(0.3, 1) * seconds * 10))
    points = array(rows)
    return points[np.argsort(points["time_us"], kind="stable")]


def _walk(rng: np.random.Generator, number: int, begin_us: int, frames: int) -> list[Row]:
    thinner = Thinner(number)
    x, y = rng.uniform(-0.05, 1.05), rng.uniform(0.1, 1.05)
    speed = rng.normal(0, 0.01, 2)
    width, height = rng.uniform(0.02, 0.2), rng.uniform(0.05, 0.4)
    still_us, began, rows, stands, hides = begin_us, (x, y), [], 0, 0
    told = int(rng.integers(2, 8))
    moves = told + int(rng.random() < 0.2) * int(rng.integers(1, 40))
    before = began
    for at in range(frames + told):
        now_us = begin_us + at * FRAME_US + int(rng.integers(-5000, 5000))
        stands = stands - 1 if stands else int(rng.random() < 0.01) * int(rng.integers(5, 60))
        hides = hides - 1 if hides else int(rng.random() < 0.02) * int(rng.integers(1, 15))
        if not stands:
            speed = speed * 0.9 + rng.normal(0, 0.003, 2)
            x, y = x + speed[0], y + speed[1]
            still_us = now_us
            width *= 1 + rng.normal(0, 0.01)
        if at < told:
            continue
        first = at == told
        one = TrackedObject(
            1, box_at((x, y), width, height), (x, y), began if first else before, (0.0, 0.0),
            begin_us, still_us, now_us, begin_us if first else now_us - FRAME_US,
            bool(hides), at >= moves,
        )  # fmt: skip
        rows += thinner.feed(now_us, [one])
        before = (x, y)
    return rows + (thinner.feed(now_us + FRAME_US, []) if rng.random() < 0.8 else thinner.cut())


def stored(points: Points) -> list[Stored]:
    made = build(points)
    return [Stored(made.header, made=made)]
