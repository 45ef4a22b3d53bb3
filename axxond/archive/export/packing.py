"""Many files as one zip: stored, because footage does not shrink; AES-256 with a password.

On an export's thread, but for `stop`.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyzipper

from axxond.archive.errors import ExportError
from axxond.archive.export.disk import DiskGuard
from axxond.base.units import MIB
from protocol.evidence import FileEntry

_PIECE_BYTES = 4 * MIB
_AES_BITS = 256
_MODE = 0o100600


class Pack:
    """`add` and `add_file`, then `close`; or `abort` when anything was raised."""

    def __init__(self, path: Path, password: str) -> None:
        """Raises OSError."""
        self.path = path
        self.entries: list[FileEntry] = []
        self.packed_bytes = 0
        self.on_piece: Callable[[], None] = lambda: None
        self._stopped = False
        self._guard = DiskGuard()
        self._date = time.gmtime()[:6]
        self._zip: Any
        self._info_class: Any = zipfile.ZipInfo
        if password:
            self._info_class = pyzipper.zipfile_aes.AESZipInfo
            self._zip = pyzipper.AESZipFile(path, "w", pyzipper.ZIP_STORED)
            self._zip.setpassword(password.encode())
            self._zip.setencryption(pyzipper.WZ_AES, nbits=_AES_BITS)
        else:
            self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)

    def stop(self) -> None:
        """From any thread: what runs raises soon."""
        self._stopped = True

    def add(self, name: str, data: bytes) -> None:
        with self._zip.open(self._info(name), "w") as made:
            made.write(data)
        self.entries.append(FileEntry(name, len(data), hashlib.sha256(data).hexdigest()))

    def add_file(self, name: str, source: Path) -> None:
        """Raises ExportError when it was stopped or the disk is nearly full, OSError."""
        digest, size = hashlib.sha256(), 0
        with (
            source.open("rb") as given,
            self._zip.open(self._info(name), "w", force_zip64=True) as made,
        ):
            while piece := given.read(_PIECE_BYTES):
                if self._stopped:
                    raise ExportError("the export was stopped")
                self._guard.passed(len(piece), self.path)
                digest.update(piece)
                made.write(piece)
                size += len(piece)
                self.packed_bytes += len(piece)
                self.on_piece()
        self.entries.append(FileEntry(name, size, digest.hexdigest()))

    def _info(self, name: str) -> Any:
        """Made today, in UTC, readable by its owner."""
        info = self._info_class(name, self._date)
        info.external_attr = _MODE << 16
        return info

    def close(self, comment: bytes = b"") -> None:
        self._zip.comment = comment
        self._zip.close()

    def abort(self) -> None:
        """Never raises."""
        with contextlib.suppress(OSError, ValueError):
            self._zip.close()
