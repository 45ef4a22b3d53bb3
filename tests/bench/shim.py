"""`native/diskshim.c`, compiled when it is needed: records what a program does to a disk, and
makes its calls fail or hang."""

from __future__ import annotations

import mmap
import os
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Self

_SOURCE = Path(__file__).parent / "native" / "diskshim.c"
_FAULT = struct.Struct("=IIII496s")
_WORD = struct.Struct("=I")
_MAX_FAULTS = 8
FAIL_WRITES, FAIL_READS, HANG = 1, 2, 4


def compiled(folder: Path) -> Path:
    """The shim as a library in `folder`.  Raises RuntimeError with what the compiler said."""
    library = folder / "diskshim.so"
    command = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
    made = subprocess.run(
        [*command, "-o", str(library), str(_SOURCE), "-ldl", "-lpthread"],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise RuntimeError(f"gcc could not compile {_SOURCE}:\n{made.stderr}")
    return library


class Shim:
    """What a program must be started with.  `log` gets its changes."""

    def __init__(self, *roots: Path, log: Path | None = None) -> None:
        self._place = tempfile.TemporaryDirectory()
        folder = Path(self._place.name)
        self._table = folder / "faults"
        self._table.write_bytes(bytes(_FAULT.size * _MAX_FAULTS))
        self._map = self._mapped()
        self.environment = {
            "LD_PRELOAD": str(compiled(folder)),
            "DISKSHIM_ROOTS": ":".join(map(str, roots)),
            "DISKSHIM_FAULTS": str(self._table),
        }
        if log is not None:
            self.environment["DISKSHIM_LOG"] = str(log)

    def _mapped(self) -> mmap.mmap:
        fd = os.open(self._table, os.O_RDWR)
        try:
            return mmap.mmap(fd, 0)
        finally:
            os.close(fd)

    def trouble(self, folder: Path, mode: int, error: int = 0, pull: bool = False) -> None:
        """From now on, for calls below `folder`; mode 0 ends it.  `pull`: the disk was pulled out:
        what was open there fails for ever."""
        name = os.fsencode(folder)
        for number in range(_MAX_FAULTS):
            at = number * _FAULT.size
            *_, pulled, _, known = _FAULT.unpack_from(self._map, at)
            if known.rstrip(b"\0") in (b"", name):
                self._map[at + 16 : at + 16 + len(name)] = name
                _WORD.pack_into(self._map, at + 4, error)
                _WORD.pack_into(self._map, at + 8, pulled + pull)
                _WORD.pack_into(self._map, at, mode)
                return
        raise RuntimeError("the shim's table of faults is full")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._map.close()
        self._place.cleanup()
