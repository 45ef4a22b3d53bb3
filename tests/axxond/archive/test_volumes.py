"""Several volumes: nothing is lost while one of them is well."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from axxond.archive import rawfile, segment, volume
from axxond.archive.archive import Archive
from axxond.archive.errors import Trouble, TroubleKind
from axxond.archive.model import ArchiveSettings, VolumeSettings
from axxond.media.packet import Packet
from axxond.stream.hub import StreamHub
from tests.axxond.archive.media import (
    T0,
    ManualClock,
    feed,
    hub_of,
    link,
    opened,
    payloads,
    read_all,
    stream,
    until,
    video,
)

SECOND = 1_000_000


class Disks:
    """Stands between writers and file systems: a volume's folder can fail or hang."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.faults: dict[Path, int] = {}
        self.hung: dict[Path, threading.Event] = {}
        self._write_all, self._probe = rawfile.write_all, volume.write_probe
        monkeypatch.setattr(rawfile, "write_all", self._write)
        monkeypatch.setattr(volume, "write_probe", self._try)

    @asynccontextmanager
    async def released(self) -> AsyncIterator[None]:
        """Nothing hangs any more at the end, however a test ends."""
        try:
            yield
        finally:
            for goes in self.hung.values():
                goes.set()

    def _write(self, fd: int, parts: list[bytes]) -> None:
        self._meet(Path(os.readlink(f"/proc/self/fd/{fd}")))
        self._write_all(fd, parts)

    def _try(self, path: Path) -> None:
        self._meet(path)
        self._probe(path)

    def _meet(self, path: Path) -> None:
        for folder, goes in self.hung.items():
            if path.is_relative_to(folder):
                goes.wait()
        for folder, fault in self.faults.items():
            if path.is_relative_to(folder):
                raise OSError(fault, os.strerror(fault))


@pytest.fixture
def disks(monkeypatch: pytest.MonkeyPatch) -> Disks:
    return Disks(monkeypatch)


def settings(folder: Path, volumes: int = 2, quota: int = 1 << 30) -> ArchiveSettings:
    more = tuple(VolumeSettings(folder / f"v{number}", quota) for number in range(1, volumes))
    return ArchiveSettings("archive", folder / "v0", quota, more=more)


@asynccontextmanager
async def on_volumes(
    folder: Path,
    clock: ManualClock,
    told: Callable[[Trouble], None] = lambda trouble: None,
    volumes: int = 2,
    quota: int = 1 << 30,
) -> AsyncIterator[Archive]:
    archive = await Archive.open(settings(folder, volumes, quota), clock, told)
    try:
        yield archive
    finally:
        await archive.close()


async def _second(
    archive: Archive, hubs: list[StreamHub], clock: ManualClock, second: int, gop: int = 25
) -> None:
    for number in range(second * 25, second * 25 + 25):
        for hub in hubs:
            hub.publish(video(number, gop))
    clock.time_us = T0 + (second + 1) * SECOND
    archive.recorder.tick()


async def _rest(archive: Archive, hangs: bool = False) -> None:
    """What the disks that go can take is on them; `hangs`: the first one does not."""
    for _ in range(3):
        lanes = [store.lane for store in archive.stores[1 if hangs else 0 :]]
        for lane in lanes:
            await lane.wait()
        archive.recorder.tick()


def expected(seconds: int, gop: int = 25) -> list[bytes]:
    return payloads(video(number, gop) for number in range(seconds * 25))


async def _assert_whole(archive: Archive, hubs: list[StreamHub], wanted: list[bytes]) -> None:
    """Forwards every packet once and in order; backwards every one that is read once."""
    for hub in hubs:
        camera = hub.key.camera
        assert payloads(await read_all(archive, camera)) == wanted
        gops = [
            payloads(gop)
            async for gop in archive.reader.gops(camera, T0 + 10_000 * SECOND, reverse=True)
        ]
        assert [one for gop in reversed(gops) for one in gop] == wanted
        assert archive.recorder.stats(camera).lost == 0


