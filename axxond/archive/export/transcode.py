"""Video encoded anew as H.264: for painted pictures, and for codecs that MP4 cannot hold."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
from attrs import evolve
from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from axxond.archive.errors import ExportError
from axxond.archive.export.decode import PictureDecoder, Shown
from axxond.archive.export.paint import Painter
from axxond.devices.bitstream import annexb
from axxond.devices.bitstream.sets import ParameterSets
from axxond.media.packet import Packet
from protocol.types import Codec, VideoFormat

_US = Fraction(1, 1_000_000)
_GOP_US = 2_000_000
# Without look-ahead and B-frames a picture comes out as soon as it goes in.
_OPTIONS = {"preset": "veryfast", "tune": "zerolatency", "crf": "20"}


class Transcoder:
    """Takes a camera's packets, gives them back with other video, beginning exactly with the
    picture that is shown at `begin_us`.  Sound passes as it is."""

    def __init__(self, painter: Painter, begin_us: int) -> None:
        self._painter = painter
        self._begin_us = begin_us
        self._decoder = PictureDecoder()
        self._encoder: VideoCodecContext | None = None
        self._format: VideoFormat | None = None
        self._waiting: Shown | None = None  # shown last before the beginning
        self._key_us: int | None = None

    def take(self, packets: list[Packet]) -> Iterator[list[Packet]]:
        """Lists as the archive gives them: the first one of a list after a hole is marked."""
        if packets[0].discontinuity:
            yield from _lists(list(self._encoded(self._decoder.drain())))
            self._key_us = None
        made: list[Packet] = []
        for packet in packets:
            if packet.is_video:
                made += self._encoded(self._decoder.take(packet))
            elif packet.pts_us >= self._begin_us:
                made.append(packet)
        if made and packets[0].discontinuity:
            made[0] = evolve(made[0], discontinuity=True)
        yield from _lists(made)

    def end(self) -> Iterator[list[Packet]]:
        made = list(self._encoded(self._decoder.drain()))
        if self._waiting is not None:
            made += self._encode(self._first(self._waiting), self._waiting.pts_us)
            self._waiting = None
        yield from _lists(made)

    def _encoded(self, pictures: Iterator[Shown]) -> Iterator[Packet]:
        for picture in pictures:
            if picture.pts_us <= self._begin_us:
                self._waiting = picture
                continue
            if self._waiting is not None:
                yield from self._encode(self._first(self._waiting), self._waiting.pts_us)
                self._waiting = None
            yield from self._encode(picture, picture.pts_us)

    def _first(self, picture: Shown) -> Shown:
        """The picture that is on the screen when the period begins."""
        late_us = self._begin_us - picture.pts_us
        return Shown(picture.frame, self._begin_us, max(1, picture.duration_us - late_us))

    def _encode(self, picture: Shown, taken_us: int) -> Iterator[Packet]:
        painted = self._painter.paint(picture.frame, taken_us)
        encoder = self._fitting(painted)
        painted.pts, painted.time_base = picture.pts_us, _US
        if self._key_us is None or picture.pts_us - self._key_us >= _GOP_US:
            painted.pict_type = PictureType.I
            self._key_us = picture.pts_us
        try:
            encoded = [(bytes(one), one.is_keyframe) for one in encoder.encode(painted)]
        except av.FFmpegError as error:
            raise ExportError(f"cannot encode H.264: {error}") from error
        assert self._format is not None
        for data, key in encoded:
            units = annexb.join(annexb.split(data))
            at_us, span_us = picture.pts_us, picture.duration_us
            yield Packet(self._format, units, at_us, at_us, span_us, key)

    def _fitting(self, picture: VideoFrame) -> VideoCodecContext:
        known = self._encoder
        if known is not None and (known.width, known.height) == (picture.width, picture.height):
            return known
        encoder = CodecContext.create("libx264", "w")
        assert isinstance(encoder, VideoCodecContext)
        encoder.width, encoder.height = picture.width, picture.height
        encoder.pix_fmt = "yuv420p"
        encoder.time_base = _US
        encoder.framerate = Fraction(25)
        encoder.thread_count = 1
        encoder.options = {**_OPTIONS, "forced-idr": "1"}
        encoder.flags |= av.codec.context.Flags.global_header
        encoder.open()
        self._format = _format_of(encoder)
        self._key_us = None
        self._encoder = encoder
        return encoder


def _format_of(encoder: VideoCodecContext) -> VideoFormat:
    sets = ParameterSets(Codec.H264)
    for unit in annexb.split(bytes(encoder.extradata or b"")):
        sets.look(unit)
    sets.refresh()
    assert sets.format is not None
    return sets.format


def _lists(packets: list[Packet]) -> Iterator[list[Packet]]:
    if packets:
        yield packets
