"""MPEG-4 part 2 payloads (RFC 6416 §5, MP4V-ES): pieces of the elementary stream."""

from __future__ import annotations

from axxond.devices.bitstream import mpeg4
from axxond.devices.rtsp.depay.port import MAX_UNIT_BYTES, Emit
from protocol.types import Codec, VideoFormat


class Mpeg4:
    """`parameters` are the SDP's fmtp values; the VOL headers may also come in the stream."""

    def __init__(self, parameters: dict[str, str], emit: Emit) -> None:
        self.reorder: int | None = None
        self.dropped = 0
        self._emit = emit
        self._format: VideoFormat | None = None
        self._parts: list[bytes | memoryview] = []
        self._bytes = 0
        self._timestamp = -1
        self._has_picture = self._keyframe = self._damaged = False
        try:
            self._configure(bytes.fromhex(parameters.get("config", "")))
        except ValueError:
            return  # the stream will bring them

    @property
    def format(self) -> VideoFormat | None:
        return self._format

    @property
    def pending(self) -> bool:
        return bool(self._parts)

    def detach(self) -> None:
        self._parts = [bytes(part) for part in self._parts]

    def lost(self) -> None:
        self._damaged = True

    def push(self, data: memoryview, begin: int, end: int, timestamp: int, marker: bool) -> None:
        if timestamp != self._timestamp:
            if self._has_picture or self._damaged:
                self._finish()
            self._timestamp = timestamp
        if not self._has_picture:
            self._look(bytes(data[begin:end]))
        self._bytes += end - begin
        if self._bytes > MAX_UNIT_BYTES:
            self._parts, self._bytes, self._damaged = [], 0, True
        self._parts.append(data[begin:end])
        if marker and (self._has_picture or self._damaged):
            self._finish()

    def _look(self, piece: bytes) -> None:
        """Pieces before the VOP hold headers; the VOP's start is never split (§5.1)."""
        self._configure(mpeg4.headers(piece))
        at = mpeg4.find_vop(piece)
        if at >= 0:
            self._has_picture = True
            self._keyframe = mpeg4.is_intra(piece, at)

    def _configure(self, headers: bytes) -> None:
        if not headers or (self._format is not None and self._format.extradata == headers):
            return
        info = mpeg4.parse_vol(headers)
        self.reorder = info.reorder
        self._format = VideoFormat(Codec.MPEG4, info.width, info.height, headers)

    def _finish(self) -> None:
        parts, damaged = self._parts, self._damaged or not self._has_picture
        keyframe = self._keyframe
        self._parts, self._bytes = [], 0
        self._has_picture = self._keyframe = self._damaged = False
        if damaged:
            self.dropped += bool(parts)
        elif self._format is not None:
            self._emit(self._timestamp, b"".join(parts), keyframe, self._format, 0)
