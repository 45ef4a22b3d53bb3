"""What export jobs need of the running system.  On the event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from axxond.app.footage import Footage
from axxond.app.names import EXPORTS_FOLDER, FOREIGN_MARK
from axxond.app.runtime import Runtime
from axxond.archive.errors import TroubleKind
from axxond.archive.export.jobs import Exports
from axxond.archive.export.key import EvidenceKey
from axxond.archive.export.run import Server
from axxond.archive.stored import Piece
from axxond.base.clock import Clock
from axxond.base.tasks import in_thread
from axxond.config.objects import ConfigObject
from axxond.config.tree import ConfigTree
from axxond.events.bus import EventBus
from axxond.journal import Journal
from protocol.messages import QueryJournal
from protocol.types import EventRecord, ObjectKind, Span

_PAGE = 1000
# Of a journal's slice; more than that in one bundle's period nobody reads, and memory is bounded.
_MAX_EVENTS = 100_000
_LEDGER_DETAIL_US = 1_000_000
# Kinds of spans on a time line that say nothing of what was recorded.
_NOT_LEDGER = frozenset({"detector", "alarm"})


class ExportFootage:
    """`archive.export.run.Footage`."""

    def __init__(
        self, footage: Footage, tree: ConfigTree, runtime: Runtime, journal: Journal
    ) -> None:
        self._footage = footage
        self._tree = tree
        self._runtime = runtime
        self._journal = journal

    def gops(
        self, camera: str, from_us: int, key_frames_only: bool, audio: bool
    ) -> AsyncIterator[Piece]:
        if key_frames_only:
            return self._footage.gops(camera, "", from_us, False, True, audio)
        return self._footage.stored(camera, from_us, audio)

    def busy(self) -> bool:
        return any(
            trouble.kind is TroubleKind.SLOW
            for archive in self._runtime.archives.values()
            for trouble in archive.troubles
        )

    def camera_name(self, camera: str) -> str | None:
        archive, mark, there = camera.partition(FOREIGN_MARK)
        if mark:
            return there if archive in self._runtime.archives else None
        found = self._tree.find(camera)
        return found.name if found is not None and found.kind is ObjectKind.CAMERA else None

    async def ledger(self, camera: str, begin_us: int, end_us: int) -> list[Span]:
        line = await self._footage.timeline(camera, begin_us, end_us, _LEDGER_DETAIL_US)
        spans = [span for span in line.spans if span.kind not in _NOT_LEDGER]
        return sorted(spans, key=lambda span: span.begin_us)

    async def journal(self, cameras: list[str], begin_us: int, end_us: int) -> list[EventRecord]:
        server = self._tree.server
        objects = [*cameras, *([server.id] if server is not None else [])]
        found: list[EventRecord] = []
        before_id = None
        while len(found) < _MAX_EVENTS:
            query = QueryJournal(
                begin_us=begin_us,
                end_us=end_us,
                objects=objects,
                before_id=before_id,
                limit=_PAGE,
            )
            page = await self._journal.query(query)
            found += page.events
            if not page.more or not page.events:
                break
            before_id = page.events[-1].id
        return found[::-1]


async def make_exports(
    folder: Path,
    footage: ExportFootage,
    server: tuple[ConfigObject, str],
    bus: EventBus,
    clock: Clock,
) -> tuple[Exports, EvidenceKey]:
    """`server`: the server's object and the program's name.  Raises ArchiveError."""
    key = await in_thread(EvidenceKey.ensure, folder)
    which, software = server
    identity = Server(which.id, which.name, software, key)
    return Exports(folder / EXPORTS_FOLDER, footage, identity, bus, clock), key
