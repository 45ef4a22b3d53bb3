"""Which moments of stored tracks a detector must see that counts objects; at all others it would
find nothing new.

A kernel finds where an object's state changes; here the moments at which a detector can speak
because of that are added up.  That the result is the same as by looking at every tick is held by
tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import define

from axxond.analytics.kernels import tracks as kernels
from axxond.analytics.situation import MAX_SIZE, SURE_US, Attention
from axxond.trajectories.states import States, filled, states
from axxond.trajectories.tracks import TICK_US, Viewer

# A change of side is sure after the first, and that there are too many after the second.
_DELAYS = (0, -(-SURE_US // TICK_US), -(-2 * SURE_US // TICK_US))


@define
class Watched:
    """An object that may matter: its index, its first and last tick, and the ticks at which its
    state changes."""

    index: int
    first: int
    last: int
    changes: list[int]


def watched(attention: Attention, viewer: Viewer) -> Iterator[Watched]:
    """In order."""
    first, last, moved = viewer.first.tolist(), viewer.last.tolist(), viewer.moved.tolist()
    limited = attention.area.min_size > 0 or attention.area.max_size < MAX_SIZE
    for some in states(attention, viewer):
        for index, bases in _by_object(some):
            # In the frame in which it is met nothing is concluded yet: the one after counts, too.
            met = bases if limited or moved[index] > first[index] else bases[:1]
            changes = [*bases, *(tick + 1 for tick in met), last[index] + 1]
            yield Watched(index, first[index], last[index], changes)


def _by_object(some: States) -> Iterator[tuple[int, list[int]]]:
    """Its index, the ticks of its changes."""
    rows = filled(3, 8 * len(some.table), lambda out: kernels.changes(some.known, some.table, out))
    bases: list[int] = []
    for index, tick, what in zip(
        some.indexes[rows[:, 0]].tolist(), rows[:, 1].tolist(), rows[:, 2].tolist(), strict=True
    ):
        bases.append(tick)
        if what == kernels.LAST:
            yield index, bases
            bases = []


def ticks(one: Watched, hold_us: int, hidden: Iterable[int]) -> set[int]:
    """Those to look at; what one of a crowd did matters after it is gone, too.  `hidden`: when it
    had been seen last, each time that it was hidden (us)."""
    hold = -(-hold_us // TICK_US)
    chosen = {base + delay for base in one.changes for delay in _DELAYS}
    before = {tick - 1 for tick in chosen}
    held = {tick + hold for tick in before}
    held |= {-(-(us + hold_us) // TICK_US) for us in hidden}
    until = max(chosen)  # nothing begins again after that
    return {tick for tick in chosen | before | held if one.first <= tick <= until}
