"""Jitter and drift as they are shown."""

from __future__ import annotations

import random

from axxond.base.units import MS_US, SECOND_US
from axxond.devices.timing import Timing

START_US = 1_795_000_000 * SECOND_US


def test_nothing_is_told_before_there_is_enough_to_tell_it_from() -> None:
    timing = Timing()
    for n in range(20):
        timing.packet(n)
    timing.offset(5, START_US)
    assert (timing.jitter_us, timing.drift_ppm, timing.offset_us) == (None, None, 5)


def test_jitter_is_how_late_the_latest_tenth_comes() -> None:
    timing = Timing()
    for n in range(1000):
        timing.packet(3000 + n % 101 * MS_US)
    assert timing.jitter_us is not None
    assert 85 * MS_US <= timing.jitter_us <= 92 * MS_US
    timing.restart()
    assert timing.jitter_us is None


def test_drift_is_the_slope_of_the_offset() -> None:
    chance, timing = random.Random(1), Timing()
    for n in range(120):
        now_us = START_US + n * 5 * SECOND_US
        timing.offset(1_000_000 + n * 5 * 80 + chance.randrange(5 * MS_US), now_us)
    assert timing.drift_ppm is not None
    assert abs(timing.drift_ppm - 80) <= 5


def test_a_clock_that_was_set_does_not_drift() -> None:
    timing = Timing()
    for n in range(40):
        timing.offset(0 if n < 20 else 3600 * SECOND_US, START_US + n * 5 * SECOND_US)
    assert timing.drift_ppm == 0
