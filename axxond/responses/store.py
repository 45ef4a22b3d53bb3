"""The alarm book's table and its statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from protocol.messages import AlarmPage, QueryAlarms
from protocol.types import AlarmRecord, AlarmState

MAX_LIMIT = 1000
STEPS = (
    """
    CREATE TABLE alarm (
        id TEXT PRIMARY KEY, camera TEXT NOT NULL, camera_name TEXT NOT NULL,
        kind TEXT NOT NULL, begin_us INTEGER NOT NULL, end_us INTEGER, state TEXT NOT NULL,
        taken_by TEXT NOT NULL, comment TEXT NOT NULL, evaluated_by TEXT NOT NULL,
        evaluated_us INTEGER);
    CREATE INDEX alarm_begin ON alarm (begin_us);
    CREATE INDEX alarm_camera ON alarm (camera, begin_us);
    CREATE INDEX alarm_state ON alarm (state, begin_us);
    """,
)


def put(connection: sqlite3.Connection, alarms: Sequence[AlarmRecord]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO alarm VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                alarm.id,
                alarm.camera,
                alarm.camera_name,
                alarm.kind,
                alarm.begin_us,
                alarm.end_us,
                alarm.state,
                alarm.taken_by,
                alarm.comment,
                alarm.evaluated_by,
                alarm.evaluated_us,
            )
            for alarm in alarms
        ],
    )


def unsettled(connection: sqlite3.Connection) -> list[AlarmRecord]:
    """Pending ones and those that went on when the program ended, oldest first."""
    rows = connection.execute(
        "SELECT * FROM alarm WHERE state = ? OR end_us IS NULL ORDER BY begin_us",
        (AlarmState.PENDING,),
    )
    return [_record(row) for row in rows]


def get(connection: sqlite3.Connection, id_: str) -> AlarmRecord | None:
    row = connection.execute("SELECT * FROM alarm WHERE id = ?", (id_,)).fetchone()
    return None if row is None else _record(row)


def search(connection: sqlite3.Connection, query: QueryAlarms) -> AlarmPage:
    """Alarms that touch [begin; end), newest first."""
    conditions, values = ["1"], list[Any]()
    if query.begin_us is not None:
        conditions.append("coalesce(end_us, 9e18) >= ?")
        values.append(query.begin_us)
    if query.end_us is not None:
        conditions.append("begin_us < ?")
        values.append(query.end_us)
    for column, wanted in (("camera", query.cameras), ("state", query.states)):
        if wanted:
            conditions.append(f"{column} IN ({', '.join('?' * len(wanted[:MAX_LIMIT]))})")
            values += [str(item) for item in wanted[:MAX_LIMIT]]
    limit = max(1, min(query.limit, MAX_LIMIT))
    rows = connection.execute(
        f"SELECT * FROM alarm WHERE {' AND '.join(conditions)} "  # noqa: S608 - our columns
        "ORDER BY begin_us DESC LIMIT ?",
        [*values, limit + 1],
    ).fetchall()
    return AlarmPage([_record(row) for row in rows[:limit]], len(rows) > limit)


def forget(connection: sqlite3.Connection, before_us: int) -> None:
    """Delete settled alarms that began earlier."""
    connection.execute(
        "DELETE FROM alarm WHERE begin_us < ? AND state <> ? AND end_us IS NOT NULL",
        (before_us, AlarmState.PENDING),
    )


def _record(row: Sequence[Any]) -> AlarmRecord:
    id_, camera, name, kind, begin_us, end_us, state, taken, comment, by, at_us = row
    return AlarmRecord(
        id_, camera, name, kind, begin_us, end_us, AlarmState(state), taken, comment, by, at_us
    )
