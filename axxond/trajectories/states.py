"""What the objects of stored tracks are at each tick (inside, hidden, ...), for the kernels that
judge them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from axxond.analytics.kernels import judging
from axxond.analytics.kernels import tracks as kernels
from axxond.analytics.situation import Attention
from axxond.analytics.zones import Polygon
from axxond.trajectories.tracks import TICK_US, Viewer

# States of ticks that are looked at together, a byte each; one object of a day has 864 000.
_MAX_STATES = 8_000_000
_Rows = NDArray[np.int64]


@frozen(eq=False)
class States:
    """Of some objects.  `indexes`: which; `table`: a row each as `kernels.judging` wants it, and
    one more; `known`: the states."""

    indexes: _Rows
    table: _Rows
    known: NDArray[np.uint8]


def states(attention: Attention, viewer: Viewer) -> Iterator[States]:
    """Of all objects that lived long enough to matter, some at a time, in order."""
    if not len(viewer.tracks):
        return
    edges = _edges([*attention.area.zones, *attention.area.masks])
    area = attention.area
    wants = np.array(
        [len(area.zones), attention.stand_us, area.min_size, area.max_size], np.float64
    )
    lines = np.array(attention.lines, np.float64).reshape(-1, 4)
    time_us, values = viewer.tracks.time_us, viewer.tracks.values
    lived_us = viewer.last * TICK_US - viewer.born_us
    chosen = np.flatnonzero(lived_us >= attention.least_us)
    counts = (viewer.last - viewer.first + 1)[chosen]
    for begin, end in _portions(counts):
        table = _table(viewer, chosen[begin:end], counts[begin:end])
        known = np.zeros(int(table[-1, judging.STATES]), np.uint8)
        kernels.states(time_us, values, table, edges, wants, known)
        if len(lines):
            kernels.crossings(time_us, values, table, lines, known)
        yield States(chosen[begin:end], table, known)


def filled(columns: int, expected: int, fill: Callable[[_Rows], int]) -> _Rows:
    """The rows that a kernel fills, which says how many when there is no room."""
    rows = expected
    while True:
        out = np.zeros((rows, columns), np.int64)
        count = fill(out)
        if count <= rows:
            return out[:count]
        rows = count


def _table(viewer: Viewer, chosen: _Rows, counts: _Rows) -> _Rows:
    begins = viewer.tracks.begins
    table = np.zeros((len(chosen) + 1, judging.COLUMNS), np.int64)
    table[:-1, judging.FIRST], table[:-1, judging.END] = begins[chosen], begins[chosen + 1]
    table[:-1, judging.TICK] = viewer.first[chosen]
    table[1:, judging.STATES] = np.cumsum(counts)
    table[:-1, judging.TOLD] = viewer.told[chosen]
    table[:-1, judging.MOVED_AT] = viewer.moved[chosen]
    table[:-1, judging.BORN_US] = viewer.born_us[chosen]
    table[:-1, judging.LOST] = viewer.lost[chosen]
    return table


def _portions(counts: _Rows) -> Iterator[tuple[int, int]]:
    """Begin and end of groups whose counts add up to at most _MAX_STATES, if possible."""
    begin = 0
    sums = np.cumsum(counts)
    while begin < len(counts):
        done = int(sums[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(sums, done + _MAX_STATES, "right")), begin + 1)
        yield begin, end
        begin = end


def _edges(polygons: list[Polygon]) -> NDArray[np.float64]:
    """ax ay bx by and the polygon's number."""
    rows = [
        (*one, *other, number)
        for number, polygon in enumerate(polygons)
        for one, other in zip(polygon, polygon[1:] + polygon[:1], strict=True)
    ]
    return np.array(rows, np.float64).reshape(-1, 5)
