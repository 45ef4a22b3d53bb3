"""One camera x archive link: takes packets from the hub, decides what is recorded, cuts clusters.

On the event loop; touches no disk.  Where its clusters go is its `seat`, a writer on one volume,
which the recorder chooses and changes.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Sequence

from attrs import define, frozen

from axxond.archive.cutter import Cluster, Cutter
from axxond.archive.ledger import GapTracker
from axxond.archive.model import GapRow, Identity
from axxond.archive.segment import Appended, SegmentWriter
from axxond.archive.thinning import Thinner
from axxond.base.schedule import NEVER, Schedule
from axxond.base.units import MIB
from axxond.media.packet import Packet
from axxond.stream.hub import Gap, Item, Policy, StreamHub, Subscription
from protocol.types import GapReason, MediaKind

# A stall of the disk is bridged in memory: 16 s of 4 Mbit/s; what comes after is a gap.
_MAX_QUEUE_BYTES = 8 * MIB
_MAX_QUEUE_ITEMS = 20_000
# Clusters cut and not written yet; beyond, packets wait in the queue above.
_MAX_PENDING_BYTES = 8 * MIB
# A cluster that is not full by then is written as it is: bounds what a crash can lose.
_MAX_FILL_US = 1_250_000
# What the ring can repeat; a key frame older than that is not a repetition but a clock set back.
_RING_REACH_US = 120_000_000


class Mode(enum.StrEnum):
    NEVER = "never"
    CONTINUOUS = "continuous"
    SCHEDULE = "schedule"
    EVENT = "event"


@frozen
class RecordingLink:
    """What to record of a camera's stream.  `id` is the link's own object id.  `schedule` is for
    mode SCHEDULE; `key_frames_only`: one picture a GOP, without sound."""

    id: str
    camera: str
    camera_name: str
    mode: Mode
    audio: bool = True
    pre_event_us: int = 5_000_000
    post_event_us: int = 10_000_000
    schedule: Schedule = NEVER
    key_frames_only: bool = False


@define(eq=False)
class Seat:
    """A link's writer on one of the archive's volumes (by number)."""

    volume: int
    writer: SegmentWriter


@define
class LinkStats:
    """`received` counts packets that were to be recorded; `lost` those of them that were not."""

    received: int = 0
    packets: int = 0
    bytes: int = 0
    key_frames: int = 0
    lost: int = 0


class LinkRecorder:
    """`pending` are clusters for the disk; `drain` fills it, `written` takes results."""

    def __init__(self, link: RecordingLink, hub: StreamHub) -> None:
        self.link = link
        self.hub = hub
        self.seat: Seat | None = None
        self.busy = False  # a job with the first of `pending` is under way
        self.stats = LinkStats()
        self.pending: deque[Cluster] = deque()
        self.tracker = GapTracker(link.camera, link.id)
        self.closing = False  # the writer's file is to be closed when `pending` is written
        self.disk_trouble = ""  # what is wrong with the disk now, for the ledger
        self._cutter = Cutter(link.audio and not link.key_frames_only)
        self._thinner = Thinner() if link.key_frames_only else None
        # Written clusters of the GOP that is not whole yet, for a file that begins within it.
        self._tail: list[Cluster] = []
        self._tail_bytes = 0
        self._repeats = 0  # so many of `pending` are on a disk already
        self._queue: Subscription | None = None
        self._dropped = 0
        self._pending_bytes = 0
        self._filling_since_us: int | None = None
        self._sources: set[str] = set()
        self._stop_at_us: int | None = None
        self._skip_recorded = False
        if link.mode is Mode.EVENT:
            hub.keep(self, link.pre_event_us)

    @property
    def identity(self) -> Identity:
        link = self.link
        return Identity(link.camera, link.camera_name, self.hub.key.role, link.id)

    def wants(self, now_us: int) -> bool:
        """Whether the mode alone (without an event) has it record now."""
        if self.link.mode is Mode.SCHEDULE:
            return self.link.schedule.covers(now_us)
        return self.link.mode is Mode.CONTINUOUS

    @property
    def recording(self) -> bool:
        return self._queue is not None

    def start(self, since_us: int | None = None) -> None:
        """Begin to record: with the newest GOP, or (`since_us`) with what the ring still has."""
        if self._queue is not None:
            return
        self._queue = self.hub.subscribe(
            Policy.GAP,
            _MAX_QUEUE_BYTES,
            _MAX_QUEUE_ITEMS,
            since_us=since_us,
            newest_gop=since_us is None,
        )
        self._dropped = 0
        self._skip_recorded = self._cutter.last_key_us is not None
        self._cutter.expect(self.hub.formats.values())

    def stop(self) -> None:
        """No more; what was taken is still written."""
        if self._queue is None:
            return
        self._queue.close()
        self._queue = None
        self._stop_at_us = None
        before = self._cutter.undecodable
        self._cutter.interrupt()
        self.stats.received -= self._cutter.undecodable - before
        self._collect()
        self.closing = True
        self.tracker.unwant()

    def change(self, link: RecordingLink) -> None:
        """Other name or event times; camera, mode and sound stay."""
        self.link = link
        if self.seat is not None:
            self.seat.writer.rename(link.camera_name)
        if link.mode is Mode.EVENT:
            self.hub.keep(self, link.pre_event_us)

    def give_up(self) -> None:
        """What could not be written is lost."""
        lost = list(self.pending)[self._repeats :]
        self.stats.lost += sum(len(cluster.packets) for cluster in lost)
        self.pending.clear()
        self._repeats = 0
        self._pending_bytes = 0

    def detach(self, now_us: int) -> None:
        self.drain(now_us)
        self.stop()
        self.hub.keep(self, 0)

    def trigger(self, on: bool, now_us: int, source: str) -> None:
        """An event begins or ends; overlapping ones make one recording."""
        if self.link.mode is not Mode.EVENT:
            return
        if on:
            self._sources.add(source)
            self._stop_at_us = None
            if self._queue is None:
                self.start(now_us - self.link.pre_event_us)
                self.tracker.want(now_us)
        else:
            self._sources.discard(source)
            if not self._sources and self._queue is not None:
                self._stop_at_us = now_us + self.link.post_event_us

    def drain(self, now_us: int) -> None:
        """Take what has come, cut it; ends an event's recording when its time has come."""
        if self._queue is None:
            return
        if self._pending_bytes < _MAX_PENDING_BYTES:
            self._take(self._queue, now_us)
        else:
            self._count_dropped(self._queue, now_us)
        if not self.recording:
            return
        self._flush_old(now_us)
        if self._stop_at_us is not None and now_us > self._stop_at_us and not self.hub.online:
            self.stop()  # no key frame will come to stop at

    def _take(self, queue: Subscription, now_us: int) -> None:
        items: Sequence[Item] = queue.take()
        if not items and queue.dropped == self._dropped:
            return
        if self._skip_recorded:
            items = self._unrecorded(items)
        if self._stop_at_us is not None:
            items = self._until_stop(items, self._stop_at_us)
        self._feed(items)
        if self._queue is not None:
            self._count_dropped(queue, now_us)
        self._collect()

    def _feed(self, items: Sequence[Item]) -> None:
        packets: list[Packet] = []
        for item in items:
            if isinstance(item, Gap):
                self._feed_packets(packets)
                packets = []
                self._cutter.interrupt()
                self.tracker.blame(item.reason, item.text, item.at_us)
            else:
                packets.append(item)
        self._feed_packets(packets)

    def _feed_packets(self, packets: list[Packet]) -> None:
        if self._thinner is not None:
            packets = self._thinner.thin(packets)
        before = self._cutter.undecodable
        self._cutter.feed(packets)
        taken = len(packets) - (self._cutter.undecodable - before)
        if not self.link.audio and self._thinner is None:
            taken -= sum(not packet.is_video for packet in packets)
        self.stats.received += taken

    def _unrecorded(self, items: Sequence[Item]) -> Sequence[Item]:
        """From the first key frame that no earlier recording has."""
        newest = self._cutter.last_key_us or 0
        for at, item in enumerate(items):
            if not (isinstance(item, Packet) and item.is_video and item.keyframe):
                continue
            if not newest - _RING_REACH_US <= item.pts_us <= newest:
                self._skip_recorded = False
                return items[at:]
        return [item for item in items if isinstance(item, Gap)]

    def _until_stop(self, items: Sequence[Item], stop_us: int) -> Sequence[Item]:
        """Whole GOPs only: up to the first key frame at or after the time to stop."""
        for at, item in enumerate(items):
            if isinstance(item, Gap) or not item.keyframe or item.pts_us < stop_us:
                continue
            if item.is_video or MediaKind.VIDEO not in self.hub.formats:
                self._feed(items[:at])
                self.stop()
                return []
        return items

    def _count_dropped(self, queue: Subscription, now_us: int) -> None:
        lost = queue.dropped - self._dropped
        self._dropped = queue.dropped
        if lost:
            self.stats.received += lost
            self.stats.lost += lost
            if self.disk_trouble:
                self.tracker.blame(GapReason.DISK, self.disk_trouble, now_us)
            else:
                text = "packets came faster than they were taken"
                self.tracker.blame(GapReason.OVERLOAD, text, now_us)

    def _flush_old(self, now_us: int) -> None:
        if not self._cutter.filling:
            self._filling_since_us = None
        elif self._filling_since_us is None:
            self._filling_since_us = now_us
        elif now_us - self._filling_since_us >= _MAX_FILL_US:
            self._cutter.seal()
            self._collect()

    def _collect(self) -> None:
        sealed = self._cutter.sealed
        if not sealed:
            return
        self._cutter.sealed = []
        self._filling_since_us = None
        self.pending += sealed
        self._pending_bytes += sum(cluster.bytes for cluster in sealed)

    def refused(self) -> None:
        """The oldest pending cluster cannot be written."""
        cluster = self.pending.popleft()
        self._pending_bytes -= cluster.bytes
        if self._repeats:
            self._repeats -= 1
        else:
            self.stats.lost += len(cluster.packets)

    def begin_whole(self) -> None:
        """The next cluster begins a file: where it is within a GOP, what was written of that
        stands before it again, or it could not be decoded."""
        if not self.pending or self.pending[0].key or not self._tail:
            return
        for _ in range(self._repeats):
            self._pending_bytes -= self.pending.popleft().bytes
        self._repeats = len(self._tail)
        self._pending_bytes += self._tail_bytes
        self.pending.extendleft(reversed(self._tail))

    def open_gap(self, now_us: int) -> GapRow | None:
        """The gap that has not ended; None while footage is on its way to the disk."""
        if self.pending or self._cutter.filling:
            return None
        return self.tracker.going_on(now_us)

    def written(self, cluster: Cluster, event: Appended) -> GapRow | None:
        """The oldest pending cluster is on the disk; gives the gap before it."""
        self.pending.popleft()
        self._pending_bytes -= cluster.bytes
        if self._repeats:
            self._repeats -= 1
            return None
        self._remember(cluster)
        stats = self.stats
        stats.packets += len(cluster.packets)
        stats.bytes += cluster.bytes
        stats.key_frames += event.head.keys
        return self.tracker.footage(event.entry.start_us, event.entry.end_us)

    def _remember(self, cluster: Cluster) -> None:
        """A GOP larger than the bound is not begun again: its rest waits for a key frame."""
        if cluster.key:
            self._tail, self._tail_bytes = [], 0
        if cluster.key or self._tail:
            self._tail.append(cluster)
            self._tail_bytes += cluster.bytes
            if self._tail_bytes > _MAX_PENDING_BYTES:
                self._tail, self._tail_bytes = [], 0
