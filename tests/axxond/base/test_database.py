"""One file, one thread, every call a transaction; damage is told with the file's name."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from axxond.base.database import (
    DamagedDatabaseError,
    Database,
    DatabaseError,
    check_file,
    set_aside,
)

STEPS = ("CREATE TABLE a (x INTEGER PRIMARY KEY, y TEXT)",)


def add(connection: sqlite3.Connection, x: int) -> None:
    connection.execute("INSERT INTO a VALUES (?, ?)", (x, "text" * 100))


def add_and_fail(connection: sqlite3.Connection, x: int) -> None:
    add(connection, x)
    raise ValueError("no")


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM a").fetchone()[0])


async def test_what_a_call_wrote_is_there_after_reopening(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite", STEPS, durable=True)
    await database.open(check=True)
    await database.call(add, 1)
    await database.close()
    await (again := Database(tmp_path / "a.sqlite", STEPS, durable=False)).open(check=True)
    assert await again.call(count) == 1
    await again.close()


async def test_a_call_that_raises_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite", STEPS, durable=True)
    await database.open(check=True)
    with pytest.raises(ValueError, match="no"):
        await database.call(add_and_fail, 1)
    assert await database.call(count) == 0
    await database.call(add, 1)
    with pytest.raises(DatabaseError, match=r"a\.sqlite.*UNIQUE"):
        await database.call(add, 1)
    assert await database.call(count) == 1
    await database.close()


async def test_later_steps_are_run_once_on_an_older_file(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    await (first := Database(path, STEPS, durable=True)).open(check=True)
    await first.call(add, 1)
    await first.close()
    steps = (*STEPS, "ALTER TABLE a ADD COLUMN z; INSERT INTO a VALUES (2, '', 3)")
    for _time in range(2):
        await (second := Database(path, steps, durable=True)).open(check=True)
        assert await second.call(count) == 2
        await second.close()


async def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    newer = Database(path, (*STEPS, "CREATE TABLE b (x)"), durable=True)
    await newer.open(check=True)
    await newer.close()
    with pytest.raises(DatabaseError, match="newer version"):
        await Database(path, STEPS, durable=True).open(check=True)


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" * 90])
async def test_a_file_that_is_no_database_is_told_as_damaged(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(content)
    with pytest.raises(DamagedDatabaseError) as caught:
        await Database(path, STEPS, durable=True).open(check=True)
    assert caught.value.path == path
    assert str(path) in str(caught.value)
    assert check_file(path)
    assert path.read_bytes() == content


async def test_a_damaged_page_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    await (database := Database(path, STEPS, durable=True)).open(check=True)
    for x in range(200):
        await database.call(add, x)
    await database.close()
    assert check_file(path) == ""
    data = bytearray(path.read_bytes())
    data[8192:12288] = b"\xff" * 4096
    path.write_bytes(data)
    with pytest.raises(DamagedDatabaseError):
        await Database(path, STEPS, durable=True).open(check=True)
    assert check_file(path)


async def test_a_folder_that_is_not_there_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError) as caught:
        await Database(tmp_path / "none" / "a.sqlite", STEPS, durable=True).open(check=True)
    assert not isinstance(caught.value, DamagedDatabaseError)


def test_setting_aside_takes_the_side_files_along(tmp_path: Path) -> None:
    for suffix in ("", "-wal"):
        (tmp_path / f"a.sqlite{suffix}").write_text(suffix)
    aside = set_aside(tmp_path / "a.sqlite", 5_000_000)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.sqlite.damaged-5",
        "a.sqlite.damaged-5-wal",
    ]
    assert aside.read_text() == ""
