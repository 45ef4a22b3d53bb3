from __future__ import annotations

from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.trajectories.points import (
    SIZE_STEPS,
    Flag,
    Row,
    box_at,
    colour_of,
    place,
    quantised_colour,
    quantised_place,
    sample,
)
from axxond.trajectories.thinner import Thinner
from protocol.types import Box
from tests.axxond.trajectories.tracks import FRAME_US, T0, thing

STEP = st.tuples(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01))


def kept(places: list[tuple[float, float]]) -> list[Row]:
    thinner = Thinner()
    rows: list[Row] = []
    for at, foot in enumerate(places):
        rows += thinner.feed(T0 + at * FRAME_US, [thing(1, T0 + at * FRAME_US, foot)])
    return rows + thinner.feed(T0 + len(places) * FRAME_US, [])


def between(rows: list[Row], time_us: int) -> tuple[float, float]:
    at = min(bisect_right([row[0] for row in rows], time_us), len(rows) - 1)
    one, other = rows[at - 1], rows[at]
    share = (time_us - one[0]) / max(other[0] - one[0], 1)
    x = place(one[2]) + share * (place(other[2]) - place(one[2]))
    return x, place(one[3]) + share * (place(other[3]) - place(one[3]))


@given(st.lists(STEP, min_size=2, max_size=80))
def test_what_is_left_out_lies_within_the_tolerance_of_the_line(
    steps: list[tuple[float, float]],
) -> None:
    x, y = 0.5, 0.5
    places = []
    for right, down in steps:
        x, y = min(max(x + right, 0), 1), min(max(y + down, 0), 1)
        places.append((x, y))
    rows = kept(places)
    for at, (right, down) in enumerate(places):
        found = between(rows, T0 + at * FRAME_US)
        # 1/20 of a height of 0.15, at most half a per cent; and the steps of what is stored.
        assert found == pytest.approx((right, down), abs=0.005 + 1e-4)


def test_who_walks_straight_is_a_point_every_two_seconds() -> None:
    rows = kept([(0.1 + 0.005 * at, 0.5) for at in range(101)])
    assert 6 <= len(rows) <= 8
    assert rows[-1][8] & Flag.END
    assert rows[-1][0] == T0 + 100 * FRAME_US


def test_who_stands_still_is_a_point_every_ten_seconds() -> None:
    thinner = Thinner()
    rows = []
    for at in range(601):
        now_us = T0 + at * FRAME_US
        rows += thinner.feed(now_us, [thing(1, now_us, (0.5, 0.5), still_us=T0)])
    assert 6 <= len(rows) <= 7


def test_where_it_began_and_that_it_was_lost_are_stored() -> None:
    thinner = Thinner(7)
    now = thing(3, T0, (0.5, 0.5), began=(T0 - 400_000, (0.4, 0.5)))
    origin, first = thinner.feed(T0, [now])
    assert origin[0] == T0 - 400_000
    assert origin[8] & Flag.ORIGIN
    assert place(origin[2]) == pytest.approx(0.4, abs=1e-4)
    assert (origin[1], first[1]) == (7, 7)
    (last,) = thinner.feed(T0 + FRAME_US, [])
    assert last[8] & Flag.END


def test_who_is_not_looked_at_any_more_was_not_lost() -> None:
    thinner = Thinner()
    thinner.feed(T0, [thing(1, T0, (0.5, 0.5))])
    (last,) = thinner.cut()
    assert not last[8] & Flag.END
    assert thinner.cut() == []
    rows = thinner.feed(T0 + FRAME_US, [thing(1, T0 + FRAME_US, (0.5, 0.5))])
    assert rows[0][1] == 2, "the tracker counts anew: it is another object"


def test_hiding_and_showing_again_are_told_when_they_happen() -> None:
    thinner = Thinner()
    rows = []
    for at in range(30):
        now_us = T0 + at * FRAME_US
        seen = thing(1, now_us, (0.1 + 0.01 * at, 0.5), hidden=10 <= at < 20)
        rows += thinner.feed(now_us, [seen])
    changes = [(row[0] - T0) // FRAME_US for row in rows]
    assert {9, 10, 20} <= set(changes)


@given(st.floats(-0.4, 1.4), st.floats(0.01, 1.4), st.floats(0.01, 0.5), st.floats(0.01, 0.5))
def test_a_box_comes_back_from_its_foot_and_size(
    x: float, y: float, width: float, height: float
) -> None:
    box = box_at((x, y), width, height)
    if box.w <= 0 or box.h <= 0 or (box.x <= 0 and box.x + box.w >= 1) or y - height <= 0:
        return
    one = sample(thing(1, T0, (x, y), (width, height)), T0)
    again = box_at((one.x, one.y), one.width, one.height)
    assert (again.x, again.y, again.w, again.h) == pytest.approx((box.x, box.y, box.w, box.h))
    assert Box(again.x, again.y, again.w, again.h)


@given(st.floats(-0.5, 1.49))
def test_places_are_kept_to_a_thirty_thousandth(value: float) -> None:
    assert place(quantised_place(value)) == pytest.approx(value, abs=1 / SIZE_STEPS)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_colours_are_kept_to_a_few_steps(colour: tuple[int, int, int]) -> None:
    again = colour_of(quantised_colour(colour))
    assert again is not None
    assert all(abs(one - other) <= 8 for one, other in zip(colour, again, strict=True))
    assert colour_of(quantised_colour(None)) is None
