from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxon_client.video.clock import PlaybackClock


def running(speed: float = 1.0) -> PlaybackClock:
    clock = PlaybackClock(1_000_000, 0)
    clock.set_speed(speed, 0)
    clock.play(0)
    return clock


def test_a_new_clock_stands() -> None:
    clock = PlaybackClock(5, 0)
    assert clock.position_us(10_000) == 5
    assert clock.mono_at(6, 0) is None


@pytest.mark.parametrize(("speed", "moved"), [(1, 1000), (16, 16_000), (0.5, 500), (-2, -2000)])
def test_it_runs_at_its_speed(speed: float, moved: int) -> None:
    assert running(speed).position_us(1000) == 1_000_000 + moved


def test_a_change_of_speed_does_not_move_it() -> None:
    clock = running()
    clock.set_speed(4, 500)
    assert clock.position_us(500) == 1_000_500
    assert clock.position_us(600) == 1_000_900


def test_it_waits_for_whoever_holds_it() -> None:
    clock = running()
    clock.hold("a", 100)
    clock.hold("b", 150)
    clock.release("a", 200)
    assert clock.position_us(300) == 1_000_100
    clock.release("b", 300)
    assert clock.position_us(350) == 1_000_150


def test_readers_begin_anew_only_when_they_must() -> None:
    clock = running()
    first = clock.reading
    clock.set_speed(4, 0)
    clock.pause(0)
    clock.move(5, 0)
    assert clock.reading is first
    clock.set_speed(8, 10)
    assert (clock.reading.epoch, clock.reading.key_frames_only) == (1, True)
    clock.set_speed(-8, 10)
    assert (clock.reading.epoch, clock.reading.reverse) == (2, True)
    clock.seek(77, 20)
    assert (clock.reading.epoch, clock.reading.from_us) == (3, 77)


@pytest.mark.parametrize("speed", [0, 0.1, 129, -200])
def test_impossible_speeds_are_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="not within"):
        running().set_speed(speed, 0)


@given(st.floats(0.125, 128), st.booleans(), st.integers(0, 10**9), st.integers(-(10**9), 10**9))
def test_mono_at_is_when_the_position_is_reached(
    speed: float, back: bool, now: int, ahead: int
) -> None:
    clock = running(-speed if back else speed)
    position = clock.position_us(now) + ahead
    at = clock.mono_at(position, now)
    assert at is not None
    assert abs(clock.position_us(at) - position) <= speed + 2
