"""One volume as the reader sees it: its index on a connection and a thread of its own."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from attrs import evolve

from axxond.archive.catalog import Catalog
from axxond.archive.index import Index
from axxond.archive.merged import Stretch
from axxond.archive.model import JOIN_US, Entry, GapRow, SegmentInfo
from axxond.archive.plan import GopPlace, gops_of, joined
from axxond.base.tasks import Worker

log = logging.getLogger(__name__)
T = TypeVar("T")


class Source:
    """`number`: the volume's.  Its index answers None, or nothing, while it is not open."""

    def __init__(self, number: int, folder: Path, catalog: Catalog) -> None:
        self.number = number
        self.folder = folder
        self.catalog = catalog
        self._worker = Worker(f"archive-read-{number}")
        self._index: Index | None = None

    async def open(self, index_path: Path) -> None:
        """From here on by this index.  Raises sqlite3.Error."""
        await self._drop()
        self._index = await self._worker.call(lambda: Index(index_path, read_only=True))

    async def close(self) -> None:
        await self._drop()
        self._worker.close()

    async def _drop(self) -> None:
        if self._index is not None:
            index, self._index = self._index, None
            await self._worker.call(index.close)

    async def ask(self, question: Callable[[Index], T]) -> T | None:
        """Ask the index on its thread; None while it is not open or cannot answer."""
        index = self._index
        if index is None:
            return None
        try:
            return await self._worker.call(question, index)
        except sqlite3.Error as error:
            log.warning("the index in %s cannot be read: %s", self.folder, error)
            return None

    async def bounds(self, camera: str) -> tuple[int, int] | None:
        stored = await self.ask(lambda index: index.bounds(camera))
        ends = [stored] if stored else []
        ends += [(one.info.begin_us, one.info.end_us) for one in self.catalog.of_camera(camera)]
        if not ends:
            return None
        return min(begin for begin, _ in ends), max(end for _, end in ends)

    async def footage(
        self, camera: str, begin_us: int, end_us: int, detail_us: int
    ) -> list[Stretch]:
        """Stretches that touch [begin; end), and may reach further, in order of their begins."""
        found = await self.ask(lambda index: index.footage(camera, begin_us, end_us, detail_us))
        stretches = list(found or [])
        for one in self.catalog.of_camera(camera):
            if one.info.end_us > begin_us and one.info.begin_us < end_us:
                pieces = [(entry.start_us, entry.end_us) for entry in one.entries]
                stretches += joined(pieces, JOIN_US)
        return sorted(stretches)

    async def gaps(self, camera: str, begin_us: int, end_us: int, least_us: int) -> list[GapRow]:
        rows = await self.ask(lambda index: index.gaps(camera, begin_us, end_us, least_us))
        return rows or []

    async def segments(self, camera: str, reach_us: int, reverse: bool) -> list[SegmentInfo]:
        """Candidates for the segment to read next, those being written included."""
        rows = await self.ask(
            lambda index: (
                index.backward(camera, reach_us) if reverse else index.forward(camera, reach_us)
            )
        )
        found = {row.id: row for row in rows or [] if not row.open}
        found |= {one.info.id: one.info for one in self.catalog.of_camera(camera)}
        return [evolve(info, volume=self.number) for info in found.values()]

    async def places(self, info: SegmentInfo) -> list[GopPlace]:
        live = self.catalog.live.get(info.id)
        if live is not None:
            return gops_of(tuple(live.entries))
        entries: list[Entry] | None = await self.ask(lambda index: index.entries(info.id))
        return gops_of(entries or [])
