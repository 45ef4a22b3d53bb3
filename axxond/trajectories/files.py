"""One camera's blocks on disk, oldest first.  Blocks; one thread writes, any reads.

Read, not mapped: a disk that fails gives an error, not a signal that ends the
program.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from axxond.trajectories import block
from axxond.trajectories.block import Block, DamagedBlockError, Header, What, Where

MAGIC = b"AXTRAJ1\n" + bytes(8)
SUFFIX = ".axt"
# What is deleted at once when there is too much, and how many headers are read to use a file.
MAX_FILE_BYTES = 8 << 20
_WINDOW_BYTES = 1 << 20


@frozen(eq=False)
class Place:
    """A block in a file; `where` and `what` read its parts.  OSError, DamagedBlockError."""

    path: Path
    offset: int
    header: Header

    def where(self) -> Where:
        length = block.where_bytes(self.header)
        return block.read_where(self.header, self._read(block.HEADER_BYTES, length))

    def what(self) -> What:
        skip = block.HEADER_BYTES + block.where_bytes(self.header)
        return block.read_what(self.header, self._read(skip, block.what_bytes(self.header)))

    def whole(self) -> Block:
        return Block(self.header, self.where(), self.what())

    def _read(self, skip: int, length: int) -> bytearray:
        return _read(self.path, self.offset + skip, length)


@define(eq=False)
class _File:
    """`size`: up to where its blocks are known.  `broken`: it is no file of ours."""

    path: Path
    first_us: int
    size: int = len(MAGIC)
    broken: bool = False
    learnt: bool = False
    headers: list[Header] = field(factory=list)
    offsets: list[int] = field(factory=list)
    _table: NDArray[np.void] = field(factory=lambda: np.zeros(0, block.HEADER))

    @property
    def table(self) -> NDArray[np.void]:
        if len(self._table) != len(self.headers):
            self._table = np.array(self.headers, block.HEADER)
        return self._table

    def add(self, header: Header, offset: int) -> None:
        self.headers.append(header)
        self.offsets.append(offset)
        self.size = offset + block.HEADER_BYTES + int(header["bytes"])


class CameraFiles:
    """`used_bytes`: of all its files.  A file's headers are read when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._files: list[_File] = []
        self.used_bytes = 0
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            if path.stem.isdecimal():
                self._files.append(_File(path, int(path.stem)))
                self.used_bytes += path.stat().st_size
        self._files.sort(key=lambda one: one.first_us)

    @property
    def first_us(self) -> int | None:
        with self._lock:
            return self._files[0].first_us if self._files else None

    def newest(self) -> Header | None:
        """The newest block's; one that was written in part is none."""
        with self._lock:
            for file in reversed(self._files):
                _learn(file)
                while file.headers:
                    try:
                        Place(file.path, file.offsets[-1], file.headers[-1]).whole()
                    except DamagedBlockError:
                        file.size = file.offsets.pop()
                        file.headers.pop()
                    else:
                        return file.headers[-1]
        return None

    def places(self, begin_us: int, end_us: int) -> list[Place]:
        """Blocks with points in [begin; end), in the order of writing."""
        found = []
        with self._lock:
            for file in self._files:
                _learn(file)
                table = file.table
                wanted = (table["first_us"] < end_us) & (table["last_us"] >= begin_us)
                found += [
                    Place(file.path, file.offsets[at], file.headers[at])
                    for at in np.flatnonzero(wanted)
                ]
        return found

    def append(self, made: Block) -> None:
        """Written out when it returns.  OSError leaves what was there before."""
        data = block.encode(made)
        with self._lock:
            file = self._to_append(len(data), int(made.header["first_us"]))
            if not file.path.exists():
                self._make(file)
            _write(file.path, file.size, data)
            self.used_bytes += len(data)
            file.add(block.read_header(data), file.size)

    def delete_oldest(self) -> int:
        """Its first moment.  OSError."""
        with self._lock:
            file = self._files[0]
            size = file.path.stat().st_size
            file.path.unlink()
            self.used_bytes -= size
            del self._files[0]
            return file.first_us

    def ends_before(self, time_us: int) -> bool:
        """Whether the oldest file has nothing from then on."""
        with self._lock:
            if not self._files:
                return False
            if len(self._files) > 1 and self._files[1].first_us < time_us:
                return True
            _learn(self._files[0])
            lasts = [int(header["last_us"]) for header in self._files[0].headers]
            return max(lasts, default=self._files[0].first_us) < time_us

    def _to_append(self, length: int, first_us: int) -> _File:
        if self._files:
            newest = self._files[-1]
            _learn(newest)
            self._cut(newest)
            if not newest.broken and newest.size + length <= MAX_FILE_BYTES:
                return newest
            first_us = max(first_us, newest.first_us + 1)
        self._folder.mkdir(parents=True, exist_ok=True)
        return _File(self._folder / f"{first_us}{SUFFIX}", first_us)

    def _make(self, file: _File) -> None:
        file.path.write_bytes(MAGIC)
        self._files.append(file)
        self.used_bytes += len(MAGIC)
        sync_folder(self._folder)

    def _cut(self, file: _File) -> None:
        """A torn tail goes; anything else that is wrong with it stays, and nothing is added."""
        size = file.path.stat().st_size
        if size > file.size and not file.broken:
            os.truncate(file.path, file.size)
            self.used_bytes -= size - file.size


def _learn(file: _File) -> None:
    """Read the headers that are not known yet."""
    if file.broken or file.learnt:
        return
    try:
        with file.path.open("rb") as source:
            for header, offset in _headers(source, file):
                file.add(header, offset)
        file.learnt = True
    except FileNotFoundError:
        pass  # it is about to be made


def _headers(source: BinaryIO, file: _File) -> Iterator[tuple[Header, int]]:
    end = os.fstat(source.fileno()).st_size
    if source.read(len(MAGIC)) != MAGIC:
        file.broken = True
        return
    offset = file.size
    while offset + block.HEADER_BYTES <= end:
        source.seek(offset)
        try:
            header = block.read_header(source.read(block.HEADER_BYTES))
        except DamagedBlockError:
            offset = _resume(source, offset + 1, end)
            continue
        length = block.HEADER_BYTES + int(header["bytes"])
        if offset + length > end:
            return
        yield header, offset
        offset += length


def _resume(source: BinaryIO, offset: int, end: int) -> int:
    """Where the next sound block begins after damage; `end`: nowhere."""
    while offset + block.HEADER_BYTES <= end:
        source.seek(offset)
        data = source.read(_WINDOW_BYTES)
        at = data.find(block.MAGIC)
        while 0 <= at <= len(data) - block.HEADER_BYTES:
            try:
                block.read_header(data[at : at + block.HEADER_BYTES])
            except DamagedBlockError:
                at = data.find(block.MAGIC, at + 1)
            else:
                return offset + at
        offset += max(len(data) - block.HEADER_BYTES + 1, 1)
    return end


def _read(path: Path, offset: int, length: int) -> bytearray:
    """Less at the end of the file."""
    data = bytearray(length)
    with path.open("rb", buffering=0) as source:
        source.seek(offset)
        got = source.readinto(data)
    del data[got:]
    return data


def _write(path: Path, offset: int, data: bytes) -> None:
    """At `offset`, and on the disk; what a failure left goes again."""
    with path.open("r+b" if path.exists() else "x+b") as file:
        try:
            file.seek(offset)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            os.truncate(path, offset)
            raise


def sync_folder(folder: Path) -> None:
    """A new or removed name in it is on the disk."""
    if hasattr(os, "O_DIRECTORY"):  # Windows has none, and needs none
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
