from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from axxond.media.straight import StraightTime
from axxond.media.timeline import StreamClock

UTC_US = 1_700_000_000_000_000
FRAME_US = 100_000


@given(st.lists(st.integers(-3_000, 3_000), min_size=2, max_size=200))
def test_frames_are_as_far_apart_as_the_stream_says_however_utc_bends(bends: list[int]) -> None:
    time = StraightTime()
    offset_us = UTC_US
    found = []
    for number, bend_us in enumerate(bends):
        offset_us += bend_us
        utc_us = offset_us + number * FRAME_US
        found.append(time.of(utc_us, number * FRAME_US))
        assert abs(found[-1] + time.shift_us - utc_us) < 20_000
    assert {b - a for a, b in itertools.pairwise(found)} == {FRAME_US}


def test_the_head_start_of_a_connection_is_not_felt() -> None:
    clock, time = StreamClock(90_000, 0, head_start_us=200_000), StraightTime()
    found = []
    for number in range(100):
        stamp = clock.stamp(number * 9_000, UTC_US + number * FRAME_US)
        found.append(time.of(stamp.pts_us, clock.newest_us))
    assert {b - a for a, b in itertools.pairwise(found)} == {FRAME_US}
    assert 150_000 <= time.shift_us <= 200_000


def test_another_time_base_begins_in_utc() -> None:
    time = StraightTime()
    time.of(UTC_US, 5)
    assert time.of(UTC_US + 3 * FRAME_US, 5 + FRAME_US) == UTC_US + FRAME_US
    assert time.shift_us == 2 * FRAME_US
    assert time.of(UTC_US + 90_000_000, 7) == UTC_US + 90_000_000
    assert time.shift_us == 0


def test_packets_without_stream_time_are_in_utc() -> None:
    time = StraightTime()
    time.of(UTC_US, 0)
    time.of(UTC_US + 150_000, 100_000)
    assert time.of(UTC_US + 200_000, None) == UTC_US + 200_000
    assert time.shift_us == 0
