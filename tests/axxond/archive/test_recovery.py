from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from axxond.archive.archive import Archive
from axxond.archive.check import check_folder
from axxond.archive.index import Index
from axxond.archive.recovery import open_index, reconcile
from axxond.archive.segment import INDEX_NAME, scan
from axxond.media.packet import Packet
from tests.axxond.archive.media import (
    ManualClock,
    feed,
    hub_of,
    link,
    opened,
    payloads,
    read_all,
    stream,
)


async def _record(folder: Path, sent: list[Packet], kill_at: Path | None = None) -> None:
    """Record; `kill_at` gets the folder as a process that dies now would leave it."""
    clock, hub = ManualClock(sent[0].pts_us), hub_of()
    async with opened(folder, clock) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, sent, clock)
        if kill_at is not None:
            shutil.copytree(folder, kill_at)


def _contents(folder: Path) -> list[tuple[object, ...]]:
    """All that the index says of segments, without numbers."""
    with closing(sqlite3.connect(folder / INDEX_NAME)) as db:
        return db.execute(
            "SELECT path, camera, camera_name, stream, link, begin_us, end_us, bytes, hole_us,"
            " open, data FROM segments JOIN clusters ON segment = id ORDER BY path"
        ).fetchall()


def _rebuilt(folder: Path, elsewhere: Path) -> list[tuple[object, ...]]:
    shutil.copytree(folder, elsewhere)
    for name in elsewhere.glob(f"{INDEX_NAME}*"):
        name.unlink()
    with closing(open_index(elsewhere)[0]) as index:
        reconcile(elsewhere, index)
    return _contents(elsewhere)


@pytest.fixture
def killed(tmp_path: Path) -> tuple[Path, list[Packet]]:
    """A folder whose recorder died while it wrote, and what had been sent."""
    sent = stream(range(12 * 25 + 7))
    asyncio.run(_record(tmp_path / "live", sent, tmp_path / "killed"))
    return tmp_path / "killed", sent


async def _read(folder: Path) -> list[bytes]:
    async with opened(folder, ManualClock()) as archive:
        return payloads(await read_all(archive))


def test_a_kill_costs_less_than_two_seconds(killed: tuple[Path, list[Packet]]) -> None:
    folder, sent = killed
    got = asyncio.run(_read(folder))
    assert got == payloads(sent)[: len(got)]
    assert len(got) >= len(sent) - 2 * 75


def test_what_is_recovered_equals_what_is_rebuilt(
    killed: tuple[Path, list[Packet]], tmp_path: Path
) -> None:
    folder, sent = killed
    (segment,) = folder.glob("*/*.mkv")
    whole, entries = segment.read_bytes(), scan(segment).entries
    rng = random.Random(11)
    for attempt in range(15):
        place = tmp_path / f"torn{attempt}"
        shutil.copytree(folder, place)
        cut = rng.randrange(entries[0].offset + entries[0].length, len(whole))
        torn = place / segment.relative_to(folder)
        torn.write_bytes(whole[:cut])
        if attempt % 3 == 1:
            with closing(sqlite3.connect(place / INDEX_NAME)) as db:
                db.execute("DELETE FROM segments")
                db.commit()
        got = asyncio.run(_read(place))
        left = [one for one in entries if one.offset + one.length <= cut]
        assert got == payloads(sent)[: 75 * len(left)]
        assert torn.stat().st_size == left[-1].offset + left[-1].length
        assert _contents(place) == _rebuilt(place, tmp_path / f"anew{attempt}")


def test_zeros_after_a_power_cut_are_cut_off(killed: tuple[Path, list[Packet]]) -> None:
    folder, sent = killed
    (segment,) = folder.glob("*/*.mkv")
    entry = scan(segment).entries[-2]
    with segment.open("r+b") as file:
        file.seek(entry.offset + entry.length // 2)
        file.write(bytes(segment.stat().st_size - file.tell()))
    got = asyncio.run(_read(folder))
    assert got == payloads(sent)[: len(got)]
    assert len(scan(segment).entries) * 75 == len(got)


def test_a_damaged_cluster_costs_itself_only(killed: tuple[Path, list[Packet]]) -> None:
    folder, sent = killed
    (segment,) = folder.glob("*/*.mkv")
    entries = scan(segment).entries
    with segment.open("r+b") as file:
        file.seek(entries[3].offset)  # not even its head can be read
        file.write(os.urandom(200))
    got = asyncio.run(_read(folder))
    wanted = payloads(sent)
    assert got == wanted[: 3 * 75] + wanted[4 * 75 : 75 * len(entries)]


def test_missing_files_are_forgotten_and_unknown_ones_found(
    killed: tuple[Path, list[Packet]], tmp_path: Path
) -> None:
    folder, _ = killed
    (segment,) = folder.glob("*/*.mkv")
    other = segment.with_name("copied_from_elsewhere.mkv")
    other.write_bytes(segment.read_bytes())
    segment.unlink()

    async def open_it() -> Archive:
        async with opened(folder, ManualClock()) as archive:
            return archive

    recovery = asyncio.run(open_it()).recovery
    assert recovery is not None
    assert [Path(path).name for path in recovery.added] == [other.name]
    assert [Path(path).name for path in recovery.dropped] == [segment.name]


@pytest.mark.parametrize("damage", [b"no database at all" * 500, b""])
def test_a_damaged_index_is_made_anew(killed: tuple[Path, list[Packet]], damage: bytes) -> None:
    folder, sent = killed
    for name in folder.glob(f"{INDEX_NAME}-*"):
        name.unlink()
    (folder / INDEX_NAME).write_bytes(damage)
    got = asyncio.run(_read(folder))
    assert got == payloads(sent)[: len(got)]
    assert len(got) >= len(sent) - 2 * 75


def test_foreign_files_are_left_alone(killed: tuple[Path, list[Packet]]) -> None:
    folder, _ = killed
    day = next(folder.glob("*/"))
    holiday = day / "holiday.mkv"
    holiday.write_bytes(b"\x1a\x45\xdf\xa3 something else" * 1000)
    empty = day / "empty.mkv"
    empty.touch()
    asyncio.run(_read(folder))
    assert holiday.exists()
    assert not empty.exists()


def test_check_finds_and_mends(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    asyncio.run(_record(folder, stream(range(30 * 25))))
    assert not check_folder(folder, full=True).damaged
    (segment,) = folder.glob("*/*.mkv")
    entry = scan(segment).entries[4]
    with segment.open("r+b") as file:
        file.seek(entry.offset + entry.length // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 0x10]))
    assert not check_folder(folder).damaged  # one flipped bit: only a full check reads that far
    found = check_folder(folder, full=True)
    assert found.damaged
    assert found.clusters == 29
    mended = check_folder(folder, full=True, repair=True)
    assert not mended.damaged
    assert any("passed over: 1" in note for note in mended.remarks)
    assert not check_folder(folder, full=True).damaged


def test_check_tells_missing_and_unknown_files(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    asyncio.run(_record(folder, stream(range(100))))
    (segment,) = folder.glob("*/*.mkv")
    segment.rename(segment.with_name("renamed.mkv"))
    assert len(check_folder(folder).problems) == 2
    assert not check_folder(folder, repair=True).damaged


def test_check_tells_a_missing_index(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    asyncio.run(_record(folder, stream(range(100))))
    for name in folder.glob(f"{INDEX_NAME}*"):
        name.unlink()
    assert check_folder(folder).damaged
    assert not check_folder(folder, repair=True).damaged
    with closing(Index(folder / INDEX_NAME, read_only=True)) as index:
        assert len(index.segments()) == 1
