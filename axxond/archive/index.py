"""The index of a volume: SQLite, written on one thread, read on another.

It holds nothing that the volume's files do not hold: footage is in the segments; gaps, what each
link wanted and protections are in `ledger/` (`ledgerfile`).  `spans` has the footage in levels of
detail (`merged`), kept up in the transaction that changes the segments.  All calls block and
raise sqlite3.Error.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from axxond.archive.merged import LEVELS, Stretch, day_of, level_for, pack, periods, unpack
from axxond.archive.model import (
    JOIN_US,
    MAX_SEGMENT_SPAN_US,
    Entry,
    GapRow,
    Identity,
    Protection,
    SegmentInfo,
    pack_entries,
    unpack_entries,
)
from axxond.archive.plan import joined
from axxond.base.units import DAY_US, MINUTE_US
from protocol.types import GapReason, StreamRole

Op = tuple[str, tuple[Any, ...]]

# Gaps at least as long have an index of their own: a year's time line shows no others.
_LONG_GAP_US = 15 * MINUTE_US
_SCHEMA = f"""
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
CREATE INDEX IF NOT EXISTS gaps_long ON gaps (camera, begin_us)
  WHERE end_us - begin_us >= {_LONG_GAP_US};
CREATE TABLE IF NOT EXISTS links (link TEXT PRIMARY KEY, camera TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS protections (
  id TEXT PRIMARY KEY, camera TEXT NOT NULL, begin_us INTEGER NOT NULL, end_us INTEGER NOT NULL,
  reason TEXT NOT NULL, author TEXT NOT NULL, made_us INTEGER NOT NULL,
  removed_by TEXT NOT NULL, removed_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spans (
  camera TEXT NOT NULL, level INTEGER NOT NULL, period INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (camera, level, period)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dirty (
  camera TEXT NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (camera, day)) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS segment_put AFTER INSERT ON segments WHEN new.open = 0 BEGIN
  INSERT OR REPLACE INTO dirty VALUES (new.camera, new.begin_us / {DAY_US});
  INSERT OR REPLACE INTO dirty VALUES (new.camera, new.end_us / {DAY_US});
END;
CREATE TRIGGER IF NOT EXISTS segment_drop AFTER DELETE ON segments WHEN old.open = 0 BEGIN
  INSERT OR REPLACE INTO dirty VALUES (old.camera, old.begin_us / {DAY_US});
  INSERT OR REPLACE INTO dirty VALUES (old.camera, old.end_us / {DAY_US});
END;
"""  # noqa: S608 - our own numbers
_UPGRADE = f"""
INSERT OR REPLACE INTO dirty SELECT camera, begin_us / {DAY_US} FROM segments WHERE open = 0;
INSERT OR REPLACE INTO dirty SELECT camera, end_us / {DAY_US} FROM segments WHERE open = 0;
"""  # noqa: S608 - our own numbers
_VERSION = 2
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


def put_protection(one: Protection) -> Op:
    return (
        "INSERT OR REPLACE INTO protections VALUES (?,?,?,?,?,?,?,?,?)",
        (
            one.id,
            one.camera,
            one.begin_us,
            one.end_us,
            one.reason,
            one.author,
            one.made_us,
            one.removed_by,
            one.removed_us,
        ),
    )


@frozen
class CameraTotals:
    """What a volume has of a camera."""

    camera: str
    name: str
    first_us: int
    last_us: int
    bytes: int


@frozen
class LinkTotals:
    """What a link recorded in a period."""

    link: str
    camera: str
    bytes: int
    first_us: int
    last_us: int


class Index:
    """One connection, used on one thread only after it was opened."""

    def __init__(self, path: Path, read_only: bool = False, memory: bool = False) -> None:
        """Open or create (`memory`: for as long as it is open).  Raises sqlite3.Error
        (DatabaseError when the file is damaged)."""
        mode = "memory" if memory else "ro" if read_only else "rwc"
        uri = f"{path.absolute().as_uri()}?mode={mode}"
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
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        self._db.executescript(_SCHEMA)
        if version == 1:
            self._db.executescript(_UPGRADE)
        self._db.execute(f"PRAGMA user_version={_VERSION}")

    def close(self) -> None:
        self._db.close()

    def apply(self, ops: Sequence[Op], settle: bool = True) -> None:
        """All of it in one transaction.  `settle` False: the levels of detail are left for a
        later call, which makes them anew once for many segments."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for statement, values in ops:
                self._db.execute(statement, values)
            if settle:
                self._settle()
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

    def first_us(self) -> int | None:
        """The oldest footage's beginning."""
        query = "SELECT min(begin_us) FROM segments WHERE open = ?"
        found = [self._db.execute(query, (state,)).fetchone()[0] for state in (0, 1)]
        return min((one for one in found if one is not None), default=None)

    def segments(self) -> list[SegmentInfo]:
        return self._infos("SELECT {} FROM segments ORDER BY id", ())

    def oldest(self, count: int, after: tuple[int, int] = (-1 << 62, 0)) -> list[SegmentInfo]:
        """Closed segments, oldest first, that stand after (begin, number)."""
        return self._infos(
            "SELECT {} FROM segments WHERE open = 0 AND (begin_us, id) > (?, ?)"
            " ORDER BY begin_us, id LIMIT ?",
            (*after, count),
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

    def bounds(self, camera: str) -> tuple[int, int] | None:
        """Ends rise with begins but for the few segments of links that overlap."""
        first, last = self._db.execute(
            "SELECT (SELECT begin_us FROM segments WHERE camera = ?1 ORDER BY begin_us LIMIT 1),"
            " (SELECT max(end_us) FROM (SELECT end_us FROM segments WHERE camera = ?1"
            "  ORDER BY begin_us DESC LIMIT ?2))",
            (camera, _BATCH),
        ).fetchone()
        return None if first is None else (first, last)

    def footage(self, camera: str, begin_us: int, end_us: int, detail_us: int) -> list[Stretch]:
        """Stretches of closed segments that touch [begin; end), in order, joined where holes are
        no longer than `detail_us` allows; those at the edges may reach further."""
        level = level_for(detail_us)
        rows = self._db.execute(
            "SELECT data FROM spans WHERE camera = ? AND level = ? AND period BETWEEN ? AND ?"
            " ORDER BY period",
            (camera, level, *periods(level, begin_us, end_us)),
        )
        found = [stretch for (data,) in rows for stretch in unpack(data)]
        return joined(found, max(detail_us, JOIN_US))

    def gaps(self, camera: str, begin_us: int, end_us: int, least_us: int = 0) -> list[GapRow]:
        """Gaps that touch [begin; end); `least_us`: shorter ones may be left out."""
        long = f" AND end_us - begin_us >= {_LONG_GAP_US}" if least_us >= _LONG_GAP_US else ""
        rows = self._db.execute(
            "SELECT camera, link, begin_us, end_us, reason, text FROM gaps"  # noqa: S608
            f" WHERE camera = ? AND begin_us < ? AND end_us > ?{long} ORDER BY begin_us",
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

    def spans_of(self, level: int) -> list[tuple[str, int, bytes]]:
        """All of a level: camera, period, stretches packed."""
        return self._db.execute(
            "SELECT camera, period, data FROM spans WHERE level = ? ORDER BY camera, period",
            (level,),
        ).fetchall()

    def protections(self) -> list[Protection]:
        """Lifted ones, too."""
        return [Protection(*row) for row in self._db.execute("SELECT * FROM protections")]

    def kept_bytes(self, protections: Sequence[Protection]) -> int:
        """Of all closed segments that protections keep."""
        kept: dict[int, int] = {}
        for one in protections:
            rows = self._db.execute(
                "SELECT id, bytes FROM segments"
                " WHERE camera = ? AND begin_us > ? AND begin_us < ? AND end_us > ? AND open = 0",
                (one.camera, one.begin_us - MAX_SEGMENT_SPAN_US, one.end_us, one.begin_us),
            )
            kept.update(rows)
        return sum(kept.values())

    def wanted(self) -> dict[str, str]:
        """Camera, by link that is wanted."""
        return dict(self._db.execute("SELECT link, camera FROM links"))

    def cameras(self) -> list[CameraTotals]:
        """Of closed segments."""
        rows = self._db.execute(
            "SELECT camera, max(camera_name), min(begin_us), max(end_us), sum(bytes)"
            " FROM segments WHERE open = 0 GROUP BY camera"
        )
        return [CameraTotals(*row) for row in rows]

    def link_totals(self, since_us: int) -> list[LinkTotals]:
        """Of closed segments that begin after a time."""
        rows = self._db.execute(
            "SELECT link, max(camera), sum(bytes), min(begin_us), max(end_us) FROM segments"
            " WHERE open = 0 AND begin_us > ? GROUP BY link",
            (since_us,),
        )
        return [LinkTotals(*row) for row in rows]

    def _settle(self) -> None:
        """Make anew what the changed segments' days show, and the levels above."""
        days: set[tuple[str, int]] = set(self._db.execute("SELECT camera, day FROM dirty"))
        for camera, day in days:
            self._put_spans(camera, 0, day, day_of(self._closed(camera, day), day))
        changed = days
        for number in range(1, len(LEVELS)):
            width = LEVELS[number].period_us // LEVELS[number - 1].period_us
            changed = {(camera, period // width) for camera, period in changed}
            for camera, period in changed:
                parts = self._db.execute(
                    "SELECT data FROM spans WHERE camera = ? AND level = ?"
                    " AND period BETWEEN ? AND ? ORDER BY period",
                    (camera, number - 1, period * width, (period + 1) * width - 1),
                )
                below = [stretch for (data,) in parts for stretch in unpack(data)]
                self._put_spans(camera, number, period, joined(below, LEVELS[number].join_us))
        if days:
            self._db.execute("DELETE FROM dirty")

    def _closed(self, camera: str, day: int) -> list[Stretch]:
        """Footage of closed segments around a day; those with a hole are looked into."""
        begin_us, end_us = day * DAY_US, (day + 1) * DAY_US
        rows = self._db.execute(
            "SELECT begin_us, end_us, hole_us, id FROM segments"
            " WHERE camera = ? AND begin_us > ? AND begin_us < ? AND open = 0",
            (camera, begin_us - MAX_SEGMENT_SPAN_US, end_us),
        ).fetchall()
        found: list[Stretch] = []
        for begin, end, hole, segment in rows:
            if hole > JOIN_US:
                found += [(one.start_us, one.end_us) for one in self.entries(segment)]
            else:
                found.append((begin, end))
        return found

    def _put_spans(
        self, camera: str, level: int, period: int, stretches: Sequence[Stretch]
    ) -> None:
        if stretches:
            row = (camera, level, period, pack(stretches))
            self._db.execute("INSERT OR REPLACE INTO spans VALUES (?, ?, ?, ?)", row)
        else:
            statement = "DELETE FROM spans WHERE camera = ? AND level = ? AND period = ?"
            self._db.execute(statement, (camera, level, period))

    def _infos(self, statement: str, values: tuple[Any, ...]) -> list[SegmentInfo]:
        rows = self._db.execute(statement.format(_COLUMNS), values)
        return [_info(row) for row in rows]


def _info(row: tuple[Any, ...]) -> SegmentInfo:
    who = Identity(row[2], row[3], StreamRole(row[4]), row[5])
    return SegmentInfo(row[0], row[1], who, row[6], row[7], row[8], row[9], bool(row[10]))
