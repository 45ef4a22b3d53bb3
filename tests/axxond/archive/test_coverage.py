from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from axxond.archive.coverage import coverage, days_of
from axxond.archive.model import GapRow
from axxond.base.units import HOUR_US
from protocol.types import GapReason

periods = st.tuples(st.integers(0, 300), st.integers(0, 60)).map(lambda p: (p[0], p[0] + p[1]))
gaps = st.tuples(periods, st.sampled_from(list(GapReason)))


@given(
    st.lists(periods, max_size=8),
    st.lists(gaps, max_size=8),
    st.lists(st.integers(1, 100), min_size=1, max_size=4),
)
def test_every_second_is_recorded_or_lost_or_not_wanted(
    footage: list[tuple[int, int]],
    lost: list[tuple[tuple[int, int], GapReason]],
    lengths: list[int],
) -> None:
    """Against every moment, looked at one by one."""
    rows = [GapRow("cam", f"l{n}", *period, reason) for n, (period, reason) in enumerate(lost)]
    edges = [50]
    for length in lengths:
        edges.append(edges[-1] + length)
    days = list(pairwise(edges))
    for found, (begin, end) in zip(coverage(footage, rows, days), days, strict=True):
        recorded = {at for one in footage for at in range(*one)}
        gone = {at for one in rows for at in range(one.begin_us, one.end_us)} - recorded
        day = set(range(begin, end))
        assert found.recorded_us == len(day & recorded)
        assert sum(found.lost_us.values()) == len(day & gone)
        assert found.unwanted_us == len(day - recorded - gone)
        for reason, lost_us in found.lost_us.items():
            may = {
                at
                for one in rows
                if one.reason == reason
                for at in range(one.begin_us, one.end_us)
            }
            assert 0 < lost_us <= len(may & day & gone)


def test_days_are_those_of_the_clock_on_the_wall() -> None:
    zone = ZoneInfo("Europe/Berlin")
    begin = round(datetime(2026, 3, 28, 12, tzinfo=UTC).timestamp()) * 1_000_000
    days = list(days_of(begin, begin + 72 * HOUR_US, zone))
    hours = [(end - start) / HOUR_US for start, end in days]
    assert hours == [11, 23, 24, 14]  # the 29th has no 02:00
    assert days[0][0] == begin
    assert all(one[1] == two[0] for one, two in pairwise(days))
