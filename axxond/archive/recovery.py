"""Index and segments brought together: after a crash, for a copied folder, to repair.

Blocks on the disk; runs on the index's thread.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from attrs import define, field

from axxond.archive.errors import EbmlError
from axxond.archive.index import Index, Op, drop_segment, put_entries, put_segment
from axxond.archive.ledgerfile import LedgerFiles, ops_of
from axxond.archive.model import SEGMENT_SUFFIX
from axxond.archive.segment import INDEX_NAME, finish, scan
from axxond.base.units import MIB

log = logging.getLogger(__name__)
_DAMAGED_SUFFIX = ".damaged"
# One transaction takes so many segments: bounded memory on a rebuild of millions.
_COMMIT_SEGMENTS = 200
# A segment without one whole cluster that is no larger was torn in its first one.
_MAX_HOPELESS_BYTES = 8 * MIB
_BLANK_BYTES = 4096


@define
class Recovery:
    """What a start-up found and did; paths are relative to the archive's folder."""

    segments: int = 0
    added: list[str] = field(factory=list)  # files that the index did not know whole
    dropped: list[str] = field(factory=list)  # rows whose file is not there
    torn_bytes: int = 0  # cut off at the ends of segments
    damaged: int = 0  # stretches inside segments that were passed over
    removed: list[str] = field(factory=list)  # files of ours without one whole cluster
    foreign: list[str] = field(factory=list)  # files that are not segments; left alone
    rebuilt: bool = False  # the index was missing or damaged and was made anew

    @property
    def clean(self) -> bool:
        return not (self.added or self.dropped or self.removed or self.rebuilt)


def open_index(folder: Path) -> tuple[Index, bool]:
    """The folder's index, and whether it had to be made anew.  Raises OSError, sqlite3.Error."""
    path = folder / INDEX_NAME
    fresh = not path.exists()
    try:
        index = Index(path)
        if index.is_sound():
            return index, fresh
        index.close()
    except sqlite3.OperationalError:
        raise  # locked, read-only, disk I/O: not damage
    except sqlite3.DatabaseError:
        log.warning("the index %s is damaged and is made anew from the segments", path)
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{path}{suffix}", f"{path}{_DAMAGED_SUFFIX}{suffix}")
    return Index(path), True


def copy_index(folder: Path, place: Path) -> None:
    """The folder's index, with what is in its log, in the place of one that is there.  While it
    is written a copy may be damaged.  Raises OSError."""
    for suffix in ("", "-wal", "-shm"):
        (place / f"{INDEX_NAME}{suffix}").unlink(missing_ok=True)
    for name in (INDEX_NAME, f"{INDEX_NAME}-wal"):
        if (folder / name).exists():
            shutil.copyfile(folder / name, place / name)


def segment_files(folder: Path) -> Iterator[tuple[str, int]]:
    """(relative path, size) of all files that could be segments."""
    for day in os.scandir(folder):
        if not day.is_dir(follow_symlinks=False):
            continue
        for file in os.scandir(day.path):
            if file.name.endswith(SEGMENT_SUFFIX) and file.is_file(follow_symlinks=False):
                yield f"{day.name}/{file.name}", file.stat().st_size


def reconcile(folder: Path, index: Index, mend: bool = True) -> Recovery:
    """Make the index say what the segments hold; torn tails are cut off (`mend` False: nothing in
    the folder is touched).

    Only segments that the index holds as open, or with another size, are read.
    """
    report = Recovery()
    known = {info.path: info for info in index.segments()}
    next_id = index.totals().next_id
    ops: list[Op] = []
    for path, size in segment_files(folder):
        info = known.pop(path, None)
        if info is not None and not info.open and info.bytes == size:
            report.segments += 1
            continue
        number = info.id if info else next_id
        next_id += info is None
        ops += _take_in(folder, path, number, report, mend)
        if len(ops) > _COMMIT_SEGMENTS * 2:
            index.apply(ops, settle=False)
            ops = []
    for info in known.values():
        report.dropped.append(info.path)
        ops += drop_segment(info.id)
    index.apply(ops)
    return report


def restore_ledger(folder: Path, index: Index) -> None:
    """What a lost index held of the ledger, from its files.  Raises OSError, sqlite3.Error."""
    index.apply(ops_of(LedgerFiles(folder).read()))


def _take_in(folder: Path, path: str, number: int, report: Recovery, mend: bool) -> list[Op]:
    """Scan one segment, mend its tail, and give the index's changes."""
    file = folder / path
    try:
        found = scan(file)
    except EbmlError:
        if mend and _is_blank(file):
            return _remove(file, path, number, report)
        report.foreign.append(path)
        return drop_segment(number)
    except FileNotFoundError:
        report.dropped.append(path)
        return drop_segment(number)
    report.damaged += found.damaged
    if not found.entries:
        if mend and found.size <= _MAX_HOPELESS_BYTES:
            return _remove(file, path, number, report)
        report.foreign.append(path)  # more than a torn beginning: a person may want to see it
        return drop_segment(number)
    if mend:
        with contextlib.suppress(OSError):  # a read-only folder is read as it is
            finish(file, found)
            report.torn_bytes += found.size - found.good_bytes
    report.added.append(path)
    report.segments += 1
    return [put_segment(found.info(number, path)), put_entries(number, found.entries)]


def _is_blank(file: Path) -> bool:
    """Whether a power cut has left the name of a file only."""
    with file.open("rb") as stream:
        return not stream.read(_BLANK_BYTES).strip(b"\0")


def _remove(file: Path, path: str, number: int, report: Recovery) -> list[Op]:
    with contextlib.suppress(OSError):
        file.unlink()
    report.removed.append(path)
    return drop_segment(number)
