"""Records: one periodic task moves packets of all links to the volumes' writer threads.

Nothing here waits for a disk: while a batch is under way, packets gather in the links' bounded
queues; what does not fit there becomes a gap in the ledger, with its reason.  A link whose volume
is in trouble goes to another one within a tick, and takes along what is not on the disk yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from attrs import evolve, frozen

from axxond.archive.lane import Batch, Lane
from axxond.archive.ledgerfile import Record, Want
from axxond.archive.link import LinkRecorder, Mode, RecordingLink
from axxond.archive.model import SEGMENT_BYTES, GapRow
from axxond.archive.retention import segment_limit
from axxond.archive.seating import choose, should_leave
from axxond.archive.volume import Job
from axxond.base.clock import Clock
from axxond.base.tasks import cancel, spawn
from axxond.base.units import MINUTE_US, SECOND_US
from axxond.stream.hub import StreamHub

_TICK_S = 0.25
# A gap that goes on is written so often: a crash then knows its reason up to there.
_GAP_EVERY_US = 5 * SECOND_US
# And so often into the ledger's file, which only grows.
_GAP_FILE_EVERY_US = 5 * MINUTE_US


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
    """All methods on the event loop; none blocks.  `record` takes what the ledger is to keep."""

    def __init__(self, lanes: Sequence[Lane], clock: Clock) -> None:
        self._lanes = list(lanes)
        self._clock = clock
        self._links: dict[str, LinkRecorder] = {}
        self._leaving: list[LinkRecorder] = []
        self._past: dict[str, RecordStats] = {}
        self._last_known: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._gaps_at_us = 0
        self._gap_files: dict[str, tuple[int, int]] = {}  # link: begin, when it was filed
        self._to_rotate: set[str] = set()
        self.ready = False  # a folder and its index are open
        self.record: Callable[[Record, bool], None] = lambda record, in_file: None

    def begin(self, last_known: dict[str, int]) -> None:
        """The index is open: `last_known` is each wanted link's newest footage or gap."""
        self._last_known = last_known
        self.ready = True
        now = self._clock.now_us()
        for recorder in self._links.values():
            if recorder.wants(now):
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
        recorder = LinkRecorder(link, hub)
        self._links[link.id] = recorder
        self.limit_segments()
        now = self._clock.now_us()
        if recorder.wants(now):
            self._want(recorder, now)
        else:
            self.record(Want(link.id, link.camera, False, now), True)

    def detach(self, link_id: str) -> None:
        """Its footage is no longer wanted.  Not for a shutdown: after `Archive.close` alone the
        time until the next start is told as a gap, after this it is not."""
        recorder = self._links.pop(link_id, None)
        if recorder is not None:
            self._take_off(recorder)
            self._unwant(recorder)

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

    def rotate(self, link_id: str) -> None:
        """End this link's segment with the next batch, so that it can be deleted."""
        self._to_rotate.add(link_id)

    def limit_segments(self) -> None:
        """Quotas or the number of links have changed: they bound how large segments grow."""
        for recorder in self._links.values():
            self._limit(recorder)

    async def close(self) -> None:
        """Write what is there and close all segments; links stay wanted."""
        await cancel(self._task)
        for lane in self._lanes:
            if lane.busy and not lane.stuck:
                await lane.wait()
        now = self._clock.now_us()
        for recorder in [*self._links.values(), *self._leaving]:
            recorder.drain(now)
            self._write_gap(recorder, now, in_file=True)
            recorder.stop()
        self._leaving += self._links.values()
        self._links = {}
        self._seat_all()
        for lane in self._lanes:
            if lane.ready and not lane.busy:
                lane.begin(self._batch_for(lane))
        await asyncio.gather(*(lane.finish() for lane in self._lanes))
        for recorder in self._leaving:
            recorder.give_up()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self.tick()

    def tick(self) -> None:
        """Every quarter of a second."""
        now = self._clock.now_us()
        for lane in self._lanes:
            lane.look()
        for recorder in self._links.values():
            self._follow_mode(recorder, now)
            recorder.disk_trouble = self._trouble_of(recorder)
            recorder.drain(now)
        if now - self._gaps_at_us >= _GAP_EVERY_US:
            self._gaps_at_us = now
            for recorder in self._links.values():
                self._write_gap(recorder, now)
        self._let_go()
        self._seat_all()
        for lane in self._lanes:
            if lane.may_write:
                lane.begin(self._batch_for(lane))

    async def flush(self) -> None:
        """Take what has come and have all whole clusters on the disk."""
        await self._wait_for_lanes()
        self.tick()
        await self._wait_for_lanes()
        self._let_go()

    async def _wait_for_lanes(self) -> None:
        await asyncio.gather(*(lane.wait() for lane in self._lanes))

    def _follow_mode(self, recorder: LinkRecorder, now_us: int) -> None:
        """A schedule begins or ends."""
        if recorder.link.mode is not Mode.SCHEDULE:
            return
        wanted = recorder.wants(now_us)
        if wanted and not recorder.recording:
            self._want(recorder, now_us)
        elif not wanted and recorder.recording:
            recorder.drain(now_us)
            recorder.stop()
            self._unwant(recorder)

    def _want(self, recorder: LinkRecorder, now_us: int) -> None:
        recorder.start()
        if self.ready:
            self._account_from(recorder, now_us)
        self.record(Want(recorder.link.id, recorder.link.camera, True, now_us), True)

    def _unwant(self, recorder: LinkRecorder) -> None:
        now = self._clock.now_us()
        self.record(Want(recorder.link.id, recorder.link.camera, False, now), True)

    def _trouble_of(self, recorder: LinkRecorder) -> str:
        """What is wrong with the disk that a link writes to; "" when nothing."""
        seat = recorder.seat
        texts = [
            lane.health.text for lane in self._lanes if seat is None or seat.volume == lane.number
        ]
        return next(filter(None, texts), "")

    def _all(self) -> list[LinkRecorder]:
        return [*self._leaving, *self._links.values()]

    def _has_work(self, recorder: LinkRecorder) -> bool:
        return bool(recorder.pending) or recorder.closing or recorder.link.id in self._to_rotate

    def _seat_all(self) -> None:
        """Give links with something to write a volume that works."""
        by_number = {lane.number: lane for lane in self._lanes}
        for lane in self._lanes:
            lane.links = 0
        for recorder in self._all():
            if recorder.seat is not None:
                by_number[recorder.seat.volume].links += 1
        for recorder in self._all():
            if not self._has_work(recorder):
                continue
            seat = recorder.seat
            now_on = by_number[seat.volume] if seat is not None else None
            if now_on is not None and not self._should_look(recorder, now_on):
                continue
            chosen = choose(self._lanes, now_on.number if now_on is not None else None)
            if chosen is not None and chosen is not now_on:
                self._move(recorder, now_on, chosen)

    def _should_look(self, recorder: LinkRecorder, lane: Lane) -> bool:
        """Whether a link should ask for another volume: its own is in trouble or full, or it is
        between two files."""
        if len(self._lanes) == 1:
            return False
        if not lane.fit:
            return True
        assert recorder.seat is not None
        if recorder.busy or not recorder.pending:
            return False
        if should_leave(lane, self._lanes):
            return True
        return recorder.seat.writer.would_rotate(recorder.pending[0])

    def _move(self, recorder: LinkRecorder, old: Lane | None, new: Lane) -> None:
        if old is not None and recorder.seat is not None:
            old.links -= 1
            if not recorder.busy:
                old.leave(recorder.seat)
            elif not recorder.recording:  # what hangs is taken back when it returns
                recorder.closing = True
        recorder.busy = False
        recorder.seat = new.seat(recorder.identity)
        new.links += 1
        self._limit(recorder)

    def _batch_for(self, lane: Lane) -> Batch:
        batch: Batch = []
        for recorder in self._all():
            seat = recorder.seat
            if seat is None or seat.volume != lane.number or recorder.busy:
                continue
            if not self._has_work(recorder):
                continue
            if not seat.writer.is_open:
                recorder.begin_whole()
            close = recorder.closing or recorder.link.id in self._to_rotate
            batch.append((recorder, Job(seat.writer, tuple(recorder.pending), close)))
            recorder.closing = False
            self._to_rotate.discard(recorder.link.id)
        return batch

    def _let_go(self) -> None:
        """Links that were taken off and have nothing left to write."""
        for one in [one for one in self._leaving if not one.pending and not one.busy]:
            if one.closing and one.seat is not None:
                continue
            self._leaving.remove(one)
            self._remember(one)

    def _account_from(self, recorder: LinkRecorder, now_us: int) -> None:
        last = self._last_known.pop(recorder.link.id, 0)
        if last:
            gap = recorder.tracker.resume(last, now_us)
            if gap is not None:
                self.record(gap, True)
        else:
            recorder.tracker.want(now_us)

    def _write_gap(self, recorder: LinkRecorder, now_us: int, in_file: bool = False) -> None:
        gap = recorder.open_gap(now_us)
        if gap is None:
            return
        begin_us, filed_us = self._gap_files.get(gap.link, (0, 0))
        due = gap.begin_us != begin_us or now_us - filed_us >= _GAP_FILE_EVERY_US
        if in_file or due:
            self._gap_files[gap.link] = gap.begin_us, now_us
        self.record(gap, in_file or due)

    def _take_off(self, recorder: LinkRecorder) -> None:
        recorder.detach(self._clock.now_us())
        self._links.pop(recorder.link.id, None)
        self._gap_files.pop(recorder.link.id, None)
        self._leaving.append(recorder)

    def _remember(self, recorder: LinkRecorder) -> None:
        camera = recorder.link.camera
        self._past[camera] = _add(self._past.get(camera, RecordStats()), recorder)

    def _limit(self, recorder: LinkRecorder) -> None:
        seat = recorder.seat
        if seat is None:
            return
        quota = next(one.quota_bytes for one in self._lanes if one.number == seat.volume)
        seat.writer.segment_bytes = segment_limit(quota, len(self._links), SEGMENT_BYTES)


def _same_stream(old: RecordingLink, new: RecordingLink) -> bool:
    return _recorded(old) == _recorded(new)


def _recorded(link: RecordingLink) -> tuple[object, ...]:
    return link.camera, link.mode, link.audio, link.schedule, link.key_frames_only


def _add(total: RecordStats, recorder: LinkRecorder) -> RecordStats:
    stats = recorder.stats
    return RecordStats(
        total.received + stats.received,
        total.packets + stats.packets,
        total.bytes + stats.bytes,
        total.key_frames + stats.key_frames,
        total.lost + stats.lost,
    )
