from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxon_client.video.audio import _MAX_FRAMES, _START_FRAMES, AudioOut, JitterBuffer, Meter
from axxon_client.video.decode import AudioBlock


def ramp(first: int, count: int) -> np.ndarray:
    values = np.arange(first, first + count, dtype=np.int16)
    return np.stack([values, values], axis=1)


def block(frames: int = 4800, value: int = 5000) -> AudioBlock:
    return AudioBlock(np.full((frames, 2), value, np.int16), 48_000, 0)


def test_it_fills_before_it_plays() -> None:
    buffer = JitterBuffer()
    buffer.put(ramp(1, _START_FRAMES - 1))
    assert not buffer.take(100).any()
    buffer.put(ramp(_START_FRAMES, 1))
    assert buffer.take(3).tolist() == [[1, 1], [2, 2], [3, 3]]


def test_dry_it_is_silent_and_fills_again() -> None:
    buffer = JitterBuffer()
    buffer.put(ramp(1, _START_FRAMES))
    assert buffer.take(_START_FRAMES + 10)[-1].tolist() == [0, 0]
    assert buffer.gaps == 1
    buffer.put(ramp(1, 10))
    assert not buffer.take(10).any()


@given(st.lists(st.one_of(st.integers(1, 9000), st.integers(-9000, -1)), max_size=40))
def test_the_buffer_is_bounded_and_loses_only_the_oldest(moves: list[int]) -> None:
    buffer = JitterBuffer()
    put = taken = 0
    for move in moves:
        if move > 0:
            buffer.put(np.zeros((move, 2), np.int16))
            put += move
        else:
            before = buffer.frames
            buffer.take(-move)
            taken += before - buffer.frames
        assert 0 <= buffer.frames <= _MAX_FRAMES
        assert put == taken + buffer.frames + buffer.dropped_frames


def test_the_meter_rises_at_once_and_falls_slowly() -> None:
    meter = Meter()
    meter.add(block(value=16_000).samples)
    loud = meter.level
    assert 0.8 < loud < 1.0
    meter.add(block(value=0).samples)
    assert 0.3 < meter.level < loud


@pytest.fixture
def out() -> AudioOut:
    return AudioOut(null=True)


def test_only_the_selected_source_is_heard(out: AudioOut) -> None:
    one, two = object(), object()
    out.select(one)
    out.play(two, block())
    assert out.level == 0.0
    out.play(one, block())
    assert out.level > 0.5
    out.select(two)
    assert out.level == 0.0
    assert out.buffer.frames == 0
    out.close()


def test_the_device_takes_what_was_played(out: AudioOut, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = threading.Event()
    take = out.buffer.take

    def watch(frames: int) -> np.ndarray:
        samples = take(frames)
        if samples.any():
            taken.set()
        return samples

    monkeypatch.setattr(out.buffer, "take", watch)
    out.select("camera")
    out.play("camera", block(12_000))
    assert taken.wait(10)
    out.close()


def test_sound_of_another_rate_is_refused(out: AudioOut) -> None:
    with pytest.raises(ValueError, match="8000 Hz"):
        out.play("camera", AudioBlock(np.zeros((8, 2), np.int16), 8000, 0))


def test_without_a_sound_card_the_null_device_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    import miniaudio

    real = miniaudio.PlaybackDevice

    def no_card(**settings: object) -> object:
        if "backends" not in settings:
            raise miniaudio.MiniaudioError("no device")
        return real(**settings)

    monkeypatch.setattr(miniaudio, "PlaybackDevice", no_card)
    out = AudioOut()
    out.select("camera")
    assert out.silent
    out.close()
