"""Which moments of stored tracks a detector must see; at all others it would find nothing new.

A kernel finds where an object's state changes; here the moments at which a detector can speak
because of that are added up.  That the result is the same as by looking at every tick is held by
tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from axxond.analytics.kernels import tracks as kernels
from axxond.analytics.situation import MAX_SIZE, Attention
from axxond.analytics.zones import Polygon
from axxond.trajectories.tracks import TICK_US, Tracks, Viewer

# States of ticks that are looked at together, a byte each; one object of a day has 864 000.
_MAX_STATES = 8_000_000
_Rows = NDArray[np.int64]
_NONE: set[int] = set()


@frozen
class Watched:
    """An object (its index) to look at.  `ticks`: when, rising; `aside`: those of them that
    matter only while the detector is making sure of something.  `settled`: at its end nothing was
    pending."""

    index: int
    ticks: list[int]
    aside: set[int]
    settled: bool


def watched(attention: Attention, viewer: Viewer) -> Iterator[Watched]:
    """The objects that may matter, in order."""
    hidden = viewer.hidden_since()
    first, last = viewer.first.tolist(), viewer.last.tolist()
    moved, born_us = viewer.moved.tolist(), viewer.born_us.tolist()
    limited = attention.area.min_size > 0 or attention.area.max_size < MAX_SIZE
    timing = _Timing(attention)
    for index, bases, settled in _by_object(_changes(attention, viewer)):
        # In the frame in which it is met nothing is concluded yet: the one after counts, too.
        met = bases if limited or moved[index] > first[index] else bases[:1]
        bases += [tick + 1 for tick in met]
        if attention.crowd:
            bases.append(last[index] + 1)
        chosen, sure = timing.ticks(bases, born_us[index], hidden.get(index, ()))
        # What one of a crowd did matters after it is gone, too.
        until = max(chosen) if attention.crowd else last[index]
        ticks = sorted(tick for tick in chosen if first[index] <= tick <= until)
        yield Watched(index, ticks, chosen - sure if attention.lines else _NONE, settled)


def _by_object(
    changes: Iterable[tuple[NDArray[np.int64], _Rows]],
) -> Iterator[tuple[int, list[int], bool]]:
    """Its index, the ticks of its changes, whether it had settled at its end."""
    for objects, rows in changes:
        bases: list[int] = []
        for index, tick, what in zip(
            objects[rows[:, 0]].tolist(), rows[:, 1].tolist(), rows[:, 2].tolist(), strict=True
        ):
            if what != kernels.SETTLED:
                bases.append(tick)
            if what != kernels.CHANGE:
                yield index, bases, what == kernels.SETTLED
                bases = []


class _Timing:
    """What an attention's times are in ticks."""

    def __init__(self, attention: Attention) -> None:
        self._attention = attention
        self._delays = (0, *(-(-delay_us // TICK_US) for delay_us in attention.delays_us))
        self._hold = -(-(attention.hold_us or 0) // TICK_US)

    def ticks(
        self, bases: list[int], born_us: int, hidden: Iterable[int]
    ) -> tuple[set[int], set[int]]:
        """All that matter because of changes at `bases`, and those that matter anyway."""
        attention = self._attention
        chosen = {base + delay for base in bases for delay in self._delays}
        if attention.least_us:
            chosen |= {-(-(born_us + delay_us) // TICK_US) for delay_us in attention.delays_us}
        sure = {base - back for base in bases for back in (0, 1)}
        if attention.hold_us is None:
            return chosen | sure, sure
        before = {tick - 1 for tick in chosen}
        held = {tick + self._hold for tick in before}
        held |= {-(-(us + attention.hold_us) // TICK_US) for us in hidden}
        until = max(chosen)  # nothing begins again after that
        return chosen | before | {tick for tick in held if tick <= until}, sure


def _changes(attention: Attention, viewer: Viewer) -> Iterator[tuple[NDArray[np.int64], _Rows]]:
    """As `kernels.tracks.changes` gives them, for some objects at a time; and which those are."""
    tracks, first, last = viewer.tracks, viewer.first, viewer.last
    if not len(tracks):
        return
    lived_us = last * TICK_US - viewer.born_us
    chosen = np.flatnonzero(lived_us >= attention.least_us)
    counts = (last - first + 1)[chosen]
    looks = _Looks(attention)
    for begin, end in _portions(counts):
        some = chosen[begin:end]
        objects = np.zeros((len(some) + 1, 4), np.int64)
        objects[:-1, 0], objects[:-1, 1] = tracks.begins[some], tracks.begins[some + 1]
        objects[:-1, 2] = first[some]
        objects[1:, 3] = np.cumsum(counts[begin:end])
        yield some, looks.changes(tracks, objects)


def _portions(counts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Begin and end of groups whose counts add up to at most _MAX_STATES, if possible."""
    begin = 0
    sums = np.cumsum(counts)
    while begin < len(counts):
        done = int(sums[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(sums, done + _MAX_STATES, "right")), begin + 1)
        yield begin, end
        begin = end


class _Looks:
    """What the kernels are given of a detector's attention."""

    def __init__(self, attention: Attention) -> None:
        area = attention.area
        self._edges = _edges([*area.zones, *area.masks])
        self._lines = np.array(attention.lines, np.float64).reshape(-1, 4)
        sizes = (area.min_size, area.max_size)
        self._wants = np.array([len(area.zones), attention.stand_us, *sizes], np.float64)
        self._matters = np.array([bool(attention.lines), attention.must_stand], np.int64)

    def changes(self, tracks: Tracks, objects: NDArray[np.int64]) -> _Rows:
        known = np.zeros(int(objects[-1, 3]), np.uint8)
        time_us, values = tracks.time_us, tracks.values
        kernels.states(time_us, values, objects, self._edges, self._wants, known)
        if len(self._lines):
            kernels.crossings(time_us, values, objects, self._lines, known)
        rows = 8 * len(objects)
        while True:
            out = np.zeros((rows, 3), np.int64)
            filled = kernels.changes(known, objects, self._matters, out)
            if filled <= rows:
                return out[:filled]
            rows = filled


def _edges(polygons: list[Polygon]) -> NDArray[np.float64]:
    """ax ay bx by and the polygon's number."""
    rows = [
        (*one, *other, number)
        for number, polygon in enumerate(polygons)
        for one, other in zip(polygon, polygon[1:] + polygon[:1], strict=True)
    ]
    return np.array(rows, np.float64).reshape(-1, 5)
