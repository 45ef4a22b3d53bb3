"""A camera's clip whose picture flashes and whose sound beeps at the same instants."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from axxond.devices.demo import clips
from axxond.devices.demo.track import Track, audio_track
from protocol.types import Codec

EVERY_S = 2
_LASTS_S = 0.2
_FPS = 25
# The least that is whole pictures, whole blocks of G.711 and whole access units of AAC.
_LOOP_S = 8
_WIDTH, _HEIGHT = 320, 180
_DARK, _BRIGHT = 16, 235
_TONE_HZ, _LOUD = 1_000, 0.5
# Encoder, samples a second, samples a block.
_SOUND = {
    Codec.PCMU: ("pcm_mulaw", 8_000, 160),
    Codec.AAC: ("aac", 48_000, 1024),
}


def tracks(codec: Codec) -> list[Track]:
    """Picture and sound; blocking."""
    return [_pictures(), _sound(codec)]


def _pictures() -> Track:
    encoding = clips.Encoding(_WIDTH, _HEIGHT, Fraction(_FPS), Fraction(1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        clips.encode(_frames(), {path: encoding}, lambda: None)
        return clips.read_video(path)


def _frames() -> Iterator[VideoFrame]:
    for number in range(_LOOP_S * _FPS):
        bright = number / _FPS % EVERY_S < _LASTS_S
        planes = np.full((_HEIGHT * 3 // 2, _WIDTH), 128, np.uint8)
        planes[:_HEIGHT] = _BRIGHT if bright else _DARK
        yield VideoFrame.from_ndarray(planes, format="yuv420p")


def _sound(codec: Codec) -> Track:
    name, rate, samples = _SOUND[codec]
    context = AudioCodecContext.create(name, "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate = rate
    context.format = av.AudioFormat("fltp" if codec is Codec.AAC else "s16")
    context.layout = "mono"
    context.time_base = Fraction(1, rate)
    wave, count = _wave(rate), _LOOP_S * rate // samples
    # Three rounds: an encoder's first block is what it begins with, before the first sample.
    packets = []
    for place in range(3 * count):
        at = place % count * samples
        frame = _frame(wave[at : at + samples], codec)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), place * samples
        packets += context.encode(frame)
    begin = count * samples
    blocks = {packet.pts: bytes(packet) for packet in packets}
    wanted = [blocks[begin + number * samples] for number in range(count)]
    return audio_track(codec, rate, wanted, samples, context.extradata or b"")


def _wave(rate: int) -> NDArray[np.float32]:
    t = np.arange(_LOOP_S * rate) / rate
    tone = _LOUD * np.sin(2 * np.pi * _TONE_HZ * t)
    return np.where(t % EVERY_S < _LASTS_S, tone, 0).astype(np.float32)


def _frame(wave: NDArray[np.float32], codec: Codec) -> av.AudioFrame:
    if codec is Codec.AAC:
        return av.AudioFrame.from_ndarray(wave[None, :], format="fltp", layout="mono")
    pcm = (wave * 32_767).astype(np.int16)
    return av.AudioFrame.from_ndarray(pcm[None, :], format="s16", layout="mono")
