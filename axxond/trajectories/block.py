"""Points of one camera as a block: two parts of columns and a header.  Pure; the bytes are
described in the package's docstring."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from attrs import astuple, frozen
from numpy.typing import NDArray

from axxond.base.errors import AxxonError
from axxond.base.units import MS_US, SECOND_US
from axxond.trajectories.points import POINT, Flag, Points

MAGIC = b"AXTB"
VERSION = 1
HEADER = np.dtype(
    [
        ("magic", "S4"),
        ("version", "<u2"),
        ("reserved", "<u2"),
        ("points", "<u4"),
        ("runs", "<u4"),
        ("first_us", "<i8"),
        ("last_us", "<i8"),
        ("through", "<u8"),
        ("left", "<u2"),
        ("right", "<u2"),
        ("top", "<u2"),
        ("bottom", "<u2"),
        ("most_width", "<u2"),
        ("most_height", "<u2"),
        ("colours", "<u2"),
        ("padding", "<u2"),
        ("first_object", "<u4"),
        ("last_object", "<u4"),
        ("next_object", "<u4"),
        ("bytes", "<u4"),
        ("where_crc", "<u4"),
        ("what_crc", "<u4"),
        ("spare", "<u8"),
        ("spare2", "<u4"),
        ("crc", "<u4"),
    ]
)
"""`left` .. `bottom`: where objects stood.  `bytes`: of both parts."""
HEADER_BYTES = HEADER.itemsize
_RUN_BYTES = 16
# A block's points, at most: what is read at once, and a camera's memory until it is written.
MAX_POINTS = 16_384
_WHERE_BYTES, _WHAT_BYTES = 4, 13  # a point
_WHAT_KINDS = ("<u4", "<u2", "<u2", "<u2", "<u2", "u1")
# Who has not been told for longer is gone (twice the longest gap of the thinner).
_CARRIED_US = 20 * SECOND_US
_MAX_SPAN_MS = (1 << 32) - 1

Header = Any
"""one of HEADER (numpy.void)"""
Column = NDArray[Any]
Bytes = bytes | bytearray


class DamagedBlockError(AxxonError):
    """Bytes that are no block, or no longer one."""


@frozen(eq=False)
class Where:
    """The first part of a block: its runs, and where each point is (columns of points.POINT)."""

    number: Column  # of each run: its object
    begin: Column
    bounds: Column  # 4 x runs: left, right, top, bottom
    places: Column  # 2 x points: x, y

    @property
    def counts(self) -> NDArray[np.int64]:
        """Points of each run."""
        ends = np.append(self.begin[1:].astype(np.int64), self.places.shape[1])
        return ends - self.begin

    @property
    def nbytes(self) -> int:
        return int(
            self.places.nbytes + self.number.nbytes + self.begin.nbytes + self.bounds.nbytes
        )


@frozen(eq=False)
class What:
    """The second part; `time_ms` counts from the block's first moment."""

    time_ms: Column
    width: Column
    height: Column
    still: Column
    colour: Column
    flags: Column


@frozen(eq=False)
class Block:
    header: Header
    where: Where
    what: What

    @property
    def points(self) -> Points:
        """By object and time."""
        found = np.zeros(int(self.header["points"]), POINT)
        found["object"] = np.repeat(self.where.number, self.where.counts)
        found["x"], found["y"] = self.where.places
        found["time_us"] = self.what.time_ms.astype(np.int64) * MS_US + int(
            self.header["first_us"]
        )
        for name in ("width", "height", "still", "colour", "flags"):
            found[name] = getattr(self.what, name)
        return found


def build(points: Points, through: int = 0, next_object: int = 0) -> Block:
    """At least one point; each object's in the order of time.  ValueError when they span more
    than 49 days."""
    order = np.argsort(points["object"], kind="stable")
    points = points[order]
    first_us, last_us = int(points["time_us"].min()), int(points["time_us"].max())
    if (last_us - first_us) // MS_US > _MAX_SPAN_MS:
        raise ValueError("the points of a block span more than 49 days")
    where = _where(points)
    header = np.zeros((), HEADER)
    header["magic"], header["version"] = MAGIC, VERSION
    header["points"], header["runs"] = len(points), len(where.number)
    header["first_us"], header["last_us"] = first_us, last_us
    header["through"], header["next_object"] = through, next_object
    header["left"], header["right"] = points["x"].min(), points["x"].max()
    header["top"], header["bottom"] = points["y"].min(), points["y"].max()
    header["most_width"], header["most_height"] = points["width"].max(), points["height"].max()
    header["first_object"], header["last_object"] = where.number[0], where.number[-1]
    return Block(header[()], where, _what(points))


