"""What detectors that follow each object by itself would have told of stored tracks.

Kernels judge as the detectors do, and columns become events at the end; that the result is the
same as by showing a detector every tick is held by tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from axxond.analytics import line_crossing
from axxond.analytics.kernels import judging as kernels
from axxond.analytics.situation import EDGE, SURE_US, Attention, Rule
from axxond.trajectories.states import States, filled, states
from axxond.trajectories.tracks import TICK_US, Viewer
from protocol.types import Box

_DIRECTIONS = {
    kernels.FORWARD: line_crossing.FORWARD,
    kernels.BACKWARD: line_crossing.BACKWARD,
}
_STOOD = {None: 0, True: 1, False: -1}
_EXPECTED = 1024  # rows, and as many as objects

_Column = NDArray[np.int64]
Progress = Callable[[float], None]
"""the share that is done; what it raises ends the work"""


@frozen
class Firing:
    """One event, from begin to end (the same for an instant)."""

    begin_us: int
    end_us: int
    object_id: int | None
    direction: str
    box: Box | None


@frozen(eq=False)
class _Columns:
    """Of events: object's index, the tick at which its box is told, begin, end, direction (a key
    of _DIRECTIONS, or 0)."""

    index: _Column
    tick: _Column
    begin_us: _Column
    end_us: _Column
    direction: _Column

    def only(self, which: NDArray[np.bool_] | _Column) -> _Columns:
        return _Columns(
            self.index[which],
            self.tick[which],
            self.begin_us[which],
            self.end_us[which],
            self.direction[which],
        )


def judged(
    attention: Attention,
    viewer: Viewer,
    period_us: tuple[int, int],
    progress: Progress | None = None,
) -> list[Firing]:
    """The events that begin in the period; by begin."""
    found: list[Firing] = []
    judge = _JUDGES[attention.rule]
    for some in states(attention, viewer):
        if progress is not None:
            progress(int(some.indexes[0]) / len(viewer.tracks))
        columns = judge(attention, viewer, some)
        begin_us, end_us = period_us
        within = (begin_us <= columns.begin_us) & (columns.begin_us < end_us)
        found += _told(viewer, columns.only(within))
    return sorted(found, key=lambda one: (one.begin_us, one.object_id or 0))


def _told(viewer: Viewer, columns: _Columns) -> list[Firing]:
    numbers = viewer.tracks.numbers[columns.index].tolist()
    boxes = viewer.boxes(columns.index, columns.tick)
    return [
        Firing(begin_us, end_us, number, _DIRECTIONS.get(direction, ""), Box(*box))
        for number, begin_us, end_us, direction, box in zip(
            numbers,
            columns.begin_us.tolist(),
            columns.end_us.tolist(),
            columns.direction.tolist(),
            boxes.tolist(),
            strict=True,
        )
    ]


def _passes(attention: Attention, viewer: Viewer, some: States) -> _Columns:
    entering = attention.rule is Rule.ENTERS
    wants = np.array([kernels.ENTERS if entering else kernels.LEAVES, SURE_US], np.int64)
    rows = filled(
        4,
        _EXPECTED + len(some.indexes),
        lambda out: kernels.passes(
            some.known, viewer.tracks.time_us, viewer.since, some.table, wants, out
        ),
    )
    index, tick, what, time_us = some.indexes[rows[:, 0]], rows[:, 1], rows[:, 2], rows[:, 3]
    columns = _Columns(index, tick, time_us, time_us, np.zeros(len(rows), np.int64))
    if not entering:
        return columns
    inside = what == kernels.MET  # was there, rather than came into the picture at its edge
    inside[inside] = ~_at_edge(viewer.boxes(index[inside], tick[inside]))
    return columns.only(~inside)


def _stays(attention: Attention, viewer: Viewer, some: States) -> _Columns:
    stood = _STOOD[attention.stood]
    wants = np.array([SURE_US, attention.least_us, stood, attention.hold_us], np.int64)
    tracks = viewer.tracks
    rows = filled(
        4,
        _EXPECTED + len(some.indexes),
        lambda out: kernels.stays(
            some.known, tracks.time_us, viewer.since, some.table, wants, out
        ),
    )
    tick, begin_us = rows[:, 1], rows[:, 1] * TICK_US
    none = np.zeros(len(rows), np.int64)
    end_us = np.maximum(rows[:, 3], begin_us)
    return _Columns(some.indexes[rows[:, 0]], tick, begin_us, end_us, none)


def _at_edge(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """`situation.is_at_edge`."""
    x, y, w, h = boxes.T
    near: NDArray[np.bool_] = (
        (np.minimum(x, y) <= EDGE) | (x + w >= 1 - EDGE) | (y + h >= 1 - EDGE)
    )
    return near


def _crosses(attention: Attention, viewer: Viewer, some: States) -> _Columns:
    lines = np.zeros((len(attention.lines), kernels.LINE_COLUMNS))
    for row, (a, b) in zip(lines, attention.lines, strict=True):
        length = math.hypot(b[0] - a[0], b[1] - a[1])
        row[: kernels.PENDING] = (*a, *b, length, line_crossing.FAR)
    keys = {name: key for key, name in _DIRECTIONS.items()}
    wanted = keys.get(attention.direction, kernels.ANY)
    wants = np.array([wanted, line_crossing.CONFIRM_US], np.int64)
    tracks = viewer.tracks
    rows = filled(
        4,
        _EXPECTED + len(some.indexes),
        lambda out: kernels.crosses(
            some.known, tracks.time_us, tracks.values, some.table, lines, wants, out
        ),
    )
    return _Columns(some.indexes[rows[:, 0]], rows[:, 1], rows[:, 3], rows[:, 3], rows[:, 2])


_JUDGES = {
    Rule.ENTERS: _passes,
    Rule.LEAVES: _passes,
    Rule.STAYS: _stays,
    Rule.CROSSES: _crosses,
}
