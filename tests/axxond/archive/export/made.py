"""Exports of made-up footage, for tests: recorded by a real archive, read back by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from axxond.archive.archive import Archive
from axxond.archive.export.camera import export_camera, lower_priority
from axxond.archive.export.port import CameraOrder
from axxond.archive.stored import Piece
from axxond.base.tasks import Worker
from axxond.media.packet import Packet
from tests.axxond.archive.media import T0, ManualClock, feed, hub_of, link, opened

SECOND = 1_000_000


class Source:
    """`camera.Source` over one archive."""

    def __init__(
        self, archive: Archive, busy: Callable[[Source], bool] = lambda source: False
    ) -> None:
        self.archive = archive
        self._busy = busy

    def gops(
        self, camera: str, from_us: int, key_frames_only: bool, audio: bool
    ) -> AsyncIterator[Piece]:
        if key_frames_only:
            return self.archive.reader.gops(camera, from_us, False, True, audio)
        return self.archive.reader.stored(camera, from_us, audio)

    def busy(self) -> bool:
        return self._busy(self)


async def record(
    archive: Archive, clock: ManualClock, packets: list[Packet], camera: str = "cam"
) -> None:
    hub = hub_of(camera)
    archive.recorder.attach(link(camera), hub)
    await feed(archive, hub, packets, clock)
    archive.recorder.detach(f"link-{camera}")
    await archive.flush()


async def export(
    archive: Archive,
    order: CameraOrder,
    folder: Path,
    progress: Callable[[float], None] = lambda share: None,
    busy: Callable[[Source], bool] = lambda source: False,
    source: Source | None = None,
) -> list[Path]:
    worker = Worker("test-export")
    given = source or Source(archive, busy)
    try:
        await worker.call(lower_priority)
        return await export_camera(given, order, folder, worker, progress)
    finally:
        worker.close()


async def _exported(folder: Path, packets: list[Packet], order: CameraOrder) -> list[Path]:
    shares: list[float] = []
    clock = ManualClock()
    (folder / "export").mkdir()
    async with opened(folder / "archive", clock) as archive:
        await record(archive, clock, packets)
        files = await export(archive, order, folder / "export", shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert sorted(files) == sorted((folder / "export").iterdir())
    return files


def exported(
    folder: Path,
    packets: list[Packet],
    form: str,
    begin_s: float = 0,
    end_s: float = 100,
    **more: Any,
) -> list[Path]:
    """The files of [T0 + begin_s; T0 + end_s)."""
    begin_us, end_us = T0 + round(begin_s * SECOND), T0 + round(end_s * SECOND)
    order = CameraOrder("cam", "Gate 1", begin_us, end_us, form, **more)
    return asyncio.run(_exported(folder, packets, order))
