"""Files by descriptor, read and written at a place.

POSIX has calls for it.  Elsewhere the descriptor's own position is moved and put back: a
descriptor belongs to one thread.  All raise OSError.

`read_at(fd, length, offset)`: fewer bytes only at the file's end.  `read_into(fd, buffer, offset)`
and `write_at(fd, data, offset)`: how many bytes.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
READ = os.O_RDONLY | _FLAGS
CHANGE = os.O_RDWR | _FLAGS
CREATE = os.O_CREAT | CHANGE  # what is there already is opened
CREATE_NEW = os.O_EXCL | CREATE
CREATE_EMPTY = os.O_TRUNC | CREATE
APPEND = os.O_APPEND | CREATE
_MODE = 0o640


def open_file(path: Path, flags: int) -> int:
    """A descriptor; what is made is for the server's user and group alone."""
    return os.open(path, flags, _MODE)


@contextlib.contextmanager
def _moved(fd: int, offset: int) -> Iterator[None]:
    """The descriptor's position there, then where it was."""
    before = os.lseek(fd, 0, os.SEEK_CUR)
    os.lseek(fd, offset, os.SEEK_SET)
    try:
        yield
    finally:
        os.lseek(fd, before, os.SEEK_SET)


def read_moving(fd: int, length: int, offset: int) -> bytes:
    with _moved(fd, offset):
        return os.read(fd, length)


def write_moving(fd: int, data: bytes, offset: int) -> int:
    with _moved(fd, offset):
        return os.write(fd, data)


def read_into_moving(fd: int, buffer: bytearray, offset: int) -> int:
    data = read_moving(fd, len(buffer), offset)
    buffer[: len(data)] = data
    return len(data)


def write_first(fd: int, parts: Sequence[bytes]) -> int:
    return os.write(fd, parts[0])


if sys.platform == "win32":
    read_at, write_at, read_into, _writev = (
        read_moving,
        write_moving,
        read_into_moving,
        write_first,
    )
else:

    def _read_into(fd: int, buffer: bytearray, offset: int) -> int:
        return os.preadv(fd, [buffer], offset)

    read_at, write_at, read_into, _writev = os.pread, os.pwrite, _read_into, os.writev


def write_all(fd: int, parts: Sequence[bytes]) -> None:
    """One after another, at the descriptor's position."""
    total = sum(map(len, parts))
    done = _writev(fd, parts)
    if done < total:  # a nearly full disk takes a part, and says why on the next call
        rest = memoryview(b"".join(parts))
        while done < total:
            done += os.write(fd, rest[done:])
