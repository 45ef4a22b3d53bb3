"""A volume in trouble is told to be well only when it can be written again."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from axxond.archive import rawfile, volume
from axxond.archive.archive import Archive
from axxond.archive.errors import Trouble
from axxond.archive.model import ArchiveSettings, VolumeSettings
from tests.axxond.archive.media import T0, ManualClock, hub_of, link, video

SECOND = 1_000_000


def _settings(folder: Path) -> ArchiveSettings:
    more = (VolumeSettings(folder / "v1", 1 << 30),)
    return ArchiveSettings("archive", folder / "v0", 1 << 30, more=more)


class Disk:
    """Stands between the archive and its first volume."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fails = False
        self._folder = folder
        self._write_all, self._probe = rawfile.write_all, volume.write_probe
        monkeypatch.setattr(rawfile, "write_all", self._write)
        monkeypatch.setattr(volume, "write_probe", self._try)

    def _write(self, fd: int, parts: list[bytes]) -> None:
        self._meet(Path(os.readlink(f"/proc/self/fd/{fd}")))
        self._write_all(fd, parts)

    def _try(self, path: Path) -> None:
        self._meet(path)
        self._probe(path)

    def _meet(self, path: Path) -> None:
        if self.fails and path.is_relative_to(self._folder):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))


async def test_closing_the_files_of_links_that_left_does_not_make_it_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path / "v0", monkeypatch)
    clock, told = ManualClock(), list[Trouble]()
    archive = await Archive.open(_settings(tmp_path), clock, told.append)
    hubs = [hub_of(f"c{number}") for number in range(4)]
    for hub in hubs:
        archive.recorder.attach(link(hub.key.camera), hub)
    for second in range(10):
        disk.fails = 2 <= second < 8
        for number in range(second * 25, second * 25 + 25):
            for hub in hubs:
                hub.publish(video(number))
        clock.time_us = T0 + (second + 1) * SECOND
        for _ in range(4):
            await archive.recorder.flush()
            clock.time_us += 250_000
    await archive.close()
    assert [one.over for one in told] == [False, True]
    assert told[1].since_us > T0 + 8 * SECOND
