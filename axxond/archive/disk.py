"""Having a disk keep what was written.  Blocks; raises OSError."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from axxond.archive import rawfile


def _find_syncfs() -> Callable[[int], int] | None:
    try:
        found = ctypes.CDLL(None, use_errno=True).syncfs
    except (AttributeError, OSError, TypeError):  # not Linux
        return None
    found.argtypes = [ctypes.c_int]
    found.restype = ctypes.c_int
    return found


_syncfs = _find_syncfs()


def sync(folder: Path, written: Iterable[Path]) -> None:
    """All of the folder's file system: for 64 files that grow, one syncfs costs a tenth of the
    processor time of 64 fdatasync (10 against 105 us a file, ext4) and a third of the time.
    Where there is no such call, the files `written` one after another."""
    if _syncfs is None:
        sync_files(written)
        return
    fd = rawfile.open_file(folder, rawfile.READ)
    try:
        if _syncfs(fd) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error), str(folder))
    finally:
        os.close(fd)


def sync_files(written: Iterable[Path]) -> None:
    for path in written:
        with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
            fd = rawfile.open_file(path, rawfile.CHANGE)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)


_PROBE_BYTES = 64 << 10


def write_probe(path: Path) -> None:
    """Write a small file, have the disk keep it, and delete it."""
    fd = rawfile.open_file(path, rawfile.CREATE_EMPTY)
    try:
        os.write(fd, bytes(_PROBE_BYTES))
        os.fsync(fd)
    finally:
        os.close(fd)
        path.unlink(missing_ok=True)


def free_bytes(folder: Path) -> int:
    """What an ordinary process may still write there."""
    return shutil.disk_usage(folder).free