async def test_cameras_spread_over_the_volumes(tmp_path: Path) -> None:
    clock, hubs = ManualClock(), [hub_of(f"c{number}") for number in range(8)]
    async with on_volumes(tmp_path, clock) as archive:
        for hub in hubs:
            archive.recorder.attach(link(hub.key.camera), hub)
        for second in range(6):
            await _second(archive, hubs, clock, second)
            await _rest(archive)
        files = [len(list((tmp_path / f"v{n}").glob("*/*.mkv"))) for n in range(2)]
    assert files == [4, 4]


async def test_one_camera_uses_all_volumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second disk is bought to keep more, also of a single camera."""
    monkeypatch.setattr(segment, "SEGMENT_SPAN_US", 3 * SECOND)
    clock, hub = ManualClock(), hub_of()
    async with on_volumes(tmp_path, clock, quota=1 << 20) as archive:
        archive.recorder.attach(link(), hub)
        for second in range(40):
            await _second(archive, [hub], clock, second)
            await _rest(archive)
        used = [store.used_bytes for store in archive.stores]
        archive.recorder.detach("link-cam")
        await archive.flush()
        await archive.made_room()
        await _assert_whole(archive, [hub], expected(40))
    assert min(used) > max(used) / 3


@pytest.mark.parametrize("gop", [25, 100])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (errno.ENOSPC, TroubleKind.FULL),
        (errno.EROFS, TroubleKind.READ_ONLY),
        (errno.EIO, TroubleKind.IO),
        (errno.ENOENT, TroubleKind.GONE),
    ],
)
async def test_nothing_is_lost_while_one_volume_is_well(
    tmp_path: Path, disks: Disks, fault: int, kind: TroubleKind, gop: int
) -> None:
    clock, hubs, told = ManualClock(), [hub_of(f"c{n}") for n in range(4)], list[Trouble]()
    async with on_volumes(tmp_path, clock, told.append) as archive:
        for hub in hubs:
            archive.recorder.attach(link(hub.key.camera), hub)
        for second in range(20):
            if second == 6:
                disks.faults[tmp_path / "v0"] = fault
            if second == 12:
                disks.faults.clear()
            await _second(archive, hubs, clock, second, gop)
            await _rest(archive)
        clock.time_us += 70 * SECOND
        await _rest(archive)
        for hub in hubs:
            archive.recorder.detach(f"link-{hub.key.camera}")
        await archive.flush()
        await archive.made_room()
        await archive.flush()
        await _assert_whole(archive, hubs, expected(20, gop))
        for hub in hubs:
            line = await archive.reader.timeline(hub.key.camera, T0, T0 + 20 * SECOND)
            assert [span.kind for span in line] == ["footage"]
    assert (kind, False) in [(one.kind, one.over) for one in told]
    assert (kind, True) in [(one.kind, one.over) for one in told]


@pytest.mark.parametrize("gop", [25, 100])
async def test_a_disk_that_hangs_holds_up_no_camera(
    tmp_path: Path, disks: Disks, gop: int
) -> None:
    clock, hubs, told = ManualClock(), [hub_of(f"c{n}") for n in range(16)], list[Trouble]()
    async with on_volumes(tmp_path, clock, told.append) as archive, disks.released():
        for hub in hubs:
            archive.recorder.attach(link(hub.key.camera), hub)
        for second in range(30):
            if second == 6:
                disks.hung[tmp_path / "v0"] = threading.Event()
            if second == 18:
                disks.hung[tmp_path / "v0"].set()
                await until(lambda: not archive.stores[0].lane.busy)
            await _second(archive, hubs, clock, second, gop)
            await _rest(archive, hangs=6 <= second < 18)
            held = [sum(one.bytes for one in link_.pending) for link_ in archive.recorder._all()]
            assert max(held) < 200_000  # within 6 s of this stream, however long it hangs
        for hub in hubs:
            archive.recorder.detach(f"link-{hub.key.camera}")
        await archive.flush()
        await archive.flush()
        await _assert_whole(archive, hubs, expected(30, gop))
    assert [(one.kind, one.over) for one in told] == [
        (TroubleKind.SLOW, False),
        (TroubleKind.SLOW, True),
    ]
    # A later start finds the same, from the segments alone.
    for index in tmp_path.glob("*/index.sqlite3*"):  # noqa: ASYNC240
        index.unlink()
    async with on_volumes(tmp_path, clock) as archive:
        for hub in hubs:
            assert payloads(await read_all(archive, hub.key.camera)) == expected(30, gop)


async def test_a_file_that_begins_within_a_gop_repeats_it(tmp_path: Path, disks: Disks) -> None:
    """The rest of a GOP cannot be decoded without its key frame."""
    clock, hub = ManualClock(), hub_of()
    async with on_volumes(tmp_path, clock) as archive:
        archive.recorder.attach(link(), hub)
        for second in range(14):
            if second == 6:
                disks.faults[tmp_path / "v0"] = errno.EIO
            await _second(archive, [hub], clock, second, gop=250)
            await _rest(archive)
        archive.recorder.detach("link-cam")
        await archive.flush()
        assert archive.stores[1].used_bytes > 0
        await _assert_whole(archive, [hub], expected(14, 250))


async def test_all_volumes_in_trouble_are_told_in_the_ledger(
    tmp_path: Path, disks: Disks, monkeypatch: pytest.MonkeyPatch
) -> None:
    from axxond.archive import link as link_module

    monkeypatch.setattr(link_module, "_MAX_PENDING_BYTES", 50_000)
    monkeypatch.setattr(link_module, "_MAX_QUEUE_BYTES", 50_000)
    clock, hub, told = ManualClock(), hub_of(), list[Trouble]()
    async with on_volumes(tmp_path, clock, told.append) as archive:
        archive.recorder.attach(link(), hub)
        for second in range(40):
            if second == 5:
                disks.faults = {tmp_path / f"v{n}": errno.EIO for n in range(2)}
            if second == 30:
                disks.faults.clear()
            await _second(archive, [hub], clock, second)
            await _rest(archive)
        await archive.flush()
        spans = await archive.reader.timeline("cam", T0, T0 + 38 * SECOND)
    assert [span.kind for span in spans] == ["footage", "gap", "footage"]
    assert spans[1].reason.startswith("disk: Cannot record to")


async def test_a_volume_that_comes_later_is_taken_into_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("axxond.archive.archive._REOPEN_S", 0.01)
    clock, hubs = ManualClock(), [hub_of(f"c{n}") for n in range(4)]
    obstacle = tmp_path / "v1"
    obstacle.touch()
    async with on_volumes(tmp_path, clock) as archive:
        for hub in hubs:
            archive.recorder.attach(link(hub.key.camera), hub)
        for second in range(10):
            if second == 5:
                obstacle.unlink()
                await until(lambda: archive.stores[1].ready)
            await _second(archive, hubs, clock, second)
            await _rest(archive)
        for hub in hubs:
            archive.recorder.detach(f"link-{hub.key.camera}")
        await archive.flush()
        await _assert_whole(archive, hubs, expected(10))
        new = hub_of("new")
        archive.recorder.attach(link("new"), new)
        await feed(archive, new, [video(number) for number in range(250, 400)], clock)
        assert archive.stores[1].used_bytes > 0


async def test_a_single_volume_archive_opens_as_the_first_of_several(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    sent: list[Packet] = stream(range(100))
    async with opened(tmp_path / "v0", clock) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, sent, clock)
    async with on_volumes(tmp_path, clock) as archive:
        assert payloads(await read_all(archive)) == payloads(sent)
