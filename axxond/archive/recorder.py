"""Records: one periodic task moves packets of all links to the writer thread.

Nothing here waits for the disk: while a batch is under way, packets gather in the links' bounded
queues; what does not fit there becomes a gap in the ledger, with its reason.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from attrs import evolve, frozen

from axxond.archive.catalog import Catalog
from axxond.archive.errors import TroubleKind, kind_of
from axxond.archive.health import Health
from axxond.archive.index import put_gap, want
from axxond.archive.link import LinkRecorder, Mode, RecordingLink
from axxond.archive.model import SEGMENT_BYTES, GapRow, Identity
from axxond.archive.retention import segment_limit
from axxond.archive.volume import Job, JobResult, Volume
from axxond.base.clock import Clock
from axxond.base.tasks import cancel, spawn
from axxond.base.units import SECOND_US
from axxond.stream.hub import StreamHub

log = logging.getLogger(__name__)

_TICK_S = 0.25
# A batch that takes longer is told as a slow disk.
_SLOW_US = 2 * SECOND_US
# A disk that is full again and again, because the quota is larger than the disk, is one trouble.
_FULL_OVER_US = 60 * SECOND_US
# After an error the disk is left alone for so long.
_RETRY_US = SECOND_US
# With clusters of a second this keeps what a power cut can take below two.
_SYNC_EVERY_US = 500_000
# A gap that goes on is written so often: a crash then knows its reason up to there.
_GAP_EVERY_US = 5 * SECOND_US

_DISK_TROUBLES = (
    TroubleKind.READ_ONLY,
    TroubleKind.GONE,
    TroubleKind.IO,
    TroubleKind.SLOW,
)


@frozen
class RecordStats:
    """Counted since the start, over all links of a camera.  `received` = packets that were to be
    recorded; `packets`, `bytes` (payload), `key_frames` are on the disk; `lost` never will be."""

    received: int = 0
    packets: int = 0
    bytes: int = 0
    key_frames: int = 0
    lost: int = 0
    recording: bool = False


class Recorder:
    """All methods on the event loop; none blocks."""

    def __init__(
        self,
        quota_bytes: int,
        volume: Volume,
        catalog: Catalog,
        health: Health,
        clock: Clock,
    ) -> None:
        self._quota_bytes = quota_bytes
        self._volume = volume
        self._catalog = catalog
        self._health = health
        self._clock = clock
        self._links: dict[str, LinkRecorder] = {}
        self._leaving: list[LinkRecorder] = []
        self._past: dict[str, RecordStats] = {}
        self._last_known: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._batch: asyncio.Task[None] | None = None
        self._batch_since_us = 0
        self._retry_at_us = 0
        self._full_us = 0
        self._syncing: asyncio.Task[None] | None = None
        self._synced_us = 0
        self._gaps_at_us = 0
        self._to_rotate: set[str] = set()
        self.ready = False  # the folder and its index are open
        self.on_written: Callable[[bool], None] = lambda disk_full: None

    def begin(self, last_known: dict[str, int]) -> None:
        """The index is open: `last_known` is each wanted link's newest footage or gap."""
        self._last_known = last_known
        self.ready = True
        now = self._clock.now_us()
        for recorder in self._links.values():
            if recorder.link.mode is Mode.CONTINUOUS:
                self._account_from(recorder, now)

    def start(self) -> None:
        self._task = spawn(self._run(), "archive recorder")

    def attach(self, link: RecordingLink, hub: StreamHub) -> None:
        """Record a stream as `link` says; a link of the same id is replaced.

        A link that only changes its name or event times goes on without a break.
        """
        known = self._links.get(link.id)
        if known is not None and known.hub is hub and _same_stream(known.link, link):
            known.change(link)
            return
        if known is not None:
            self._take_off(known)
        recorder = LinkRecorder(link, hub, self._volume.writer(link_identity(link, hub)))
        self._links[link.id] = recorder
        self._limit_segments()
        now = self._clock.now_us()
        if link.mode is Mode.CONTINUOUS:
            recorder.start()
            if self.ready:
                self._account_from(recorder, now)
            self._catalog.add_op(want(link.id, link.camera, wanted=True))
        else:
            self._catalog.add_op(want(link.id, link.camera, wanted=False))

    def detach(self, link_id: str) -> None:
        """Its footage is no longer wanted.  Not for a shutdown: after `Archive.close` alone the
        time until the next start is told as a gap, after this it is not."""
        recorder = self._links.pop(link_id, None)
        if recorder is not None:
            self._take_off(recorder)
            self._catalog.add_op(want(link_id, recorder.link.camera, wanted=False))

    def trigger(self, camera: str, on: bool, now_us: int, source: str = "") -> None:
        """An event (or an operator) begins or ends; links in mode event record around it.

        Several `source`s overlap: the post-event time runs from the end of the last one.
        """
        for recorder in self._links.values():
            if recorder.link.camera == camera:
                recorder.trigger(on, now_us, source)

    def stats(self, camera: str) -> RecordStats:
        total = self._past.get(camera, RecordStats())
        recording = False
        for recorder in [*self._links.values(), *self._leaving]:
            if recorder.link.camera == camera:
                total = _add(total, recorder)
                recording = recording or recorder.recording
        return evolve(total, recording=recording)

    def open_gaps(self, camera: str, now_us: int) -> list[GapRow]:
        """Gaps that have not ended yet."""
        rows = [
            recorder.open_gap(now_us)
            for recorder in self._links.values()
            if recorder.link.camera == camera
        ]
        return [row for row in rows if row is not None]

    def retry(self) -> None:
        """There is room now: write with the next tick what could not be written."""
        self._retry_at_us = 0

    def rotate(self, link_id: str) -> None:
        """End this link's segment with the next batch, so that it can be deleted."""
        self._to_rotate.add(link_id)

    def limit(self, quota_bytes: int) -> None:
        """The archive's quota has changed: it bounds how large segments grow."""
        self._quota_bytes = quota_bytes
        self._limit_segments()

    async def close(self) -> None:
        """Write what is there and close all segments; links stay wanted."""
        await cancel(self._task)
        if self._batch is not None:
            await self._batch
        now = self._clock.now_us()
        for recorder in [*self._links.values(), *self._leaving]:
            recorder.drain(now)
            self._write_gap(recorder, now)
            recorder.stop()
        self._leaving += self._links.values()
        self._links = {}
        if self.ready:
            await self._write_batch(now)
            if self._syncing is not None:
                await asyncio.wait([self._syncing])
            await self._sync_now()
        for recorder in self._leaving:
            recorder.give_up()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self.tick()

    def tick(self) -> None:
        """Every quarter of a second."""
        now = self._clock.now_us()
        for recorder in self._links.values():
            recorder.disk_trouble = self._health.text
            recorder.drain(now)
        if now - self._gaps_at_us >= _GAP_EVERY_US:
            self._gaps_at_us = now
            for recorder in self._links.values():
                self._write_gap(recorder, now)
        monotonic = self._clock.monotonic_us()
        if self._batch is not None:
            if monotonic - self._batch_since_us > _SLOW_US:
                self._health.trouble(TroubleKind.SLOW, "a write has taken more than 2 s")
        elif self.ready and monotonic >= self._retry_at_us:
            self._batch_since_us = monotonic
            self._batch = self._begin_batch(now)

    async def flush(self) -> None:
        """Take what has come and have all whole clusters on the disk."""
        if self._batch is not None:
            await asyncio.wait([self._batch])
        self.tick()
        if self._batch is not None:
            await asyncio.wait([self._batch])

    def _begin_batch(self, now_us: int) -> asyncio.Task[None] | None:
        if not any(one.pending or one.closing for one in self._all()) and not self._to_rotate:
            return None
        return spawn(self._write_batch(now_us), "archive batch")

    def _all(self) -> list[LinkRecorder]:
        return [*self._leaving, *self._links.values()]

    async def _write_batch(self, now_us: int) -> None:
        recorders = [
            one
            for one in self._all()
            if one.pending or one.closing or one.link.id in self._to_rotate
        ]
        jobs = []
        for one in recorders:
            close = one.closing or one.link.id in self._to_rotate
            jobs.append(Job(one.writer, tuple(one.pending), close))
            one.closing = False
        self._to_rotate.clear()
        try:
            results = await self._volume.write(jobs)
        finally:
            self._batch = None
        self._take_results(recorders, jobs, results)

    def _take_results(
        self, recorders: list[LinkRecorder], jobs: list[Job], results: list[JobResult]
    ) -> None:
        error: OSError | None = None
        for recorder, job, result in zip(recorders, jobs, results, strict=True):
            self._catalog.take(result.events)
            for cluster, event in zip(job.clusters, result.appended, strict=False):
                gap = recorder.written(cluster, event)
                if gap is not None:
                    self._catalog.add_op(put_gap(gap))
            if result.refused:
                log.error("%s: cannot be recorded: %s", recorder.link.camera, result.refused)
                recorder.refused()
            if result.error is not None:
                error = result.error
                recorder.closing = recorder.closing or job.close
        self._settle(error)
        self._sync()
        for one in [one for one in self._leaving if not one.pending and not one.closing]:
            self._leaving.remove(one)
            self._remember(one)

    def _sync(self) -> None:
        now = self._clock.monotonic_us()
        if self._syncing is None and now - self._synced_us >= _SYNC_EVERY_US:
            self._synced_us = now
            self._syncing = spawn(self._sync_now(), "archive sync")

    async def _sync_now(self) -> None:
        try:
            await self._volume.sync()
        except OSError as error:
            self._health.error(error)
        finally:
            self._syncing = None

    def _settle(self, error: OSError | None) -> None:
        now = self._clock.monotonic_us()
        full = error is not None and kind_of(error) is TroubleKind.FULL
        if error is not None:
            self._retry_at_us = now + _RETRY_US
            self._health.error(error)
        else:
            self._health.well(*_DISK_TROUBLES)
        if full:
            self._full_us = now
        elif now - self._full_us >= _FULL_OVER_US:
            self._health.well(TroubleKind.FULL)
        self.on_written(full)

    def _account_from(self, recorder: LinkRecorder, now_us: int) -> None:
        last = self._last_known.pop(recorder.link.id, 0)
        if last:
            gap = recorder.tracker.resume(last, now_us)
            if gap is not None:
                self._catalog.add_op(put_gap(gap))
        else:
            recorder.tracker.want(now_us)

    def _write_gap(self, recorder: LinkRecorder, now_us: int) -> None:
        gap = recorder.open_gap(now_us)
        if gap is not None:
            self._catalog.add_op(put_gap(gap))

    def _take_off(self, recorder: LinkRecorder) -> None:
        recorder.detach(self._clock.now_us())
        self._links.pop(recorder.link.id, None)
        self._leaving.append(recorder)

    def _remember(self, recorder: LinkRecorder) -> None:
        camera = recorder.link.camera
        self._past[camera] = _add(self._past.get(camera, RecordStats()), recorder)

    def _limit_segments(self) -> None:
        limit = segment_limit(self._quota_bytes, len(self._links), SEGMENT_BYTES)
        for recorder in self._links.values():
            recorder.writer.segment_bytes = limit


def link_identity(link: RecordingLink, hub: StreamHub) -> Identity:
    return Identity(link.camera, link.camera_name, hub.key.role, link.id)


def _same_stream(old: RecordingLink, new: RecordingLink) -> bool:
    return (old.camera, old.mode, old.audio) == (new.camera, new.mode, new.audio)


def _add(total: RecordStats, recorder: LinkRecorder) -> RecordStats:
    stats = recorder.stats
    return RecordStats(
        total.received + stats.received,
        total.packets + stats.packets,
        total.bytes + stats.bytes,
        total.key_frames + stats.key_frames,
        total.lost + stats.lost,
    )
