"""Disks that are full, read-only, gone or hung: told, bounded, and over by itself."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from pathlib import Path

import pytest

from axxond.archive import rawfile
from axxond.archive.errors import Trouble, TroubleKind, describe
from axxond.archive.link import LinkRecorder
from axxond.media.packet import Packet
from protocol.types import Codec, GapReason, VideoFormat
from tests.axxond.archive.media import (
    FRAME_US,
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


class Disk:
    """Stands between the writer and the file system; `fault` is raised by every write."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fault: int | None = None
        self.torn = False
        self.goes = threading.Event()
        self.goes.set()
        self._real = rawfile.write_all
        monkeypatch.setattr(rawfile, "write_all", self._write)

    def _write(self, fd: int, parts: list[bytes]) -> None:
        self.goes.wait()
        if self.fault is not None:
            if self.torn:
                self._real(fd, [b"".join(parts)[:100]])
            raise OSError(self.fault, os.strerror(self.fault))
        self._real(fd, parts)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def named(troubles: list[Trouble]) -> list[tuple[TroubleKind, bool]]:
    return [(one.kind, one.over) for one in troubles]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (errno.EROFS, TroubleKind.READ_ONLY),
        (errno.EIO, TroubleKind.IO),
        (errno.ENOENT, TroubleKind.GONE),
    ],
)
@pytest.mark.parametrize("torn", [False, True])
async def test_a_fault_of_some_seconds_loses_nothing(
    tmp_path: Path, disk: Disk, fault: int, kind: TroubleKind, torn: bool
) -> None:
    clock, hub, told = ManualClock(), hub_of(), list[Trouble]()
    sent = stream(range(250))
    async with opened(tmp_path, clock, on_trouble=told.append) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, sent[:300], clock)
        disk.fault, disk.torn = fault, torn
        await feed(archive, hub, sent[300:500], clock)
        assert named(told) == [(kind, False)]
        assert str(tmp_path) in told[0].text
        disk.fault = None
        await feed(archive, hub, sent[500:], clock)
        clock.time_us += 2 * SECOND
        await archive.flush()
        assert named(told) == [(kind, False), (kind, True)]
        archive.recorder.detach("link-cam")
        await archive.flush()
        assert payloads(await read_all(archive)) == payloads(sent)
        assert archive.recorder.stats("cam").lost == 0


async def test_a_hung_disk_costs_bounded_memory_and_is_told_as_a_gap(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, hub, told = ManualClock(), hub_of(), list[Trouble]()
    async with opened(tmp_path, clock, on_trouble=told.append) as archive:
        archive.recorder.attach(link(), hub)
        recorder = archive.recorder._links["link-cam"]
        for number in range(50):
            hub.publish(video(number, size=100_000))
        await archive.recorder.flush()
        disk.goes.clear()
        most = 0
        for second in range(2, 30):
            for number in range(second * 25, second * 25 + 25):
                hub.publish(video(number, size=100_000))
            clock.time_us = T0 + (second + 1) * SECOND
            archive.recorder.tick()
            most = max(most, _held_bytes(recorder))
        assert most < 2.5 * (8 << 20)
        assert named(told) == [(TroubleKind.SLOW, False)]
        disk.goes.set()
        for second in range(30, 36):
            for number in range(second * 25, second * 25 + 25):
                hub.publish(video(number, size=100_000))
            clock.time_us = T0 + (second + 1) * SECOND
            await archive.recorder.flush()
        await archive.flush()
        assert named(told) == [(TroubleKind.SLOW, False), (TroubleKind.SLOW, True)]
        spans = await archive.reader.timeline("cam", T0, clock.time_us)
        assert [span.kind for span in spans] == ["footage", "gap", "footage"]
        assert spans[1].reason.startswith(GapReason.DISK.value)
        stats = archive.recorder.stats("cam")
        got = await read_all(archive)
        # What is on the disk, lost, and in the cluster that is not full yet is all that came.
        assert stats.received == 36 * 25
        assert stats.lost + len(got) + 25 == stats.received


def _held_bytes(recorder: LinkRecorder) -> int:
    queue = recorder._queue
    assert queue is not None
    return queue._bytes + sum(one.bytes for one in recorder.pending)


async def test_a_folder_that_is_taken_away_is_not_made_anew(tmp_path: Path) -> None:
    """An unmounted disk leaves its mount point: nothing may be written there."""
    clock, hub, told = ManualClock(), hub_of(), list[Trouble]()
    folder, away = tmp_path / "disk", tmp_path / "away"
    async with opened(folder, clock, on_trouble=told.append) as archive:
        archive.recorder.attach(link(), hub)
        await archive.flush()
        shutil.move(folder, away)
        folder.mkdir()
        await feed(archive, hub, stream(range(60)), clock)
        assert (TroubleKind.GONE, False) in named(told)
        assert list(folder.iterdir()) == []
        folder.rmdir()
        shutil.move(away, folder)
        clock.time_us += 2 * SECOND
        await archive.flush()
        assert (TroubleKind.GONE, True) in named(told)
        assert len(await read_all(archive)) == 180


async def test_a_folder_that_cannot_be_made_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("axxond.archive.archive._REOPEN_S", 0.01)
    clock, hub, told = ManualClock(), hub_of(), list[Trouble]()
    obstacle = tmp_path / "file"
    obstacle.touch()
    async with opened(obstacle / "archive", clock, on_trouble=told.append) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(60)), clock)
        assert await archive.reader.bounds("cam") is None
        assert await read_all(archive) == []
        assert [one.kind for one in told] == [TroubleKind.GONE]
        obstacle.unlink()
        await until(lambda: archive.ready)
        await archive.flush()
        assert len(await read_all(archive)) == 150
        assert not archive.troubles


