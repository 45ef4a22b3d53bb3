from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from axxon_client.video.audio import AudioOut, Meter
from axxon_client.video.decode import AudioBlock


def block(frames: int = 4800, value: int = 5000) -> AudioBlock:
    return AudioBlock(np.full((frames, 2), value, np.int16), 48_000, 0)


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
    out.play(two, block(), 0)
    assert out.level == 0.0
    out.play(one, block(), 0)
    assert out.level > 0.5
    out.select(two)
    assert out.level == 0.0
    assert out.queue.frames == 0
    out.close()


def test_what_is_hushed_is_heard_no_more_unless_another_sounds(out: AudioOut) -> None:
    one = object()
    out.select(one)
    far_us = time.monotonic_ns() // 1000 + 60_000_000
    out.play(one, block(), far_us)
    out.hush(object())
    assert out.queue.frames
    out.hush(one)
    assert out.queue.frames == 0
    out.close()


def test_the_device_takes_what_was_played(out: AudioOut, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = threading.Event()
    take = out.queue.take

    def watch(frames: int, heard_us: int) -> np.ndarray:
        samples = take(frames, heard_us)
        if samples.any():
            taken.set()
        return samples

    monkeypatch.setattr(out.queue, "take", watch)
    out.select("camera")
    out.play("camera", block(12_000), time.monotonic_ns() // 1000 + 100_000)
    assert taken.wait(10)
    out.close()


def test_sound_of_another_rate_is_refused(out: AudioOut) -> None:
    with pytest.raises(ValueError, match="8000 Hz"):
        out.play("camera", AudioBlock(np.zeros((8, 2), np.int16), 8000, 0), 0)


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
