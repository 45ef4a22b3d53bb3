"""Footage as pictures: JPEG or PNG files named by their time in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from axxond.archive.errors import ExportError
from axxond.archive.export.decode import PictureDecoder, Shown
from axxond.archive.export.names import instant
from axxond.archive.export.paint import Painter
from axxond.archive.export.port import CameraOrder
from axxond.media.packet import Packet
from protocol.types import Codec

_PICTURES = Fraction(1, 25)  # encoders want a rising time; nothing else depends on it
# libavcodec's scale for JPEG: 2 is best.
_JPEG_QUALITY = "2"


class PictureEncoder:
    """`form`: "jpeg" or "png"."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._encoder: VideoCodecContext | None = None
        self._count = 0

    def encode(self, frame: VideoFrame) -> bytes:
        if self._form == "jpeg":  # JPEG has the full range, whatever the camera's video has
            pixels = "yuvj420p"
            picture = frame.reformat(format=pixels, dst_color_range=ColorRange.JPEG)
        else:
            pixels = "rgb24"
            picture = frame.reformat(format=pixels)
        self._count += 1
        picture.pts, picture.time_base = self._count, _PICTURES
        encoder = self._encoder
        if encoder is None or (encoder.width, encoder.height) != (frame.width, frame.height):
            encoder = self._encoder = _encoder(self._form, pixels, frame)
        return b"".join(bytes(packet) for packet in encoder.encode(picture))


class FramesSink:
    """A picture at the beginning and one every `every_us` after it (0: all)."""

    def __init__(self, folder: Path, order: CameraOrder, painter: Painter | None) -> None:
        self._folder = folder
        self._form = order.form
        self._every_us = order.every_us
        self._due_us = order.begin_us
        self._painter = painter
        self._decoder = PictureDecoder()
        self._encoder = PictureEncoder(order.form)
        self._made: dict[Path, None] = {}

    def add(self, packets: list[Packet]) -> None:
        for packet in packets:
            if packet.is_video:
                self._take(packet)

    def finish(self) -> list[Path]:
        """Raises ExportError when not one picture could be decoded."""
        self._show(self._decoder.drain())
        if not self._made:
            raise ExportError("no picture in that period could be decoded")
        return list(self._made)

    def abort(self) -> None:
        """Nothing is open between two calls."""

    def _take(self, packet: Packet) -> None:
        as_it_is = self._form == "jpeg" and self._painter is None
        if as_it_is and packet.format.codec is Codec.MJPEG:
            if packet.pts_us >= self._due_us:
                self._store(packet.pts_us, packet.data)
        else:
            self._show(self._decoder.take(packet))

    def _show(self, pictures: Iterator[Shown]) -> None:
        for picture in pictures:
            if picture.pts_us >= self._due_us:
                frame = picture.frame
                if self._painter is not None:
                    frame = self._painter.paint(frame, picture.pts_us)
                self._store(picture.pts_us, self._encoder.encode(frame))

    def _store(self, time_us: int, data: bytes) -> None:
        if not data:
            return
        suffix = "jpg" if self._form == "jpeg" else "png"
        path = self._folder / f"{instant(time_us, with_ms=True)}.{suffix}"
        path.write_bytes(data)
        self._made[path] = None
        if self._every_us:
            self._due_us += (time_us - self._due_us) // self._every_us * self._every_us
            self._due_us += self._every_us


def _encoder(form: str, pixels: str, frame: VideoFrame) -> VideoCodecContext:
    encoder = CodecContext.create("mjpeg" if form == "jpeg" else "png", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height = frame.width, frame.height
    encoder.pix_fmt = pixels
    encoder.time_base = _PICTURES
    if form == "jpeg":
        encoder.options = {"qmin": _JPEG_QUALITY, "qmax": _JPEG_QUALITY}
    return encoder
