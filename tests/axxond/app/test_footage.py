"""Detector events become spans of the time line."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from axxond.app.footage import detector_spans, joined, spread
from protocol.types import EventRecord, Phase, Severity, Span


def event(at_us: int, phase: Phase, group: str = "g") -> EventRecord:
    return EventRecord(
        at_us, at_us, "detector.motion", Severity.INFO, phase, "c", "C", "", group=group
    )


def spans(*events: EventRecord) -> list[tuple[int, int]]:
    return [(span.begin_us, span.end_us) for span in detector_spans(events, 100, 200)]


def test_begin_and_end_make_a_span() -> None:
    assert spans(event(110, Phase.BEGIN), event(120, Phase.END)) == [(110, 120)]


def test_what_began_before_or_goes_on_is_cut_at_the_period() -> None:
    assert spans(event(120, Phase.END, "a"), event(150, Phase.BEGIN, "b")) == [
        (100, 120),
        (150, 200),
    ]


def test_an_instant_is_a_point_and_overlapping_events_keep_their_order() -> None:
    found = spans(
        event(110, Phase.BEGIN, "a"),
        event(115, Phase.INSTANT, "i"),
        event(118, Phase.BEGIN, "b"),
        event(130, Phase.END, "b"),
        event(140, Phase.END, "a"),
    )
    assert found == [(110, 140), (115, 116), (118, 130)]


starts = st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 50)), max_size=30)


@given(starts, st.integers(1, 100))
def test_joining_keeps_what_is_covered_and_leaves_only_wide_gaps(
    given_spans: list[tuple[int, int]], detail_us: int
) -> None:
    before = sorted(
        (Span(begin, begin + length, "detector") for begin, length in given_spans),
        key=lambda span: span.begin_us,
    )
    after = joined(before, detail_us)
    for one in before:
        assert any(s.begin_us <= one.begin_us and one.end_us <= s.end_us for s in after)
    for one, two in pairwise(after):
        assert two.begin_us - one.end_us >= detail_us
    assert {s.begin_us for s in after} <= {s.begin_us for s in before}


stretches = st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 300)), max_size=12).map(
    lambda pairs: sorted((begin, begin + length) for begin, length in pairs)
)


@given(stretches, st.integers(0, 1000), st.integers(1, 1000), st.integers(1, 64))
def test_an_intervals_pictures_are_spread_over_the_footage_alone(
    footage: list[tuple[int, int]], begin: int, length: int, count: int
) -> None:
    """Against the footage's microseconds, listed one by one."""
    end = begin + length
    there = sorted({us for one in footage for us in range(*one) if begin <= us < end})
    times = spread(footage, begin, end, count)
    if not there:
        assert times == []
        return
    total = len(there)
    assert times == [there[total * (2 * n + 1) // (2 * count)] for n in range(count)]
