"""Encoded video to pictures, one after the other, damaged ones left out."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from attrs import frozen
from av.codec import CodecContext
from av.packet import Packet as AvPacket
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from axxond.archive.errors import ExportError
from axxond.media.packet import Packet
from protocol.types import Codec, VideoFormat

_US = Fraction(1, 1_000_000)
_DECODERS = {Codec.H265: "hevc"}
_FRAME_US = 40_000  # where nothing says how long a picture is shown


@frozen
class Shown:
    """A decoded picture, when it is shown and for how long."""

    frame: VideoFrame
    pts_us: int
    duration_us: int


class PictureDecoder:
    """Follows changes of the format; `take` may hand out pictures of earlier packets."""

    def __init__(self) -> None:
        self._context: VideoCodecContext | None = None
        self._format: VideoFormat | None = None

    def take(self, packet: Packet) -> Iterator[Shown]:
        """Raises ExportError for a codec without a decoder."""
        assert isinstance(packet.format, VideoFormat)
        if packet.format != self._format or packet.discontinuity:
            yield from self.drain()
            self._context = _context(packet.format)
            self._format = packet.format
        given: AvPacket[Any] = AvPacket(packet.data)
        given.pts, given.dts, given.time_base = packet.pts_us, packet.dts_us, _US
        given.duration = packet.duration_us
        yield from self._decode(given)

    def drain(self) -> Iterator[Shown]:
        """What the decoder still holds; it begins anew afterwards."""
        if self._context is not None:
            yield from self._decode(None)
        self._context = self._format = None

    def _decode(self, packet: AvPacket[Any] | None) -> Iterator[Shown]:
        assert self._context is not None
        if packet is not None and not packet.size:
            return  # to libav that would be the end
        try:
            frames = self._context.decode(packet)
        except av.FFmpegError:
            return  # one damaged picture; others follow
        for frame in frames:
            if frame.pts is not None:
                yield Shown(frame, frame.pts, frame.duration or _FRAME_US)


def _context(one: VideoFormat) -> VideoCodecContext:
    name = _DECODERS.get(one.codec, one.codec.value)
    try:
        decoder = CodecContext.create(name, "r")
    except (av.FFmpegError, ValueError) as error:
        raise ExportError(f"cannot decode {one.codec.value} video") from error
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    decoder.width, decoder.height = one.width, one.height  # Snow does not say
    if one.extradata:
        decoder.extradata = one.extradata
    return decoder
