"""Is an archive's folder whole?  Index against segments, segments against their CRCs.

Blocks on the disk.  Looking is safe while a server records there; a repair needs the folder for
itself.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import define, field

from axxond.archive.errors import ArchiveError, EbmlError, TroubleKind
from axxond.archive.index import Index, Op, put_entries, put_segment
from axxond.archive.model import SegmentInfo
from axxond.archive.opening import trouble_of
from axxond.archive.recovery import (
    Recovery,
    copy_index,
    open_index,
    reconcile,
    restore_ledger,
    segment_files,
)
from axxond.archive.segment import INDEX_NAME, Scan, scan


@define
class Report:
    """`problems`: what a repair would mend (after a repair: what it could not).  `remarks`: what
    was mended, and footage that is lost for good.  Paths are relative to the folder."""

    folder: str
    full: bool
    segments: int = 0
    clusters: int = 0
    bytes: int = 0
    problems: list[str] = field(factory=list)
    remarks: list[str] = field(factory=list)

    @property
    def damaged(self) -> bool:
        return bool(self.problems)


def check_folder(folder: Path, full: bool = False, repair: bool = False) -> Report:
    """Verify; with `repair` the index is made to say what the segments hold and torn tails are
    cut off.  Raises ArchiveError when the folder cannot be read."""
    report = Report(str(folder), full)
    try:
        if repair:
            _mend(folder, report)
        with TemporaryDirectory() as place:
            _look(folder, Path(place), report, repair)
    except (OSError, sqlite3.Error) as error:
        raise ArchiveError(f"cannot check the archive in {folder}: {error}") from error
    return report


def _mend(folder: Path, report: Report) -> None:
    index, fresh = open_index(folder)
    try:
        done = reconcile(folder, index)
        if fresh:
            restore_ledger(folder, index)
            report.remarks.append("the index was missing or damaged and was made anew")
        report.remarks += _told(done)
        ops: list[Op] = []
        for info in index.segments():
            ops += _mend_segment(folder, index, info, report)
        index.apply(ops)
    finally:
        index.close()


def _told(done: Recovery) -> list[str]:
    told = [f"{path}: taken into the index" for path in done.added]
    told += [f"{path}: is gone, forgotten" for path in done.dropped]
    told += [f"{path}: had no whole cluster, removed" for path in done.removed]
    if done.torn_bytes:
        told.append(f"{done.torn_bytes} torn bytes were cut off")
    return told


def _mend_segment(folder: Path, index: Index, info: SegmentInfo, report: Report) -> list[Op]:
    found = scan(folder / info.path, report.full)
    if found.entries == index.entries(info.id):
        return []
    report.remarks.append(f"{info.path}: its clusters were entered anew")
    mended = found.info(info.id, info.path)
    return [put_segment(mended), put_entries(info.id, found.entries)]


def _look(folder: Path, place: Path, report: Report, repaired: bool) -> None:
    files = dict(segment_files(folder))
    index = _open(folder, place, report)
    known = {info.path: info for info in index.segments()} if index else {}
    try:
        for path in sorted(files):
            _look_at(folder, path, index, known.pop(path, None), report)
    finally:
        if index:
            index.close()
    for path, info in sorted(known.items()):
        if repaired or not info.open:
            report.problems.append(f"{path}: is in the index but not on the disk")


def _open(folder: Path, place: Path, report: Report) -> Index | None:
    if not (folder / INDEX_NAME).exists():
        report.problems.append(f"{INDEX_NAME} is missing")
        return None
    try:
        index = _open_at(folder, place)
        if index.is_sound():
            return index
        index.close()
    except sqlite3.DatabaseError as error:
        report.problems.append(f"{INDEX_NAME} is damaged: {error}")
        return None
    report.problems.append(f"{INDEX_NAME} is damaged")
    return None


def _open_at(folder: Path, place: Path) -> Index:
    """Where it is; where nothing may be written, and so nobody writes, a copy of it.  Raises
    sqlite3.DatabaseError, OSError."""
    try:
        return Index(folder / INDEX_NAME, read_only=True)
    except sqlite3.OperationalError as error:
        if trouble_of(error) is not TroubleKind.READ_ONLY:
            raise
    copy_index(folder, place)
    return Index(place / INDEX_NAME)


def _look_at(
    folder: Path, path: str, index: Index | None, info: SegmentInfo | None, report: Report
) -> None:
    try:
        found = scan(folder / path, report.full)
    except EbmlError as error:
        report.remarks.append(f"{path}: {error}; left alone")
        return
    report.segments += 1
    report.clusters += len(found.entries)
    report.bytes += found.size
    if info is not None and info.open:
        return  # being written, or it will be looked at by the next start
    if found.damaged:
        report.remarks.append(f"{path}: damaged stretches that are passed over: {found.damaged}")
    if index is not None:
        report.problems += _differences(path, index, info, found)


def _differences(path: str, index: Index, info: SegmentInfo | None, found: Scan) -> list[str]:
    if info is None:
        return [f"{path}: is not in the index"]
    if index.entries(info.id) != found.entries:
        return [f"{path}: the index and the file differ"]
    if found.size > found.good_bytes:
        return [f"{path}: {found.size - found.good_bytes} torn bytes at its end"]
    return []
