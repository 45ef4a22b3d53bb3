"""One volume as the recorder writes to it: one batch at a time, trouble told, tried again.

A lane never waits for another's disk.  On the event loop; the writing is on the volume's thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from axxond.archive.catalog import Catalog
from axxond.archive.errors import TroubleKind, kind_of
from axxond.archive.health import Health
from axxond.archive.ledgerfile import Record
from axxond.archive.link import LinkRecorder, Seat
from axxond.archive.model import Identity
from axxond.archive.volume import Job, JobResult, Volume
from axxond.base.clock import Clock
from axxond.base.tasks import spawn
from axxond.base.units import GIB, MIB, SECOND_US

log = logging.getLogger(__name__)

# A batch that takes longer is told as a slow disk, and its links go elsewhere.
_SLOW_US = 2 * SECOND_US
# A disk that is full again and again, because the quota is larger than the disk, is one trouble.
_FULL_OVER_US = 60 * SECOND_US
# And is over only when so much is free, or a twentieth of what it holds.
_FULL_OVER_BYTES = 16 * MIB
# A volume has room while a tenth is free, or so much: what 64 cameras write in some minutes.
_MAX_RESERVE_BYTES = 8 * GIB
# After an error the disk is left alone for so long.
_RETRY_US = SECOND_US
# Every tick that wrote: 1.1 s of a cluster, 0.25 s to the tick, 0.25 s to the sync leave 0.4 s of
# the promised two for a disk that is slow to sync.
_SYNC_EVERY_US = 240_000
# While the archive is closed a hung disk is waited for so long.
_CLOSE_S = 10.0

_DISK_TROUBLES = (
    TroubleKind.READ_ONLY,
    TroubleKind.GONE,
    TroubleKind.IO,
    TroubleKind.SLOW,
)
# What keeps links away while another volume is well.
_UNFIT = (*_DISK_TROUBLES, TroubleKind.FULL)

Batch = list[tuple[LinkRecorder, Job]]


class Lane:
    """`number` is the volume's.  `begin` hands over a batch; `record` is where gaps go."""

    def __init__(
        self, number: int, volume: Volume, catalog: Catalog, health: Health, clock: Clock
    ) -> None:
        self.number = number
        self.volume = volume
        self.catalog = catalog
        self.health = health
        self.ready = False  # the folder and its index are open
        self.stuffed = False  # the quota is used up by what must not be deleted
        self.quota_bytes = 0
        self.floor_bytes = 0
        self.free_bytes: int | None = None  # on its disk; None: not known yet
        self.oldest_us: int | None = None  # of what may be deleted; None: not looked for yet
        self.written_bytes = 0
        self.links = 0  # seats on it
        self.on_written: Callable[[bool], None] = lambda disk_full: None
        self.record: Callable[[Record], None] = lambda record: None
        self._clock = clock
        self._batch: asyncio.Task[None] | None = None
        self._since_us = 0
        self._retry_at_us = 0
        self._full_us = 0
        self._syncing: asyncio.Task[None] | None = None
        self._synced_us = 0
        self._dirty = False  # something was written since the newest sync began
        self._leftovers: list[Job] = []  # files to be closed whose link has gone elsewhere

    @property
    def busy(self) -> bool:
        return self._batch is not None

    @property
    def has_leftovers(self) -> bool:
        return bool(self._leftovers)

    @property
    def stuck(self) -> bool:
        """A write hangs."""
        late_us = self._clock.monotonic_us() - self._since_us
        return self._batch is not None and late_us > _SLOW_US

    @property
    def fit(self) -> bool:
        """Whether links may come here."""
        troubled = any(kind in self.health.troubles for kind in _UNFIT)
        return self.ready and not (self.stuffed or troubled or self.stuck)

    @property
    def next_to_go_us(self) -> int | None:
        """When its oldest footage that may be deleted begins."""
        return self.oldest_us if self.oldest_us is not None else self.catalog.first_us

    @property
    def capacity_bytes(self) -> int:
        """What footage may take: the quota, or less when others use the disk."""
        if self.free_bytes is None:
            return self.quota_bytes
        left = max(0, self.free_bytes - self.floor_bytes)
        return min(self.quota_bytes, self.catalog.used_bytes + left)

    @property
    def room_bytes(self) -> int:
        return max(0, self.capacity_bytes - self.catalog.used_bytes)

    @property
    def has_room(self) -> bool:
        """Whether there is more to come before it must delete."""
        return self.fit and self.room_bytes >= self._reserve_bytes

    @property
    def is_brimming(self) -> bool:
        """Whether its links should go now, in the middle of a file, when another has room."""
        return self.room_bytes < self._reserve_bytes // 4

    @property
    def _reserve_bytes(self) -> int:
        return max(1, min(self.capacity_bytes // 10, _MAX_RESERVE_BYTES))

    @property
    def may_write(self) -> bool:
        """Whether a batch may begin now."""
        due = self._clock.monotonic_us() >= self._retry_at_us
        return self.ready and self._batch is None and due and not self.stuffed

    def seat(self, identity: Identity) -> Seat:
        return Seat(self.number, self.volume.writer(identity))

    def leave(self, seat: Seat) -> None:
        """Its link goes elsewhere: the file is closed when the disk can."""
        self._leftovers.append(Job(seat.writer, (), close=True))

    def look(self) -> None:
        """Now and then."""
        if self.stuck:
            self.health.trouble(TroubleKind.SLOW, "a write has taken more than 2 s")
        self._sync()  # what came too soon after the last one, and nothing came after it

    def retry(self) -> None:
        """There is room now."""
        self._retry_at_us = 0

    def begin(self, batch: Batch) -> None:
        """Write; with nothing to write, files are closed and a troubled disk is tried: that files
        could be closed does not say that it is well."""
        leftovers, self._leftovers = self._leftovers, []
        probe = not batch and not leftovers and self._is_to_be_tried()
        if not (batch or leftovers or probe):
            return
        self._since_us = self._clock.monotonic_us()
        for recorder, _ in batch:
            recorder.busy = True
            assert recorder.seat is not None
        seats = [recorder.seat for recorder, _ in batch]
        work = self._probe() if probe else self._write(batch, seats, leftovers)
        self._batch = spawn(work, f"archive batch {self.number}")

    async def wait(self) -> None:
        """Until the batch under way has ended."""
        if self._batch is not None:
            await asyncio.wait([self._batch])

    async def finish(self) -> None:
        """At the end: the batch, then the disk's keeping of it; a hung disk is given up."""
        if self._batch is not None:
            await asyncio.wait([self._batch], timeout=_CLOSE_S)
        if self.ready and self._batch is None:
            if self._syncing is not None:
                await asyncio.wait([self._syncing], timeout=_CLOSE_S)
            await self._sync_now()

    def _is_troubled(self) -> bool:
        return any(kind in self.health.troubles for kind in _UNFIT)

    def _is_to_be_tried(self) -> bool:
        """Whether there is a trouble that could be over by now."""
        waits = self._clock.monotonic_us() - self._full_us < _FULL_OVER_US
        return any(
            kind in self.health.troubles and not (kind is TroubleKind.FULL and waits)
            for kind in _UNFIT
        )

    async def _probe(self) -> None:
        try:
            error = await self.volume.probe()
        finally:
            self._batch = None
        self._settle(error)

    async def _write(
        self, batch: Batch, seats: Sequence[Seat | None], leftovers: list[Job]
    ) -> None:
        jobs = [job for _, job in batch]
        try:
            results = await self.volume.write([*jobs, *leftovers])
            error = None if batch or not self._is_troubled() else await self.volume.probe()
        finally:
            self._batch = None
        for (recorder, job), seat, result in zip(batch, seats, results, strict=False):
            self.catalog.take(result.events)
            if recorder.seat is seat:
                self._take(recorder, job, result)
            else:
                self._take_back(job, result)
            error = result.error or error
        for result in results[len(batch) :]:
            self.catalog.take(result.events)
        self._settle(error)
        self._dirty = True
        self._sync()

    def _take(self, recorder: LinkRecorder, job: Job, result: JobResult) -> None:
        recorder.busy = False
        for cluster, event in zip(job.clusters, result.appended, strict=False):
            self.written_bytes += event.entry.length
            gap = recorder.written(cluster, event)
            if gap is not None:
                self.record(gap)
        if result.refused:
            log.error("%s: cannot be recorded: %s", recorder.link.camera, result.refused)
            recorder.refused()
        if result.error is not None:
            recorder.closing = recorder.closing or job.close

    def _take_back(self, job: Job, result: JobResult) -> None:
        """The link went elsewhere while this hung, and took these clusters with it."""
        place = None
        if result.appended:
            last = result.appended[-1].segment
            offset = min(one.entry.offset for one in result.appended if one.segment == last)
            place = last, offset
        self._leftovers.append(Job(job.writer, (), close=True, take_back=place))

    def _sync(self) -> None:
        now = self._clock.monotonic_us()
        due = now - self._synced_us >= _SYNC_EVERY_US
        if self._dirty and self._syncing is None and due:
            self._synced_us = now
            self._dirty = False
            self._syncing = spawn(self._sync_now(), "archive sync")

    async def _sync_now(self) -> None:
        try:
            await self.volume.sync()
        except OSError as error:
            self._dirty = True
            self.health.error(error)
        finally:
            self._syncing = None

    def _settle(self, error: OSError | None) -> None:
        now = self._clock.monotonic_us()
        full = error is not None and kind_of(error) is TroubleKind.FULL
        if error is not None:
            self._retry_at_us = now + _RETRY_US
            self.health.error(error)
        else:
            self.health.well(*_DISK_TROUBLES)
        if full:
            self._full_us = now
        elif now - self._full_us >= _FULL_OVER_US and not self.stuffed:
            if self.room_bytes >= min(_FULL_OVER_BYTES, self.capacity_bytes // 20):
                self.health.well(TroubleKind.FULL)
            else:
                self._full_us = now
        self.on_written(full)
