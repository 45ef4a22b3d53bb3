"""Sound decoding for detectors: packets to samples.  For one thread at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, ClassVar, Protocol, TypeVar

import av
import av.error
import numpy as np
from attrs import evolve
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from axxond.base.units import SECOND_US
from axxond.media.packet import Packet
from axxond.media.straight import StraightTime
from axxond.stream.hub import Gap, Item
from axxond.stream.stage import DecodeStats, Recipe, Stage
from protocol.types import AudioFormat, Codec

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Samples = NDArray[np.float32]
"""channels x samples, full scale 1.0, contiguous"""

_DECODERS = {
    Codec.PCMU: "pcm_mulaw",
    Codec.PCMA: "pcm_alaw",
    Codec.L16: "pcm_s16be",
    Codec.AAC: "aac",
    Codec.OPUS: "opus",
}
_G726_BITS = 4  # 32 kbit/s, the usual one (RFC 3551, 4.5.4)
_MIDDLE_U8 = 128  # of samples without a sign, which 8 bits are
# A level is told of every 50 ms and an event after some tenths of a second: sound may gather
# longer than pictures, which saves most hand-overs.
_GATHER_S = 0.2


class SoundWork(Protocol[R_co]):
    """What is done with a camera's sound, in the order of the stream."""

    def sound(self, samples: Samples, rate: int, time_us: int, /) -> R_co | None:
        """`rate` samples a second, the first one of `time_us`.  A result is delivered on the
        event loop."""

    def quiet(self, until_us: int, /) -> R_co | None:
        """A picture of that time has come; sound of before it comes within moments or never."""

    def gap(self, at_us: int, /) -> R_co | None:
        """The stream was interrupted."""


class SoundDecoder:
    """Packets of one sound track to samples.  Never raises on what a camera sent."""

    def __init__(self, stats: DecodeStats) -> None:
        self._stats = stats
        self._format: AudioFormat | None = None
        self._context: AudioCodecContext | None = None

    def reset(self) -> None:
        """Forget what the decoder holds."""
        self._format = None
        self._context = None

    def decode(self, packet: Packet) -> Iterator[tuple[Samples, int]]:
        """Samples and their rate."""
        self._stats.packets += 1
        if packet.discontinuity:
            self.reset()
        assert isinstance(packet.format, AudioFormat)
        if packet.format is not self._format:
            self._open(packet.format)
        if self._context is None or not packet.data:
            self._stats.errors += 1
            return
        # In libav's own memory, which has the zeros behind the end that decoders want.
        carrier: av.Packet[Any] = av.Packet(len(packet.data))
        carrier.update(packet.data)
        try:
            for frame in self._context.decode(carrier):
                self._stats.frames += 1
                yield samples_of(frame), frame.sample_rate
        except (av.error.FFmpegError, ValueError):
            self._stats.errors += 1

    def _open(self, wanted: AudioFormat) -> None:
        known, self._format = self._format, wanted
        if known == wanted and self._context is not None:
            return
        try:
            self._context = _context(wanted)
        except (av.error.FFmpegError, ValueError):
            self._context = None


def _context(wanted: AudioFormat) -> AudioCodecContext | None:
    """None where there is no decoder.  Raises what libav raises on nonsense."""
    if wanted.codec is Codec.G726:
        return _g726_context(wanted)
    name = _DECODERS.get(wanted.codec)
    if name is None:
        return None
    context = av.CodecContext.create(name, "r")
    assert isinstance(context, AudioCodecContext)
    context.thread_count = 1
    context.sample_rate = wanted.sample_rate
    context.layout = "stereo" if wanted.channels == 2 else "mono"
    if wanted.extradata:
        context.extradata = wanted.extradata
    return context


def _g726_context(wanted: AudioFormat) -> AudioCodecContext:
    """PyAV cannot set the bits a sample of a bare decoder, but libav's raw demuxer can."""
    options = {
        "code_size": str(wanted.bits_per_sample or _G726_BITS),
        "sample_rate": str(wanted.sample_rate),
    }
    with av.open(io.BytesIO(b"\0"), format="g726le", options=options) as container:
        context = container.streams.audio[0].codec_context
    assert isinstance(context, AudioCodecContext)
    return context


def samples_of(frame: AudioFrame) -> Samples:
    """Of whatever kind of samples; ValueError for one that PyAV cannot hand out (of 64 bits)."""
    array = frame.to_ndarray()
    if not frame.format.is_planar:
        array = array.reshape(-1, frame.layout.nb_channels).T
    planes = np.ascontiguousarray(array, np.float32)
    if array.dtype == np.uint8:
        return (planes - _MIDDLE_U8) / np.float32(_MIDDLE_U8)
    if array.dtype.kind == "i":
        planes /= np.float32(2.0 ** (8 * array.dtype.itemsize - 1))
    return planes


class SoundRecipe(Recipe[R]):
    """Of a stage that listens."""

    gather_s: ClassVar[float] = _GATHER_S
    heavy: ClassVar[bool] = False

    def chosen(self, items: list[Item]) -> list[Item]:
        """Of pictures the last one is enough, and that without its data."""
        kept = [item for item in items if isinstance(item, Gap) or not item.is_video]
        if not isinstance(items[-1], Gap) and items[-1].is_video:
            kept.append(evolve(items[-1], data=b""))
        return kept


class SoundStage(Stage[R]):
    """A stream's sound, decoded, and what `work` makes of it.  Its pictures are only a clock.
    `time`: as for pictures."""

    def __init__(self, work: SoundWork[R], time: StraightTime | None = None) -> None:
        super().__init__()
        self._work = work
        self._time = time or StraightTime()
        self._straight = time is not None
        self._decoder = SoundDecoder(self.stats)

    def feed(self, item: Item) -> Iterator[R]:
        if isinstance(item, Gap):
            self._decoder.reset()
            yield from _some(self._work.gap(item.at_us - self._time.shift_us))
            self._time.restart()
        elif item.is_video:
            yield from _some(self._work.quiet(item.pts_us - self._time.shift_us))
        else:
            time_us = item.pts_us
            if self._straight:
                time_us = self._time.of(item.pts_us, item.stream_us)
            for samples, rate in self._decoder.decode(item):
                yield from _some(self._work.sound(samples, rate, time_us))
                time_us += samples.shape[1] * SECOND_US // rate


def _some(result: R | None) -> Iterator[R]:
    if result is not None:
        yield result
