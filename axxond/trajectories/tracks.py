"""A period's points, object by object; and where an object was at any moment.

Between two stored points an object goes straight, and its size changes evenly; what is left out
lies within the thinner's tolerance of that.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from axxond.analytics.objects import Place, TrackedObject
from axxond.base.errors import AxxonError
from axxond.base.units import MS_US
from axxond.trajectories.block import DamagedBlockError
from axxond.trajectories.points import (
    PLACE_STEPS,
    SIZE_STEPS,
    STILL_LONG,
    STILL_STEP_US,
    Flag,
    box_at,
)
from axxond.trajectories.store import Stored

log = logging.getLogger(__name__)

# A tick of what looks at stored tracks: as often as frames are analysed.
TICK_US = 100_000
# 24 bytes each while they are looked at.
MAX_POINTS = 8_000_000


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

    def track(self, at: int) -> Track:
        first, last = int(self.begins[at]), int(self.begins[at + 1])
        return Track(
            int(self.numbers[at]),
            self.time_us[first:last].tolist(),
            self.values[:, first:last].tolist(),
        )

    def ticks(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and last of each object, as `Track` has them."""
        begins, ends = self.begins[:-1], self.begins[1:]
        origin = ((self.values[5, begins] & Flag.ORIGIN) != 0) & (ends - begins > 1)
        first = -(-self.time_us[begins + origin] // TICK_US)
        return first, np.maximum(first, self.time_us[ends - 1] // TICK_US)


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
    columns = (where.x, where.y, what.width, what.height, what.still, what.flags)
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


class Track:
    """One object.  `first_tick`, `last_tick`: between which it is told, in TICK_US since 1970;
    `lost`: it was lost after that, rather than not looked at any more."""

    def __init__(self, number: int, times: list[int], values: list[list[int]]) -> None:
        flags = values[5]
        self.number = number
        self._times, self._flags = times, flags
        self._x = [value / PLACE_STEPS - 0.5 for value in values[0]]
        self._y = [value / PLACE_STEPS - 0.5 for value in values[1]]
        self._width = [value / SIZE_STEPS for value in values[2]]
        self._height = [value / SIZE_STEPS for value in values[3]]
        self._still_us = _still(times, values[4])
        self._seen_us = _seen(times, flags)
        self._told = 1 if flags[0] & Flag.ORIGIN and len(times) > 1 else 0
        self.first_tick = -(-times[self._told] // TICK_US)
        self.last_tick = max(self.first_tick, times[-1] // TICK_US)
        self.lost = bool(flags[-1] & Flag.END)
        moving = (us for us, flag in zip(times, flags, strict=True) if flag & Flag.MOVED)
        self._moved_tick = max(self.first_tick, -(-next(moving, 0) // TICK_US))

    @property
    def born_us(self) -> int:
        return self._times[0]

    @property
    def moved_from_the_start(self) -> bool:
        return self._moved_tick <= self.first_tick

    def at(self, tick: int) -> TrackedObject:
        """At a tick between the first and the last."""
        now_us = tick * TICK_US
        i = self._at(tick)
        j = min(i + 1, len(self._times) - 1)
        share = self._share(i, j, now_us)
        foot = self._place(i, j, share)
        width = self._width[i] + share * (self._width[j] - self._width[i])
        height = self._height[i] + share * (self._height[j] - self._height[i])
        before, before_us = self._before(tick, foot)
        step_s = max(now_us - before_us, TICK_US) / 1e6
        hidden = bool(self._flags[i] & Flag.HIDDEN)
        return TrackedObject(
            self.number,
            box_at(foot, width, height),
            foot,
            before,
            ((foot[0] - before[0]) / step_s, (foot[1] - before[1]) / step_s),
            self._times[0],
            self._still_at(i, j, now_us),
            self._seen_us[i] if hidden else now_us,
            before_us,
            hidden,
            bool(self._flags[i] & Flag.MOVED),
        )

    def hidden_since(self) -> list[int]:
        """When it was seen last before each time that it was hidden, in microseconds."""
        flagged = zip(self._seen_us, self._flags, strict=True)
        return [seen_us for seen_us, flag in flagged if flag & Flag.HIDDEN]

    def _at(self, tick: int) -> int:
        """The last point at or before it."""
        return max(bisect_right(self._times, tick * TICK_US) - 1, self._told)

    def _share(self, i: int, j: int, now_us: int) -> float:
        span_us = max(self._times[j] - self._times[i], 1)
        return min((now_us - self._times[i]) / span_us, 1.0)

    def _place(self, i: int, j: int, share: float) -> Place:
        x, y = self._x, self._y
        return x[i] + share * (x[j] - x[i]), y[i] + share * (y[j] - y[i])

    def _before(self, tick: int, foot: Place) -> tuple[Place, int]:
        """As `TrackedObject` has it: the tick before, but where it began until it has moved."""
        if tick <= self._moved_tick:
            if not self._told:
                return foot, tick * TICK_US
            return (self._x[0], self._y[0]), self._times[0]
        i = self._at(tick - 1)
        j = min(i + 1, len(self._times) - 1)
        before_us = (tick - 1) * TICK_US
        return self._place(i, j, self._share(i, j, before_us)), before_us

    def _still_at(self, i: int, j: int, now_us: int) -> int:
        if self._still_us[j] > self._times[i] and now_us > self._times[i]:
            return min(now_us, self._still_us[j])
        return self._still_us[i]


def _still(times: list[int], ages: list[int]) -> list[int]:
    """Since when it has stood at each point: what differs by a step is the same."""
    found: list[int] = []
    for time_us, age in zip(times, ages, strict=True):
        since_us = time_us - age * STILL_STEP_US
        if found and (age == STILL_LONG or abs(since_us - found[-1]) <= STILL_STEP_US):
            since_us = found[-1]
        found.append(since_us)
    return found


def _seen(times: list[int], flags: list[int]) -> list[int]:
    """When it was seen last, at each point."""
    found: list[int] = []
    for time_us, flag in zip(times, flags, strict=True):
        found.append(found[-1] if flag & Flag.HIDDEN and found else time_us)
    return found
