"""A period's points, object by object; and where an object was at any moment.

Between two stored points an object goes straight, and its size changes evenly; what is left out
lies within the thinner's tolerance of that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from axxond.analytics.kernels import tracks as kernels
from axxond.analytics.objects import TrackedObject
from axxond.base.errors import AxxonError
from axxond.base.units import MS_US
from axxond.trajectories.block import DamagedBlockError
from axxond.trajectories.points import Flag
from axxond.trajectories.store import Stored
from protocol.types import Box

log = logging.getLogger(__name__)

# A tick of what looks at stored tracks: as often as frames are analysed.
TICK_US = 100_000
# Some 100 bytes each while they are sorted.
MAX_POINTS = 4_000_000
_NEVER_US = 1 << 62
_A_SECOND = 1_000_000 / TICK_US
_HIDDEN, _MOVED = int(Flag.HIDDEN), int(Flag.MOVED)


class TooMuchError(AxxonError):
    """More points than are looked at at once."""


@frozen(eq=False)
class Tracks:
    """`values`: x, y, width, height, still, flags (as `points.POINT` has them), a row each;
    `begins`: of each object's points, and the end; `numbers`: the objects.  Points are by object
    and time.  `damaged`: blocks that could not be read."""

    time_us: NDArray[np.int64]
    values: NDArray[np.uint16]
    begins: NDArray[np.int64]
    numbers: NDArray[np.uint32]
    damaged: int = 0

    def __len__(self) -> int:
        return len(self.numbers)


class Viewer:
    """Tracks on ticks, TICK_US apart.  Of each object: `first` and `last`, the ticks between which
    it is told; `born_us`; `moved`, the first tick at which it has moved; `lost`: after its last,
    rather than not looked at any more; `told`: the point from which on it is told.  `since`: of
    each point, as the kernel of that name gives it."""

    def __init__(self, tracks: Tracks) -> None:
        self.tracks = tracks
        begins, ends = tracks.begins[:-1], tracks.begins[1:]
        flags = tracks.values[5]
        origin = ((flags[begins] & Flag.ORIGIN) != 0) & (ends - begins > 1)
        self.told = begins + origin
        self.first = -(-tracks.time_us[self.told] // TICK_US)
        self.last = np.maximum(self.first, tracks.time_us[ends - 1] // TICK_US)
        self.born_us = tracks.time_us[begins]
        self.lost = (flags[ends - 1] & Flag.END) != 0
        self.since = np.zeros((2, len(tracks.time_us)), np.int64)
        kernels.since(tracks.time_us, tracks.values, tracks.begins, self.since)
        moved_us = np.where((flags & Flag.MOVED) != 0, tracks.time_us, 0)
        never = moved_us == 0
        moved_us[never] = _NEVER_US
        firsts = np.minimum.reduceat(moved_us, begins) if len(tracks) else begins
        firsts = np.where(firsts == _NEVER_US, 0, firsts)
        self.moved = np.maximum(self.first, -(-firsts // TICK_US))
        self._objects = np.stack([begins, self.told, ends, self.moved], 1)

    def hidden_since(self) -> dict[int, list[int]]:
        """Objects that were hidden: when they had been seen last each time, in microseconds."""
        points = np.flatnonzero(self.tracks.values[5] & Flag.HIDDEN)
        owners = np.searchsorted(self.tracks.begins, points, "right") - 1
        found: dict[int, list[int]] = {}
        for owner, seen_us in zip(owners.tolist(), self.since[1, points].tolist(), strict=True):
            found.setdefault(owner, []).append(seen_us)
        return found

    def look(self, indexes: Sequence[int], ticks: Sequence[int]) -> Iterator[Look]:
        """Each object at each of its ticks, which are between its first and its last."""
        at = np.array(indexes, np.int64)
        places, whole = self._looks(at, np.array(ticks, np.int64))
        # Flat lists: the collector looks through lists of lists again and again.
        columns = [*(row.tolist() for row in places.T), *(row.tolist() for row in whole.T)]
        numbers, born_us = self.tracks.numbers[at].tolist(), self.born_us[at].tolist()
        return zip(numbers, born_us, *columns, strict=True)

    def boxes(self, indexes: NDArray[np.int64], ticks: NDArray[np.int64]) -> NDArray[np.float64]:
        """The same objects' boxes: x, y, width, height."""
        return self._looks(indexes, ticks)[0][:, 4:]

    def _looks(
        self, indexes: NDArray[np.int64], ticks: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        picks = np.stack([indexes, ticks], 1)
        places, whole = np.zeros((len(picks), 8)), np.zeros((len(picks), 4), np.int64)
        tracks = self.tracks
        kernels.look(
            tracks.time_us, tracks.values, self.since, self._objects, picks, places, whole
        )
        return places, whole


Look = tuple[Any, ...]
"""an object's number, its birth, and a row each of `kernels.tracks.look`'s results"""


def thing(look: Look) -> TrackedObject:
    """What a detector reads."""
    number, born_us, x, y, px, py, left, top, width, height, *times, flags = look
    still_us, seen_us, before_us = times
    speed = (x - px) * _A_SECOND, (y - py) * _A_SECOND
    return TrackedObject(
        number, Box(left, top, width, height), (x, y), (px, py), speed, born_us, still_us,
        seen_us, before_us, flags & _HIDDEN != 0, flags & _MOVED != 0,
    )  # fmt: skip


def gather(blocks: Iterable[Stored], begin_us: int, end_us: int) -> Tracks:
    """The objects with points in [begin; end), with all their points in these blocks.  A damaged
    block costs its points.  OSError, TooMuchError."""
    parts = []
    damaged = count = 0
    for one in blocks:
        count += int(one.header["points"])
        if count > MAX_POINTS:
            text = f"The period holds more than {MAX_POINTS} points: choose a shorter one."
            raise TooMuchError(text)
        try:
            parts.append(_columns(one))
        except FileNotFoundError:
            continue  # too old: it was deleted meanwhile
        except DamagedBlockError as error:
            log.warning("a block of trajectories is left out: %s", error)
            damaged += 1
    numbers, times, values = _joined(parts)
    return _within(_sorted(numbers, times, values, damaged), begin_us, end_us)


def _columns(one: Stored) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Numbers, times, values."""
    where, what = one.where(), one.what()
    times = what.time_ms.astype(np.int64) * MS_US + int(one.header["first_us"])
    values = np.empty((6, len(times)), np.uint16)
    columns = (*where.places, what.width, what.height, what.still, what.flags)
    for row, column in zip(values, columns, strict=True):
        row[:] = column
    return np.repeat(where.number, where.counts), times, values


def _joined(
    parts: list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]],
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    none = np.zeros(0, np.uint32), np.zeros(0, np.int64), np.zeros((6, 0), np.uint16)
    numbers, times, values = zip(none, *parts, strict=True)
    return np.concatenate(numbers), np.concatenate(times), np.concatenate(values, -1)


def _sorted(
    numbers: NDArray[Any], times: NDArray[Any], values: NDArray[Any], damaged: int
) -> Tracks:
    """Of repeated points only an object's first stays."""
    order = np.argsort(numbers, kind="stable")
    same = numbers[order][1:] == numbers[order][:-1]
    if (same & (times[order][1:] < times[order][:-1])).any():  # a crash, or the clock went back
        order = np.lexsort((times, numbers))
    numbers = numbers[order]
    first = np.ones(len(numbers), np.bool_)
    first[1:] = numbers[1:] != numbers[:-1]
    kept = first | ((values[5, order] & Flag.REPEATED) == 0)
    order, numbers, first = order[kept], numbers[kept], first[kept]
    begins = np.append(np.flatnonzero(first), len(numbers)).astype(np.int64)
    return Tracks(times[order], np.take(values, order, 1), begins, numbers[first], damaged)


def _within(tracks: Tracks, begin_us: int, end_us: int) -> Tracks:
    begins = tracks.begins
    if not len(tracks):
        return tracks
    wanted = (tracks.time_us[begins[:-1]] < end_us) & (tracks.time_us[begins[1:] - 1] >= begin_us)
    if wanted.all():
        return tracks
    counts = np.diff(begins)
    points = np.repeat(wanted, counts)
    return Tracks(
        tracks.time_us[points],
        np.compress(points, tracks.values, 1),
        np.concatenate([[0], np.cumsum(counts[wanted])]).astype(np.int64),
        tracks.numbers[wanted],
        tracks.damaged,
    )
