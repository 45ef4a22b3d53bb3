"""What the simulated cameras hear: a hum, a slow pair of tones, now and then a knock."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

from axxond.devices.demo.track import Track, audio_track
from protocol.types import Codec

_ENCODERS = {Codec.AAC: "aac", Codec.PCMU: "pcm_mulaw", Codec.PCMA: "pcm_alaw"}
_AAC_RATE_HZ = 16_000
_G711_RATE_HZ = 8_000
_AAC_SAMPLES = 1024  # of an access unit (ISO/IEC 14496-3, AAC-LC)
_G711_SAMPLES = 320  # 40 ms
_LOOP_S = 16


def sound_track(codec: Codec, pitch_hz: int = 440) -> Track:
    """A track of about 16 s that loops without a jump in its time stamps."""
    aac = codec is Codec.AAC
    rate = _AAC_RATE_HZ if aac else _G711_RATE_HZ
    samples = _AAC_SAMPLES if aac else _G711_SAMPLES
    count = _LOOP_S * rate // samples
    context = AudioCodecContext.create(_ENCODERS[codec], "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate = rate
    context.format = av.AudioFormat("fltp" if aac else "s16")
    context.layout = "mono"
    context.time_base = Fraction(1, rate)
    if aac:
        context.bit_rate = 32_000
    wave = render(count * samples, rate, pitch_hz)
    blocks = []
    for number in range(count):
        frame = _frame(wave[number * samples : (number + 1) * samples], aac)
        frame.sample_rate = rate
        frame.time_base = Fraction(1, rate)
        frame.pts = number * samples
        blocks += [bytes(packet) for packet in context.encode(frame)]
    blocks += [bytes(packet) for packet in context.encode(None)]
    return audio_track(codec, rate, blocks[:count], samples, context.extradata or b"")


def _frame(wave: NDArray[np.float32], aac: bool) -> av.AudioFrame:
    if aac:
        return av.AudioFrame.from_ndarray(wave[None, :], format="fltp", layout="mono")
    pcm = (wave * 32767).astype(np.int16)
    return av.AudioFrame.from_ndarray(pcm[None, :], format="s16", layout="mono")


def render(count: int, rate: int, pitch_hz: int) -> NDArray[np.float32]:
    """`count` samples in [-1; 1], the same at each call."""
    t = np.arange(count) / rate
    hum = 0.02 * np.sin(2 * np.pi * 50 * t)
    swell = 0.5 - 0.5 * np.cos(2 * np.pi * t / 4)
    tones = np.where(t % 8 < 4, pitch_hz, pitch_hz * 5 / 4)
    wave = hum + 0.12 * swell * np.sin(2 * np.pi * tones * t)
    noise = np.random.default_rng(7).standard_normal(count)
    since_knock = t % 4
    wave += 0.15 * noise * np.exp(-since_knock * 30)
    return np.clip(wave, -1, 1).astype(np.float32)
