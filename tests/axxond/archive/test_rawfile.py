"""Reading and writing at a place, by the system's calls and by moving the position."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from axxond.archive import disk, rawfile


@pytest.fixture
def fd(tmp_path: Path) -> Iterator[int]:
    made = rawfile.open_file(tmp_path / "file", rawfile.CREATE_NEW)
    rawfile.write_all(made, [b"0123", b"", b"456789"])
    yield made
    os.close(made)


@pytest.mark.parametrize("read", [rawfile.read_at, rawfile.read_moving])
def test_a_place_is_read_and_the_end_cuts_it_short(
    fd: int, read: Callable[[int, int, int], bytes]
) -> None:
    assert read(fd, 4, 3) == b"3456"
    assert read(fd, 4, 8) == b"89"
    assert read(fd, 4, 10) == b""


@pytest.mark.parametrize("read", [rawfile.read_into, rawfile.read_into_moving])
def test_a_buffer_is_filled_from_a_place(
    fd: int, read: Callable[[int, bytearray, int], int]
) -> None:
    buffer = bytearray(4)
    assert read(fd, buffer, 8) == 2
    assert bytes(buffer) == b"89\0\0"


@pytest.mark.parametrize("write", [rawfile.write_at, rawfile.write_moving])
def test_what_is_written_at_a_place_leaves_the_position_where_it_was(
    fd: int, write: Callable[[int, bytes, int], int]
) -> None:
    assert write(fd, b"ab", 1) == 2
    rawfile.write_all(fd, [b"!"])
    assert rawfile.read_at(fd, 20, 0) == b"0ab3456789!"


def test_parts_are_written_whole_where_there_is_no_gathering_write(
    fd: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rawfile, "_writev", rawfile.write_first)
    rawfile.write_all(fd, [b"ab", b"cd"])
    assert rawfile.read_at(fd, 20, 10) == b"abcd"


def test_written_files_are_synced_one_by_one_and_deleted_ones_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(disk, "_syncfs", None)
    monkeypatch.setattr(disk.os, "fsync", lambda fd: synced.append(os.fstat(fd).st_size))
    (tmp_path / "one").write_bytes(b"123")
    disk.sync(tmp_path, [tmp_path / "one", tmp_path / "gone"])
    assert synced == [3]
