"""Levels are right, without a hole, and their times rise."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.analytics.audio.levels import (
    GRACE_US,
    SILENCE_DBFS,
    STRETCH_US,
    Level,
    LevelMeter,
    Samples,
)
from tests.fakes.sounds import hiss, level_dbfs, tone

BEGIN_US = 1_700_000_000_000_000


def planes(samples: Samples, channels: int = 1) -> Samples:
    return np.ascontiguousarray(np.stack([samples] * channels))


@pytest.mark.parametrize("rate", [8000, 11_025, 44_100, 48_000])
@pytest.mark.parametrize("dbfs", [0.0, -20.0, -60.0])
def test_a_full_sine_is_zero_dbfs(rate: int, dbfs: float) -> None:
    levels = LevelMeter().sound(planes(tone(1, dbfs, rate)), rate, BEGIN_US)
    assert 19 <= len(levels) <= 20
    assert [level.dbfs for level in levels] == pytest.approx([dbfs] * len(levels), abs=0.1)
    assert [level.time_us for level in levels] == [
        BEGIN_US + number * STRETCH_US for number in range(len(levels))
    ]


def test_an_offset_is_silence() -> None:
    levels = LevelMeter().sound(np.full((1, 8000), 0.25, np.float32), 8000, 0)
    assert max(level.dbfs for level in levels) < -100


def test_the_loudest_channel_counts() -> None:
    stereo = np.stack([np.zeros(8000, np.float32), tone(1, -10, 8000)])
    levels = LevelMeter().sound(stereo, 8000, 0)
    assert levels[5].dbfs == pytest.approx(-10, abs=0.1)


def test_a_camera_without_sound_is_silent_once_it_cannot_come_any_more() -> None:
    meter = LevelMeter()
    levels = [level for at_us in range(0, 3_000_001, 40_000) for level in meter.quiet(at_us)]
    assert {level.dbfs for level in levels} == {SILENCE_DBFS}
    assert [level.time_us for level in levels] == list(range(0, 3_000_000 - GRACE_US, STRETCH_US))


def test_a_hole_in_the_sound_is_silence_of_its_length() -> None:
    meter = LevelMeter()
    before = meter.sound(planes(tone(1, -20, 8000)), 8000, BEGIN_US)
    after = meter.sound(planes(tone(1, -20, 8000)), 8000, BEGIN_US + 2_000_000)
    quiet = [level for level in after if level.dbfs == SILENCE_DBFS]
    assert len(before) == 20
    assert len(quiet) == 20
    assert after[20].time_us == BEGIN_US + 2_000_000
    assert after[20].dbfs == pytest.approx(-20, abs=0.5)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(-2_000_000, 2_000_000),  # the clock's step beyond the block's length
            st.integers(1, 4000),
            st.sampled_from([8000, 11_025, 16_000]),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_times_rise_without_a_hole_whatever_the_camera_says(
    blocks: list[tuple[int, int, int, bool]],
) -> None:
    meter = LevelMeter()
    levels: list[Level] = []
    at_us = BEGIN_US
    for step_us, count, rate, heard in blocks:
        if heard:
            levels += meter.sound(planes(hiss(count / rate, -20, rate)), rate, at_us)
        else:
            levels += meter.quiet(at_us)
        at_us += count * 1_000_000 // rate + (step_us if abs(step_us) > 1_000_000 else 0)
    assert all(
        after.time_us - before.time_us == STRETCH_US
        for before, after in itertools.pairwise(levels)
    )


@settings(max_examples=30)
@given(st.integers(0, 1000), st.lists(st.integers(1, 7999), max_size=5))
def test_how_sound_is_packed_changes_nothing(seed: int, cuts: list[int]) -> None:
    samples = hiss(1, -25, 8000, seed)
    whole = LevelMeter().sound(planes(samples), 8000, BEGIN_US)
    meter, pieces = LevelMeter(), []
    for first, last in itertools.pairwise([0, *sorted(set(cuts)), 8000]):
        part = planes(samples[first:last])
        pieces += meter.sound(part, 8000, BEGIN_US + first * 125)
    assert [level.time_us for level in pieces] == [level.time_us for level in whole]
    assert [level.dbfs for level in pieces] == pytest.approx([level.dbfs for level in whole])
    assert np.mean([10 ** (one.dbfs / 10) for one in whole]) == pytest.approx(
        10 ** (level_dbfs(samples) / 10), rel=0.02
    )


def test_a_clock_that_drifts_loses_moments_not_the_sound() -> None:
    """Samples come a thousandth faster than their times say, for ten minutes."""
    meter, levels = LevelMeter(), []
    for number in range(600):
        at_us = BEGIN_US + number * 999_000
        levels += meter.sound(planes(tone(1, -20, 8000)), 8000, at_us)
    heard = [level for level in levels if level.dbfs > -21]
    assert len(heard) > 0.97 * 599 * 20
    assert abs(levels[-1].time_us - (BEGIN_US + 600 * 999_000)) < 300_000


def test_wrong_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="int16"):
        LevelMeter().sound(np.zeros((1, 10), np.int16), 8000, 0)  # type: ignore[arg-type]
