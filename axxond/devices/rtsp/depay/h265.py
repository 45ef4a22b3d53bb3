"""H.265 payloads (RFC 7798): single NAL units, aggregation packets, fragmentation units.

With `sprop-max-don-diff` > 0 each carries a decoding order number; it is taken off, as on an
ordered transport of one stream the order of sending is the order of decoding.
"""

from __future__ import annotations

import base64
import binascii

from axxond.devices.bitstream import h265
from axxond.devices.rtsp.depay.port import Emit
from axxond.devices.rtsp.depay.units import AccessUnits
from protocol.types import Codec

_AP, _FU = 48, 49


class H265(AccessUnits):
    """`parameters` are the SDP's fmtp values."""

    def __init__(self, parameters: dict[str, str], emit: Emit) -> None:
        super().__init__(Codec.H265, emit)
        self._don_bytes = 2 if _number(parameters.get("sprop-max-don-diff", "")) else 0
        for name in ("sprop-vps", "sprop-sps", "sprop-pps"):
            for text in parameters.get(name, "").split(","):
                self._sdp_set(text.strip())
        self._sets.refresh()

    def push(self, data: memoryview, begin: int, end: int, timestamp: int, marker: bool) -> None:
        if timestamp != self._timestamp:
            self._turn(timestamp)
        if end - begin < 3:
            return
        kind = data[begin] >> 1 & 63
        if kind == _FU:
            self._fu(data, begin, end)
        elif kind == _AP:
            self._aggregate(data, begin + 2, end)
        elif kind < _AP:
            # DONL stands between the header and the payload (§4.4.1).
            if self._don_bytes:
                self._without_number(data, begin, end)
            else:
                self._single(data, begin, end)
        else:
            raise ValueError(f"H.265 payload structure {kind}")
        if marker:
            self._end(timestamp)

    def _without_number(self, data: memoryview, begin: int, end: int) -> None:
        nal = memoryview(bytes(data[begin : begin + 2]) + bytes(data[begin + 4 : end]))
        self._single(nal, 0, len(nal))

    def _fu(self, data: memoryview, begin: int, end: int) -> None:
        header = data[begin + 2]
        kind = header & 63
        start = begin + 3
        if header & 0x80:
            start += self._don_bytes
            self._open_fragment(bytes((data[begin] & 0x81 | kind << 1, data[begin + 1])))
            self._note_slice(kind, data, start, end)
        self._fragment(data, start, end)
        if header & 0x40 and self._slot >= 0:
            if h265.VPS <= kind <= h265.PPS:
                self._split_fragment()
            else:
                self._close_fragment()

    def _aggregate(self, data: memoryview, position: int, end: int) -> None:
        position += self._don_bytes
        while position + 2 < end:
            size = data[position] << 8 | data[position + 1]
            position += 2
            if position + size > end:
                raise ValueError("a NAL unit beyond its aggregation packet")
            if size > 2:
                self._single(data, position, position + size)
            position += size + (1 if self._don_bytes else 0)

    def _single(self, data: memoryview, begin: int, end: int) -> None:
        kind = data[begin] >> 1 & 63
        if h265.VPS <= kind <= h265.PPS:
            nal = bytes(data[begin:end])
            if b"\0\0\1" in nal:
                self._split(nal)
                return
            self._look(nal)
        else:
            self._note_slice(kind, data, begin + 2, end)
        self._nal(data, begin, end)

    def _note_slice(self, kind: int, data: memoryview, begin: int, end: int) -> None:
        if kind <= h265.LAST_VCL:
            self._note_picture(
                is_first=begin >= end or data[begin] >= 0x80,
                is_key=h265.FIRST_IRAP <= kind <= h265.LAST_IRAP,
            )

    def _look(self, nal: bytes) -> None:
        kind = h265.kind(nal)
        if kind <= h265.LAST_VCL:
            self._has_picture = True
            self._keyframe = self._keyframe or h265.FIRST_IRAP <= kind <= h265.LAST_IRAP
        else:
            self._sets.look(nal)

    def _sdp_set(self, text: str) -> None:
        try:
            nal = base64.b64decode(text + "=" * (-len(text) % 4))
            if len(nal) > 2:
                self._sets.look(nal)
        except (ValueError, IndexError, binascii.Error):
            return  # the stream will bring them


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
