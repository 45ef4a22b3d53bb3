"""Volumes that cannot be written when the server starts: read all the same, taken back later."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from axxond.archive import opening
from axxond.archive.archive import Archive
from axxond.archive.errors import Trouble, TroubleKind
from axxond.archive.export.port import CameraOrder
from axxond.archive.model import ArchiveSettings, VolumeSettings
from axxond.archive.segment import INDEX_NAME
from tests.axxond.archive.export.made import export
from tests.axxond.archive.media import (
    T0,
    ManualClock,
    feed,
    hub_of,
    link,
    payloads,
    read_all,
    stream,
    until,
)

SECOND = 1_000_000
READ_ONLY = (TroubleKind.READ_ONLY, False)
_DISK_KIB = 4096


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("axxond.archive.archive._REOPEN_S", 0.02)


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> dict[Path, int]:
    """Folders whose disk takes nothing, and why."""
    faults: dict[Path, int] = {}
    real = opening.write_probe

    def probe(path: Path) -> None:
        for folder, fault in faults.items():
            if path.is_relative_to(folder):
                raise OSError(fault, os.strerror(fault))
        real(path)

    monkeypatch.setattr(opening, "write_probe", probe)
    return faults


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", f"size={_DISK_KIB}k", "tmpfs", str(place))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a file system is not allowed here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def settings(volume: Path, beside: Path, *more: Path) -> ArchiveSettings:
    others = tuple(VolumeSettings(one, 1 << 30) for one in more)
    return ArchiveSettings("a", volume, 1 << 30, more=others, beside=beside)


@asynccontextmanager
async def running(
    how: ArchiveSettings, clock: ManualClock, told: Callable[[Trouble], None] = lambda one: None
) -> AsyncIterator[Archive]:
    archive = await Archive.open(how, clock, told)
    try:
        yield archive
    finally:
        await archive.close()


async def record(archive: Archive, clock: ManualClock, begin: int, end: int) -> None:
    hub = hub_of()
    archive.recorder.attach(link(), hub)
    await feed(archive, hub, stream(range(begin, end)), clock)
    archive.recorder.detach("link-cam")
    await archive.flush()


async def filled(how: ArchiveSettings, frames: int = 200) -> ManualClock:
    clock = ManualClock()
    async with running(how, clock) as archive:
        await record(archive, clock, 0, frames)
        await archive.protect("cam", (T0, T0 + SECOND), "theft", "anna")
    return clock


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(one.relative_to(folder)): (one.read_bytes(), one.stat().st_mtime_ns)
        for one in folder.rglob("*")
        if one.is_file()
    }


@pytest.mark.parametrize("fault", [errno.EROFS, errno.EACCES, errno.EPERM])
async def test_a_read_only_volume_is_read_told_and_left_as_it_is(
    tmp_path: Path, refuse: dict[Path, int], fault: int
) -> None:
    volume, told = tmp_path / "v0", list[Trouble]()
    how = settings(volume, tmp_path / "beside")
    clock = await filled(how)
    before = contents(volume)
    refuse[volume] = fault
    async with running(how, clock, told.append) as archive:
        assert not archive.ready
        assert payloads(await read_all(archive)) == payloads(stream(range(200)))
        line = await archive.reader.timeline("cam", T0, T0 + 8 * SECOND)
        assert [span.kind for span in line] == ["footage"]
        assert [one.reason for one in archive.protections.active()] == ["theft"]
        assert (archive.first_us, archive.used_bytes > 0) == (T0, True)
        (film,) = await export(archive, CameraOrder("cam", "", T0, T0 + 8 * SECOND), tmp_path)
        assert film.stat().st_size > 50_000
    assert [(one.kind, one.over) for one in told] == [READ_ONLY]
    assert str(volume) in told[0].text
    assert contents(volume) == before


async def test_it_is_recorded_to_again_as_soon_as_it_can_be_written(
    tmp_path: Path, refuse: dict[Path, int]
) -> None:
    volume, told = tmp_path / "v0", list[Trouble]()
    how = settings(volume, tmp_path / "beside")
    clock = await filled(how)
    refuse[volume] = errno.EROFS
    async with running(how, clock, told.append) as archive:
        hub = hub_of()
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(200, 260)), clock)
        refuse.clear()
        await until(lambda: archive.ready)
        await feed(archive, hub, stream(range(260, 400)), clock)
        archive.recorder.detach("link-cam")
        await archive.flush()
        assert payloads(await read_all(archive)) == payloads(stream(range(400)))
        assert [(one.kind, one.over) for one in told] == [READ_ONLY, (TroubleKind.READ_ONLY, True)]
    async with running(how, clock) as archive:
        assert payloads(await read_all(archive)) == payloads(stream(range(400)))


async def test_what_a_crash_left_out_of_the_index_is_read_too(
    tmp_path: Path, refuse: dict[Path, int]
) -> None:
    volume = tmp_path / "v0"
    how = settings(volume, tmp_path / "beside")
    clock = await filled(how)
    for file in volume.glob(f"{INDEX_NAME}*"):
        file.unlink()
    refuse[volume] = errno.EROFS
    async with running(how, clock) as archive:
        assert payloads(await read_all(archive)) == payloads(stream(range(200)))
        assert len(archive.protections.active()) == 1


async def test_another_volume_records_while_one_is_read_only(
    tmp_path: Path, refuse: dict[Path, int]
) -> None:
    volume = tmp_path / "v0"
    how = settings(volume, tmp_path / "beside")
    clock = await filled(how)
    refuse[volume] = errno.EROFS
    async with running(settings(volume, tmp_path / "beside", tmp_path / "v1"), clock) as archive:
        await record(archive, clock, 200, 300)
        assert payloads(await read_all(archive)) == payloads(stream(range(300)))
        assert archive.recorder.stats("cam").lost == 0
        assert [store.ready for store in archive.stores] == [False, True]
        assert [one.reason for one in archive.protections.active()] == ["theft"]


async def test_a_protection_lifted_meanwhile_is_lifted_there_later(
    tmp_path: Path, refuse: dict[Path, int]
) -> None:
    volume = tmp_path / "v0"
    how = settings(volume, tmp_path / "beside")
    clock = await filled(how)
    refuse[volume] = errno.EROFS
    async with running(how, clock) as archive:
        (one,) = archive.protections.active()
        assert await archive.unprotect(one.id, "anna") is not None
        refuse.clear()
        await until(lambda: archive.ready)
    async with running(how, clock) as archive:
        assert archive.protections.active() == []


async def test_without_a_place_beside_it_is_tried_again_only(
    tmp_path: Path, refuse: dict[Path, int]
) -> None:
    how = ArchiveSettings("a", tmp_path / "v0", 1 << 30)
    clock = await filled(how)
    refuse[tmp_path / "v0"] = errno.EROFS
    async with running(how, clock) as archive:
        assert await read_all(archive) == []
        refuse.clear()
        await until(lambda: archive.ready)
        assert len(await read_all(archive)) == 600


@pytest.mark.peer
async def test_a_file_system_mounted_read_only_is_read_and_taken_back(
    tmp_path: Path, disk: Path
) -> None:
    told = list[Trouble]()
    how = settings(disk / "a", tmp_path / "beside")
    clock = await filled(how)
    _mount("-o", "remount,ro", str(disk))
    async with running(how, clock, told.append) as archive:
        assert payloads(await read_all(archive)) == payloads(stream(range(200)))
        _mount("-o", "remount,rw", str(disk))
        await until(lambda: archive.ready)
        await record(archive, clock, 200, 300)
        assert payloads(await read_all(archive)) == payloads(stream(range(300)))
    assert [(one.kind, one.over) for one in told] == [READ_ONLY, (TroubleKind.READ_ONLY, True)]


def _stuff(disk: Path) -> None:
    """Not a byte is left there."""
    with (disk / "others").open("wb", buffering=0) as file:
        for size in (1 << 16, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


@pytest.mark.peer
async def test_a_full_disk_gives_up_its_oldest_to_be_opened(tmp_path: Path, disk: Path) -> None:
    """Nothing can be recorded, and nothing deleted, without an index; that needs room, too."""
    told = list[Trouble]()
    how = settings(disk / "a", tmp_path / "beside")
    clock = ManualClock()
    async with running(how, clock) as archive:
        await record(archive, clock, 0, 25)
        await archive.protect("cam", (T0, T0 + SECOND), "theft", "anna")
        for part in range(1, 5):
            await record(archive, clock, part * 2000, part * 2000 + 400)
    _stuff(disk)
    async with running(how, clock, told.append) as archive:
        await until(lambda: archive.ready)
        got = payloads(await read_all(archive))
        assert len(got) < 75 + 4 * 1200
        assert got[:75] == payloads(stream(range(25)))  # protected
        await record(archive, clock, 20_000, 20_050)
        assert payloads(await read_all(archive))[-150:] == payloads(stream(range(20_000, 20_050)))
    assert (told[0].kind, told[0].over) == (TroubleKind.FULL, False)
