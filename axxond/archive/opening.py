"""Opening a volume: its index where it is, or beside it when nothing may be written there.

Blocks on the disk; runs on the index's thread.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from attrs import frozen

from axxond.archive.disk import free_bytes, write_probe
from axxond.archive.errors import TroubleKind, kind_of
from axxond.archive.index import Index, Totals
from axxond.archive.model import Protection, SegmentInfo
from axxond.archive.protections import Protections
from axxond.archive.recovery import Recovery, copy_index, open_index, reconcile, restore_ledger
from axxond.archive.volume import PROBE_NAME
from axxond.base.units import MIB

# What an index needs to be opened, with room to spare.
_LEAST_ROOM_BYTES = 8 * MIB
_AT_ONCE = 32


@frozen
class Opened:
    """`last_known`: each wanted link's newest footage or gap."""

    index: Index
    totals: Totals
    recovery: Recovery
    last_known: dict[str, int]
    protections: list[Protection]
    free_bytes: int


def open_in_place(folder: Path) -> Opened:
    """Create it where there is none; what a crash left is put right.  Raises OSError (also when
    nothing can be written there), sqlite3.Error."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        write_probe(folder / PROBE_NAME)
    except OSError as error:  # with no room an index that is there may open all the same
        if kind_of(error) is not TroubleKind.FULL:
            raise
    index, fresh = open_index(folder)
    return _opened(folder, index, mend=True, restore=fresh, fresh=fresh)


def open_beside(folder: Path, index_at: Path, afresh: bool = False) -> Opened:
    """Touch nothing in the folder: its index is kept at `index_at`, which may have it already;
    `afresh`: it begins as a copy of the folder's.  Raises OSError, sqlite3.Error."""
    if not folder.is_dir():
        raise FileNotFoundError(2, "there is no such folder", str(folder))
    index_at.mkdir(parents=True, exist_ok=True)
    if afresh:
        with contextlib.suppress(OSError):  # the segments tell all of it
            copy_index(folder, index_at)
    index, fresh = open_index(index_at)
    return _opened(folder, index, mend=False, restore=True, fresh=fresh)


def trouble_of(error: OSError | sqlite3.Error) -> TroubleKind:
    """What keeps a volume from being opened."""
    if isinstance(error, OSError):
        return kind_of(error)
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return TroubleKind.READ_ONLY
    if name in ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"):
        return TroubleKind.FULL
    return TroubleKind.INDEX


def make_room_to_open(folder: Path, index: Index) -> int:
    """Delete the oldest footage that nothing protects until an index can be opened there; returns
    the bytes.  `index` is one beside the volume.  Raises OSError, sqlite3.Error."""
    protections = Protections()
    protections.merge(index.protections())
    freed, after = 0, (-1 << 62, 0)
    while freed < _LEAST_ROOM_BYTES:
        page: list[SegmentInfo] = index.oldest(_AT_ONCE, after)
        if not page:
            break
        for info in page:
            if freed < _LEAST_ROOM_BYTES and not protections.keeps(info):
                (folder / info.path).unlink(missing_ok=True)
                freed += info.bytes
        after = page[-1].begin_us, page[-1].id
    return freed


def _opened(folder: Path, index: Index, mend: bool, restore: bool, fresh: bool) -> Opened:
    try:
        if restore:
            restore_ledger(folder, index)
        recovery = reconcile(folder, index, mend=mend)
        recovery.rebuilt = fresh and bool(recovery.added)
        known, kept = index.last_known(), index.protections()
        return Opened(index, index.totals(), recovery, known, kept, free_bytes(folder))
    except (OSError, sqlite3.Error):
        index.close()
        raise
