"""A server's exports over a real archive with two cameras, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import define, field

from axxond.archive.archive import Archive
from axxond.archive.export.job import Author
from axxond.archive.export.jobs import Exports
from axxond.archive.export.key import EvidenceKey
from axxond.archive.export.run import Server
from axxond.archive.stored import Piece
from axxond.events.bus import EventBus
from axxond.events.types import Event
from protocol.messages import StartExport
from protocol.types import Codec, EventRecord, ExportRecord, ExportState, Phase, Severity, Span
from tests.axxond.archive import encoded
from tests.axxond.archive.export.made import SECOND, Source, record
from tests.axxond.archive.media import T0, ManualClock, opened, until

NAMES = {"gate": "Gate/1", "yard": "Двор", "empty": "Cellar"}
BY = Author("anna", "192.0.2.7")
DONE, FAILED, CANCELLED = ExportState.DONE, ExportState.FAILED, ExportState.CANCELLED


@define
class Footage:
    """`run.Footage`.  `hold`: cameras whose reading stops after the first GOP; `stopped` tells."""

    archive: Archive
    hold: set[str] = field(factory=set)
    reads: list[str] = field(factory=list)
    held: asyncio.Event = field(factory=asyncio.Event)

    async def gops(
        self, camera: str, from_us: int, key_frames_only: bool, audio: bool
    ) -> AsyncIterator[Piece]:
        self.reads.append(camera)
        async for piece in Source(self.archive).gops(camera, from_us, key_frames_only, audio):
            yield piece
            if camera in self.hold:
                self.held.set()
                await asyncio.Event().wait()

    def busy(self) -> bool:
        return False

    def camera_name(self, camera: str) -> str | None:
        return NAMES.get(camera)

    async def ledger(self, camera: str, begin_us: int, end_us: int) -> list[Span]:
        return await self.archive.reader.timeline(camera, begin_us, end_us)

    async def journal(self, cameras: list[str], begin_us: int, end_us: int) -> list[EventRecord]:
        return [
            EventRecord(
                1, T0, "detector.motion", Severity.INFO, Phase.INSTANT, cameras[0],
                NAMES[cameras[0]], "=Motion, \"seen\"", details={"boxes": 1},
            )
        ]  # fmt: skip


@define
class World:
    folder: Path
    footage: Footage
    clock: ManualClock
    exports: Exports
    events: list[Event]
    told: list[ExportRecord]
    key: EvidenceKey

    async def made(self, cameras: list[str], form: str = "mkv", **more: object) -> ExportRecord:
        started = await self.exports.start(order(cameras, form, **more), BY)
        return await self.exports.wait(started.id)

    def says(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.type.name == kind]

    def left(self) -> list[str]:
        """Names of all files that exports have on the disk."""
        root = self.folder / "exports"
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def order(cameras: list[str], form: str = "mkv", **more: object) -> StartExport:
    return StartExport(cameras, T0 + SECOND, T0 + 3 * SECOND, form, **more)  # type: ignore[arg-type]


@asynccontextmanager
async def archive_of_two(folder: Path) -> AsyncIterator[tuple[Archive, ManualClock]]:
    clock = ManualClock()
    async with opened(folder / "archive", clock) as archive:
        sounds = encoded.audio(Codec.PCMU, 4)
        gate = encoded.mixed(encoded.video(Codec.H264, 4), sounds)
        await record(archive, clock, gate, "gate")
        await record(archive, clock, encoded.video(Codec.MJPEG, 4), "yard")
        yield archive, clock


@asynccontextmanager
async def running(folder: Path, archive: Archive, clock: ManualClock) -> AsyncIterator[World]:
    """One run of the server; another may follow in the same folder."""
    bus, events = EventBus(), []  # type: ignore[var-annotated]
    bus.listen(events.append)
    key = EvidenceKey.ensure(folder)
    footage = Footage(archive)
    server = Server("node-1", "Shop", "axxond 0", key)
    exports = Exports(folder / "exports", footage, server, bus, clock)
    told: list[ExportRecord] = []
    exports.listen(told.append)
    await exports.open()
    try:
        yield World(folder, footage, clock, exports, events, told, key)
    finally:
        await exports.close()


__all__ = ["BY", "World", "archive_of_two", "order", "running", "until"]
