"""Sound as a camera would send it: rendered or given samples, encoded by libav."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
from attrs import frozen
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from axxond.devices.libav_tracks import AvTrack
from axxond.media.packet import Packet
from protocol.types import AudioFormat, Codec

Samples = NDArray[np.float32]
"""one channel, full scale 1.0"""


@frozen
class Coding:
    """How a camera encodes.  `container`: one that takes it."""

    codec: Codec
    encoder: str
    container: str
    rate: int


CODINGS = {
    coding.codec: coding
    for coding in (
        Coding(Codec.PCMU, "pcm_mulaw", "wav", 8000),
        Coding(Codec.PCMA, "pcm_alaw", "wav", 8000),
        Coding(Codec.G726, "g726le", "g726le", 8000),
        Coding(Codec.L16, "pcm_s16le", "wav", 16_000),
        Coding(Codec.AAC, "aac", "mp4", 16_000),
        Coding(Codec.OPUS, "libopus", "ogg", 48_000),
    )
}


def tone(seconds: float, dbfs: float, rate: int, hertz: float = 400.0) -> Samples:
    """A sine; full scale is 0 dBFS."""
    time = np.arange(round(seconds * rate)) / rate
    return (10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def hiss(seconds: float, dbfs: float, rate: int, seed: int = 1) -> Samples:
    """White noise with the power of a sine of that level."""
    random = np.random.default_rng(seed)
    scale = 10 ** (dbfs / 20) / np.sqrt(2)
    return (scale * random.standard_normal(round(seconds * rate))).astype(np.float32)


def joined(*parts: Samples) -> Samples:
    return np.concatenate(parts)


def encoded(
    samples: Samples, rate: int, codec: Codec, channels: int = 1, as_file: bool = False
) -> bytes:
    """It begins at 0.  G.726 `as_file`: in a container, packed the other way round."""
    coding = CODINGS[codec]
    if as_file and codec is Codec.G726:
        coding = Coding(codec, "g726", "wav", coding.rate)
    memory = io.BytesIO()
    with av.open(memory, "w", format=coding.container) as out:
        layout = "mono" if channels == 1 else "stereo"
        stream = out.add_stream(coding.encoder, rate=coding.rate, layout=layout)
        assert isinstance(stream, AudioStream)
        if codec is Codec.G726:
            stream.codec_context.bit_rate = 32_000
        if codec is Codec.AAC:
            stream.codec_context.bit_rate = 48_000 * channels
        frame = _frame(samples, rate, layout)
        resampler = av.AudioResampler(stream.codec_context.format, layout, coding.rate, 160)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return memory.getvalue()


def _frame(samples: Samples, rate: int, layout: str) -> av.AudioFrame:
    planes = np.stack([samples] * (1 if layout == "mono" else 2))
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(planes), "fltp", layout)
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    return frame


def packets(
    samples: Samples, rate: int, codec: Codec, begin_us: int, channels: int = 1
) -> list[Packet]:
    """As a driver gives them."""
    if codec is Codec.G726:
        return _g726(encoded(samples, rate, codec), begin_us)
    with av.open(io.BytesIO(encoded(samples, rate, codec, channels))) as source:
        stream = source.streams.audio[0]
        track = AvTrack(stream, timeless=False)
        return [one for packet in source.demux(stream) for one in track.placed(packet, begin_us)]


def _g726(data: bytes, begin_us: int) -> list[Packet]:
    """40 ms a packet; libav's demuxers tell nothing of RFC 3551's kind."""
    form, size = AudioFormat(Codec.G726, 8000, 1, 4), 160
    return [
        Packet(form, data[at : at + size], time_us, time_us, 40_000, keyframe=True)
        for number, at in enumerate(range(0, len(data), size))
        for time_us in [begin_us + number * 40_000]
    ]


def level_dbfs(samples: Sequence[float] | NDArray[np.float32]) -> float:
    """Of all of it, by the definition: power about the mean, against a full sine's."""
    values = np.asarray(samples, np.float64)
    return float(10 * np.log10(max(values.var() * 2, 1e-12)))
