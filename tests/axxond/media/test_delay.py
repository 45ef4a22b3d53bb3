"""The least delay of a stream, from delays of several kinds."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from axxond.base.units import MS_US, SECOND_US
from axxond.media.delay import LeastDelay

START_US = 1_795_000_000 * SECOND_US
FRAME_US = 40 * MS_US


def fed(delay: Callable[[random.Random], float], seconds: int, seed: int = 1) -> LeastDelay:
    """A stream at 25 pictures a second whose delays begin at 0, over a way that keeps order."""
    chance, least = random.Random(seed), LeastDelay()
    came_us = 0
    for n in range(25 * seconds):
        true_us = START_US + n * FRAME_US
        came_us = max(came_us + 50, true_us + round(delay(chance)))
        lead_us = came_us - true_us
        if n == 0:
            least.begin(lead_us, came_us, 500 * MS_US)
        least.observe(lead_us, came_us)
    return least


def test_delays_that_hardly_spread_give_the_least_one_seen() -> None:
    least = fed(lambda chance: chance.uniform(0, 5 * MS_US), 60)
    assert 0 <= least.floor_us < 500


def test_spikes_among_plain_delays_move_nothing() -> None:
    def spiky(chance: random.Random) -> float:
        return chance.uniform(0, 400 * MS_US) if chance.random() < 0.1 else 0.0

    assert abs(fed(spiky, 120).floor_us) < MS_US


@pytest.mark.parametrize("seconds", [120, 600])
def test_the_end_of_even_jitter_is_found_though_no_unit_came_with_it(seconds: int) -> None:
    least = fed(lambda chance: chance.uniform(0, 400 * MS_US), seconds)
    assert abs(least.floor_us) < 45 * MS_US


def test_a_clock_that_was_set_moves_all_that_is_known() -> None:
    least = fed(lambda chance: chance.uniform(0, 5 * MS_US), 60)
    before_us = least.floor_us
    least.shift(3600 * SECOND_US)
    assert least.floor_us == before_us + 3600 * SECOND_US
    come_us = START_US + 60 * SECOND_US
    for n in range(200):
        least.observe(3600 * SECOND_US + 2 * MS_US, come_us + n * FRAME_US)
    assert abs(least.floor_us - 3600 * SECOND_US) < 5 * MS_US


@pytest.mark.parametrize("seed", range(6))
def test_the_least_delay_lies_within_what_is_told(seed: int) -> None:
    for seconds in (1, 3, 10, 30, 60, 240):
        least = fed(lambda chance: chance.uniform(0, 400 * MS_US), seconds, seed)
        assert least.low_us <= 0 <= least.high_us + 4 * MS_US
        assert least.low_us <= least.floor_us <= least.high_us


def test_delays_that_hardly_spread_leave_nothing_open() -> None:
    least = fed(lambda chance: chance.uniform(0, 5 * MS_US), 60)
    assert least.high_us - least.low_us < 10 * MS_US


def test_units_that_all_come_at_once_tell_the_least_delay_seen() -> None:
    """What a camera had kept, at the beginning of a connection."""
    least = LeastDelay()
    least.begin(2 * SECOND_US, START_US, 500 * MS_US)
    for n in range(1, 400):
        least.observe(2 * SECOND_US - n * MS_US, START_US + n * MS_US)
    assert least.floor_us == 2 * SECOND_US - 399 * MS_US
