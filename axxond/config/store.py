"""The tree on disk: one SQLite file, each change with author and time.  Its own thread."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from attrs import frozen

from axxond.base.database import DamagedDatabaseError, Database, DatabaseError
from axxond.base.errors import ConfigError
from axxond.config.objects import ConfigObject
from axxond.config.schema import SCHEMA
from protocol.types import FieldType, ObjectKind

STEPS = (
    """
    CREATE TABLE object (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, parent TEXT NOT NULL, name TEXT NOT NULL,
        revision INTEGER NOT NULL, place INTEGER NOT NULL, properties TEXT NOT NULL);
    CREATE TABLE change (
        number INTEGER PRIMARY KEY, revision INTEGER NOT NULL, time_us INTEGER NOT NULL,
        author TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL, kind TEXT NOT NULL,
        name TEXT NOT NULL, properties TEXT NOT NULL);
    CREATE INDEX change_object ON change (object, number);
    """,
)


@frozen
class Commit:
    """What is written at once, and what the history says about it."""

    revision: int
    changed: tuple[ConfigObject, ...]
    removed: tuple[ConfigObject, ...]  # as they were
    author: str
    time_us: int


@frozen
class HistoryRow:
    revision: int
    time_us: int
    author: str
    action: str  # "set" | "remove"
    object: str
    kind: str
    name: str
    properties: dict[str, Any]  # passwords blanked


class ConfigStore:
    """Opens, loads and appends.  Errors are ConfigError: they name the file and the remedy."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(path, STEPS, durable=True)

    async def open(self) -> None:
        try:
            await self._database.open(check=True)
        except DamagedDatabaseError as error:
            raise ConfigError(
                f"The configuration database {self.path} is damaged ({error.reason}). "
                "Nothing was changed. Put a backup of it in its place, or run "
                f"'axxond check --repair --data {self.path.parent}': what can be read is kept, "
                "the damaged file is set aside."
            ) from error
        except DatabaseError as error:
            raise ConfigError(f"Opening the configuration database failed: {error}") from error

    async def close(self) -> None:
        await self._database.close()

    async def load(self) -> tuple[int, list[ConfigObject]]:
        """The tree's revision (0: nothing was ever stored) and its objects, oldest first."""
        try:
            return await self._database.call(_load)
        except DatabaseError as error:
            raise ConfigError(f"Reading the configuration failed: {error}") from error

    async def append(self, commit: Commit) -> None:
        """On disk, fsynced, when this returns; nothing of it when it raises."""
        try:
            await self._database.call(_append, commit)
        except DatabaseError as error:
            raise ConfigError(f"Storing the configuration failed: {error}") from error

    async def history(self, obj: str, limit: int = 100) -> list[HistoryRow]:
        """Who set what when, newest first; `obj` "" = everything."""
        return await self._database.call(_history, obj, limit)


def blanked(obj: ConfigObject) -> dict[str, Any]:
    """The properties with every password as ""."""
    secret = {f.name for f in SCHEMA[obj.kind].fields if f.type is FieldType.PASSWORD}
    return {name: "" if name in secret else value for name, value in obj.properties.items()}


def _load(connection: sqlite3.Connection) -> tuple[int, list[ConfigObject]]:
    (revision,) = connection.execute("SELECT coalesce(max(revision), 0) FROM change").fetchone()
    rows = connection.execute(
        "SELECT id, kind, parent, name, revision, properties FROM object ORDER BY place"
    )
    return revision, [obj for row in rows if (obj := _object(row)) is not None]


def _object(row: tuple[Any, ...]) -> ConfigObject | None:
    """None for a kind that this version does not know; properties are made whole."""
    id_, kind, parent, name, revision, properties = row
    if kind not in set(ObjectKind):
        return None
    stored = json.loads(properties)
    fields = SCHEMA[ObjectKind(kind)].fields
    whole = {field.name: stored.get(field.name, field.default) for field in fields}
    return ConfigObject(id_, ObjectKind(kind), parent, name, revision, whole)


def _append(connection: sqlite3.Connection, commit: Commit) -> None:
    connection.executemany(
        "INSERT INTO object (id, kind, parent, name, revision, place, properties) "
        "VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(place), 0) + 1 FROM object), ?) "
        "ON CONFLICT (id) DO UPDATE SET name = excluded.name, revision = excluded.revision, "
        "properties = excluded.properties",
        [
            (
                obj.id,
                obj.kind,
                obj.parent,
                obj.name,
                obj.revision,
                json.dumps(dict(obj.properties)),
            )
            for obj in commit.changed
        ],
    )
    connection.executemany(
        "DELETE FROM object WHERE id = ?", [(obj.id,) for obj in commit.removed]
    )
    _note(connection, commit, "set", commit.changed)
    _note(connection, commit, "remove", commit.removed)


def _note(
    connection: sqlite3.Connection, commit: Commit, action: str, objects: Iterable[ConfigObject]
) -> None:
    connection.executemany(
        "INSERT INTO change (revision, time_us, author, action, object, kind, name, properties) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                commit.revision,
                commit.time_us,
                commit.author,
                action,
                obj.id,
                obj.kind,
                obj.name,
                json.dumps(blanked(obj)),
            )
            for obj in objects
        ],
    )


def _history(connection: sqlite3.Connection, obj: str, limit: int) -> list[HistoryRow]:
    rows = connection.execute(
        "SELECT revision, time_us, author, action, object, kind, name, properties FROM change "
        "WHERE ?1 = '' OR object = ?1 ORDER BY number DESC LIMIT ?2",
        (obj, limit),
    )
    return [_history_row(*row) for row in rows]


def _history_row(*row: Any) -> HistoryRow:
    revision, time_us, author, action, obj, kind, name, properties = row
    return HistoryRow(revision, time_us, author, action, obj, kind, name, json.loads(properties))
