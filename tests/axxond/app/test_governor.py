"""The governor never hurries, always comes back, and goes one way under a load that stays."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.analytics.pipeline import FULL_RATE
from axxond.app.governor import (
    CALM_US,
    MEASURES,
    MOST_CALM_US,
    RISE_US,
    STEPS,
    Governor,
    Pressure,
)
from axxond.base.units import SECOND_US
from protocol.messages import LoadStep

BEHIND = Pressure(turn_us=900_000, cpu_percent=100)
BLOCKED = Pressure(loop_late_us=300_000)
FULL = Pressure(turn_us=200_000, cpu_percent=100)
BETWEEN = Pressure(turn_us=200_000, cpu_percent=60)
EASE = Pressure(turn_us=20_000, cpu_percent=40)

PRESSURES = st.builds(
    Pressure,
    st.integers(0, 2_000_000),
    st.integers(0, 500_000),
    st.floats(0, 100),
)


def changes(
    pressures: list[Pressure], governor: Governor | None = None
) -> list[tuple[int, LoadStep]]:
    """One look a second; second and new step of each change."""
    governor = governor or Governor()
    return [
        (second, governor.step)
        for second, pressure in enumerate(pressures)
        if governor.look(pressure, second * SECOND_US)
    ]


@pytest.mark.parametrize("pressure", [BEHIND, BLOCKED])
def test_a_server_that_stays_behind_takes_all_steps_in_order(pressure: Pressure) -> None:
    told = changes([pressure] * 60)
    assert [step for _, step in told] == list(STEPS[1:])
    assert [second for second, _ in told] == [3, 7, 11, 15]


def test_a_moment_is_no_reason() -> None:
    assert changes([EASE, BEHIND, BEHIND, EASE] * 20) == []


def test_a_full_machine_costs_the_drawing_only() -> None:
    assert [step for _, step in changes([FULL] * 100)] == [LoadStep.NO_PREVIEWS]


def test_between_behind_and_at_ease_nothing_changes() -> None:
    governor = Governor()
    changes([BEHIND] * 10, governor)
    step = governor.step
    assert step is LoadStep.HALF_RATE
    assert changes([BETWEEN] * 500, governor) == []
    assert governor.step is step


def test_what_comes_back_comes_back_one_by_one() -> None:
    governor = Governor()
    changes([BEHIND] * 60, governor)
    told = changes([EASE] * 100, governor)
    assert [step for _, step in told] == list(reversed(STEPS[:-1]))
    waits = [b - a for (a, _), (b, _) in itertools.pairwise(told)]
    assert min(waits) >= CALM_US / SECOND_US


def test_a_load_that_comes_with_what_was_given_back_is_tried_ever_less() -> None:
    """Behind whenever boxes are drawn, at ease whenever they are not."""
    governor, rises = Governor(), []
    for second in range(4000):
        pressure = BEHIND if governor.step is LoadStep.NORMAL else EASE
        if governor.look(pressure, second * SECOND_US) and governor.step is not LoadStep.NORMAL:
            rises.append(second)
    waits = [b - a for a, b in itertools.pairwise(rises)]
    assert waits == sorted(waits)
    assert len(rises) <= 12
    assert waits[-1] >= MOST_CALM_US / SECOND_US


def test_patience_is_forgotten_after_quiet_minutes() -> None:
    governor = Governor()
    changes([*[BEHIND] * 5, *[EASE] * 60] * 3, governor)
    known_us = 195 * SECOND_US
    assert governor.look(EASE, known_us) is False
    for second in range(1, 600):
        governor.look(EASE, known_us + second * SECOND_US)
    assert governor.step is LoadStep.NORMAL
    later_us = known_us + 600 * SECOND_US
    told = [
        second
        for second in range(40)
        if governor.look(BEHIND if second < 5 else EASE, later_us + second * SECOND_US)
    ]
    assert told == [3, 25]


@settings(max_examples=200)
@given(st.lists(st.tuples(PRESSURES, st.integers(1, 40)), max_size=30))
def test_it_never_changes_faster_than_stated(given_loads: list[tuple[Pressure, int]]) -> None:
    pressures = [one for one, seconds in given_loads for _ in range(seconds)]
    told = [(0, LoadStep.NORMAL), *changes(pressures)]
    for (at, before), (then, after) in itertools.pairwise(told):
        step = STEPS.index(after) - STEPS.index(before)
        assert step in (1, -1)
        least_us = RISE_US if step == 1 else CALM_US
        assert (then - at) * SECOND_US >= least_us


@settings(max_examples=100)
@given(st.lists(st.tuples(PRESSURES, st.integers(1, 40)), max_size=20))
def test_it_always_recovers(given_loads: list[tuple[Pressure, int]]) -> None:
    governor = Governor()
    pressures = [one for one, seconds in given_loads for _ in range(seconds)]
    changes(pressures, governor)
    begin = len(pressures)
    longest = len(STEPS) * (MOST_CALM_US // SECOND_US + 1)
    for second in range(begin, begin + longest):
        governor.look(EASE, second * SECOND_US)
    assert governor.step is LoadStep.NORMAL


@settings(max_examples=200)
@given(st.lists(st.tuples(PRESSURES, st.integers(1, 40)), max_size=20), PRESSURES)
def test_under_a_load_that_stays_it_goes_one_way(
    before: list[tuple[Pressure, int]], steady: Pressure
) -> None:
    governor = Governor()
    pressures = [one for one, seconds in before for _ in range(seconds)]
    changes(pressures, governor)
    begin, places = len(pressures), []
    for second in range(begin, begin + 300):
        governor.look(steady, second * SECOND_US)
        places.append(STEPS.index(governor.step))
    assert places in (sorted(places), sorted(places, reverse=True))


def test_each_step_gives_up_no_less_than_the_one_before() -> None:
    assert list(MEASURES) == list(STEPS)
    assert MEASURES[LoadStep.NORMAL].previews
    assert MEASURES[LoadStep.NORMAL].thrift == FULL_RATE
    for before, after in itertools.pairwise(MEASURES.values()):
        assert after.previews <= before.previews
        assert after.thrift.slower >= before.thrift.slower
