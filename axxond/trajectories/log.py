"""What is in no block yet, on disk: records that are appended and flushed.  Blocks."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from axxond.trajectories.files import sync_folder
from axxond.trajectories.points import POINT, Points

SUFFIX = ".axl"
_MAGIC = b"AXTL"
_HEAD = struct.Struct("<4sIIQ")
_NUMBER = struct.Struct("<Q")
_COUNT = struct.Struct("<I")
# No record is larger (64 cameras flush some kilobytes); a length beyond it is damage.
_MAX_BODY_BYTES = 64 << 20
_sync = getattr(os, "fdatasync", os.fsync)


class Log:
    """One file; `bytes` is its length.  Errors are OSError."""

    def __init__(self, path: Path) -> None:
        """A new file."""
        self.path = path
        self.bytes = 0
        self._file: BinaryIO = path.open("xb", buffering=0)
        sync_folder(path.parent)

    def append(self, number: int, points: Mapping[str, Points]) -> None:
        """On the disk when it returns."""
        data = memoryview(record(number, points))
        while data:
            written = self._file.write(data)
            self.bytes += written
            data = data[written:]
        _sync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def record(number: int, points: Mapping[str, Points]) -> bytes:
    parts = []
    for camera, rows in points.items():
        name = camera.encode()
        parts += [bytes([len(name)]), name, _COUNT.pack(len(rows)), rows.tobytes()]
    body = b"".join(parts)
    crc = zlib.crc32(body, zlib.crc32(_NUMBER.pack(number)))
    return _HEAD.pack(_MAGIC, len(body), crc, number) + body


def records(data: bytes) -> Iterator[tuple[int, dict[str, Points]]]:
    """Number and points of each, up to the first that is not whole."""
    offset = 0
    while offset + _HEAD.size <= len(data):
        magic, length, crc, number = _HEAD.unpack_from(data, offset)
        begin = offset + _HEAD.size
        if magic != _MAGIC or length > _MAX_BODY_BYTES or begin + length > len(data):
            return
        body = data[begin : begin + length]
        if zlib.crc32(body, zlib.crc32(_NUMBER.pack(number))) != crc:
            return
        points = _parsed(body)
        if points is None:
            return
        yield number, points
        offset = begin + length


def _parsed(body: bytes) -> dict[str, Points] | None:
    """None: the lengths in it do not fit."""
    found: dict[str, Points] = {}
    at = 0
    while at < len(body):
        begin = at + 1 + body[at]
        if begin + _COUNT.size > len(body):
            return None
        name = body[at + 1 : begin].decode(errors="replace")
        (count,) = _COUNT.unpack_from(body, begin)
        begin += _COUNT.size
        at = begin + count * POINT.itemsize
        if at > len(body):
            return None
        found[name] = np.frombuffer(body, POINT, count, begin).copy()
    return found


def logs(folder: Path) -> list[Path]:
    """Those in the folder, oldest first."""
    found = [path for path in folder.glob(f"log-*{SUFFIX}") if path.stem[4:].isdecimal()]
    return sorted(found, key=lambda path: int(path.stem[4:]))
