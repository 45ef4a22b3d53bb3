"""The slow, obvious twins of kernels.tracks: from objects at their ticks, one after the other."""

from __future__ import annotations

from bisect import bisect_right

from axxond.analytics.line_crossing import side
from axxond.analytics.objects import Place, TrackedObject
from axxond.analytics.situation import Attention
from axxond.trajectories.points import (
    PLACE_STEPS,
    SIZE_STEPS,
    STILL_LONG,
    STILL_STEP_US,
    Flag,
    box_at,
)
from axxond.trajectories.tracks import TICK_US, Tracks

HIDDEN, MOVED, INSIDE, FITS, STOOD = 1, 4, 16, 32, 64


def track(tracks: Tracks, at: int) -> Track:
    """One object of them."""
    first, last = int(tracks.begins[at]), int(tracks.begins[at + 1])
    values = tracks.values[:, first:last].tolist()
    return Track(int(tracks.numbers[at]), tracks.time_us[first:last].tolist(), values)


def states(attention: Attention, track: Track) -> list[int]:
    """At each tick, without where it began and whether it crossed."""
    found = []
    for tick in range(track.first_tick, track.last_tick + 1):
        thing = track.at(tick)
        area = attention.area
        stood = attention.stand_us and tick * TICK_US - thing.still_us >= attention.stand_us
        state = HIDDEN * thing.hidden | MOVED * thing.moved | STOOD * bool(stood)
        found.append(state | INSIDE * area.holds(thing.foot) | FITS * area.fits(thing))
    return found


def crossed(attention: Attention, track: Track) -> list[bool]:
    """At each tick, whether the way from the one before goes over a line or its continuation."""
    found = []
    for tick in range(track.first_tick, track.last_tick + 1):
        thing = track.at(tick)
        over = any(
            (side(line, thing.before) < 0) != (side(line, thing.foot) < 0)
            for line in attention.lines
        )
        found.append(over and thing.moved)
    return found


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
