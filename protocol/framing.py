"""Bytes <-> frames: a 12-byte prefix, a msgpack header, a raw payload.

offset  size  field
0       2     magic "AX"
2       1     framing version, 1
3       1     kind (`FrameKind`)
4       4     header length in bytes, big-endian
8       4     payload length in bytes, big-endian
12            header, then payload
"""

from __future__ import annotations

import enum
import struct
from typing import Final

from attrs import frozen

from protocol.errors import ErrorCode, ProtocolError

MAGIC: Final = b"AX"
FRAMING_VERSION: Final = 1
PREFIX: Final = struct.Struct(">2sBBII")
PREFIX_BYTES: Final = PREFIX.size


class FrameKind(enum.IntEnum):
    HELLO = 0
    REQUEST = 1
    REPLY = 2
    ERROR = 3
    NOTICE = 4
    MEDIA = 5


_KINDS: Final = {int(kind): kind for kind in FrameKind}


@frozen
class Limits:
    """What one side accepts from the other."""

    max_header_bytes: int
    max_payload_bytes: int


# Greeting and log-in are small, and come from anyone who reaches the port.
BEFORE_LOGIN: Final = Limits(4 << 10, 0)
# A change of the whole tree with its zones; clients send no large payloads.
FROM_CLIENT: Final = Limits(1 << 20, 64 << 10)
# A tree or a time line of a large system; one key frame of a large camera.
FROM_SERVER: Final = Limits(16 << 20, 32 << 20)


@frozen
class Frame:
    """One frame as it was received."""

    kind: FrameKind
    header: bytes
    payload: bytes = b""

    @property
    def wire_bytes(self) -> int:
        return PREFIX_BYTES + len(self.header) + len(self.payload)


def pack(kind: FrameKind, header: bytes, payload: bytes | memoryview = b"") -> bytes:
    """One frame in one buffer; the payload is copied once."""
    prefix = PREFIX.pack(MAGIC, FRAMING_VERSION, kind, len(header), len(payload))
    return b"".join((prefix, header, payload))


class FrameParser:
    """Incremental: bytes in, frames out.

    What is kept between two calls is less than one frame, and a frame's lengths are checked as
    soon as its prefix is there, so that memory is bounded by `limits`.  A payload is copied once
    when its frame came whole, twice when it came in pieces.  After an error the parser is spent.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._kept = bytearray()
        self._needed = PREFIX_BYTES  # of the frame that begins `_kept`

    @property
    def kept_bytes(self) -> int:
        return len(self._kept)

    def feed(self, data: bytes | bytearray | memoryview) -> list[Frame]:
        """Raises ProtocolError BAD_FRAME for a wrong prefix and LIMIT for too large a frame."""
        frames: list[Frame] = []
        if not self._kept:
            rest = self._parse(memoryview(data), frames)
            self._kept += rest
            return frames
        self._kept += data
        if len(self._kept) < self._needed:
            return frames
        # The view must be released before the buffer may shrink.
        with memoryview(self._kept) as view:
            rest_bytes = len(self._parse(view, frames))
        del self._kept[: len(self._kept) - rest_bytes]
        return frames

    def _parse(self, view: memoryview, frames: list[Frame]) -> memoryview:
        position, end = 0, len(view)
        while end - position >= PREFIX_BYTES:
            kind, header_bytes, payload_bytes = self._prefix(view, position)
            self._needed = PREFIX_BYTES + header_bytes + payload_bytes
            if end - position < self._needed:
                return view[position:]
            header_at = position + PREFIX_BYTES
            payload_at = header_at + header_bytes
            position += self._needed
            header = bytes(view[header_at:payload_at])
            payload = bytes(view[payload_at:position]) if payload_bytes else b""
            frames.append(Frame(kind, header, payload))
        self._needed = PREFIX_BYTES
        return view[position:]

    def _prefix(self, view: memoryview, position: int) -> tuple[FrameKind, int, int]:
        magic, version, kind, header, payload = PREFIX.unpack_from(view, position)
        if magic != MAGIC or version != FRAMING_VERSION or kind not in _KINDS:
            shown = bytes(view[position : position + 4]).hex(" ")
            raise ProtocolError(ErrorCode.BAD_FRAME, f"no frame of this protocol: {shown} …")
        if header > self.limits.max_header_bytes or payload > self.limits.max_payload_bytes:
            text = (
                f"frame of {header} + {payload} bytes; at most "
                f"{self.limits.max_header_bytes} + {self.limits.max_payload_bytes}"
            )
            raise ProtocolError(ErrorCode.LIMIT, text)
        return _KINDS[kind], header, payload
