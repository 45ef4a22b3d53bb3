"""What the three kinds say of sound whose truth is known by construction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.analytics.audio.chain import SoundChain
from axxond.analytics.audio.detectors import NO_SIGNAL, NOISE, SIGNAL
from axxond.analytics.audio.runs import Runs
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.base.errors import ConfigError
from protocol.types import Phase
from tests.fakes.sounds import Samples, hiss, joined, tone

RATE = 8000
BEGIN_US = 1_700_000_000_000_000
FLOOR = -60.0


def chain(kind: str, **properties: Any) -> SoundChain:
    return SoundChain([DetectorSettings("d", kind, properties)])


def spans(events: list[DetectorEvent]) -> list[tuple[float, float]]:
    """Begins and ends in seconds, which must take turns."""
    phases = [event.phase for event in events]
    assert phases == [Phase.BEGIN, Phase.END] * (len(events) // 2)
    times = [(event.time_us - BEGIN_US) / 1e6 for event in events]
    return list(zip(times[::2], times[1::2], strict=True))


def run(samples: Samples, kind: str, **properties: Any) -> list[tuple[float, float]]:
    """As a camera sends it, 40 ms at a time."""
    made = chain(kind, **properties)
    found = []
    for at in range(0, len(samples), RATE // 25):
        block = np.ascontiguousarray(samples[None, at : at + RATE // 25])
        found.append(made.sound(block, RATE, BEGIN_US + at * 125))
    found.append(made.close(BEGIN_US + len(samples) * 125))
    return spans([event for one in found if one is not None for event in one.events])


def test_silence_signal_and_noise_are_told_apart() -> None:
    quiet = hiss(3, FLOOR, RATE, 1)
    words = joined(*(tone(0.4, -20, RATE), hiss(0.2, FLOOR, RATE)) * 5)
    roar = hiss(4, -20, RATE, 2)
    track = joined(quiet, words, quiet, roar, quiet)
    assert run(track, NO_SIGNAL) == [
        (0, pytest.approx(3, abs=0.1)),
        (pytest.approx(5.8, abs=0.1), pytest.approx(9, abs=0.1)),
        (pytest.approx(13, abs=0.1), pytest.approx(16, abs=0.1)),
    ]
    assert run(track, SIGNAL) == [
        (pytest.approx(3, abs=0.1), pytest.approx(5.8, abs=0.1)),
        (pytest.approx(9, abs=0.1), pytest.approx(13, abs=0.1)),
    ]
    assert run(track, NOISE) == [(pytest.approx(9, abs=0.1), pytest.approx(13, abs=0.1))]


def test_clicks_neither_break_silence_nor_are_a_signal() -> None:
    click, quiet = tone(0.1, -6, RATE), hiss(2, FLOOR, RATE)
    track = joined(*(quiet, click) * 5)
    assert run(track, NO_SIGNAL) == [(0, pytest.approx(10.4, abs=0.1))]
    assert run(track, SIGNAL) == []


def test_sound_that_is_not_loud_enough_is_no_noise() -> None:
    track = joined(hiss(1, FLOOR, RATE), hiss(5, -36, RATE), hiss(2, FLOOR, RATE))
    assert run(track, NOISE) == []
    assert run(track, NOISE, level=-42) == [(pytest.approx(1, abs=0.1), pytest.approx(6, abs=0.1))]


def test_the_period_says_how_long_it_must_last() -> None:
    track = joined(hiss(1, FLOOR, RATE), hiss(3, -20, RATE), hiss(2, FLOOR, RATE))
    assert run(track, SIGNAL, period_s=4) == []
    assert len(run(track, SIGNAL, period_s=2.5)) == 1
    assert run(track, NO_SIGNAL, period_s=3) == []


def test_the_hold_time_joins_what_is_close() -> None:
    word, quiet = tone(1, -20, RATE), hiss(2, FLOOR, RATE)
    track = joined(word, quiet, word, quiet)
    assert len(run(track, SIGNAL, hold_s=1)) == 2
    assert run(track, SIGNAL, hold_s=2.5) == [(0, pytest.approx(4, abs=0.1))]


def test_a_camera_without_sound_has_no_signal_after_the_period() -> None:
    made = chain(NO_SIGNAL, period_s=5)
    told_us = None
    for at_us in range(BEGIN_US, BEGIN_US + 9_000_000, 125_000):
        found = made.quiet(at_us)
        if found is not None:
            (event,) = found.events
            assert (event.phase, event.time_us) == (Phase.BEGIN, BEGIN_US)
            told_us = at_us
    assert told_us is not None
    assert 5_000_000 <= told_us - BEGIN_US <= 6_500_000


def test_sound_that_stops_while_pictures_go_on_is_no_signal() -> None:
    made = chain(NO_SIGNAL)
    events = []
    for number in range(100):
        at_us = BEGIN_US + number * 100_000
        if number < 40:
            block = hiss(0.1, -30, RATE, number)[None, :]
            found = made.sound(np.ascontiguousarray(block), RATE, at_us)
        else:
            found = made.quiet(at_us)
        events += found.events if found is not None else ()
    (event,) = events
    assert event.time_us - BEGIN_US == pytest.approx(4_000_000, abs=100_000)


def test_an_interruption_and_a_jump_of_the_clock_end_what_is_going_on() -> None:
    block = np.ascontiguousarray(hiss(2, -20, RATE)[None, :])
    made = chain(SIGNAL)
    made.sound(block, RATE, BEGIN_US)
    ended = made.gap(BEGIN_US + 2_000_000)
    assert ended is not None
    assert [event.phase for event in ended.events] == [Phase.END]
    made.sound(block, RATE, BEGIN_US + 9_000_000)
    jumped = made.sound(block, RATE, BEGIN_US - 3_600_000_000)
    assert jumped is not None
    assert [event.phase for event in jumped.events] == [Phase.END, Phase.BEGIN]
    assert jumped.events[0].time_us == BEGIN_US + 11_000_000


@pytest.mark.parametrize(
    ("properties", "field"),
    [({"level": 1}, "level"), ({"level": "loud"}, "level"), ({"period_s": -1}, "period_s"),
     ({"hold_s": 601}, "hold_s")],
)  # fmt: skip
def test_wrong_settings_are_named(properties: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError, match=field) as caught:
        chain(NOISE, **properties)
    assert caught.value.field == field


def test_kinds_of_pictures_are_refused() -> None:
    with pytest.raises(ConfigError, match="motion"):
        chain("motion")


@settings(max_examples=100)
@given(
    st.lists(st.booleans(), max_size=80),
    st.integers(0, 12),
    st.integers(1, 12),
    st.integers(0, 6),
)
def test_runs_begin_and_end_in_turns_and_are_as_long_as_was_asked(
    holds: list[bool], least: int, gap: int, bridge: int
) -> None:
    runs = Runs(DetectorSettings("d", SIGNAL), least, gap, min(bridge, gap))
    told = [event for at, one in enumerate(holds) for event in runs.feed(at, at + 1, one)]
    told += runs.end()
    begins, ends = told[::2], told[1::2]
    assert [event.phase for event in told] == [Phase.BEGIN, Phase.END] * len(ends)
    for begin, end in zip(begins, ends, strict=True):
        assert end.time_us - begin.time_us >= max(least, 1)
        assert holds[begin.time_us] and holds[end.time_us - 1]  # noqa: PT018 - one claim
    for end, begin in zip(ends, begins[1:], strict=False):
        assert begin.time_us - end.time_us >= gap