def _where(points: Points) -> Where:
    numbers, begins = np.unique(points["object"], return_index=True)
    places = np.stack([points["x"], points["y"]])
    bounds = np.stack(
        [reduce.reduceat(row, begins) for row in places for reduce in (np.minimum, np.maximum)]
    )
    return Where(numbers, begins.astype("<u4"), bounds, places)


def _what(points: Points) -> What:
    since = points["time_us"] - points["time_us"].min()
    rest = (_column(points, name) for name in ("width", "height", "still", "colour", "flags"))
    return What((since // MS_US).astype("<u4"), *rest)


def _column(points: Points, name: str) -> Column:
    return np.ascontiguousarray(points[name])


def encode(block: Block) -> bytes:
    where, what = block.where, block.what
    first, second = _joined(astuple(where, recurse=False)), _joined(astuple(what, recurse=False))
    header = np.array(block.header, HEADER)
    header["bytes"] = len(first) + len(second)
    header["where_crc"], header["what_crc"] = zlib.crc32(first), zlib.crc32(second)
    header["crc"] = zlib.crc32(header.tobytes()[:-4])
    return header.tobytes() + first + second


def _joined(columns: tuple[Column, ...]) -> bytes:
    return b"".join(column.tobytes() for column in columns)


def read_header(data: Bytes) -> Header:
    """Of the first HEADER_BYTES; DamagedBlockError."""
    if len(data) < HEADER_BYTES:
        raise DamagedBlockError("it ends within the header")
    header: Header = np.frombuffer(data[:HEADER_BYTES], HEADER)[0]
    if header["magic"] != MAGIC or int(header["crc"]) != zlib.crc32(data[: HEADER_BYTES - 4]):
        raise DamagedBlockError("its header is not one")
    if header["version"] != VERSION:
        text = f"it is of format {header['version']}, this program knows {VERSION}"
        raise DamagedBlockError(text)
    points, runs = int(header["points"]), int(header["runs"])
    expected = points * (_WHERE_BYTES + _WHAT_BYTES) + runs * _RUN_BYTES
    if not 0 < runs <= points <= MAX_POINTS or int(header["bytes"]) != expected:
        raise DamagedBlockError("its header contradicts itself")
    return header


def where_bytes(header: Header) -> int:
    return int(header["points"]) * _WHERE_BYTES + int(header["runs"]) * _RUN_BYTES


def what_bytes(header: Header) -> int:
    return int(header["points"]) * _WHAT_BYTES


def read_where(header: Header, data: Bytes) -> Where:
    """Of exactly `where_bytes`; DamagedBlockError."""
    if len(data) != where_bytes(header) or zlib.crc32(data) != int(header["where_crc"]):
        raise DamagedBlockError("the part with the places is damaged")
    count, runs = int(header["points"]), int(header["runs"])
    wanted = (("<u4", runs), ("<u4", runs), ("<u2", 4 * runs), ("<u2", 2 * count))
    numbers, begin, bounds, places = _columns(data, wanted)
    where = Where(numbers, begin, bounds.reshape(4, runs), places.reshape(2, count))
    begins = where.begin.astype(np.int64)
    if begins[0] != 0 or begins[-1] >= count or (np.diff(begins) <= 0).any():
        raise DamagedBlockError("its directory contradicts itself")
    return where


def read_what(header: Header, data: Bytes) -> What:
    """Of exactly `what_bytes`; DamagedBlockError."""
    if len(data) != what_bytes(header) or zlib.crc32(data) != int(header["what_crc"]):
        raise DamagedBlockError("the part with the times is damaged")
    count = int(header["points"])
    return What(*_columns(data, [(kind, count) for kind in _WHAT_KINDS]))


def _columns(data: Bytes, wanted: Iterable[tuple[str, int]]) -> Iterator[Column]:
    offset = 0
    for kind, count in wanted:
        column = np.frombuffer(data, kind, count, offset)
        offset += column.nbytes
        yield column


def carried(points: Points) -> Points:
    """The last point of each object that may go on after these, marked as repeated: with it in
    front, the next block has the way from one to the other."""
    _, last = np.unique(points["object"][::-1], return_index=True)
    rows: Points = points[np.sort(len(points) - 1 - last)]
    lately = rows["time_us"] >= int(points["time_us"].max()) - _CARRIED_US
    rows = rows[lately & ((rows["flags"] & Flag.END) == 0)]
    rows["flags"] |= np.uint8(Flag.REPEATED)
    return rows
