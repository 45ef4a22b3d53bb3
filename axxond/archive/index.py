"""The index of an archive folder: SQLite, written on one thread, read on another.

It holds nothing about footage that the segments do not hold; only the ledger of gaps and what
each link wanted is its own.  All calls block and raise sqlite3.Error.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from axxond.archive.model import (
    MAX_SEGMENT_SPAN_US,
    Entry,
    GapRow,
    Identity,
    SegmentInfo,
    pack_entries,
    unpack_entries,
)
from protocol.types import GapReason, StreamRole

Op = tuple[str, tuple[Any, ...]]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS segments (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  camera TEXT NOT NULL, camera_name TEXT NOT NULL, stream TEXT NOT NULL, link TEXT NOT NULL,
  begin_us INTEGER NOT NULL, end_us INTEGER NOT NULL,
  bytes INTEGER NOT NULL, hole_us INTEGER NOT NULL, open INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS segments_camera ON segments (camera, begin_us, end_us, hole_us);
CREATE INDEX IF NOT EXISTS segments_link ON segments (link, end_us);
CREATE INDEX IF NOT EXISTS segments_age ON segments (open, begin_us);
CREATE TABLE IF NOT EXISTS clusters (segment INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS gaps (
  camera TEXT NOT NULL, link TEXT NOT NULL, begin_us INTEGER NOT NULL, end_us INTEGER NOT NULL,
  reason TEXT NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (camera, link, begin_us)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS gaps_age ON gaps (end_us);
CREATE TABLE IF NOT EXISTS links (link TEXT PRIMARY KEY, camera TEXT NOT NULL) WITHOUT ROWID;
"""
_VERSION = 1
_COLUMNS = "id, path, camera, camera_name, stream, link, begin_us, end_us, bytes, hole_us, open"
_BUSY_TIMEOUT_S = 10.0
# A plan takes so many segments at a time.
_BATCH = 64


@frozen
class Totals:
    bytes: int
    first_us: int | None
    last_us: int | None
    next_id: int


def put_segment(info: SegmentInfo) -> Op:
    who = info.identity
    return (
        f"INSERT OR REPLACE INTO segments ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
        (
            info.id,
            info.path,
            who.camera,
            who.camera_name,
            who.stream.value,
            who.link,
            info.begin_us,
            info.end_us,
            info.bytes,
            info.hole_us,
            int(info.open),
        ),
    )


def put_entries(segment: int, entries: Sequence[Entry]) -> Op:
    return "INSERT OR REPLACE INTO clusters VALUES (?, ?)", (segment, pack_entries(entries))


def drop_segment(segment: int) -> list[Op]:
    return [
        ("DELETE FROM segments WHERE id = ?", (segment,)),
        ("DELETE FROM clusters WHERE segment = ?", (segment,)),
    ]


def put_gap(gap: GapRow) -> Op:
    """The same gap grows: camera, link and begin are its key."""
    return (
        "INSERT OR REPLACE INTO gaps VALUES (?,?,?,?,?,?)",
        (gap.camera, gap.link, gap.begin_us, gap.end_us, gap.reason.value, gap.text),
    )


def want(link: str, camera: str, wanted: bool) -> Op:
    """Whether this link's footage is missed while the server is down."""
    if wanted:
        return "INSERT OR REPLACE INTO links VALUES (?, ?)", (link, camera)
    return "DELETE FROM links WHERE link = ?", (link,)


def forget_gaps(before_us: int) -> Op:
    return "DELETE FROM gaps WHERE end_us < ?", (before_us,)


