"""A journal query as SQL.

Every form walks down from the newest id and stops after `limit` rows.  A phrase of three or more
characters is found by the trigram index, which must be the outer loop (CROSS JOIN): as a plain
join SQLite may scan `event` and ask the index for each row, which takes minutes.  Types and
objects are found by their index, one ordered walk for each, merged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from attrs import field, frozen

from axxond.base.units import HOUR_US
from axxond.journal.store import COLUMNS, JOINS, record
from protocol.messages import JournalPage, QueryJournal
from protocol.types import Severity

MAX_LIMIT = 1000
_MAX_LISTED = 1000  # types, objects: more than a client can show
# SQLite's bound on the terms of a compound select is 500.
_MAX_WALKS = 400
_TRIGRAM = 3
_MAX_PHRASE = 200


@frozen
class _Filter:
    """Conditions joined by AND, and their values."""

    conditions: list[str] = field(factory=list)
    values: list[Any] = field(factory=list)

    def add(self, condition: str, *values: Any) -> None:
        self.conditions.append(condition)
        self.values.extend(values)

    def one_of(self, column: str, values: Sequence[Any]) -> None:
        marks = ", ".join("?" * len(values))
        self.add(f"{column} IN ({marks})", *values)

    @property
    def where(self) -> str:
        return " AND ".join(self.conditions) or "1"


def search(connection: sqlite3.Connection, query: QueryJournal) -> JournalPage:
    """Newest first.  One more row than asked for is read, to know whether there is more."""
    limit = max(1, min(query.limit, MAX_LIMIT))
    ids = _ids(connection, query, limit + 1)
    marks = ", ".join("?" * len(ids))
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM event {JOINS} WHERE event.id IN ({marks}) "  # noqa: S608
        "ORDER BY event.id DESC",
        ids,
    ).fetchall()
    return JournalPage([record(row) for row in rows[:limit]], len(rows) > limit)


def _ids(connection: sqlite3.Connection, query: QueryJournal, limit: int) -> list[int]:
    span = _span(connection, query)
    types = _type_numbers(connection, query)
    objects = _word_numbers(connection, query.objects[:_MAX_LISTED])
    if span is None or types == [] or objects == []:
        return []
    condition = _Filter()
    condition.add("event.id BETWEEN ? AND ?", *span)
    _plain_conditions(condition, query)
    phrase = "".join(filter(str.isprintable, query.phrase))[:_MAX_PHRASE]
    if len(phrase) >= _TRIGRAM:
        return _by_phrase(connection, phrase, condition, types, objects, limit)
    if phrase:
        _like(condition, phrase)
    return _by_walks(connection, condition, types, objects, limit)


def _plain_conditions(condition: _Filter, query: QueryJournal) -> None:
    if query.begin_us is not None:
        condition.add("time_us >= ?", query.begin_us)
    if query.end_us is not None:
        condition.add("time_us < ?", query.end_us)
    if query.severities:
        condition.one_of("severity", [severity.value for severity in query.severities])
    if query.phases:
        condition.one_of("phase", [phase.value for phase in query.phases])


def _span(connection: sqlite3.Connection, query: QueryJournal) -> tuple[int, int] | None:
    """The ids that the period can hold; None: none."""
    begin = -(1 << 62) if query.begin_us is None else query.begin_us // HOUR_US
    end = 1 << 62 if query.end_us is None else (query.end_us - 1) // HOUR_US
    first, last = connection.execute(
        "SELECT min(first), max(last) FROM hour WHERE hour BETWEEN ? AND ?", (begin, end)
    ).fetchone()
    if first is None:
        return None
    if query.before_id is not None:
        last = min(last, query.before_id - 1)
    return first, last


def _type_numbers(connection: sqlite3.Connection, query: QueryJournal) -> list[int] | None:
    """Of all types that begin with one of the prefixes and are as grave; None: no condition.

    A type's severity is fixed, so that rare severities are found along the index on types.
    """
    if not query.types and not query.severities:
        return None
    prefixes = tuple(query.types[:_MAX_LISTED]) or ("",)
    severities = query.severities or list(Severity)
    known = connection.execute(
        "SELECT type.number, text, severity FROM type JOIN word USING (number)"
    )
    return sorted(
        {
            number
            for number, text, severity in known
            if text.startswith(prefixes) and severity in severities
        }
    )


def _word_numbers(connection: sqlite3.Connection, texts: Sequence[str]) -> list[int] | None:
    if not texts:
        return None
    marks = ", ".join("?" * len(texts))
    rows = connection.execute(
        f"SELECT number FROM word WHERE text IN ({marks})",  # noqa: S608 - marks only
        list(texts),
    )
    return [number for (number,) in rows]


def _by_phrase(
    connection: sqlite3.Connection,
    phrase: str,
    condition: _Filter,
    types: list[int] | None,
    objects: list[int] | None,
    limit: int,
) -> list[int]:
    quoted = '"' + phrase.replace('"', '""') + '"'
    if types is not None:
        condition.one_of("+event.type", types)
    if objects is not None:
        condition.one_of("+event.object", objects)
    where = condition.where.replace("event.id BETWEEN", "event_text.rowid BETWEEN")
    rows = connection.execute(
        "SELECT event.id FROM event_text CROSS JOIN event ON event.id = event_text.rowid "  # noqa: S608
        f"WHERE event_text MATCH ? AND {where} ORDER BY event_text.rowid DESC LIMIT ?",
        [quoted, *condition.values, limit],
    )
    return [id_ for (id_,) in rows]


def _like(condition: _Filter, phrase: str) -> None:
    """Shorter than a trigram: read on through the period."""
    escaped = phrase.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    columns = ("object_name", "text", "user", "address")
    either = " OR ".join(f"event.{column} LIKE ? ESCAPE '\\'" for column in columns)
    condition.add(f"({either})", *[f"%{escaped}%"] * len(columns))


def _by_walks(
    connection: sqlite3.Connection,
    condition: _Filter,
    types: list[int] | None,
    objects: list[int] | None,
    limit: int,
) -> list[int]:
    """One ordered walk along an index for each object (or type), merged by id."""
    column, numbers = "event.object", objects
    if objects is not None and types is not None:
        condition.one_of("+event.type", types)
    elif types is not None:
        column, numbers = "event.type", types
    if numbers is not None and len(numbers) > _MAX_WALKS:
        condition.one_of(f"+{column}", numbers)
        numbers = None
    order = "ORDER BY event.id DESC LIMIT ?"
    if numbers is None:
        sql = f"SELECT event.id FROM event WHERE {condition.where} {order}"  # noqa: S608
        rows = connection.execute(sql, [*condition.values, limit]).fetchall()
    else:
        rows = []
        sql = f"SELECT event.id FROM event WHERE {column} = ? AND {condition.where} {order}"  # noqa: S608
        for number in numbers:
            rows += connection.execute(sql, [number, *condition.values, limit]).fetchall()
        rows = sorted(rows, reverse=True)[:limit]
    return [id_ for (id_,) in rows]
