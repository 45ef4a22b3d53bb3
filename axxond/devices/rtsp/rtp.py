"""RTP headers and sequence numbers (RFC 3550 §5.1)."""

from __future__ import annotations

import struct

from attrs import define

from axxond.devices.rtsp.messages import MalformedError

HEADER = struct.Struct(">BBHII")
MIN_BYTES = HEADER.size
# A number so far behind is not an old packet on an ordered transport: the sender began anew.
_RESTART = 100


def payload_bounds(data: memoryview, begin: int, end: int) -> tuple[int, int]:
    """Where the payload of the RTP packet in data[begin:end] starts and stops.

    Takes off contributing sources, a header extension and padding.  Raises MalformedError.
    """
    if end - begin < MIN_BYTES:
        raise MalformedError(f"an RTP packet of {end - begin} bytes")
    first = data[begin]
    if first >> 6 != 2:
        raise MalformedError(f"RTP version {first >> 6}")
    start = begin + MIN_BYTES + 4 * (first & 15)
    if first & 0x10:
        if start + 4 > end:
            raise MalformedError("a header extension beyond the RTP packet")
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    if first & 0x20 and start < end:
        end -= data[end - 1]
    if start > end:
        raise MalformedError("a header or padding beyond the RTP packet")
    return start, end


@define
class Sequence:
    """Follows the 16-bit numbers of one source; `received` and `lost` only ever rise."""

    expected: int | None = None
    received: int = 0
    lost: int = 0
    cycles: int = 0  # wraps, for receiver reports

    def follow(self, number: int) -> int | None:
        """Packets lost just before this one (0 mostly); None: an old copy, to be ignored.

        After a restart of the sender the count goes on from the new number with 0 lost.
        """
        if number == self.expected and number != 0xFFFF:
            self.expected = number + 1
            self.received += 1
            return 0
        ahead = 0 if self.expected is None else (number - self.expected) & 0xFFFF
        if ahead > 0xFFFF - _RESTART:
            return None
        missing = ahead if ahead < 0x8000 else 0
        self.expected = (number + 1) & 0xFFFF
        self.cycles += self.expected == 0
        self.received += 1
        self.lost += missing
        return missing

    def skip(self, packets: int) -> None:
        """That many came in order, and the numbers did not wrap."""
        assert self.expected is not None
        self.expected += packets
        self.received += packets

    @property
    def highest(self) -> int:
        """The extended highest number received (RFC 3550 §6.4.1)."""
        expected = self.expected or 0
        return ((self.cycles << 16) + expected - 1) & 0xFFFFFFFF
