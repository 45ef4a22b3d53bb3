"""The journal's tables, and the statements that write them.

`event` is in the order of ids, which is the order of arrival.  Words that repeat (types, objects)
are numbers.  `hour` says which ids fall into an hour, so that a period becomes a range of ids
without an index on time, even when the clock was set back.  `event_text` finds phrases by
trigrams; the texts themselves stand in `event` only.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from axxond.base.units import HOUR_US
from protocol.types import EventRecord, Phase, Severity

STEPS = (
    """
    CREATE TABLE word (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
    CREATE TABLE event (
        id INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, type INTEGER NOT NULL,
        severity TEXT NOT NULL, phase TEXT NOT NULL, object INTEGER NOT NULL,
        object_name TEXT NOT NULL, text TEXT NOT NULL, user TEXT NOT NULL,
        address TEXT NOT NULL, grp TEXT NOT NULL, details TEXT NOT NULL);
    CREATE INDEX event_type ON event (type);
    CREATE INDEX event_object ON event (object);
    CREATE TABLE type (
        number INTEGER NOT NULL, severity TEXT NOT NULL, PRIMARY KEY (number, severity))
        WITHOUT ROWID;
    CREATE TABLE hour (hour INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL);
    CREATE VIRTUAL TABLE event_text USING fts5 (
        object_name, text, user, address,
        content='event', content_rowid='id', tokenize='trigram');
    """,
)
COLUMNS = (
    "event.id, time_us, t.text, severity, phase, o.text, object_name, event.text, user, address, "
    "grp, details"
)
JOINS = "JOIN word t ON t.number = event.type JOIN word o ON o.number = event.object"


class Words:
    """Numbers of repeated texts; the cache is bounded because object ids are the tree's."""

    _MAX_CACHED = 10_000

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, connection: sqlite3.Connection, text: str) -> int:
        known = self._numbers.get(text)
        if known is not None:
            return known
        connection.execute("INSERT OR IGNORE INTO word (text) VALUES (?)", (text,))
        row = connection.execute("SELECT number FROM word WHERE text = ?", (text,)).fetchone()
        if len(self._numbers) >= self._MAX_CACHED:
            self._numbers.clear()
        self._numbers[text] = row[0]
        return int(row[0])

    def clear(self) -> None:
        """After a rollback, which may have taken new words back."""
        self._numbers.clear()


def insert(connection: sqlite3.Connection, words: Words, batch: Sequence[EventRecord]) -> None:
    """Write events whose ids are new and rising."""
    connection.executemany(
        "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                event.id,
                event.time_us,
                words.number(connection, event.type),
                event.severity,
                event.phase,
                words.number(connection, event.object_id),
                event.object_name,
                event.text,
                event.user,
                event.address,
                event.group,
                json.dumps(event.details) if event.details else "",
            )
            for event in batch
        ],
    )
    connection.execute(
        "INSERT INTO event_text (rowid, object_name, text, user, address) "
        "SELECT id, object_name, text, user, address FROM event WHERE id BETWEEN ? AND ?",
        (batch[0].id, batch[-1].id),
    )
    types = {(words.number(connection, event.type), event.severity) for event in batch}
    connection.executemany("INSERT OR IGNORE INTO type VALUES (?, ?)", list(types))
    _note_hours(connection, batch)


def _note_hours(connection: sqlite3.Connection, batch: Iterable[EventRecord]) -> None:
    hours: dict[int, tuple[int, int]] = {}
    for event in batch:
        hour = event.time_us // HOUR_US
        first, _last = hours.get(hour, (event.id, event.id))
        hours[hour] = first, event.id
    connection.executemany(
        "INSERT INTO hour VALUES (?, ?, ?) "
        "ON CONFLICT (hour) DO UPDATE SET last = max(last, excluded.last)",
        [(hour, first, last) for hour, (first, last) in hours.items()],
    )


def last_id(connection: sqlite3.Connection) -> int:
    (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()
    return int(newest)


def forget(connection: sqlite3.Connection, before_us: int, most: int) -> int:
    """Delete at most `most` events that are older; returns how many there were."""
    row = connection.execute(
        "SELECT hour, first, last FROM hour WHERE hour <= ? ORDER BY hour LIMIT 1",
        (before_us // HOUR_US,),
    ).fetchone()
    if row is None:
        return 0
    hour, first, last = row
    ids = [
        id_
        for (id_,) in connection.execute(
            "SELECT id FROM event WHERE id BETWEEN ? AND ? AND time_us < ? LIMIT ?",
            (first, last, min(before_us, (hour + 1) * HOUR_US), most),
        )
    ]
    connection.executemany(
        "INSERT INTO event_text (event_text, rowid, object_name, text, user, address) "
        "SELECT 'delete', id, object_name, text, user, address FROM event WHERE id = ?",
        [(id_,) for id_ in ids],
    )
    connection.executemany("DELETE FROM event WHERE id = ?", [(id_,) for id_ in ids])
    if len(ids) < most and (hour + 1) * HOUR_US <= before_us:
        connection.execute("DELETE FROM hour WHERE hour = ?", (hour,))
        return max(len(ids), 1)  # the next hour's turn
    return len(ids)


def record(row: Sequence[object]) -> EventRecord:
    """A row of COLUMNS."""
    id_, time_us, type_, severity, phase, obj, name, text, user, address, group, details = row
    return EventRecord(
        int(str(id_)),
        int(str(time_us)),
        str(type_),
        Severity(str(severity)),
        Phase(str(phase)),
        str(obj),
        str(name),
        str(text),
        str(user),
        str(address),
        str(group),
        json.loads(str(details)) if details else {},
    )
