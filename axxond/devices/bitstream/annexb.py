"""NAL units behind start codes (H.264 Annex B) to NAL units behind 4-byte lengths."""

from __future__ import annotations

import re

_START_CODE = re.compile(b"\0\0\1")


def split(data: bytes) -> list[bytes]:
    """The NAL units between start codes, without the zero bytes that may stand around them."""
    starts = [match.end() for match in _START_CODE.finditer(data)]
    ends = [start - 3 for start in starts[1:]] + [len(data)]
    units = (data[begin:end].rstrip(b"\0") for begin, end in zip(starts, ends, strict=False))
    return [unit for unit in units if unit]


def join(units: list[bytes]) -> bytes:
    """Each NAL unit behind its length."""
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def relength(data: bytes, size: int) -> bytes:
    """From lengths of `size` bytes to lengths of 4.  Raises ValueError for a cut unit."""
    units, position = [], 0
    while position < len(data):
        length = int.from_bytes(data[position : position + size], "big")
        position += size + length
        if position > len(data):
            raise ValueError("a NAL unit beyond its packet")
        units.append(data[position - length : position])
    return join(units)
