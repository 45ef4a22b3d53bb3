"""One SQLite file on one thread of its own; every call is a transaction.

The event loop never touches SQLite: `Database.call` sends a function to the file's thread, where
it gets the connection inside a transaction that is committed when it returns and rolled back
when it raises.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from axxond.base.errors import AxxonError
from axxond.base.tasks import Worker, in_thread

Ts = TypeVarTuple("Ts")
T = TypeVar("T")

# How long a statement waits for another process's lock (axxond check beside a running daemon).
_BUSY_TIMEOUT_S = 5.0
_SIDE_FILES = ("", "-wal", "-shm")


class DatabaseError(AxxonError):
    """A database cannot be read or written now (disk full, read-only, locked)."""


class DamagedDatabaseError(DatabaseError):
    """`path` is not (or no longer) a sound database of ours."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: this database is damaged ({reason})")
        self.path = path
        self.reason = reason


class Database:
    """A file with a schema: `steps` are SQL scripts, each run once, in order (user_version).

    `durable`: a commit survives a power cut (fsync each time); otherwise the newest commits may
    be lost with the power, never the file.
    """

    def __init__(self, path: Path, steps: Sequence[str], durable: bool) -> None:
        self.path = path
        self._steps = steps
        self._durable = durable
        self._worker = Worker(f"db-{path.stem}")
        self._connection: sqlite3.Connection | None = None
        self.closed = False

    async def open(self, check: bool) -> None:
        """Open or create the file; `check` reads all of it (small databases).

        Raises DamagedDatabaseError, or DatabaseError when the file cannot be opened or is newer
        than this program.  After an error the thread has ended.
        """
        try:
            await self._worker.call(self._open, check)
        except BaseException:
            await self.close()
            raise

    async def call(self, function: Callable[[sqlite3.Connection, *Ts], T], *args: *Ts) -> T:
        """Run `function(connection, *args)` as one transaction.  Raises as `open` does."""
        if self.closed:
            raise DatabaseError(f"{self.path}: it has been closed")
        return await self._worker.call(self._transact, function, *args)

    async def close(self) -> None:
        """Finish what is under way, close the file, end the thread; for good."""
        if not self.closed:
            self.closed = True
            await in_thread(self._close)

    def _close(self) -> None:
        self._worker.submit(self._disconnect)
        self._worker.close()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self, check: bool) -> None:
        try:
            self._connection = connect(self.path)
            sync = "FULL" if self._durable else "NORMAL"
            self._connection.execute(f"PRAGMA synchronous={sync}")
            self._connection.execute("PRAGMA journal_mode=WAL")
            if check and (fault := fault_of(self._connection)):
                raise DamagedDatabaseError(self.path, fault)
            self._migrate(self._connection)
        except sqlite3.Error as error:
            self._disconnect()
            raise self._mapped(error) from error

    def _migrate(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(self._steps):
            raise DatabaseError(
                f"{self.path}: made by a newer version of this program (format {version}, "
                f"this one knows {len(self._steps)}); update the program"
            )
        for number in range(version, len(self._steps)):
            script = f"BEGIN;{self._steps[number]};PRAGMA user_version={number + 1};COMMIT;"
            connection.executescript(script)

    def _transact(self, function: Callable[[sqlite3.Connection, *Ts], T], *args: *Ts) -> T:
        assert self._connection is not None, f"{self.path} is not open"
        try:
            self._connection.execute("BEGIN")
            try:
                result = function(self._connection, *args)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.rollback()
            raise self._mapped(error) from error
        return result

    def _mapped(self, error: sqlite3.Error) -> DatabaseError:
        if is_damage(error):
            return DamagedDatabaseError(self.path, str(error))
        return DatabaseError(f"{self.path}: {error}")


def connect(path: Path) -> sqlite3.Connection:
    """A connection with explicit transactions, usable from whichever one thread holds it."""
    return sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=_BUSY_TIMEOUT_S
    )


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite means the file's content, not its surroundings."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def fault_of(connection: sqlite3.Connection) -> str:
    """What is wrong with a database, or "" when it is sound; reads all of it."""
    row = connection.execute("PRAGMA quick_check(1)").fetchone()
    return "" if row == ("ok",) else str(row[0] if row else "no verdict")


def check_file(path: Path) -> str:
    """As `fault_of` for a file, opened read-only; blocks."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return fault_of(connection)
    except sqlite3.Error as error:
        return str(error)


def set_aside(path: Path, now_us: int) -> Path:
    """Rename a damaged database and its side files; returns the new name of the main file."""
    aside = path.with_name(f"{path.name}.damaged-{now_us // 1_000_000}")
    for suffix in _SIDE_FILES:
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.rename(aside.with_name(aside.name + suffix))
    return aside
