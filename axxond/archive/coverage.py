"""For every camera-second: recorded, not wanted, or lost and why.  Pure.

Recorded is what footage covers; lost is what the ledger has a gap for and no footage covers; the
rest was not wanted: every stretch that was wanted and has no footage for longer than jitter makes
has its row in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from attrs import frozen

from axxond.archive.merged import Stretch
from axxond.archive.model import GapRow
from axxond.archive.plan import joined
from axxond.base.units import SECOND_US
from protocol.types import CoverageDay, GapReason


@frozen
class Lost:
    """[begin; end) without footage; of gaps that overlap the first one's reason."""

    begin_us: int
    end_us: int
    reason: GapReason


def lost_of(footage: Sequence[Stretch], gaps: Iterable[GapRow]) -> list[Lost]:
    """Gaps less footage (in order, disjoint), in order, disjoint."""
    found: list[Lost] = []
    told = -(1 << 62)
    at = 0
    for gap in sorted(gaps, key=lambda one: (one.begin_us, one.end_us)):
        begin = max(gap.begin_us, told)
        told = max(told, gap.end_us)
        while at < len(footage) and footage[at][1] <= begin:
            at += 1
        look = at
        while begin < gap.end_us:
            left = footage[look] if look < len(footage) else (1 << 62, 1 << 62)
            end = min(gap.end_us, left[0])
            if begin < end:
                found.append(Lost(begin, end, gap.reason))
            begin = max(begin, left[1])
            look += 1
    return found


def days_of(begin_us: int, end_us: int, zone: tzinfo | None = None) -> Iterator[Stretch]:
    """[begin; end) cut at midnights of the server's clock (or `zone`'s): days of 23 or 25 hours
    where daylight saving makes them."""
    while begin_us < end_us:
        local = datetime.fromtimestamp(begin_us // SECOND_US, UTC).astimezone(zone)
        tomorrow = local.date() + timedelta(days=1)
        midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
        next_us = round(midnight.astimezone(UTC).timestamp()) * SECOND_US
        if next_us <= begin_us:  # a midnight that daylight saving leaves out
            next_us = begin_us + SECOND_US
        yield begin_us, min(next_us, end_us)
        begin_us = next_us


def coverage(
    footage: Iterable[Stretch], gaps: Iterable[GapRow], days: Iterable[Stretch]
) -> list[CoverageDay]:
    """Footage in any order; days in order."""
    recorded = joined(sorted(footage), 0)
    lost = lost_of(recorded, gaps)
    return [_day(recorded, lost, day) for day in days]


def _day(recorded: Sequence[Stretch], lost: Sequence[Lost], day: Stretch) -> CoverageDay:
    begin_us, end_us = day
    there = sum(_overlap(begin, end, day) for begin, end in recorded)
    by_reason: dict[str, int] = {}
    for one in lost:
        part = _overlap(one.begin_us, one.end_us, day)
        if part:
            by_reason[one.reason.value] = by_reason.get(one.reason.value, 0) + part
    unwanted = end_us - begin_us - there - sum(by_reason.values())
    return CoverageDay(begin_us, end_us, there, unwanted, by_reason)


def _overlap(begin: int, end: int, day: Stretch) -> int:
    return max(0, min(end, day[1]) - max(begin, day[0]))
