"""Which sound of a playing camera is handed over, and for when."""

from __future__ import annotations

import numpy as np
import pytest

from axxon_client.video.clock import PlaybackClock
from axxon_client.video.decode import AudioBlock
from axxon_client.video.soundahead import SoundAhead

NOW_US = 1_000_000
AT_US = 5_000_000_000_000


@pytest.fixture
def clock() -> PlaybackClock:
    made = PlaybackClock(AT_US, NOW_US)
    made.play(NOW_US)
    return made


def filled(clock: PlaybackClock, count: int = 50) -> SoundAhead:
    ahead = SoundAhead(clock)
    samples = np.zeros((960, 2), np.int16)
    ahead.add(AudioBlock(samples, 48_000, AT_US + number * 20_000) for number in range(count))
    return ahead


def test_each_block_is_due_when_the_clock_is_there(clock: PlaybackClock) -> None:
    ahead = filled(clock)
    handed = ahead.due(AT_US, NOW_US)
    assert [due_us - NOW_US for _, due_us in handed[:3]] == [0, 20_000, 40_000]
    assert 10 < len(handed) < 50
    assert ahead.due(AT_US, NOW_US) == []
    later = ahead.due(AT_US + 20_000, NOW_US + 20_000)
    assert [due_us for _, due_us in later] == [handed[-1][1] + 20_000]


def test_only_at_the_speed_of_life(clock: PlaybackClock) -> None:
    ahead = filled(clock)
    clock.set_speed(2.0, NOW_US)
    assert ahead.due(AT_US, NOW_US) == []
    clock.set_speed(1.0, NOW_US)
    clock.pause(NOW_US)
    assert ahead.due(AT_US, NOW_US) == []


def test_a_pause_or_another_place_hushes_what_was_handed_over_once(clock: PlaybackClock) -> None:
    ahead = filled(clock)
    assert not ahead.hushes(begins_anew=True), "nothing was handed over"
    ahead.due(AT_US, NOW_US)
    assert not ahead.hushes()
    clock.pause(NOW_US)
    assert ahead.hushes()
    assert not ahead.hushes()
