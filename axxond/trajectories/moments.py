"""Which moments of stored tracks a detector must see; at all others it would find nothing new.

A kernel finds where an object's state changes; here the moments at which a detector can speak
because of that are added up.  That the result is the same as by looking at every tick is held by
tests.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from axxond.analytics.kernels import tracks as kernels
from axxond.analytics.situation import MAX_SIZE, Attention
from axxond.analytics.zones import Polygon
from axxond.trajectories.tracks import TICK_US, Track, Tracks

# States of ticks that are looked at together, a byte each; one object of a day has 864 000.
_MAX_STATES = 8_000_000
_Rows = NDArray[np.int64]


@frozen
class Watched:
    """An object to look at.  `ticks`: when, rising.  `settled`: at its end nothing was pending."""

    track: Track
    ticks: list[int]
    settled: bool


def watched(attention: Attention, tracks: Tracks) -> Iterator[Watched]:
    """The objects that may matter, in order."""
    for objects, rows in _changes(attention, tracks):
        for at, group in itertools.groupby(rows.tolist(), key=lambda row: int(row[0])):
            found = [(tick, what) for _, tick, what in group]
            settled = found[-1][1] == kernels.SETTLED
            track = tracks.track(int(objects[at]))
            bases = [tick for tick, what in found if what != kernels.SETTLED]
            yield Watched(track, _ticks(attention, track, bases), settled)


def _changes(attention: Attention, tracks: Tracks) -> Iterator[tuple[NDArray[np.int64], _Rows]]:
    """As `kernels.tracks.changes` gives them, for some objects at a time; and which those are."""
    if not len(tracks):
        return
    first, last = tracks.ticks()
    lived_us = last * TICK_US - tracks.time_us[tracks.begins[:-1]]
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


def _ticks(attention: Attention, track: Track, bases: list[int]) -> list[int]:
    # In the frame in which an object is met nothing is concluded yet: the one after it counts too.
    limited = attention.area.min_size > 0 or attention.area.max_size < MAX_SIZE
    met = bases if limited or not track.moved_from_the_start else bases[:1]
    bases = [*bases, *(tick + 1 for tick in met)]
    if attention.crowd:
        bases.append(track.last_tick + 1)
    delays = [-(-delay_us // TICK_US) for delay_us in attention.delays_us]
    chosen = {base + delay for base in bases for delay in (0, *delays)}
    if attention.least_us:
        chosen |= {-(-(track.born_us + delay_us) // TICK_US) for delay_us in attention.delays_us}
    before = bases if attention.hold_us is None else list(chosen)
    chosen |= {tick - 1 for tick in before}
    if attention.hold_us is not None:
        hold = -(-attention.hold_us // TICK_US)
        chosen |= {tick - 1 + hold for tick in before}
        chosen |= {-(-(us + attention.hold_us) // TICK_US) for us in track.hidden_since()}
    # What one of a crowd did matters after it is gone, too.
    last = max(chosen) if attention.crowd else track.last_tick
    return sorted(tick for tick in chosen if track.first_tick <= tick <= last)
