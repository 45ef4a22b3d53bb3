"""Video decoding for detectors: packets to planes.  For one thread at a time."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any, Protocol, TypeVar

import av
import av.error
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from axxond.base.units import SECOND_US
from axxond.media.packet import Packet
from axxond.media.straight import StraightTime
from axxond.stream import hardware, planes
from axxond.stream.hub import Gap, Item
from axxond.stream.planes import Chroma, Plane
from axxond.stream.stage import DecodeStats, Stage
from protocol.types import Codec, VideoFormat

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

# Streams with gradual refresh have no key frames; after so long without one, decode regardless.
_MAX_BLIND_US = 10 * SECOND_US

_DECODERS = {
    Codec.H264: "h264",
    Codec.H265: "hevc",
    Codec.MJPEG: "mjpeg",
    Codec.MPEG4: "mpeg4",
    Codec.MXPEG: "mxpeg",
    Codec.SNOW: "snow",
    Codec.AV1: "av1",
}


class FrameWork(Protocol[R_co]):
    """What is done with a stream's pictures, one call at a time and in the order of the
    stream."""

    def frame(self, luma: Plane, pts_us: int, chroma: Chroma | None, /) -> R_co | None:
        """`luma`, `chroma`: as `planes` gives them, valid during the call only.  A result is
        delivered on the event loop."""

    def gap(self, at_us: int, /) -> R_co | None:
        """The stream was interrupted."""


class Discard(enum.Enum):
    """What need not be decoded."""

    NOTHING = "nothing"
    NON_REFERENCE = "non-reference"  # pictures that no other builds on
    NON_KEY = "non-key"


class Decoder:
    """Packets of one video track to luma planes.  Never raises on what a camera sent.

    After a loss or an error nothing is given out up to the next key frame (or _MAX_BLIND_US):
    grey smears would be taken for motion.  `discard` holds from the next packet on.
    """

    def __init__(self, stats: DecodeStats) -> None:
        self._stats = stats
        self._format: VideoFormat | None = None
        self._context: VideoCodecContext | None = None
        self._blind_since_us: int | None = None
        self._sound = False
        self.discard = Discard.NOTHING
        self._skips = False  # what no other picture builds on, in libav
        self._card_may = True  # the graphics card has not failed on this stream
        self._card_has = False  # it has given a picture

    def reset(self) -> None:
        """Forget all reference pictures; wait for a key frame."""
        self._context = None
        self._format = None
        self._sound = False
        self._blind_since_us = None

    def decode(self, packet: Packet) -> Iterator[tuple[Plane, int, Chroma | None]]:
        """Luma, time and colour of every picture that this packet completes."""
        stats = self._stats
        stats.packets += 1
        if packet.discontinuity:
            self.reset()
        if packet.lost_before:
            self._sound = False
        if packet.format is not self._format and not self._open(packet.format):
            stats.errors += 1
            return
        if not self._is_decodable(packet):
            stats.skipped += 1
            return
        for frame in self._frames(packet):
            if frame.is_corrupt:
                self._damaged()
                continue
            stats.frames += 1
            pts_us = packet.pts_us if frame.pts is None else frame.pts
            yield _looked_at(frame, pts_us)

    def _open(self, wanted: Any) -> bool:
        """Make the context fit; False when there is no decoder."""
        known, self._format = self._format, wanted
        if known == wanted and self._context is not None:
            return True
        self._context = None
        self._sound = False
        name = _DECODERS.get(wanted.codec)
        if name is None:
            return False
        try:
            context = self._made(name)
            context.thread_count = 1
            context.width, context.height = wanted.width, wanted.height  # Snow does not say
            if wanted.extradata:
                context.extradata = wanted.extradata
            context.open()
            self._skips = False
        except (av.error.FFmpegError, ValueError):
            return False
        self._context = context
        return True

    def _made(self, name: str) -> VideoCodecContext:
        """On the graphics card, if that is wished and it can."""
        context = hardware.CARD.context(name) if self._card_may else None
        self._stats.on_card, self._card_has = context is not None, False
        if context is not None:
            return context
        made = av.CodecContext.create(name, "r")
        assert isinstance(made, VideoCodecContext)
        return made

    def _is_decodable(self, packet: Packet) -> bool:
        if self._context is None:
            return False
        if packet.keyframe:
            self._sound = True
        elif self.discard is Discard.NON_KEY:
            self._sound = False  # what follows builds on it
            self._blind_since_us = None
            return False
        if self._sound:
            self._blind_since_us = None
            return True
        if self._blind_since_us is None:
            self._blind_since_us = packet.dts_us
        self._sound = abs(packet.dts_us - self._blind_since_us) >= _MAX_BLIND_US
        return self._sound

    def _frames(self, packet: Packet) -> list[VideoFrame]:
        assert self._context is not None
        if self._skips is not (self.discard is Discard.NON_REFERENCE):
            self._skips = not self._skips
            self._context.skip_frame = "NONREF" if self._skips else "DEFAULT"
        if not packet.data:
            self._damaged()  # to libav, an empty packet is the end of the stream
            return []
        # In libav's own memory: it reads on behind the end and wants zeros there; a Packet made
        # of bytes has whatever lies there (MPEG-4 pictures were called corrupt at random).
        carrier = av.Packet(len(packet.data))
        carrier.update(packet.data)
        carrier.pts = packet.pts_us
        carrier.dts = packet.dts_us
        try:
            frames = self._context.decode(carrier)
        except av.error.FFmpegError as error:
            if self._stats.on_card and not self._card_has:
                return self._without_card(packet, error)
            self._damaged()
            return []
        if self._stats.on_card and frames:
            self._card_has = True
            # As the processor's decoder gives them: the card's have both colours in one plane.
            return [frame.reformat(format="yuv420p") for frame in frames]
        return frames

    def _without_card(self, packet: Packet, error: Exception) -> list[VideoFrame]:
        """It has failed before its first picture: the processor decodes, from here on."""
        hardware.CARD.refused(error)
        self._card_may = False
        wanted, self._format, self._context = self._format, None, None
        self._sound = packet.keyframe
        if not self._open(wanted) or not packet.keyframe:
            self._damaged()
            return []
        self._sound = True
        return self._frames(packet)

    def _damaged(self) -> None:
        self._stats.errors += 1
        self._sound = False


def _looked_at(frame: VideoFrame, pts_us: int) -> tuple[Plane, int, Chroma | None]:
    luma, chroma = planes.read(frame)
    return luma, pts_us, chroma


class PictureStage(Stage[R]):
    """A stream's pictures, decoded, and what `work` makes of them.  With `time`, `work` gets all
    times by that."""

    def __init__(self, work: FrameWork[R], time: StraightTime | None = None) -> None:
        super().__init__()
        self._work = work
        self._time = time or StraightTime()
        self._straight = time is not None
        self._decoder = Decoder(self.stats)

    def discard(self, what: Discard) -> None:
        """From the next packet on."""
        self._decoder.discard = what

    def feed(self, item: Item) -> Iterator[R]:
        if isinstance(item, Gap):
            self._decoder.reset()
            if (result := self._work.gap(item.at_us - self._time.shift_us)) is not None:
                yield result
            self._time.restart()
        elif item.is_video:
            for luma, pts_us, chroma in self._decoder.decode(item):
                result = self._work.frame(luma, self._time_of(item, pts_us), chroma)
                del luma, chroma  # so that the decoder can use the same, warm memory again
                if result is not None:
                    yield result

    def _time_of(self, packet: Packet, pts_us: int) -> int:
        """Of a picture that came with the packet, which need not be the packet's own."""
        if not self._straight:
            return pts_us
        if packet.stream_us is None:
            return self._time.of(pts_us, None)
        return self._time.of(pts_us, packet.stream_us + pts_us - packet.pts_us)
