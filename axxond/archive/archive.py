"""An archive: a folder with a quota, its recorder and its reader."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable

from axxond.archive.catalog import Catalog
from axxond.archive.errors import Trouble, TroubleKind
from axxond.archive.health import Health
from axxond.archive.index import Index, Totals, forget_gaps
from axxond.archive.model import ArchiveSettings, GapRow, SegmentInfo
from axxond.archive.reader import Reader
from axxond.archive.recorder import Recorder
from axxond.archive.recovery import Recovery, open_index, reconcile
from axxond.archive.retention import victims
from axxond.archive.volume import Volume
from axxond.base.clock import Clock
from axxond.base.tasks import Worker, cancel, spawn
from axxond.base.units import MIB

_KEEP_UP_S = 1.0
# While the folder cannot be opened it is tried so often.
_REOPEN_S = 5.0
# Days are looked at so often; the quota after every batch.
_DAYS_EVERY_S = 60
_OLDEST_AT_ONCE = 32
# What is freed when the disk is full though the quota is not used up: a tenth of what is there,
# within these bounds, whenever a write has failed.
_MIN_FREE_BYTES, _MAX_FREE_BYTES = MIB, 64 * MIB


class Archive:
    """Make it by `open`.  All on the event loop; disk and SQLite in threads of its own.

    `recorder` and `reader` are there at once, also while the folder is not: links wait, readers
    find nothing, and `on_trouble` has said why.
    """

    def __init__(
        self, settings: ArchiveSettings, clock: Clock, on_trouble: Callable[[Trouble], None]
    ) -> None:
        """For `open`."""
        self.settings = settings
        self.recovery: Recovery | None = None  # what the start-up found, once open
        self._clock = clock
        self._catalog = Catalog()
        self._health = Health(settings.id, settings.path, clock, on_trouble)
        self._volume = Volume(settings.path)
        self._index_worker = Worker("archive-index")
        self._index: Index | None = None
        self.recorder = Recorder(
            settings.quota_bytes, self._volume, self._catalog, self._health, clock
        )
        self.recorder.on_written = self._make_room
        self.reader = Reader(settings.path, self._catalog, self._open_gaps)
        self._keeper: asyncio.Task[None] | None = None
        self._retaining: asyncio.Task[None] | None = None
        self._deleted: set[int] = set()  # files gone, rows perhaps not yet

    @classmethod
    async def open(
        cls, settings: ArchiveSettings, clock: Clock, on_trouble: Callable[[Trouble], None]
    ) -> Archive:
        """Open or create; after a crash segments and index are brought together first.

        Never fails: a folder that is not usable is told as a trouble and tried again for ever.
        """
        archive = cls(settings, clock, on_trouble)
        await archive._try_to_open()
        archive.recorder.start()
        archive._keeper = spawn(archive._keep(), "archive keeper")
        return archive

    @property
    def ready(self) -> bool:
        return self.recorder.ready

    @property
    def troubles(self) -> list[Trouble]:
        return list(self._health.troubles.values())

    @property
    def used_bytes(self) -> int:
        return self._catalog.used_bytes

    @property
    def first_us(self) -> int | None:
        """Oldest footage of any camera."""
        return self._catalog.first_us

    @property
    def last_us(self) -> int | None:
        return self._catalog.last_us

    def limit(self, settings: ArchiveSettings) -> None:
        """Another quota or other days from here on; the folder stays."""
        assert settings.path == self.settings.path
        self.settings = settings
        self.recorder.limit(settings.quota_bytes)
        self._make_room(False)

    async def flush(self) -> None:
        """Bring disk and index up to what has come, but for the clusters not full yet."""
        await self.recorder.flush()
        await self._commit()

    async def made_room(self) -> None:
        """Wait until the deleting that is under way has ended."""
        if self._retaining is not None:
            await asyncio.wait([self._retaining])

    async def close(self) -> None:
        """Finish all segments and the index."""
        await cancel(self._keeper)
        await self.recorder.close()
        if self._retaining is not None:
            await asyncio.gather(self._retaining, return_exceptions=True)
        await self._commit()
        await self.reader.close()
        if self._index is not None:
            await self._index_worker.call(self._index.close)
            self._index = None
        self._index_worker.close()
        self._volume.close()

    async def _try_to_open(self) -> None:
        try:
            found = await self._index_worker.call(self._open_folder)
            self._index, totals, last_known, self.recovery = found
            await self.reader.open()
        except OSError as error:
            self._health.error(error)
            return
        except sqlite3.Error as error:
            self._health.trouble(TroubleKind.INDEX, str(error))
            return
        self._catalog.load(totals)
        self._volume.numbers_from(totals.next_id)
        self._health.well()
        self.recorder.begin(last_known)
        self._make_room(False)

    def _open_folder(self) -> tuple[Index, Totals, dict[str, int], Recovery]:
        """On the index's thread.  Raises OSError, sqlite3.Error."""
        folder = self.settings.path
        folder.mkdir(parents=True, exist_ok=True)
        index, fresh = open_index(folder)
        recovery = reconcile(folder, index)
        recovery.rebuilt = fresh and bool(recovery.added)
        return index, index.totals(), index.last_known(), recovery

    async def _keep(self) -> None:
        """Once a second: the index; now and then: the days."""
        seconds = 0
        while True:
            await asyncio.sleep(_KEEP_UP_S if self.ready else _REOPEN_S)
            if not self.ready:
                await self._try_to_open()
                continue
            await self._commit()
            seconds += 1
            if seconds % _DAYS_EVERY_S == 0:
                self._make_room(False)

    async def _commit(self) -> None:
        if self._index is None:
            return
        ops, closed = self._catalog.take_ops()
        if not ops:
            return
        try:
            await self._index_worker.call(self._index.apply, ops)
        except sqlite3.Error as error:
            self._catalog.give_back(ops, closed)
            self._health.trouble(TroubleKind.INDEX, str(error))
            return
        self._catalog.committed(closed)
        if self._retaining is None:
            self._deleted.clear()
        self._health.well(TroubleKind.INDEX)

    def _open_gaps(self, camera: str) -> list[GapRow]:
        return self.recorder.open_gaps(camera, self._clock.now_us())

    def _make_room(self, disk_full: bool) -> None:
        """Start to delete when there is a reason to and it is not under way."""
        over = self.used_bytes > self.settings.quota_bytes
        if self._retaining is None and (over or disk_full or self.settings.days):
            self._retaining = spawn(self._retain(disk_full), "archive retention")

    async def _retain(self, disk_full: bool) -> None:
        try:
            part = min(max(self.used_bytes // 10, _MIN_FREE_BYTES), _MAX_FREE_BYTES)
            await self._delete_oldest(part if disk_full else 0)
            self.recorder.retry()
        except OSError as error:
            self._health.error(error)
        finally:
            self._retaining = None

    async def _delete_oldest(self, at_least_bytes: int) -> None:
        index = self._index
        if index is None:
            return
        goal = self.used_bytes - at_least_bytes if at_least_bytes else self.settings.quota_bytes
        freed = False
        while True:
            await self._commit()
            oldest = await self._oldest(index)
            excess = self.used_bytes - goal
            chosen = victims(oldest, excess, self._clock.now_us(), self.settings.days)
            for info in chosen:
                await self._volume.delete(info.path)
                self._deleted.add(info.id)
                self._catalog.removed(info)
            freed = freed or bool(chosen)
            if not chosen:
                break
        if self.used_bytes > self.settings.quota_bytes or (at_least_bytes and not freed):
            self._end_oldest_live()
        totals = await self._index_worker.call(index.totals)
        self._catalog.first_us = totals.first_us
        if totals.first_us is not None:
            self._catalog.add_op(forget_gaps(totals.first_us))

    async def _oldest(self, index: Index) -> list[SegmentInfo]:
        """Closed segments, oldest first; also those that a full disk keeps out of the index."""
        stored = await self._index_worker.call(index.oldest, _OLDEST_AT_ONCE)
        known = {info.id: info for info in [*stored, *self._catalog.closed()]}
        left = [info for info in known.values() if info.id not in self._deleted]
        return sorted(left, key=lambda info: info.begin_us)

    def _end_oldest_live(self) -> None:
        """Only segments being written are left: end the oldest, so that it can go."""
        live = [one.info for one in self._catalog.live.values() if one.info.open]
        if live:
            oldest = min(live, key=lambda info: info.begin_us)
            self.recorder.rotate(oldest.identity.link)
