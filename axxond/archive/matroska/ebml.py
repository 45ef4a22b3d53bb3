"""EBML elements, RFC 8794: heads, values, and a parser that never trusts a size."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from attrs import frozen

from axxond.archive.errors import EbmlError

UNKNOWN_SIZE = -1
# A header of ours has some 60 elements; more than this in one parent is not worth reading.
_MAX_CHILDREN = 100_000


@frozen
class Element:
    """An element in a buffer: its data is [begin; end)."""

    id: int
    begin: int
    end: int


def encode_id(element_id: int) -> bytes:
    return element_id.to_bytes((element_id.bit_length() + 7) // 8, "big")


def encode_size(size: int) -> bytes:
    """The shortest length descriptor that is not the reserved all-ones one (section 6.2)."""
    width = 1
    while size >= (1 << (7 * width)) - 1:
        width += 1
    if width > 8:
        raise EbmlError(f"an element of {size} bytes is too large for EBML")
    return (size | 1 << (7 * width)).to_bytes(width, "big")


def element(element_id: int, data: bytes) -> bytes:
    return encode_id(element_id) + encode_size(len(data)) + data


def uint(element_id: int, value: int) -> bytes:
    return element(element_id, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def sint(element_id: int, value: int, width: int = 8) -> bytes:
    return element(element_id, value.to_bytes(width, "big", signed=True))


def float64(element_id: int, value: float) -> bytes:
    return element(element_id, struct.pack(">d", value))


def text(element_id: int, value: str) -> bytes:
    return element(element_id, value.encode())


def master(element_id: int, *children: bytes) -> bytes:
    return element(element_id, b"".join(children))


def read_id(data: bytes, position: int) -> tuple[int, int]:
    """The id at `position` and the position behind it.  Raises EbmlError."""
    if position >= len(data):
        raise EbmlError("the data ends before an element's id")
    first = data[position]
    width = 9 - first.bit_length()
    if width > 4 or position + width > len(data):
        raise EbmlError(f"no element id at byte {position}")
    return int.from_bytes(data[position : position + width], "big"), position + width


def read_size(data: bytes, position: int) -> tuple[int, int]:
    """The size at `position` (or UNKNOWN_SIZE) and the position behind it.  Raises EbmlError."""
    if position >= len(data):
        raise EbmlError("the data ends before an element's size")
    first = data[position]
    width = 9 - first.bit_length()
    if width > 8 or position + width > len(data):
        raise EbmlError(f"no element size at byte {position}")
    value = int.from_bytes(data[position : position + width], "big")
    value &= (1 << (7 * width)) - 1
    if value == (1 << (7 * width)) - 1:
        value = UNKNOWN_SIZE
    return value, position + width


def read_head(data: bytes, position: int) -> Element:
    """The element at `position`; `end` may lie beyond the buffer, or be UNKNOWN_SIZE."""
    element_id, position = read_id(data, position)
    size, position = read_size(data, position)
    return Element(element_id, position, UNKNOWN_SIZE if size < 0 else position + size)


def children(data: bytes, begin: int, end: int) -> Iterator[Element]:
    """The elements in [begin; end).  Raises EbmlError at one that reaches past `end`."""
    position = begin
    for _ in range(_MAX_CHILDREN):
        if position >= end:
            return
        child = read_head(data, position)
        if child.end == UNKNOWN_SIZE or child.end > end:
            raise EbmlError(f"the element at byte {position} reaches past its parent")
        yield child
        position = child.end
    raise EbmlError(f"more than {_MAX_CHILDREN} elements in one")


def as_uint(data: bytes, element_: Element) -> int:
    """0 for an empty element, as section 7.2 has it.  Raises EbmlError."""
    if element_.end - element_.begin > 8:
        raise EbmlError("an unsigned integer has more than 8 bytes")
    return int.from_bytes(data[element_.begin : element_.end], "big")


def as_sint(data: bytes, element_: Element) -> int:
    if element_.end - element_.begin > 8:
        raise EbmlError("a signed integer has more than 8 bytes")
    return int.from_bytes(data[element_.begin : element_.end], "big", signed=True)


def as_float(data: bytes, element_: Element) -> float:
    raw = data[element_.begin : element_.end]
    if len(raw) == 8:
        return float(struct.unpack(">d", raw)[0])
    if len(raw) == 4:
        return float(struct.unpack(">f", raw)[0])
    if not raw:
        return 0.0
    raise EbmlError("a float has neither 4 nor 8 bytes")


def as_text(data: bytes, element_: Element) -> str:
    raw = data[element_.begin : element_.end].split(b"\0", 1)[0]
    return raw.decode("utf-8", errors="replace")
