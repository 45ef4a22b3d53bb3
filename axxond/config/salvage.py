"""What can be read of a damaged configuration database, into a new one.  Blocks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from axxond.base.database import connect
from axxond.config.store import STEPS

_BLIND_ROWS = 20_000  # how far to look when the newest row's number cannot be read
_TABLES = {"object": 7, "change": 9}  # columns


def salvage(damaged: Path, fresh: Path) -> int:
    """Make `fresh` from the rows of `damaged` that can be read; returns how many objects.

    Every row is read by itself, by its row id, so that one unreadable page costs the rows on it.
    Objects whose parent is lost go too.  Raises sqlite3.Error when `fresh` cannot be written.
    """
    with closing(connect(fresh)) as new:
        new.executescript(f"BEGIN; {';'.join(STEPS)}; PRAGMA user_version={len(STEPS)}; COMMIT;")
        new.execute("BEGIN")
        for table, columns in _TABLES.items():
            marks = ", ".join("?" * columns)
            new.executemany(
                f"INSERT OR IGNORE INTO {table} VALUES ({marks})",  # noqa: S608 - our names
                _rows(damaged, table),
            )
        orphans = 1
        while orphans:
            orphans = new.execute(
                "DELETE FROM object WHERE parent <> '' AND parent NOT IN (SELECT id FROM object)"
            ).rowcount
        (kept,) = new.execute("SELECT count(*) FROM object").fetchone()
        new.execute("COMMIT")
    return int(kept)


def _rows(damaged: Path, table: str) -> Iterator[tuple[Any, ...]]:
    try:
        with closing(sqlite3.connect(f"file:{damaged}?mode=ro", uri=True)) as old:
            for rowid in range(1, _last(old, table) + 1):
                yield from _row(old, table, rowid)
    except sqlite3.Error:
        return


def _last(old: sqlite3.Connection, table: str) -> int:
    try:
        (last,) = old.execute(f"SELECT max(rowid) FROM {table}").fetchone()  # noqa: S608
    except sqlite3.Error:
        return _BLIND_ROWS
    return int(last or 0)


def _row(old: sqlite3.Connection, table: str, rowid: int) -> list[tuple[Any, ...]]:
    sql = f"SELECT * FROM {table} WHERE rowid = ?"  # noqa: S608 - our names
    try:
        return old.execute(sql, (rowid,)).fetchall()
    except sqlite3.Error:
        return []
