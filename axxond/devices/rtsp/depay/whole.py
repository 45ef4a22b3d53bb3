"""The common case in one go: a picture that is one slice and has come whole.

Nearly all pictures are such: one non-key slice, as one packet or in FU-A fragments (RFC 6184
§5.6, §5.8), all of it in the receive buffer, in order, nothing unusual in its headers.  Anything
else is left to the depacketizer, packet by packet.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

# Interleaving (RFC 2326 §10.12), RTP (RFC 3550 §5.1), the first two bytes of the payload.
_PACKET = struct.Struct(">BBHBBHIIBB")
_unpack = _PACKET.unpack_from
_FRONT_BYTES = 16
_LEAST_BYTES = 15  # an RTP header, a fragment's two bytes and one of its slice
_FU_A, _SLICE = 28, 1
_MARKER = 0x80


class Whole(NamedTuple):
    """A picture: `data` behind its 4-byte length; it ends at `end`, after `packets` packets."""

    timestamp: int
    data: bytes
    packets: int
    end: int


class Expected(NamedTuple):
    """What the next packet's headers must say."""

    channel: int
    payload_type: int
    number: int
    ssrc: int


def h264_picture(data: memoryview, at: int, write: int, expected: Expected) -> Whole | None:
    """The picture that begins with the interleaved packet at `at`; None: not the common case."""
    channel, payload_type, number, ssrc = expected
    parts: list[bytes | memoryview] = [b""]
    stamp = -1
    size = packets = 0
    while at + _PACKET.size <= write:
        dollar, on, length, first, second, count, timestamp, source, head, fu = _unpack(data, at)
        begin = at + _FRONT_BYTES
        at += 4 + length
        if (
            at > write
            or length < _LEAST_BYTES
            or dollar != 0x24
            or on != channel
            or first != 0x80
            or second & 0x7F != payload_type
            or count != number + packets
            or source != ssrc
        ):
            return None
        packets += 1
        if stamp < 0:
            stamp = timestamp
            if head & 31 == _SLICE:
                # fu is the slice's first byte: first_mb_in_slice = 0 is a single 1 bit.
                if fu < 0x80 or second < _MARKER:
                    return None
                body = (at - begin).to_bytes(4, "big") + data[begin:at]
                return Whole(stamp, body, packets, at)
            if head & 31 != _FU_A or fu & 0xDF != 0x80 | _SLICE or data[begin + 2] < 0x80:
                return None
            nal_head = head & 0xE0 | _SLICE
        elif timestamp != stamp or head & 31 != _FU_A or fu & 0x9F != _SLICE:
            return None
        parts.append(data[begin + 2 : at])
        size += at - begin - 2
        if fu & 0x40:
            if second < _MARKER:
                return None
            parts[0] = (size + 1).to_bytes(4, "big") + bytes((nal_head,))
            return Whole(stamp, b"".join(parts), packets, at)
        if second >= _MARKER:
            return None
    return None
