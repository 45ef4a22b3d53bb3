"""Really encoded streams, small: a moving gradient and a tone, by libav's encoders."""

from __future__ import annotations

import functools
import io
import math
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.codec import CodecContext
from av.video.frame import VideoFrame

from axxond.media.packet import Packet
from protocol.types import AudioFormat, Codec, VideoFormat
from tests.axxond.archive.media import T0

WIDTH, HEIGHT, FPS = 160, 96, 25

_ENCODERS = {
    Codec.H264: ("libx264", "yuv420p"),
    Codec.H265: ("libx265", "yuv420p"),
    Codec.MJPEG: ("mjpeg", "yuvj420p"),
    Codec.MPEG4: ("mpeg4", "yuv420p"),
    Codec.AV1: ("libsvtav1", "yuv420p"),
    Codec.SNOW: ("snow", "yuv420p"),
}
_QUIET = {
    Codec.H265: {"x265-params": "log-level=none"},
    Codec.AV1: {"svtav1-params": "lp=1", "preset": "12"},
    Codec.SNOW: {},
}


def picture(number: int) -> VideoFrame:
    """A gradient that moves two pixels a frame; `number` can be read from the top left corner."""
    ramp = (np.arange(WIDTH)[None, :] + np.arange(HEIGHT)[:, None] + 2 * number) % 256
    rgb = np.stack([ramp, ramp[::-1], np.full_like(ramp, 128)], axis=2).astype(np.uint8)
    return VideoFrame.from_ndarray(rgb, "rgb24")


@functools.cache
def video(codec: Codec, seconds: float = 3, gop: int = 25, bframes: int = 0) -> list[Packet]:
    """By way of libav's Matroska, which gives parameter sets and length prefixes as cameras'
    streams have them in our hands."""
    name, pixels = _ENCODERS[codec]
    options = {"g": str(gop), "bf": str(bframes), **_QUIET.get(codec, {})}
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as made:
        out = made.add_stream(name, rate=FPS, options=options)
        out.width, out.height, out.pix_fmt = WIDTH, HEIGHT, pixels
        for number in range(round(seconds * FPS)):
            made.mux(out.encode(picture(number).reformat(format=pixels)))
        made.mux(out.encode(None))
    buffer.seek(0)
    with av.open(buffer) as given:
        stream = given.streams.video[0]
        extra = stream.codec_context.extradata or b""
        one = VideoFormat(codec, WIDTH, HEIGHT, extra)
        found = []
        for packet in given.demux(stream):
            if packet.size:
                pts = T0 + round(packet.pts * packet.time_base * 1_000_000)
                key = packet.is_keyframe or codec is Codec.MJPEG
                found.append(Packet(one, bytes(packet), pts, pts, 40_000, key))
    return found


@functools.cache
def audio(codec: Codec, seconds: float = 3, bits: int = 4, encoder_name: str = "") -> list[Packet]:
    """A 400 Hz tone that swells once a second."""
    name, one, samples = {
        Codec.PCMU: ("pcm_mulaw", AudioFormat(codec, 8000, 1), 160),
        Codec.PCMA: ("pcm_alaw", AudioFormat(codec, 8000, 1), 160),
        Codec.L16: ("pcm_s16be", AudioFormat(codec, 16000, 1, 16), 320),
        Codec.G726: ("g726le", AudioFormat(codec, 8000, 1, bits), 160),
        Codec.AAC: ("aac", AudioFormat(codec, 16000, 1), 1024),
        Codec.OPUS: ("libopus", AudioFormat(codec, 48000, 1), 960),
    }[codec]
    encoder = CodecContext.create(encoder_name or name, "w")
    assert isinstance(encoder, av.AudioCodecContext)
    planar = codec is Codec.AAC
    encoder.sample_rate, encoder.layout = one.sample_rate, "mono"
    encoder.format = "fltp" if planar else "s16"
    encoder.time_base = Fraction(1, one.sample_rate)
    if codec is Codec.G726:
        encoder.bit_rate = 8000 * bits
    encoder.open()
    extra = bytes(encoder.extradata or b"")
    one = AudioFormat(one.codec, one.sample_rate, 1, one.bits_per_sample, extra)
    # What an AAC decoder gives first is the encoder's run-up: a camera's time stamps are past it.
    delay = 1024 if codec is Codec.AAC else 0
    data = []
    for start in range(0, round((seconds + 0.5) * one.sample_rate), samples):
        frame = AudioFrame.from_ndarray(
            _tone(start + delay, samples, one.sample_rate, planar), encoder.format.name, "mono"
        )
        frame.sample_rate, frame.pts = one.sample_rate, start
        frame.time_base = encoder.time_base
        data += [bytes(packet) for packet in encoder.encode(frame)]
    if codec is Codec.G726:  # libav makes larger packets than cameras do
        whole = b"".join(data)
        data = [whole[at : at + 20 * bits] for at in range(0, len(whole), 20 * bits)]
    data = data[: round(seconds * one.sample_rate / samples)]
    step = samples * 1_000_000 // one.sample_rate
    times = [T0 + number * samples * 1_000_000 // one.sample_rate for number in range(len(data))]
    return [Packet(one, each, at, at, step, True) for each, at in zip(data, times, strict=True)]


def tone(start: int, count: int, rate: int) -> np.ndarray:  # type: ignore[type-arg]
    """Samples in [-1; 1]."""
    at = (np.arange(count) + start) / rate
    return np.sin(2 * math.pi * 400 * at) * (0.2 + 0.3 * (at % 1))


def _tone(start: int, count: int, rate: int, planar: bool) -> np.ndarray:  # type: ignore[type-arg]
    wave = tone(start, count, rate)
    if planar:
        return wave.astype(np.float32)[None, :]
    return (wave * 32767).astype(np.int16)[None, :]


def mixed(pictures: list[Packet], sounds: list[Packet]) -> list[Packet]:
    """In the order of arrival: sound when its last sample is there."""
    order = [(index / FPS * 1e6, one) for index, one in enumerate(pictures)]
    order += [(one.pts_us - T0 + one.duration_us, one) for one in sounds]
    return [one for _, one in sorted(order, key=lambda pair: pair[0])]
