"""What the index does not know yet: segments being written, and changes on their way to it.

On the event loop only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from attrs import define, evolve

from axxond.archive.index import Op, Totals, drop_segment, put_entries, put_segment
from axxond.archive.ledgerfile import Record, op_of
from axxond.archive.model import Entry, SegmentInfo, longest_hole_us
from axxond.archive.segment import Appended, Cut, DiskEvent, Dropped, Opened

log = logging.getLogger(__name__)

# Some days of segment changes: only a disk that is away for long fills this.  What is lost then
# is found again from the segments at the next start.
_MAX_OPS = 200_000
# Records of the ledger that wait for its file, while the disk is away.
_MAX_RECORDS = 50_000


@define
class LiveSegment:
    """A segment that the index does not hold whole.  `entries` only grows."""

    info: SegmentInfo
    entries: list[Entry]


class Catalog:
    def __init__(self) -> None:
        self.live: dict[int, LiveSegment] = {}
        self.used_bytes = 0
        self.first_us: int | None = None
        self.last_us: int | None = None
        self._ops: list[Op] = []
        self._records: list[Record] = []
        self._closed: list[int] = []
        self._lost = False

    def load(self, totals: Totals) -> None:
        self.used_bytes = totals.bytes
        self.first_us = totals.first_us
        self.last_us = totals.last_us

    def take(self, events: Iterable[DiskEvent]) -> None:
        """What the writer thread did, in its order."""
        for event in events:
            if isinstance(event, Opened):
                self.live[event.info.id] = LiveSegment(event.info, [])
                self.used_bytes += event.info.bytes
                self.add_op(put_segment(event.info))
                self._note_first(event.info.begin_us)
            elif isinstance(event, Appended):
                self._append(event)
            elif isinstance(event, Cut):
                self._cut(event)
            elif isinstance(event, Dropped):
                self.removed(self.live[event.segment].info)
            else:
                self._close(event.segment)

    def _append(self, event: Appended) -> None:
        live = self.live[event.segment]
        entry = event.entry
        info = live.info
        live.entries.append(entry)
        live.info = evolve(
            info,
            begin_us=min(info.begin_us, entry.start_us),
            end_us=max(info.end_us, entry.end_us),
            bytes=entry.offset + entry.length,
        )
        self.used_bytes += entry.length
        self._note_first(live.info.begin_us)
        self.last_us = max(self.last_us or 0, entry.end_us)

    def _note_first(self, begin_us: int) -> None:
        self.first_us = begin_us if self.first_us is None else min(self.first_us, begin_us)

    def _close(self, segment: int) -> None:
        live = self.live[segment]
        live.info = evolve(live.info, open=False, hole_us=longest_hole_us(live.entries))
        self.add_op(put_segment(live.info))
        self.add_op(put_entries(segment, live.entries))
        self._closed.append(segment)

    def _cut(self, event: Cut) -> None:
        live = self.live[event.segment]
        live.entries[:] = [one for one in live.entries if one.offset < event.bytes]
        end = max((one.end_us for one in live.entries), default=live.info.begin_us)
        self.used_bytes -= live.info.bytes - event.bytes
        live.info = evolve(live.info, end_us=end, bytes=event.bytes)

    def closed(self) -> list[SegmentInfo]:
        """Whole segments that the index does not hold yet."""
        return [one.info for one in self.live.values() if not one.info.open]

    def removed(self, info: SegmentInfo) -> None:
        """Its file has been deleted."""
        self.used_bytes -= info.bytes
        self.live.pop(info.id, None)
        for op in drop_segment(info.id):
            self.add_op(op)

    def record(self, record: Record, in_file: bool = True) -> None:
        """A record of the ledger, for the index and (`in_file`) for the ledger's file."""
        self.add_op(op_of(record))
        if in_file and len(self._records) < _MAX_RECORDS:
            self._records.append(record)

    def take_records(self) -> list[Record]:
        records, self._records = self._records, []
        return records

    def add_op(self, op: Op) -> None:
        if len(self._ops) < _MAX_OPS:
            self._ops.append(op)
        elif not self._lost:
            self._lost = True
            log.error("the index cannot keep up; it is brought up to date with the next start")

    def take_ops(self) -> tuple[list[Op], list[int]]:
        """Changes for the index, and the segments that it holds whole after them."""
        ops, closed = self._ops, self._closed
        self._ops, self._closed = [], []
        return ops, closed

    def give_back(self, ops: list[Op], closed: list[int]) -> None:
        """The index could not be written."""
        self._ops = ops + self._ops
        self._closed = closed + self._closed

    def committed(self, closed: Iterable[int]) -> None:
        for segment in closed:
            self.live.pop(segment, None)

    def footage(self) -> list[SegmentInfo]:
        """Segments with footage that the index does not hold whole."""
        return [live.info for live in self.live.values() if live.entries]

    def of_camera(self, camera: str) -> list[LiveSegment]:
        """Segments with footage, by begin."""
        found = [
            live
            for live in self.live.values()
            if live.info.identity.camera == camera and live.entries
        ]
        return sorted(found, key=lambda live: live.info.begin_us)
