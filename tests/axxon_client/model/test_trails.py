from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from axxon_client.model.trails import Trails
from protocol.types import Box, SeenObject

STEP_US = 100_000


def at(x: float, number: int = 1, firing: bool = False) -> SeenObject:
    return SeenObject(Box(x, 0.2, 0.1, 0.3), number, firing)


def test_a_tracked_object_leaves_a_way_of_its_feet() -> None:
    trails = Trails()
    for step in range(3):
        trails.feed(step * STEP_US, [at(step / 10)])
    (way,) = trails.ways()
    assert way.places == ((0.05, 0.5), (0.15000000000000002, 0.5), (0.25, 0.5))
    assert not way.firing


def test_what_is_not_tracked_has_a_box_and_no_way() -> None:
    trails = Trails()
    for step in range(3):
        trails.feed(step * STEP_US, [at(0.1, 0)])
    assert len(trails.objects) == 1
    assert list(trails.ways()) == []


def test_a_way_ends_with_its_object_and_after_a_pause() -> None:
    trails = Trails()
    trails.feed(0, [at(0.1), at(0.5, 2)])
    trails.feed(STEP_US, [at(0.2)])
    trails.feed(2 * STEP_US, [at(0.3), at(0.6, 2)])
    assert [len(way.places) for way in trails.ways()] == [3]
    trails.feed(2 * STEP_US + 10_000_000, [at(0.4)])
    assert list(trails.ways()) == []


def test_firing_is_told_by_the_newest_notice() -> None:
    trails = Trails()
    trails.feed(0, [at(0.1)])
    trails.feed(STEP_US, [at(0.2, firing=True)])
    assert [way.firing for way in trails.ways()] == [True]


@given(st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(0, 5)), max_size=300))
def test_whatever_comes_ways_are_short_and_bounded(steps: list[tuple[int, int]]) -> None:
    trails = Trails()
    now_us = 0
    for step_us, number in steps:
        now_us += step_us
        trails.feed(now_us, [at(0.1, number)])
        for way in trails.ways():
            assert 2 <= len(way.places) <= 64
