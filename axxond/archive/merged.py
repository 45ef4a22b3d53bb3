"""Footage in levels of detail, pure: stretches of a day, of a month, of a year and a half.

Level 0 holds a UTC day's stretches as they are (2 s, what jitter makes, joined); higher levels
hold longer periods, joined over longer holes.  A period is always made anew from what is below
it, so that what is kept up is what a rebuild would give.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from attrs import frozen

from axxond.archive.model import JOIN_US
from axxond.archive.plan import joined
from axxond.base.units import DAY_US, HOUR_US, MINUTE_US

Stretch = tuple[int, int]


@frozen
class Level:
    """A period's length, and the holes that do not show."""

    period_us: int
    join_us: int


LEVELS = (
    Level(DAY_US, JOIN_US),
    Level(32 * DAY_US, 15 * MINUTE_US),
    Level(512 * DAY_US, 4 * HOUR_US),
)


def level_for(detail_us: int) -> int:
    """The coarsest level that shows every hole longer than `detail_us`."""
    return max(
        number for number, one in enumerate(LEVELS) if number == 0 or one.join_us <= detail_us
    )


def periods(level: int, begin_us: int, end_us: int) -> tuple[int, int]:
    """The first and the last period that touch [begin; end)."""
    length = LEVELS[level].period_us
    return begin_us // length, max(begin_us, end_us - 1) // length


def day_of(stretches: Iterable[Stretch], day: int) -> list[Stretch]:
    """A day's part of stretches in any order."""
    begin_us, end_us = day * DAY_US, (day + 1) * DAY_US
    inside = [
        (max(begin, begin_us), min(end, end_us))
        for begin, end in stretches
        if begin < end_us and end > begin_us
    ]
    return joined(sorted(inside), LEVELS[0].join_us)


def pack(stretches: Iterable[Stretch]) -> bytes:
    """Little-endian on every machine that this runs on; the index can be made anew elsewhere."""
    return array("q", (edge for stretch in stretches for edge in stretch)).tobytes()


def unpack(data: bytes) -> list[Stretch]:
    edges = array("q")
    edges.frombytes(data)
    return list(zip(edges[::2], edges[1::2], strict=True))
