"""Sound at its moment: the queue, and the sound card's time."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxon_client.video.soundqueue import _MAX_FRAMES, RATE, CardClock, SoundQueue

MS_US = 1_000
NOW_US = 10_000_000


def ramp(first: int, count: int) -> np.ndarray:
    values = np.arange(first, first + count).astype(np.int16)
    return np.stack([values, values], axis=1)


def at(frames: int) -> int:
    """When that frame is heard."""
    return NOW_US + frames * 1_000_000 // RATE


def test_sound_begins_at_its_moment_exactly() -> None:
    queue = SoundQueue()
    queue.put(ramp(1, 480), NOW_US + 10 * MS_US)
    taken = queue.take(960, NOW_US)[:, 0]
    assert not taken[:480].any()
    assert taken[480:].tolist() == list(range(1, 481))


def test_what_comes_too_late_is_left_out() -> None:
    queue = SoundQueue()
    queue.put(ramp(1, 960), NOW_US - 10 * MS_US)
    assert queue.take(480, NOW_US)[:, 0].tolist() == list(range(481, 961))
    assert queue.dropped_frames == 480


def test_what_follows_on_is_played_on_though_its_moment_wavers() -> None:
    queue, place = SoundQueue(), 0
    for wavers_us in (0, 9 * MS_US, -9 * MS_US, 3 * MS_US):
        queue.put(ramp(1 + place, 480), at(place) + wavers_us)
        place += 480
    assert queue.take(place, NOW_US)[:, 0].tolist() == list(range(1, place + 1))
    assert queue.dropped_frames == queue.gaps == 0


@pytest.mark.parametrize("by_us", [40 * MS_US, -40 * MS_US])
def test_what_is_further_off_is_moved_to_its_moment(by_us: int) -> None:
    queue = SoundQueue()
    queue.put(ramp(1, 4800), NOW_US)
    queue.take(4800, NOW_US)
    queue.put(ramp(10_001, 4800), at(4800) + by_us)
    taken = queue.take(4800, at(4800))[:, 0].tolist()
    moved = by_us * RATE // 1_000_000
    if moved > 0:
        assert taken[moved] == 10_001
        assert not any(taken[:moved])
    else:
        assert taken[0] == 10_001 - moved


def test_dry_it_is_silent_and_counts_it_once() -> None:
    queue = SoundQueue()
    queue.put(ramp(1, 100), NOW_US)
    assert queue.take(480, NOW_US)[-1].tolist() == [0, 0]
    assert not queue.take(480, at(480)).any()
    assert queue.gaps == 1


@given(st.lists(st.one_of(st.integers(1, 30_000), st.integers(-9000, -1)), max_size=40))
def test_the_queue_is_bounded_and_loses_only_the_oldest(moves: list[int]) -> None:
    queue = SoundQueue()
    put = taken = came = 0
    for move in moves:
        if move > 0:
            queue.put(ramp(0, move), at(put))
            put += move
        else:
            before = queue.frames, queue.dropped_frames
            queue.take(-move, at(came))
            came += before[0] - queue.frames
            taken += before[0] - queue.frames - (queue.dropped_frames - before[1])
        assert 0 <= queue.frames <= _MAX_FRAMES
        assert put == taken + queue.frames + queue.dropped_frames


PERIOD = RATE * 30 // 1000


def test_a_card_counts_from_its_start_and_calls_that_come_late_move_nothing() -> None:
    chance, card = random.Random(1), CardClock()
    heard = []
    for number in range(1000):
        called_us = at(max(0, number - 2) * PERIOD)  # three periods are taken at the start
        late_us = chance.choice((0, 0, 0, 25 * MS_US)) if number > 3 else 0
        heard.append(card.heard_us(called_us + late_us, PERIOD) - at(number * PERIOD))
    assert max(abs(one) for one in heard[3:]) <= 1


def test_a_crystal_that_is_off_is_followed() -> None:
    card = CardClock()
    for number in range(20_000):  # ten minutes, 200 ppm slow
        called_us = NOW_US + round(max(0, number - 2) * 30_006)
        heard_us = card.heard_us(called_us, PERIOD)
    assert abs(heard_us - (NOW_US + 19_999 * 30_006)) <= 3 * MS_US


def test_a_card_that_stood_still_begins_anew() -> None:
    card = CardClock()
    for number in range(100):
        card.heard_us(NOW_US + number * 30 * MS_US, PERIOD)
    later_us = NOW_US + 100 * 30 * MS_US + 5_000_000
    assert abs(card.heard_us(later_us, PERIOD) - later_us) < 100 * MS_US
