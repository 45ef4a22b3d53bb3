"""Times of a stream without a clock."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.media.arrival import ArrivalClock

BEGIN_US = 1_700_000_000_000_000


def arrivals(interval_us: int, jitter_us: int, count: int) -> list[int]:
    """In order, each delayed by up to `jitter_us`."""
    chance = random.Random(7)
    last, found = 0, []
    for number in range(count):
        last = max(last, BEGIN_US + number * interval_us + chance.randrange(jitter_us + 1))
        found.append(last)
    return found


@pytest.mark.parametrize("interval_us", [40_000, 66_667, 200_000])
def test_an_even_stream_keeps_its_times(interval_us: int) -> None:
    clock = ArrivalClock()
    for arrival_us in arrivals(interval_us, 0, 200):
        assert clock.stamp(arrival_us) == pytest.approx(arrival_us, abs=1000)
    assert clock.interval_us == interval_us


@pytest.mark.parametrize("jitter_us", [50_000, 200_000])
def test_jitter_is_halved_at_least(jitter_us: int) -> None:
    clock = ArrivalClock()
    came = arrivals(40_000, jitter_us, 2000)
    shifts = sorted(clock.stamp(us) - (BEGIN_US + n * 40_000) for n, us in enumerate(came))[100:]
    raw = sorted(us - (BEGIN_US + n * 40_000) for n, us in enumerate(came))[100:]
    spread, raw_spread = (s[len(s) * 99 // 100] - s[len(s) // 100] for s in (shifts, raw))
    assert spread < raw_spread / 1.7


@given(st.lists(st.integers(-5_000_000, 20_000_000), min_size=2, max_size=200))
def test_times_rise_whatever_comes(steps_us: list[int]) -> None:
    clock = ArrivalClock()
    now, times = BEGIN_US, []
    for step in steps_us:
        now += step
        times.append(clock.stamp(now))
    assert all(a < b for a, b in pairwise(times))


@given(st.lists(st.integers(0, 3_000_000), min_size=2, max_size=200))
def test_a_time_is_never_far_from_its_arrival(steps_us: list[int]) -> None:
    clock = ArrivalClock()
    now = BEGIN_US
    for step in steps_us:
        now += step
        assert abs(clock.stamp(now) - now) <= 1_000_000


def test_another_rate_is_followed() -> None:
    clock = ArrivalClock()
    now = BEGIN_US
    for interval_us in (40_000, 500_000, 40_000):
        for _ in range(120):
            now += interval_us
            stamp = clock.stamp(now)
        assert stamp == pytest.approx(now, abs=150_000)
        assert clock.interval_us == interval_us
