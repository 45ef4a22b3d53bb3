from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from axxon_client.model.axis import (
    MAX_SPAN_US,
    MIN_SPAN_US,
    Axis,
    Detail,
    nearest,
    span_at,
)
from axxon_client.model.words import DAY_US, HOUR_US, MINUTE_US, US
from protocol.types import Span

T0 = 1_763_812_800_000_000

axes = st.builds(
    lambda begin, span, width: Axis(begin, begin + span, width),
    st.integers(0, 4_000_000_000_000_000),
    st.integers(MIN_SPAN_US, MAX_SPAN_US),
    st.floats(100, 4000),
)


@given(axes, st.floats(0, 1))
def test_a_pixel_leads_to_a_time_and_back(axis: Axis, share: float) -> None:
    x = axis.width * share
    assert abs(axis.x_of(axis.time_at(x)) - x) <= 1 / axis.us_per_px + 1e-6


@given(axes, st.floats(0, 1), st.floats(0.05, 20))
def test_zooming_keeps_the_time_under_the_pointer(axis: Axis, share: float, factor: float) -> None:
    x = axis.width * share
    before = axis.time_at(x)
    zoomed = axis.zoomed(factor, x)
    assert abs(zoomed.x_of(before) - x) < 1.5
    assert MIN_SPAN_US <= zoomed.span_us <= MAX_SPAN_US


@given(axes, st.integers(-14 * HOUR_US, 14 * HOUR_US))
@example(Axis(0, MAX_SPAN_US, 100.0), 0)
def test_marks_are_few_in_order_and_labels_do_not_meet(axis: Axis, offset: int) -> None:
    marks = axis.marks(offset)
    places = [mark.x for mark in marks]
    assert places == sorted(places)
    labelled = [mark.x for mark in marks if mark.label]
    assert all(b - a >= 70 for a, b in pairwise(labelled))
    assert len(marks) < 1000


def test_hours_stand_on_the_hour_of_local_time() -> None:
    axis = Axis(T0 - 3 * HOUR_US, T0 + 3 * HOUR_US, 800)
    half_past = 90 * MINUTE_US  # a zone of +1:30
    labels = [mark.label for mark in axis.marks(half_past) if mark.label]
    assert "12:00" in labels
    assert all(label.endswith(":00") for label in labels)


def test_midnight_shows_the_date() -> None:
    axis = Axis(T0, T0 + DAY_US, 1000)
    marks = [mark for mark in axis.marks(0) if mark.day]
    assert [mark.label for mark in marks] == ["23.11."]


def test_detail_follows_the_zoom() -> None:
    assert Axis(T0, T0 + 7 * DAY_US, 800).detail is Detail.DAY
    assert Axis(T0, T0 + 6 * HOUR_US, 800).detail is Detail.HOUR
    assert Axis(T0, T0 + 10 * MINUTE_US, 800).detail is Detail.MINUTE


def test_dragging_to_the_right_goes_back_in_time() -> None:
    axis = Axis(T0, T0 + 1000 * US, 1000)
    assert axis.dragged(10).begin_us == T0 - 10 * US


def test_the_window_moves_no_further_than_needed_to_show_a_time() -> None:
    axis = Axis(T0, T0 + 1000 * US, 1000)
    assert axis.showing(T0 + 500 * US) is axis
    assert axis.showing(T0 + 1100 * US).end_us == T0 + 1150 * US
    assert axis.showing(T0 - 100 * US).begin_us == T0 - 150 * US


def _spans(*ends: tuple[int, int]) -> list[Span]:
    return [Span(T0 + a * US, T0 + b * US, "footage") for a, b in ends]


def test_the_nearest_footage_is_the_time_itself_or_an_edge() -> None:
    spans = _spans((0, 10), (20, 30))
    assert nearest(spans, T0 + 25 * US) == T0 + 25 * US
    assert nearest(spans, T0 + 13 * US) == T0 + 9 * US
    assert nearest(spans, T0 + 18 * US) == T0 + 20 * US
    assert nearest([], T0) is None


def test_a_span_holds_its_begin_but_not_its_end() -> None:
    spans = _spans((0, 10))
    assert span_at(spans, T0) is spans[0]
    assert span_at(spans, T0 + 10 * US) is None
