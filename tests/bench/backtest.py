"""A month of one camera's metadata, a million points: how often would a detector have fired?

Processor time of one thread from the open store to the events, for present and proposed settings
together, files in the operating system's cache.  Peers: the same question about a line asked of
SQLite (each pair of consecutive points, in SQL, as a user of a database would), and the same
detectors shown every moment rather than the chosen ones (from a part of the objects).
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from axxond.analytics.port import DetectorSettings
from axxond.base.units import DAY_US
from axxond.trajectories import backtest as module
from axxond.trajectories.backtest import Firing, backtest
from axxond.trajectories.moments import Watched
from axxond.trajectories.store import Store
from axxond.trajectories.tracks import Tracks, Viewer, gather
from tests.bench.table import Row, limited
from tests.bench.walkers import T0, month

_POINTS = 1_000_000
_QUICK = ("line_crossing", "loitering", "stop_in_area", "appearance_in_area")
_ROUNDS, _QUICK_ROUNDS = 5, 2
_PERIOD = (T0, T0 + 30 * DAY_US)
_GOAL_S = 1.0
_PART = 400  # so many are left out for each object that is shown every moment
_ZONE = [[0.3, 0.4], [0.6, 0.35], [0.65, 0.7], [0.35, 0.8]]
_LINE = [[0.5, 0.95], [0.45, 0.3]]
_SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "line_crossing": ({"lines": [_LINE]}, {"lines": [_LINE], "direction": "forward"}),
    "loitering": ({"zones": [_ZONE], "time_s": 20}, {"zones": [_ZONE], "time_s": 30}),
    "stop_in_area": ({"zones": [_ZONE], "time_s": 5}, {"zones": [_ZONE], "time_s": 20}),
    "motion_in_area": ({"zones": [_ZONE]}, {"zones": [_ZONE], "min_size": 0.5}),
    "appearance_in_area": ({"zones": [_ZONE]}, {"zones": [_ZONE], "min_size": 0.5}),
    "multiple_objects": ({"zones": [_ZONE], "count": 1}, {"zones": [_ZONE], "count": 2}),
    "loitering, no zone": ({"time_s": 20}, {"time_s": 30}),
    "appearance, no zone": ({}, {"min_size": 0.5}),
}
_KINDS = {"loitering, no zone": "loitering", "appearance, no zone": "appearance_in_area"}
_SQL = """
WITH ways AS (
  SELECT object, x, y, lag(x) OVER w AS px, lag(y) OVER w AS py FROM point
  WHERE time_us >= ? AND time_us < ?
  WINDOW w AS (PARTITION BY object ORDER BY time_us))
SELECT count(*) FROM ways WHERE px IS NOT NULL
  AND (:rx * (py - :ay) - :ry * (px - :ax) < 0) <> (:rx * (y - :ay) - :ry * (x - :ax) < 0)
  AND ((x - px) * (:ay - py) - (y - py) * (:ax - px) < 0)
   <> ((x - px) * (:by - py) - (y - py) * (:bx - px) < 0)
"""


def run(quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        store = _filled(Path(folder), _POINTS)
        try:
            names = _QUICK if quick else tuple(_SETTINGS)
            return _rows(store, Path(folder), names, _QUICK_ROUNDS if quick else _ROUNDS)
        finally:
            store.close()


def _filled(folder: Path, points: int) -> Store:
    store = Store(folder)
    store.open()
    for some in month(points):
        store.append({"cam1": some}, T0)
    store.close()
    store = Store(folder)
    store.open()
    return store


def _rows(store: Store, folder: Path, names: tuple[str, ...], rounds: int) -> list[Row]:
    _ask(store, "line_crossing")  # the kernels are compiled, the files in the cache
    sqlite = _database(store, folder / "peer.sqlite")
    tracks = _tracks(store)
    rows = [Row("points", "", float(len(tracks.time_us)))]
    for name in names:
        ours, peer = [], []
        for _ in range(rounds):
            ours.append(_timed(lambda name=name: _ask(store, name)))
            if name == "line_crossing":
                peer.append(_timed(lambda: [_query(sqlite) for _ in range(2)]))
        found = [len(one) for one in _ask(store, name)]
        if name == "line_crossing":
            peer_name = f"SQLite ({_query(sqlite)} crossings, ours {found[0]})"
        else:
            peer_name = f"shown every moment (from 1/{_PART})"
            peer = [_slow(tracks, name)]
        metric = f"{name}: {found[0]} | {found[1]} events"
        times = (float(np.median(ours)), float(np.median(peer)))
        rows.append(limited(metric, "s CPU", times[0], _GOAL_S, times[1], peer_name))
    sqlite.close()
    return rows


def _tracks(store: Store) -> Tracks:
    return gather(store.blocks("cam1", *_PERIOD), *_PERIOD)


def _settings(name: str) -> list[DetectorSettings]:
    kind = _KINDS.get(name, name)
    return [DetectorSettings("d", kind, given) for given in _SETTINGS[name]]


def _ask(store: Store, name: str) -> list[list[Firing]]:
    tracks = _tracks(store)
    return [backtest(settings, tracks, _PERIOD) for settings in _settings(name)]


def _timed(work: Any) -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began


def _slow(tracks: Tracks, name: str) -> float:
    """Every moment of every object: what the straightforward way would take for all."""
    chosen = range(0, len(tracks), _PART)
    viewer, spent_s = Viewer(tracks), 0.0
    for settings in _settings(name):
        detector, events = module._made(settings), module._Events()
        for at in chosen:
            first, last = int(viewer.first[at]), int(viewer.last[at])
            moments = set(range(first, last + 1))
            one = Watched(at, first, last, [])
            began = time.thread_time()
            module._together(detector, viewer, [one], moments, events)
            spent_s += time.thread_time() - began
    return spent_s * len(tracks) / len(chosen)


def _database(store: Store, path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE point (object INT, time_us INT, x REAL, y REAL)")
    for one in store.blocks("cam1", *_PERIOD):
        rows = one.place.whole().points if one.place is not None else one.made.points
        x, y = rows["x"] / 32_768 - 0.5, rows["y"] / 32_768 - 0.5
        columns = (rows["object"].tolist(), rows["time_us"].tolist(), x.tolist(), y.tolist())
        database.executemany("INSERT INTO point VALUES (?, ?, ?, ?)", zip(*columns, strict=True))
    database.execute("CREATE INDEX by_object ON point (object, time_us, x, y)")
    database.commit()
    return database


def _query(database: sqlite3.Connection) -> int:
    (ax, ay), (bx, by) = _LINE
    values = {"ax": ax, "ay": ay, "bx": bx, "by": by, "rx": bx - ax, "ry": by - ay}
    sql = _SQL.replace("time_us >= ? AND time_us < ?", "time_us >= :from AND time_us < :to")
    values |= {"from": _PERIOD[0], "to": _PERIOD[1]}
    (found,) = database.execute(sql, values).fetchone()
    return int(found)
