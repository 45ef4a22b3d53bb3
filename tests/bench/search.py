"""Trajectories of one camera: ten million points in thirty days, stored and searched.

Stored: bytes a point, and the time of a point from a tracked frame to the disk.  Searched: who was
in a polygon, in 24 hours and in 30 days, as far as the store goes: runs of objects found.  Warm:
first parts of blocks in memory; cold: from files in the operating system's cache.  The peer is
SQLite with an R*Tree over each object's box in space and time and its points beside it, exact test
by numpy on the candidates.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from axxond.analytics.objects import TrackedObject
from axxond.base.units import DAY_US
from axxond.trajectories.points import array, box_at
from axxond.trajectories.search import InArea
from axxond.trajectories.store import Store, Stored
from axxond.trajectories.thinner import Thinner
from tests.bench.table import Row, limited
from tests.bench.walkers import T0, month

_POINTS, _QUICK_POINTS = 10_000_000, 2_000_000
_ROUNDS = 7
_MONTH = (T0, T0 + 30 * DAY_US)
_DAY = (T0 + 14 * DAY_US, T0 + 15 * DAY_US)
_AREA = ((0.30, 0.40), (0.45, 0.38), (0.48, 0.60), (0.33, 0.62))
_GOALS_MS = {"24 h": 1.0, "30 d": 30.0}
_PEER = "SQLite R*Tree"


def run(quick: bool) -> list[Row]:
    points = _QUICK_POINTS if quick else _POINTS
    with tempfile.TemporaryDirectory() as folder:
        store, count = _filled(Path(folder), points)
        try:
            return [
                *_storing(store, count),
                *_appending(),
                *_searching(store, Path(folder), quick),
            ]
        finally:
            store.close()


def _filled(folder: Path, points: int) -> tuple[Store, int]:
    store = Store(folder)
    store.open()
    count = 0
    for some in month(points):
        store.append({"cam1": some}, T0)
        count += len(some)
    store.close()
    store = Store(folder)
    store.open()
    return store, count


def _storing(store: Store, count: int) -> list[Row]:
    return [
        Row("points", "", float(count)),
        limited("stored", "bytes/point", store.stats.bytes / count, 20.0),
    ]


def _appending() -> list[Row]:
    """Frames of a camera with four objects, to the disk every two seconds."""
    with tempfile.TemporaryDirectory() as folder:
        store, thinner, kept, seen = Store(Path(folder)), Thinner(), 0, 0
        store.open()
        frames = [(at, _frame(at)) for at in range(6000)]
        began = time.thread_time()
        rows = []
        for at, objects in frames:
            rows += thinner.feed(T0 + at * 100_000, objects)
            seen += len(objects)
            if at % 20 == 19 and rows:
                kept += len(rows)
                store.append({"cam1": array(rows)}, T0 + at * 100_000)
                rows = []
        spent = time.thread_time() - began
        store.close()
    return [
        Row("a tracked object in a frame, to the disk", "us CPU", spent / seen * 1e6),
        Row("of those stored", "%", 100 * kept / seen),
    ]


def _frame(at: int) -> list[TrackedObject]:
    now_us = T0 + at * 100_000
    objects = []
    for number in range(4):
        life, step = divmod(at + number * 37, 120)
        noise = np.random.default_rng(at * 4 + number).normal(0, 0.0015, 2)
        foot = (step / 120 + noise[0], 0.3 + 0.15 * number + 0.05 * np.sin(step / 15) + noise[1])
        foot = (float(foot[0]), float(foot[1]))
        objects.append(
            TrackedObject(
                life * 4 + number, box_at(foot, 0.05, 0.15), foot, foot, (0.0, 0.0),
                now_us, now_us, now_us, now_us,
            )
        )  # fmt: skip
    return objects


def _searching(store: Store, folder: Path, quick: bool) -> list[Row]:
    area = InArea(_AREA)
    _find(store, _DAY, area)  # the kernel is compiled
    cold = _timed(lambda: sum(len(area.runs(one.place.where())) for one in _on_disk(store)))
    peer = _database(store, folder / "peer.sqlite")
    rows = []
    for name, period in (("24 h", _DAY), ("30 d", _MONTH)):
        ours, theirs = [], []
        _find(store, period, area)
        for _ in range(_ROUNDS):
            ours.append(_timed(lambda period=period: _find(store, period, area)))
            theirs.append(_timed(lambda period=period: _query(peer, period)))
        found, known = _find(store, period, area), _query(peer, period)
        mine, other = 1000 * float(np.median(ours)), 1000 * float(np.median(theirs))
        what = f"polygon, {name}, warm: {found} objects"
        at_most = _GOALS_MS[name] / (5 if quick and name == "30 d" else 1)
        rows.append(limited(what, "ms", mine, at_most, other, f"{_PEER} ({known})"))
    rows.append(Row("polygon, 30 d, cold", "ms", 1000 * cold))
    points = sum(int(one.header["points"]) for one in _on_disk(store))
    rows.append(Row("scanned, warm", "M points/s", points / 1e3 / mine))
    peer.close()
    return rows


def _on_disk(store: Store) -> list[Stored]:
    return [one for one in store.blocks("cam1", *_MONTH) if one.place is not None]


def _find(store: Store, period: tuple[int, int], area: InArea) -> int:
    return sum(len(one.runs) for one in area.find(store.blocks("cam1", *period)))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _database(store: Store, path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("CREATE VIRTUAL TABLE box USING rtree(id, x0, x1, y0, y1, t0, t1)")
    database.execute("CREATE TABLE way (id INTEGER PRIMARY KEY, x BLOB, y BLOB)")
    number = 0
    for one in _on_disk(store):
        where, what = one.where(), one.what()
        x, y = where.places / 32_768 - 0.5
        t = what.time_ms / 1000 + (int(one.header["first_us"]) - T0) / 1e6
        boxes, ways = [], []
        ends = [*where.begin[1:].tolist(), len(x)]
        for first, end in zip(where.begin.tolist(), ends, strict=True):
            number += 1
            a, b, c = x[first:end], y[first:end], t[first:end]
            boxes.append((number, a.min(), a.max(), b.min(), b.max(), c.min(), c.max()))
            ways.append((number, a.tobytes(), b.tobytes()))
        database.executemany("INSERT INTO box VALUES (?,?,?,?,?,?,?)", boxes)
        database.executemany("INSERT INTO way VALUES (?,?,?)", ways)
    database.commit()
    return database


def _query(database: sqlite3.Connection, period: tuple[int, int]) -> int:
    corners = np.array(_AREA)
    (x0, y0), (x1, y1) = corners.min(0), corners.max(0)
    t0, t1 = ((time_us - T0) / 1e6 for time_us in period)
    ways = database.execute(
        "SELECT way.x, way.y FROM box CROSS JOIN way ON way.id = box.id"
        " WHERE x1 >= ? AND x0 <= ? AND y1 >= ? AND y0 <= ? AND t1 >= ? AND t0 < ?",
        (x0, x1, y0, y1, t0, t1),
    ).fetchall()
    if not ways:
        return 0
    begins = np.cumsum([0, *(len(one[0]) // 8 for one in ways[:-1])])
    x = np.frombuffer(b"".join(one[0] for one in ways))
    y = np.frombuffer(b"".join(one[1] for one in ways))
    return int(np.logical_or.reduceat(_in_polygon(x, y), begins).sum())


def _in_polygon(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    odd = np.zeros(len(x), bool)
    for (ax, ay), (bx, by) in zip(_AREA, _AREA[1:] + _AREA[:1], strict=True):
        odd ^= ((ay > y) != (by > y)) & (x > ax + (bx - ax) * (y - ay) / (by - ay))
    return odd
