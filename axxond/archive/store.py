"""One volume whole: its folder, its index, its ring.

On the event loop; disk and SQLite in threads of its own, so that a volume that hangs holds up no
other.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from attrs import evolve

from axxond.archive.catalog import Catalog
from axxond.archive.disk import free_bytes
from axxond.archive.errors import Trouble, TroubleKind
from axxond.archive.health import Health
from axxond.archive.index import Index, Op
from axxond.archive.index import forget_gaps as forget_gaps_op
from axxond.archive.lane import Lane
from axxond.archive.ledgerfile import LedgerFiles, Record
from axxond.archive.model import Protection, SegmentInfo, VolumeSettings
from axxond.archive.opening import (
    Opened,
    make_room_to_open,
    open_beside,
    open_in_place,
    trouble_of,
)
from axxond.archive.protections import Protections
from axxond.archive.recovery import Recovery
from axxond.archive.retention import victims
from axxond.archive.segment import INDEX_NAME
from axxond.archive.source import Source
from axxond.archive.volume import Volume
from axxond.base.clock import Clock
from axxond.base.tasks import Worker, spawn
from axxond.base.units import MIB

log = logging.getLogger(__name__)
T = TypeVar("T")

_OLDEST_AT_ONCE = 32
# What is freed when the disk is full though the quota is not used up: a tenth of what is there,
# within these bounds, whenever a write has failed.
_MIN_FREE_BYTES, _MAX_FREE_BYTES = MIB, 64 * MIB
# When protected footage takes more than that share of the quota, a ring can turn no more.
_MOST_KEPT = 0.9
_BEGIN = (-1 << 62, 0)
# A volume in such trouble when it is opened can be read all the same.
_READABLE = (TroubleKind.READ_ONLY, TroubleKind.FULL)


class Store:
    """`number`: which of the archive's volumes.  `beside`: where its index is kept when nothing
    may be written on the volume: always (`read_only`), or for as long as that is so."""

    def __init__(
        self,
        number: int,
        settings: VolumeSettings,
        clock: Clock,
        protections: Protections,
        tell: Callable[[Trouble], None],
        beside: Path | None = None,
        read_only: bool = False,
    ) -> None:
        self.number = number
        self.settings = settings
        self.recovery: Recovery | None = None  # what the opening found
        self.last_known: dict[str, int] = {}
        self.known_protections: list[Protection] = []
        self.kept_bytes = 0
        self.catalog = Catalog()
        self.health = Health("", settings.path, clock, tell)
        self.volume = Volume(settings.path)
        self.lane = Lane(number, self.volume, self.catalog, self.health, clock)
        self.lane.quota_bytes = settings.quota_bytes
        self.lane.floor_bytes = settings.floor_bytes
        self.lane.on_written = self.make_room
        self.end_live: Callable[[str], None] = lambda link: None
        self.room_elsewhere: Callable[[], bool] = lambda: False
        self.source = Source(number, settings.path, self.catalog)
        self._beside = beside
        self._is_beside = False  # it is read by an index that is beside it, for now
        self._read_only = read_only
        self._clock = clock
        self._protections = protections
        self._kept_version = -1
        self._worker = Worker(f"archive-index-{number}")
        self._index: Index | None = None
        self._ledger = LedgerFiles(settings.path)
        self._retaining: asyncio.Task[None] | None = None
        self._weighing: asyncio.Task[None] | None = None
        self._weigh_again = False
        self._deleted: set[int] = set()  # files gone, rows perhaps not yet
        self._passed = _BEGIN  # all segments up to there are protected
        self._short_bytes = 0  # so much is missing of the floor

    @property
    def ready(self) -> bool:
        return self.lane.ready

    @property
    def used_bytes(self) -> int:
        return self.catalog.used_bytes

    def limit(self, settings: VolumeSettings) -> None:
        """Another quota, days or floor from here on; the folder stays."""
        assert settings.path == self.settings.path
        self.settings = settings
        self.lane.quota_bytes = settings.quota_bytes
        self.lane.floor_bytes = settings.floor_bytes
        self._weigh()
        self.make_room(False)

    async def open(self) -> bool:
        """Bring index and segments together.  False: it is told why, and is to be tried again; it
        may be read meanwhile."""
        folder = self.settings.path
        try:
            if self._read_only and self._beside is not None:
                found = await self._worker.call(open_beside, folder, self._beside)
            else:
                found = await self._worker.call(open_in_place, folder)
            self._index = found.index
            await self._take_in(found, self._beside if self._read_only else None)
        except (OSError, sqlite3.Error) as error:
            await self._drop_index()
            kind = trouble_of(error)
            self.health.trouble(kind, getattr(error, "strerror", None) or str(error))
            if kind in _READABLE and self._beside is not None and not self._read_only:
                await self._open_beside(kind, self._beside)
            return False
        self._is_beside = False
        self.health.well()
        return True

    async def _take_in(self, found: Opened, beside: Path | None) -> None:
        """Raises sqlite3.Error."""
        await self.source.open((beside or self.settings.path) / INDEX_NAME)
        self.recovery = found.recovery
        self.last_known = found.last_known
        self.known_protections = found.protections
        self._protections.merge(found.protections)
        self.catalog.load(found.totals)
        self.lane.free_bytes = found.free_bytes
        self.volume.numbers_from(found.totals.next_id)

    async def _open_beside(self, kind: TroubleKind, beside: Path) -> None:
        """For reading, until the volume can be written; one that is full and has to turn gives
        up its oldest."""
        try:
            if not self._is_beside:
                args = self.settings.path, beside, True
                found = await self._worker.call(open_beside, *args)
                await self._worker.call(found.index.close)
                await self._take_in(found, beside)
                self._is_beside = True
            if kind is TroubleKind.FULL and not self.room_elsewhere():
                await self._worker.call(self._make_room_to_open, beside)
        except (OSError, sqlite3.Error) as error:
            log.warning("%s cannot be read either: %s", self.settings.path, error)

    def _make_room_to_open(self, beside: Path) -> None:
        with closing(Index(beside / INDEX_NAME)) as index:
            make_room_to_open(self.settings.path, index)

    def begin(self) -> None:
        """Links may write; protections are known."""
        self.lane.ready = True
        self._weigh()
        self.make_room(False)

    async def ask(self, question: Callable[[Index], T]) -> T | None:
        """Of the index that is written; None while it is not open or cannot answer."""
        if self._index is None:
            return None
        try:
            return await self._worker.call(question, self._index)
        except sqlite3.Error as error:
            log.warning("the index in %s cannot be read: %s", self.settings.path, error)
            return None

    async def commit(self) -> None:
        """Bring ledger and index up to date."""
        if self._index is None and not await self._reopen():
            return
        records = self.catalog.take_records()
        ops, closed = self.catalog.take_ops()
        if not ops and not records:
            return
        try:
            await self._worker.call(self._put_down, records, ops)
        except (sqlite3.Error, OSError) as error:
            self.catalog.give_back(ops, closed)
            self.health.trouble(TroubleKind.INDEX, str(error))
            await self._drop_index()
            return
        self.catalog.committed(closed)
        if self._retaining is None:
            self._deleted.clear()
        self.health.well(TroubleKind.INDEX)

    def _put_down(self, records: list[Record], ops: list[Op]) -> None:
        """In one call: else what a later commit says could get there before this one's."""
        if records and not self._read_only:
            self._ledger.append(records)
        if ops and self._index is not None:
            self._index.apply(ops)

    async def look(self) -> None:
        """Once a second: how much is free, and is it as much as is to be?"""
        await self.commit()
        if not self.ready:
            return
        try:
            free = await self._worker.call(free_bytes, self.settings.path)
        except OSError:
            return  # the writer tells
        self.lane.free_bytes = free
        if self.settings.floor_bytes:
            self._short_bytes = max(0, self.settings.floor_bytes - free)
            if self._short_bytes:
                self.make_room(False)

    def turn(self) -> None:
        """Once a minute: days, and what protections keep."""
        self._passed = _BEGIN  # a clock set back puts new segments before it
        self._weigh()
        self.make_room(False)

    def protect(self) -> None:
        """Protections have changed."""
        self._weigh()
        self.make_room(False)

    async def made_room(self) -> None:
        """Wait until the weighing and deleting that are under way have ended."""
        for task in (self._weighing, self._retaining):
            if task is not None:
                await asyncio.wait([task])

    async def close(self) -> None:
        await self.made_room()
        await self.commit()
        await self.source.close()
        await self._drop_index()
        self._worker.close()
        self.volume.close(wait=not self.lane.busy)

    async def _drop_index(self) -> None:
        """Where its disk has gone and come back, only a new connection works."""
        if self._index is not None:
            index, self._index = self._index, None
            try:
                await self._worker.call(index.close)
            except sqlite3.Error as error:
                log.warning("the index in %s did not close: %s", self.settings.path, error)

    async def _reopen(self) -> bool:
        index_at = self._beside if self._read_only else None
        path = (index_at or self.settings.path) / INDEX_NAME
        if not self.ready or not path.exists():
            return False
        try:
            self._index = await self._worker.call(Index, path)
            await self.source.open(path)
        except sqlite3.Error:
            return False
        return True

    # --- the ring --------------------------------------------------------------------------

    def make_room(self, disk_full: bool) -> None:
        """Start to delete when there is a reason to and it is not under way."""
        disk_full = disk_full and not self.room_elsewhere()
        over = self.used_bytes > self.settings.quota_bytes
        due = over or disk_full or self.settings.days or self._short_bytes
        if self._retaining is None and due and not self._read_only and self.ready:
            self._retaining = spawn(self._retain(disk_full), "archive retention")

    def _weigh(self) -> None:
        self._weigh_again = True
        if self._weighing is None:
            self._weighing = spawn(self._weigh_kept(), "archive protections")

    async def _weigh_kept(self) -> None:
        try:
            while self._weigh_again:
                self._weigh_again = False
                await self._weigh_once()
        finally:
            self._weighing = None

    async def _weigh_once(self) -> None:
        """Is there room for a ring beside what is protected?"""
        if self._kept_version != self._protections.version:
            self._kept_version = self._protections.version
            self._passed = _BEGIN
        self.lane.oldest_us = await self._next_to_go()
        active = self._protections.active()
        stored = await self.ask(lambda index: index.kept_bytes(active)) or 0
        live = [one.info for one in self.catalog.live.values()]
        self.kept_bytes = stored + sum(
            info.bytes for info in live if self._protections.keeps(info)
        )
        was, self.lane.stuffed = self.lane.stuffed, self._is_stuffed()
        if self.lane.stuffed and not was:
            self.health.trouble(TroubleKind.FULL, "protected footage takes nearly all of it")
        elif was and not self.lane.stuffed:
            self.health.well(TroubleKind.FULL)
            self.lane.retry()

    def _is_stuffed(self) -> bool:
        return self.kept_bytes > _MOST_KEPT * self.settings.quota_bytes

    async def _retain(self, disk_full: bool) -> None:
        try:
            part = min(max(self.used_bytes // 10, _MIN_FREE_BYTES), _MAX_FREE_BYTES)
            await self._delete_oldest(part if disk_full else 0)
            self.lane.retry()
        except OSError as error:
            self.health.error(error)
        finally:
            self._retaining = None

    async def _delete_oldest(self, at_least_bytes: int) -> None:
        if self._index is None:
            return
        at_least_bytes = max(at_least_bytes, self._short_bytes)
        goal = self.settings.quota_bytes
        if at_least_bytes:
            goal = min(goal, self.used_bytes - at_least_bytes)
        freed = await self._delete_down_to(goal)
        if self.used_bytes > self.settings.quota_bytes or (at_least_bytes and not freed):
            self._end_oldest_live()
        if not freed:
            return
        self.lane.oldest_us = await self._next_to_go()
        self.catalog.first_us = await self.ask(lambda index: index.first_us())
        if self.catalog.first_us is not None:
            self.catalog.add_op(forget_gaps_op(self.catalog.first_us))
            await self._worker.call(self._ledger.forget, self.catalog.first_us)

    async def _delete_down_to(self, goal_bytes: int) -> bool:
        """Oldest first, but for what is protected; whether anything was deleted."""
        freed = False
        after = self._passed
        while True:
            await self.commit()
            page = await self._oldest(after)
            excess = self.used_bytes - goal_bytes
            keeps, days = self._protections.keeps, self.settings.days
            chosen = victims(page, excess, self._clock.now_us(), days, keeps)
            for info in chosen:
                await self.volume.delete(info.path)
                self._deleted.add(info.id)
                self.catalog.removed(info)
            freed = freed or bool(chosen)
            kept = [info for info in page if keeps(info)]
            if not chosen and len(kept) < len(page):
                return freed
            if not page:
                return freed
            after = self._pass_over(after, kept, page)

    def _pass_over(
        self, after: tuple[int, int], kept: list[SegmentInfo], page: list[SegmentInfo]
    ) -> tuple[int, int]:
        """Where to go on; what is protected at the very beginning is not looked at again."""
        if len(kept) == len(page):
            last = page[-1]
            if self._passed == after:
                self._passed = last.begin_us, last.id
            return last.begin_us, last.id
        return after

    async def _next_to_go(self) -> int | None:
        """When the oldest footage that may be deleted begins."""
        after = self._passed
        while page := await self._oldest(after):
            for info in page:
                if not self._protections.keeps(info):
                    return info.begin_us
            after = page[-1].begin_us, page[-1].id
        return None

    async def _oldest(self, after: tuple[int, int]) -> list[SegmentInfo]:
        """Closed segments, oldest first; also those that a full disk keeps out of the index."""
        stored = await self.ask(lambda index: index.oldest(_OLDEST_AT_ONCE, after)) or []
        fresh = [one for one in self.catalog.closed() if (one.begin_us, one.id) > after]
        known = {info.id: info for info in [*stored, *fresh]}
        left = [info for info in known.values() if info.id not in self._deleted]
        oldest = sorted(left, key=lambda info: (info.begin_us, info.id))
        return [evolve(info, volume=self.number) for info in oldest[:_OLDEST_AT_ONCE]]

    def _end_oldest_live(self) -> None:
        """Only segments being written are left: end the oldest, so that it can go."""
        live = [one.info for one in self.catalog.live.values() if one.info.open]
        if live:
            oldest = min(live, key=lambda info: info.begin_us)
            self.end_live(oldest.identity.link)
