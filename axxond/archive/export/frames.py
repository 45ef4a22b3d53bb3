"""Footage as pictures: a zip of JPEG or PNG files named by their time in UTC."""

from __future__ import annotations

import contextlib
import time
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.codec import CodecContext
from av.packet import Packet as AvPacket
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from axxond.archive.errors import ExportError
from axxond.media.packet import Packet
from protocol.types import Codec, Format

_US = Fraction(1, 1_000_000)
_PICTURES = Fraction(1, 25)  # encoders want a rising time; nothing else depends on it
_DECODERS = {Codec.H265: "hevc"}
# libavcodec's scale for JPEG: 2 is best.
_JPEG_QUALITY = "2"


class FramesSink:
    """A picture at `begin_us` and one every `every_us` after it (0: all)."""

    def __init__(self, path: Path, form: str, begin_us: int, every_us: int) -> None:
        """Raises OSError."""
        self._path = path
        self._form = form
        self._every_us = every_us
        self._due_us = begin_us
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)
        self._decoder: VideoCodecContext | None = None
        self._format: Format | None = None
        self._encoder: VideoCodecContext | None = None
        self._count = 0

    def add(self, packets: list[Packet]) -> None:
        for packet in packets:
            if packet.is_video:
                self._take(packet)

    def finish(self) -> None:
        """Raises ExportError when not one picture could be decoded."""
        self._drain()
        self._zip.close()
        if not self._count:
            raise ExportError("no picture in that period could be decoded")

    def abort(self) -> None:
        with contextlib.suppress(OSError):
            self._zip.close()
            self._path.unlink(missing_ok=True)

    def _take(self, packet: Packet) -> None:
        if packet.format.codec is Codec.MJPEG and self._form == "jpeg":
            if packet.pts_us >= self._due_us:
                self._store(packet.pts_us, packet.data)
            return
        if packet.format != self._format:
            self._drain()
            self._decoder = _decoder(packet.format)
            self._format = packet.format
        given: AvPacket[Any] = AvPacket(packet.data)
        given.pts, given.dts, given.time_base = packet.pts_us, packet.dts_us, _US
        self._decode(given)

    def _drain(self) -> None:
        if self._decoder is not None:
            self._decode(None)
            self._decoder = None

    def _decode(self, packet: AvPacket[VideoStream] | None) -> None:
        assert self._decoder is not None
        try:
            frames = self._decoder.decode(packet)
        except av.FFmpegError:
            return  # one damaged picture; others follow
        for frame in frames:
            if frame.pts is not None and frame.pts >= self._due_us:
                self._store(frame.pts, b"".join(self._encode(frame)))

    def _encode(self, frame: VideoFrame) -> Iterator[bytes]:
        if self._form == "jpeg":  # JPEG has the full range, whatever the camera's video has
            pixels = "yuvj420p"
            picture = frame.reformat(format=pixels, dst_color_range=ColorRange.JPEG)
        else:
            pixels = "rgb24"
            picture = frame.reformat(format=pixels)
        picture.pts, picture.time_base = self._count, _PICTURES
        encoder = self._encoder
        if encoder is None or (encoder.width, encoder.height) != (frame.width, frame.height):
            encoder = self._encoder = _encoder(self._form, pixels, frame)
        for packet in encoder.encode(picture):
            yield bytes(packet)

    def _store(self, time_us: int, data: bytes) -> None:
        if not data:
            return
        at = time.gmtime(time_us // 1_000_000)
        stamp = time.strftime("%Y-%m-%dT%H-%M-%S", at)
        suffix = "jpg" if self._form == "jpeg" else "png"
        self._zip.writestr(f"{stamp}.{time_us // 1000 % 1000:03}Z.{suffix}", data)
        self._count += 1
        if self._every_us:
            self._due_us += (time_us - self._due_us) // self._every_us * self._every_us
            self._due_us += self._every_us


def _decoder(one: Format) -> VideoCodecContext:
    name = _DECODERS.get(one.codec, one.codec.value)
    try:
        decoder = CodecContext.create(name, "r")
    except (av.FFmpegError, ValueError) as error:
        raise ExportError(f"cannot decode {one.codec.value} video") from error
    assert isinstance(decoder, VideoCodecContext)
    if one.extradata:
        decoder.extradata = one.extradata
    return decoder


def _encoder(form: str, pixels: str, frame: VideoFrame) -> VideoCodecContext:
    encoder = CodecContext.create("mjpeg" if form == "jpeg" else "png", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height = frame.width, frame.height
    encoder.pix_fmt = pixels
    encoder.time_base = _PICTURES
    if form == "jpeg":
        encoder.options = {"qmin": _JPEG_QUALITY, "qmax": _JPEG_QUALITY}
    return encoder
