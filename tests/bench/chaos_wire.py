"""Between a camera and the server: RTSP with interleaved RTP taken apart, spoilt, put together.

Pure: bytes in, bytes out.  RFC 2326 §10.12 (interleaving), RFC 3550 §5.1 (RTP), §6.4.1 (SR).
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

from attrs import define, field

NTP_SHIFT = 32
_HEADER = struct.Struct(">BBHII")
_CLOCK = 90_000
_WRAP = 1 << 32


@define
class Splitter:
    """What a server sends, in whole pieces: ("text", bytes) or ("data", bytes of a frame)."""

    _data: bytearray = field(factory=bytearray)

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        self._data += data
        while (piece := self._piece()) is not None:
            yield piece

    def _piece(self) -> tuple[str, bytes] | None:
        data = self._data
        if len(data) < 4:
            return None
        if data[0] == 0x24:
            size = 4 + int.from_bytes(data[2:4], "big")
            return self._take("data", size)
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(data[: end + 4]).lower()
        at = head.find(b"content-length:")
        body = int(head[at + 15 : head.find(b"\r\n", at)]) if at >= 0 else 0
        return self._take("text", end + 4 + body)

    def _take(self, kind: str, size: int) -> tuple[str, bytes] | None:
        if len(self._data) < size:
            return None
        piece = bytes(self._data[:size])
        del self._data[:size]
        return kind, piece


def begins_picture(frame: bytes) -> bool:
    """Whether an interleaved H.264 packet begins a key frame (RFC 6184 §5.2: SPS, IDR, STAP-A,
    or the first FU-A of an IDR)."""
    kind = frame[16] & 0x1F
    if kind == 28:
        return bool(frame[17] & 0x80) and frame[17] & 0x1F == 5
    return kind in (5, 7, 24)


@define
class Spoiler:
    """One session's RTP of its first track, rewritten so that what is put in place of the
    camera's own packets looks like one unbroken source.

    `shift_s`: the camera's clock as it tells it, in time stamps and sender reports.
    `muddle`: time stamps are repeated and reversed.
    """

    shift_s: int = 0
    muddle: bool = False
    chance: random.Random = field(factory=lambda: random.Random(1))
    _sequence: int | None = None
    _ssrc: int = 0
    _payload_type: int = 0
    _last_ts: int = 0
    _rebase: int | None = None  # what is added to the time stamps of the present source
    _source: int = 0

    def rtp(self, frame: bytes, source: int = 0) -> bytes:
        """`source` 0: the camera; others take its place."""
        first, second, number, timestamp, ssrc = _HEADER.unpack_from(frame, 4)
        if self._sequence is None:
            self._sequence, self._ssrc, self._payload_type = number, ssrc, second & 0x7F
            self._rebase = 0
        elif source != self._source:
            own = (self._last_ts + _CLOCK // 25 - timestamp) % _WRAP
            self._rebase = 0 if source == 0 else own
        else:
            self._sequence = (self._sequence + 1) & 0xFFFF
        if source != self._source:
            self._sequence = (self._sequence + 1) & 0xFFFF
        self._source = source
        plain = (timestamp + (self._rebase or 0)) % _WRAP
        self._last_ts = plain
        stamp = (plain + self.shift_s * _CLOCK) % _WRAP
        if self.muddle:
            stamp = (stamp - self.chance.choice((0, 0, 3600, 7200, 9000))) % _WRAP
        second = second & 0x80 | self._payload_type
        head = _HEADER.pack(first, second, self._sequence, stamp, self._ssrc)
        return frame[:4] + head + frame[4 + _HEADER.size :]

    def rtcp(self, frame: bytes) -> bytes:
        """A sender report at the head of a compound packet."""
        if len(frame) < 24 or frame[5] != 200:
            return frame
        ntp_s, fraction, timestamp = struct.unpack_from(">III", frame, 12)
        stamp = (timestamp + self.shift_s * _CLOCK) % _WRAP
        told = struct.pack(">III", (ntp_s + self.shift_s) % _WRAP, fraction, stamp)
        return frame[:12] + told + frame[24:]
