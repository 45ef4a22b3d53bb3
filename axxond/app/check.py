"""`axxond check`: are archives and databases sound?  Blocks; for the command line.

Databases are read whole.  With `repair`, a damaged configuration database is replaced by what can
be read of it, and damaged journal and alarm files are set aside; nothing is ever deleted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from axxond.app.lifecycle import FolderLock
from axxond.app.names import ALARMS_FILE, CONFIG_FILE, JOURNAL_FILE
from axxond.base.clock import SystemClock
from axxond.base.database import check_file, set_aside
from axxond.base.errors import AxxonError
from axxond.config.salvage import salvage


@frozen
class Finding:
    """`damaged`: it was, and is not mended.  `problems`: what a repair would mend, or could not;
    `remarks`: what was mended, and what is lost for good.  Of an archive's volume also what was
    looked at, by `method`."""

    path: str
    damaged: bool
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    segments: int | None = None
    clusters: int | None = None
    bytes: int | None = None
    method: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


_HEAD = ("state", "what", "segments", "clusters", "MB", "checked")


def as_table(findings: Sequence[Finding]) -> str:
    """A row each, under it what is to be said of it."""
    rows = [
        (
            "DAMAGED" if one.damaged else "ok",
            one.path,
            "-" if one.segments is None else str(one.segments),
            "-" if one.clusters is None else str(one.clusters),
            "-" if one.bytes is None else f"{one.bytes / 1e6:.1f}",
            one.method,
        )
        for one in findings
    ]
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
    lines = [_line(_HEAD, widths)]
    for row, one in zip(rows, findings, strict=True):
        lines.append(_line(row, widths))
        lines += [f"         {note}" for note in (*one.problems, *one.remarks)]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = [
        cell.rjust(width) if 2 <= column <= 4 else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(shown).rstrip()


def check(folder: Path, archive: Path | None, full: bool, repair: bool) -> list[Finding]:
    """All of a data folder, or one archive's folder.  Raises AxxonError.

    A repair needs the folder for itself; looking does not, for databases.
    """
    if archive is not None:
        return [check_archive(archive, full, repair)]
    if not folder.is_dir():
        raise AxxonError(f"There is no data folder {folder}.")
    lock = FolderLock(folder)
    if repair:
        lock.acquire()
    try:
        found = [
            _database(folder / name, repair)
            for name in (CONFIG_FILE, JOURNAL_FILE, ALARMS_FILE)
            if (folder / name).exists()
        ]
        return found + [check_archive(path, full, repair) for path in _archives(folder)]
    finally:
        lock.release()


def check_archive(path: Path, full: bool, repair: bool) -> Finding:
    from axxond.archive.check import check_folder  # noqa: PLC0415

    report = check_folder(path, full=full, repair=repair)
    return Finding(
        str(path),
        report.damaged,
        tuple(report.problems),
        tuple(report.remarks),
        report.segments,
        report.clusters,
        report.bytes,
        "every CRC" if full else "presence, headers, newest CRCs",
    )


def _database(path: Path, repair: bool) -> Finding:
    fault = check_file(path)
    if not fault:
        return Finding(str(path), False, method="all of it")
    if not repair:
        return Finding(str(path), True, (fault, "run again with --repair"))
    aside = set_aside(path, SystemClock().now_us())
    notes = [fault, f"the damaged file was set aside as {aside}"]
    if path.name == CONFIG_FILE:
        kept = salvage(aside, path)
        notes.append(f"{kept} objects could be read and were kept")
    else:
        notes.append("it begins anew with the next start")
    return Finding(str(path), False, (), tuple(notes))


def _archives(folder: Path) -> list[Path]:
    """Volumes of the configuration, as far as it can be read; else those inside the data folder.
    Archives that were recorded elsewhere are not ours to mend."""
    inside = sorted(path for path in (folder / "archives").glob("*") if path.is_dir())
    query = (
        "SELECT json_extract(properties, '$.path') FROM object WHERE kind IN ('archive', 'volume')"
        " AND NOT coalesce(json_extract(properties, '$.read_only'), 0)"
    )
    try:
        with closing(sqlite3.connect(f"file:{folder / CONFIG_FILE}?mode=ro", uri=True)) as db:
            named = [Path(path).expanduser() for (path,) in db.execute(query) if path]
    except sqlite3.Error:
        named = []
    return inside + [path for path in named if path.is_dir() and path not in inside]
