"""H.264 payloads (RFC 6184, packetization modes 0 and 1): single NAL units, STAP-A, FU-A."""

from __future__ import annotations

import base64
import binascii

from axxond.devices.bitstream import h264
from axxond.devices.rtsp.depay.port import Emit
from axxond.devices.rtsp.depay.units import AccessUnits
from axxond.devices.rtsp.depay.whole import Whole
from protocol.types import Codec

_STAP_A, _FU_A = 24, 28


class H264(AccessUnits):
    """`parameters` are the SDP's fmtp values."""

    def __init__(self, parameters: dict[str, str], emit: Emit) -> None:
        super().__init__(Codec.H264, emit)
        for text in parameters.get("sprop-parameter-sets", "").split(","):
            self._sdp_set(text)
        self._sets.refresh()

    @property
    def is_between_units(self) -> bool:
        """Nothing is held, nothing was lost: a picture that came whole may be `taken`."""
        idle = not (self._parts or self._damaged or self._after_loss)
        return idle and self._trust_marker and self._sets.format is not None

    def take(self, picture: Whole) -> bool:
        """A whole picture; False: its time stamp says that it goes with the unit before."""
        known = self._sets.format
        if known is None or picture.timestamp == self._timestamp:
            return False
        self._timestamp = self._ended = picture.timestamp
        self._emit(picture.timestamp, picture.data, False, known, 0)
        return True

    def push(self, data: memoryview, begin: int, end: int, timestamp: int, marker: bool) -> None:
        if timestamp != self._timestamp:
            self._turn(timestamp)
        if end - begin < 2:
            return
        kind = data[begin] & 31
        if kind == _FU_A:
            if data[begin + 1] & 0xC0:
                self._fu(data, begin, end)
            else:  # neither the first nor the last: most packets are such
                self._fragment(data, begin + 2, end)
        elif kind == _STAP_A:
            self._aggregate(data, begin + 1, end)
        elif 1 <= kind <= 23:
            self._single(data, begin, end)
        else:
            raise ValueError(f"H.264 payload structure {kind}")
        if marker:
            self._end(timestamp)

    def _fu(self, data: memoryview, begin: int, end: int) -> None:
        header = data[begin + 1]
        if header & 0x80:
            kind = header & 31
            self._open_fragment(bytes((data[begin] & 0xE0 | kind,)))
            self._note_slice(kind, data, begin + 2, end)
        self._fragment(data, begin + 2, end)
        if header & 0x40 and self._slot >= 0:
            self._end_fragment(header & 31)

    def _end_fragment(self, kind: int) -> None:
        if kind in (h264.SPS, h264.PPS):
            self._split_fragment()
        else:
            self._close_fragment()

    def _aggregate(self, data: memoryview, position: int, end: int) -> None:
        while position + 2 < end:
            size = data[position] << 8 | data[position + 1]
            position += 2
            if position + size > end:
                raise ValueError("a NAL unit beyond its STAP-A packet")
            if size:
                self._single(data, position, position + size)
            position += size

    def _single(self, data: memoryview, begin: int, end: int) -> None:
        kind = data[begin] & 31
        if h264.SEI <= kind <= h264.PPS:
            nal = bytes(data[begin:end])
            if kind != h264.SEI and b"\0\0\1" in nal:
                self._split(nal)
                return
            self._look(nal)
        else:
            self._note_slice(kind, data, begin + 1, end)
        self._nal(data, begin, end)

    def _note_slice(self, kind: int, data: memoryview, begin: int, end: int) -> None:
        if 1 <= kind <= h264.IDR:
            # first_mb_in_slice = 0 is a single 1 bit
            self._note_picture(
                is_first=begin >= end or data[begin] >= 0x80, is_key=kind == h264.IDR
            )

    def _look(self, nal: bytes) -> None:
        kind = nal[0] & 31
        if kind == h264.SEI:
            self._keyframe = self._keyframe or h264.is_recovery_point(nal)
        elif 1 <= kind <= h264.IDR:
            self._has_picture = True
            self._keyframe = self._keyframe or kind == h264.IDR
        else:
            self._sets.look(nal)

    def _sdp_set(self, text: str) -> None:
        """One of sprop-parameter-sets; cameras pad it wrongly or leave start codes in."""
        text = text.strip()
        try:
            nal = base64.b64decode(text + "=" * (-len(text) % 4))
            nal = nal.removeprefix(b"\0\0\0\1").removeprefix(b"\0\0\1").rstrip(b"\0")
            if nal and nal[0] & 31 in (h264.SPS, h264.PPS):
                self._sets.look(nal)
        except (ValueError, binascii.Error):
            return  # the stream will bring them