class Index:
    """One connection, used on one thread only after it was opened."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        """Open or create.  Raises sqlite3.Error (DatabaseError when the file is damaged)."""
        uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        self._db = sqlite3.connect(
            uri, _BUSY_TIMEOUT_S, uri=True, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(read_only)
        except sqlite3.Error:
            self._db.close()
            raise

    def _prepare(self, read_only: bool) -> None:
        if read_only:
            self._db.execute("SELECT count(*) FROM segments WHERE id < 0").fetchone()
            return
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version={_VERSION}")

    def close(self) -> None:
        self._db.close()

    def apply(self, ops: Sequence[Op]) -> None:
        """All of it in one transaction."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for statement, values in ops:
                self._db.execute(statement, values)
        except sqlite3.Error:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def is_sound(self) -> bool:
        return bool(self._db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")

    def totals(self) -> Totals:
        row = self._db.execute(
            "SELECT coalesce(sum(bytes), 0), min(begin_us), max(end_us), coalesce(max(id), 0)"
            " FROM segments"
        ).fetchone()
        return Totals(row[0], row[1], row[2], row[3] + 1)

    def segments(self) -> list[SegmentInfo]:
        return self._infos("SELECT {} FROM segments ORDER BY id", ())

    def oldest(self, count: int) -> list[SegmentInfo]:
        """Closed segments, oldest first."""
        return self._infos(
            "SELECT {} FROM segments WHERE open = 0 ORDER BY begin_us LIMIT ?", (count,)
        )

    def forward(self, camera: str, from_us: int) -> list[SegmentInfo]:
        """Segments with footage after `from_us`, by begin."""
        return self._infos(
            "SELECT {} FROM segments WHERE camera = ? AND begin_us > ? AND end_us > ?"
            " ORDER BY begin_us LIMIT ?",
            (camera, from_us - MAX_SEGMENT_SPAN_US, from_us, _BATCH),
        )

    def backward(self, camera: str, from_us: int) -> list[SegmentInfo]:
        """Segments that begin at or before `from_us`, newest first."""
        return self._infos(
            "SELECT {} FROM segments WHERE camera = ? AND begin_us <= ?"
            " ORDER BY begin_us DESC LIMIT ?",
            (camera, from_us, _BATCH),
        )

    def entries(self, segment: int) -> list[Entry]:
        row = self._db.execute(
            "SELECT data FROM clusters WHERE segment = ?", (segment,)
        ).fetchone()
        return unpack_entries(row[0]) if row else []

    def stretches(self, camera: str, begin_us: int, end_us: int) -> list[tuple[int, ...]]:
        """(begin, end, longest hole, id) of segments that touch [begin; end)."""
        return self._db.execute(
            "SELECT begin_us, end_us, hole_us, id FROM segments"
            " WHERE camera = ? AND begin_us > ? AND begin_us < ? AND end_us > ?"
            " ORDER BY begin_us",
            (camera, begin_us - MAX_SEGMENT_SPAN_US, end_us, begin_us),
        ).fetchall()

    def bounds(self, camera: str) -> tuple[int, int] | None:
        row = self._db.execute(
            "SELECT min(begin_us), max(end_us) FROM segments WHERE camera = ?", (camera,)
        ).fetchone()
        return None if row[0] is None else (row[0], row[1])

    def gaps(self, camera: str, begin_us: int, end_us: int) -> list[GapRow]:
        rows = self._db.execute(
            "SELECT camera, link, begin_us, end_us, reason, text FROM gaps"
            " WHERE camera = ? AND begin_us < ? AND end_us > ? ORDER BY begin_us",
            (camera, end_us, begin_us),
        )
        return [
            GapRow(link_camera, link, begin, end, GapReason(reason), text)
            for link_camera, link, begin, end, reason, text in rows
        ]

    def last_known(self) -> dict[str, int]:
        """The end of the newest footage or gap, by link, of links that are wanted."""
        found: dict[str, int] = {}
        wanted = {row[0] for row in self._db.execute("SELECT link FROM links")}
        for link in wanted:
            row = self._db.execute(
                "SELECT max(coalesce((SELECT max(end_us) FROM segments WHERE link = ?1), 0),"
                " coalesce((SELECT max(end_us) FROM gaps WHERE link = ?1), 0))",
                (link,),
            ).fetchone()
            found[link] = row[0]
        return found

    def _infos(self, statement: str, values: tuple[Any, ...]) -> list[SegmentInfo]:
        rows = self._db.execute(statement.format(_COLUMNS), values)
        return [_info(row) for row in rows]


def _info(row: tuple[Any, ...]) -> SegmentInfo:
    who = Identity(row[2], row[3], StreamRole(row[4]), row[5])
    return SegmentInfo(row[0], row[1], who, row[6], row[7], row[8], row[9], bool(row[10]))
