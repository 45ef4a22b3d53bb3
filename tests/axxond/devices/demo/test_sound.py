from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from axxond.devices.demo.sound import render, sound_track
from protocol.types import Codec


@pytest.mark.parametrize(
    ("codec", "clock_hz"), [(Codec.AAC, 16_000), (Codec.PCMU, 8_000), (Codec.PCMA, 8_000)]
)
def test_a_loop_of_sound_has_no_gap(codec: Codec, clock_hz: int) -> None:
    track = sound_track(codec)
    steps = {b.ticks - a.ticks for a, b in zip(track.units, track.units[1:], strict=False)}
    assert len(steps) == 1
    step = steps.pop()
    assert track.loop_s == Fraction(len(track.units) * step, clock_hz)
    assert 15 < track.loop_s < 17


def test_g711_sounds_like_the_wave_it_was_made_of() -> None:
    track = sound_track(Codec.PCMU, 330)
    data = b"".join(payload for unit in track.units for payload in unit.payloads)
    decoder = av.CodecContext.create("pcm_mulaw", "r")
    decoder.sample_rate = 8000
    decoder.layout = "mono"
    frames = decoder.decode(av.Packet(data))
    heard = np.concatenate([frame.to_ndarray()[0] for frame in frames]) / 32768
    assert np.abs(heard - render(len(heard), 8000, 330)).max() < 0.03
