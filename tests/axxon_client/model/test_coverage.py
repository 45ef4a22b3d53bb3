"""Days of coverage: shares, words and where to go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PyQt5.QtCore import QCoreApplication

from axxon_client.model import words
from axxon_client.model.bridge import Failure
from axxon_client.model.coverage import CoverageModel, DayRow, days_before, rows
from axxon_client.model.words import DAY_US, HOUR_US, MINUTE_US
from protocol.messages import Coverage, GetCoverage, GetTimeLine, TimeLine
from protocol.types import CoverageDay, Span
from tests.fakes.requester import NOW_US, FakeRequester

DAY = CoverageDay(
    NOW_US, NOW_US + DAY_US, 20 * HOUR_US, 3 * HOUR_US,
    {"camera-down": 50 * MINUTE_US, "disk": 10 * MINUTE_US},
)  # fmt: skip


def test_the_share_is_of_what_was_wanted_and_all_is_said_only_of_all() -> None:
    assert DayRow(DAY).share_text() == "95.2 %"
    assert DayRow(CoverageDay(0, DAY_US, 0, DAY_US, {})).share_text() == "–"
    assert DayRow(CoverageDay(0, DAY_US, DAY_US, 0, {})).share_text() == "100 %"
    missing = {"restart": DAY_US // 1000}
    whole = DAY_US - DAY_US // 1000
    assert DayRow(CoverageDay(0, DAY_US, whole, 0, missing)).share_text() == "99.9 %"


def test_what_is_lost_is_said_with_its_reasons_the_longest_first() -> None:
    assert DayRow(DAY).lost_text() == (
        "50 min: the camera was not reachable;  10 min: the disk was full, slow or missing"
    )


@given(
    st.lists(st.tuples(st.integers(0, 4 * 24), st.integers(1, 30)), max_size=12),
    st.integers(1, 4),
)
def test_every_day_gets_the_spans_that_touch_it(pieces: list[tuple[int, int]], count: int) -> None:
    spans = [Span(at * HOUR_US, (at + long) * HOUR_US, "footage") for at, long in pieces]
    days = [CoverageDay(n * DAY_US, (n + 1) * DAY_US, 0, DAY_US, {}) for n in range(count)]
    made = rows(days, spans)
    assert [one.day for one in made] == days[::-1]
    for one in made:
        inside = {s for s in spans if s.begin_us < one.day.end_us and s.end_us > one.day.begin_us}
        assert set(one.footage) == inside
        first = one.first_footage_us()
        assert first is None if not inside else one.day.begin_us <= (first or 0) < one.day.end_us


def test_figures_and_line_arrive_apart_and_are_joined(qapp: QCoreApplication) -> None:
    requester = FakeRequester()
    model = CoverageModel(requester)
    model.ask("gate", NOW_US, NOW_US + DAY_US)
    figures, line = requester.open
    assert isinstance(line[0], GetTimeLine)
    assert figures[1] is not None
    figures[1](Coverage([DAY]), b"")
    assert [one.footage for one in model.rows] == [()]
    span = Span(NOW_US, NOW_US + HOUR_US, "footage")
    assert line[1] is not None
    line[1](TimeLine(None, None, [span]), b"")
    assert model.rows[0].footage == (span,)


def test_a_refusal_is_told_once(qapp: QCoreApplication) -> None:
    requester = FakeRequester()
    requester.answers[GetCoverage] = lambda _m: Failure("No such camera.")
    requester.answers[GetTimeLine] = lambda _m: Failure("No such camera.")
    model = CoverageModel(requester)
    told: list[Failure] = []
    model.failed.connect(told.append)
    model.ask("gate", NOW_US, NOW_US + DAY_US)
    assert [failure.text for failure in told] == ["No such camera."]
    assert not model.loading


def test_days_begin_at_local_midnight() -> None:
    begin_us, end_us = days_before(NOW_US, 7)
    assert end_us == NOW_US
    assert words.clock(begin_us) == "00:00:00"
    assert 6 * DAY_US <= end_us - begin_us < 7 * DAY_US + HOUR_US
