"""How exports treat the disk, which records at the same time: keep room, and no floods.

Blocks; on an export's thread.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

from axxond.archive.errors import ExportError
from axxond.base.units import GIB, MIB

# An export that fills the disk that records would be worse than none.
LEAST_FREE_BYTES = GIB
_EVERY_BYTES = 64 * MIB
_WRITE = 2  # SYNC_FILE_RANGE_WRITE of linux/fs.h

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class DiskGuard:
    """Tell it of every piece.  Each 64 MiB it looks for room, and has the system begin to write
    out what it holds: a flood of it at the end would keep recording waiting."""

    def __init__(self) -> None:
        self._since_bytes = _EVERY_BYTES  # look before the first byte

    def passed(self, size_bytes: int, path: Path) -> None:
        """`path`: the file being written, or the folder of such files.  Raises ExportError when
        the disk is nearly full, OSError."""
        self._since_bytes += size_bytes
        if self._since_bytes < _EVERY_BYTES:
            return
        self._since_bytes = 0
        check_room(path)
        files = [one for one in path.iterdir() if one.is_file()] if path.is_dir() else [path]
        if files:
            begin_writing(max(files, key=lambda one: one.stat().st_mtime_ns))


def check_room(path: Path) -> None:
    """Raises ExportError when the disk is nearly full, OSError."""
    if shutil.disk_usage(path).free < LEAST_FREE_BYTES:
        raise ExportError(
            f"the server's disk has less than {LEAST_FREE_BYTES // GIB} GiB left: "
            "delete exports that are no longer needed"
        )


def begin_writing(path: Path) -> None:
    """Have Linux begin to write a file out, without waiting for it: unlike fsync, that commits
    no journal on which recording would wait, too.  Nothing elsewhere.  Raises OSError."""
    if _libc is None or not hasattr(_libc, "sync_file_range"):
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        whole = ctypes.c_longlong(0)  # from the beginning, to the end; a file system may refuse
        _libc.sync_file_range(descriptor, whole, whole, ctypes.c_uint(_WRITE))
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Bring what was written to a file to the disk.  Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