async def test_a_full_disk_below_the_quota_takes_the_oldest(tmp_path: Path, disk: Disk) -> None:
    clock, told = ManualClock(), list[Trouble]()
    async with opened(tmp_path, clock, on_trouble=told.append) as archive:
        for part in range(15):
            hub = hub_of()
            archive.recorder.attach(link(), hub)
            await feed(archive, hub, stream(range(part * 100, part * 100 + 100)), clock)
            archive.recorder.detach("link-cam")
            await archive.flush()
        hub = hub_of()
        archive.recorder.attach(link(), hub)
        disk.fault = errno.ENOSPC
        await feed(archive, hub, stream(range(1500, 1530)), clock)
        await archive.made_room()
        disk.fault = None
        await feed(archive, hub, stream(range(1530, 1600)), clock)
        assert named(told) == [(TroubleKind.FULL, False)]
        clock.time_us += 61 * SECOND
        await feed(archive, hub, stream(range(4000, 4060)), clock)
        assert named(told) == [(TroubleKind.FULL, False), (TroubleKind.FULL, True)]
        got = payloads(await read_all(archive))
        assert archive.recorder.stats("cam").lost == 0
    kept = payloads(stream([*range(1600), *range(4000, 4060)]))
    assert got == kept[kept.index(got[0]) :][: len(got)]
    assert 0 < kept.index(got[0]) < 15 * 300
    assert len(got) >= 150


async def test_a_full_disk_gives_up_what_is_being_written_last(tmp_path: Path, disk: Disk) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(100)), clock)
        disk.fault = errno.ENOSPC
        for second in range(4, 8):
            await feed(archive, hub, stream(range(25 * second, 25 * second + 25)), clock)
            clock.time_us += 100_000
            await archive.made_room()
        await archive.flush()
        await archive.made_room()
        assert list(tmp_path.glob("*/*.mkv")) == []  # noqa: ASYNC240
        disk.fault = None
        await feed(archive, hub, stream(range(200, 300)), clock)
        archive.recorder.detach("link-cam")
        await archive.flush()
        got = payloads(await read_all(archive))
        assert got == payloads(stream(range(300)))[-len(got) :]
        assert len(got) >= 9 * 75
        assert archive.recorder.stats("cam").lost == 0


async def test_one_bad_camera_does_not_stop_another(tmp_path: Path) -> None:
    clock, good, bad = ManualClock(), hub_of("good"), hub_of("bad")
    nonsense = VideoFormat(Codec.SNOW, 1 << 40, 1)
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link("bad"), bad)
        archive.recorder.attach(link("good"), good)
        for number in range(60):
            at = T0 + number * FRAME_US
            bad.publish(Packet(nonsense, b"x", at, at, FRAME_US, number % 25 == 0))
            good.publish(video(number))
        clock.time_us = at
        await archive.flush()
        await archive.flush()
        assert len(await read_all(archive, "good")) == 50
        assert archive.recorder.stats("bad").lost == 50


def test_every_trouble_names_folder_value_and_remedy() -> None:
    for kind in TroubleKind:
        text = describe(kind, "/mnt/disk1", "No space left on device")
        assert "/mnt/disk1" in text
        assert "No space left on device" in text
        assert ";" in text
