"""An object's frames to the few points that say all of them.

A swinging door (E. H. Bristol, "Swinging door trending", ISA 1990) over place and size: a moment
is left out while the straight line between those kept passes it within a tolerance.  Changes of
what is known of the object (seen or hidden, moved) are kept at both ends, and so is the last
moment of standing still.  Pure; the result is a function of the frames.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from attrs import define, evolve

from axxond.analytics.objects import TrackedObject
from axxond.base.units import SECOND_US
from axxond.trajectories.points import Flag, Row, Sample, row, sample

# How far from the line a moment that is left out may be: of the object's height, within bounds in
# shares of the frame; and its sizes.
_PLACE_SHARE = 0.05
_LEAST_PLACE, _MOST_PLACE = 0.001, 0.005
_SIZE_SHARE, _LEAST_SIZE = 0.10, 0.002
# A gap between kept moments is at most this, while it moves and while it stands still: a search
# must find that it was there, and a crash forgets what is held.
_MOVING_GAP_US = 2 * SECOND_US
_STILL_GAP_US = 10 * SECOND_US
# Who has kept its place so long has stood: the moment it goes on is kept.
STOOD_US = SECOND_US // 2

_OPEN = (-math.inf, math.inf)


@define
class _Line:
    """From the last moment kept to the newest, `held`; `x`, `y`, `width`, `height`: between which
    slopes (a microsecond) the line passes all moments that were left out."""

    number: int
    kept: Sample
    held: Sample | None = None
    x: tuple[float, float] = _OPEN
    y: tuple[float, float] = _OPEN
    width: tuple[float, float] = _OPEN
    height: tuple[float, float] = _OPEN

    @property
    def newest(self) -> Sample:
        return self.held or self.kept


class Thinner:
    """One camera's tracker.  `next_object`: the number that the next object gets."""

    def __init__(self, next_object: int = 1) -> None:
        self.next_object = next_object
        self._lines: dict[int, _Line] = {}

    def feed(self, time_us: int, objects: Iterable[TrackedObject]) -> list[Row]:
        """A frame: the points to store of it and of those before."""
        rows: list[Row] = []
        present = set()
        for thing in objects:
            present.add(thing.id)
            line = self._lines.get(thing.id)
            now = sample(thing, time_us)
            if line is None:
                self._begin(thing, now, rows)
            else:
                _go_on(line, now, rows)
        for id_ in [id_ for id_ in self._lines if id_ not in present]:
            line = self._lines.pop(id_)
            rows.append(_ended(line, Flag.END))
        return rows

    def cut(self) -> list[Row]:
        """Nobody looks any more."""
        rows = [_ended(line, 0) for line in self._lines.values()]
        self._lines.clear()
        return rows

    def _begin(self, thing: TrackedObject, now: Sample, rows: list[Row]) -> None:
        line = _Line(self.next_object, now)
        self.next_object += 1
        self._lines[thing.id] = line
        if thing.before_us < now.time_us:
            x, y = thing.before
            flags = now.flags | Flag.ORIGIN
            began_us = thing.before_us
            origin = evolve(now, time_us=began_us, x=x, y=y, still_us=began_us, flags=flags)
            rows.append(row(line.number, origin))
        rows.append(row(line.number, now))


def _ended(line: _Line, flag: int) -> Row:
    newest = line.newest
    return row(line.number, evolve(newest, flags=newest.flags | flag))


def _go_on(line: _Line, now: Sample, rows: list[Row]) -> None:
    before = line.newest
    if now.time_us <= before.time_us:
        return
    if now.flags != before.flags:
        _keep(line, rows)
        line.kept = now
        rows.append(row(line.number, now))
        return
    if now.flags & Flag.HIDDEN:
        line.held = None
        line.kept = evolve(line.kept, time_us=now.time_us)  # where it was; only time goes on
        return
    goes = now.still_us != before.still_us and before.time_us - before.still_us >= STOOD_US
    still = now.still_us == line.kept.still_us
    late = now.time_us - line.kept.time_us > (_STILL_GAP_US if still else _MOVING_GAP_US)
    if line.held is not None and (goes or late or not _passes(line, now)):
        _keep(line, rows)
    _hold(line, now)


def _keep(line: _Line, rows: list[Row]) -> None:
    """The line ends at what is held, and another begins there."""
    if line.held is not None:
        rows.append(row(line.number, line.held))
        line.kept = line.held
    line.held = None
    line.x = line.y = line.width = line.height = _OPEN


def _passes(line: _Line, now: Sample) -> bool:
    """Whether a line to there would pass all that were left out, `held` too."""
    kept = line.kept
    step_us = now.time_us - kept.time_us
    return (
        line.x[0] <= (now.x - kept.x) / step_us <= line.x[1]
        and line.y[0] <= (now.y - kept.y) / step_us <= line.y[1]
        and line.width[0] <= (now.width - kept.width) / step_us <= line.width[1]
        and line.height[0] <= (now.height - kept.height) / step_us <= line.height[1]
    )


def _hold(line: _Line, now: Sample) -> None:
    kept = line.kept
    step_us = now.time_us - kept.time_us
    near = min(max(_PLACE_SHARE * now.height, _LEAST_PLACE), _MOST_PLACE)
    wide, high = (
        max(_SIZE_SHARE * now.width, _LEAST_SIZE),
        max(_SIZE_SHARE * now.height, _LEAST_SIZE),
    )
    line.x = _narrowed(line.x, now.x - kept.x, near, step_us)
    line.y = _narrowed(line.y, now.y - kept.y, near, step_us)
    line.width = _narrowed(line.width, now.width - kept.width, wide, step_us)
    line.height = _narrowed(line.height, now.height - kept.height, high, step_us)
    line.held = now


def _narrowed(
    door: tuple[float, float], way: float, play: float, step_us: int
) -> tuple[float, float]:
    low, high = (way - play) / step_us, (way + play) / step_us
    return (low if low > door[0] else door[0]), (high if high < door[1] else door[1])
