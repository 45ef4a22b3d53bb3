"""Reads back by time: GOPs in both directions, key frames, the time line.

Plans on the event loop from the index (its own connection, on its own thread) and from what is
being written; reads files in the default executor, one pread a GOP.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

from attrs import evolve, frozen

from axxond.archive.catalog import Catalog
from axxond.archive.errors import EbmlError
from axxond.archive.index import Index
from axxond.archive.matroska.cluster import (
    Block,
    blocks_to_packets,
    crc_holds,
    decode_blocks,
    decode_head,
)
from axxond.archive.matroska.header import SegmentHeader
from axxond.archive.model import JOIN_US, Entry, GapRow, SegmentInfo
from axxond.archive.plan import (
    GopPlace,
    gop_at,
    gops_of,
    joined,
    next_backward,
    next_forward,
    spans,
)
from axxond.archive.segment import INDEX_NAME, read_header
from axxond.base.tasks import Worker, in_thread
from axxond.media.packet import Packet
from protocol.types import Span

log = logging.getLogger(__name__)
T = TypeVar("T")


@frozen
class _Read:
    """How to read: `key_frames_only` needs a GOP's first bytes only."""

    key_frames_only: bool = False
    audio: bool = True


class Reader:
    """`open_gaps(camera)` gives gaps that go on, from the recorder."""

    def __init__(
        self, folder: Path, catalog: Catalog, open_gaps: Callable[[str], list[GapRow]]
    ) -> None:
        self._folder = folder
        self._catalog = catalog
        self._open_gaps = open_gaps
        self._worker = Worker("archive-read")
        self._index: Index | None = None

    async def open(self) -> None:
        """Raises sqlite3.Error."""
        path = self._folder / INDEX_NAME
        self._index = await self._worker.call(lambda: Index(path, read_only=True))

    async def close(self) -> None:
        if self._index is not None:
            await self._worker.call(self._index.close)
            self._index = None
        self._worker.close()

    async def gops(
        self,
        camera: str,
        from_us: int,
        reverse: bool = False,
        key_frames_only: bool = False,
        audio: bool = True,
    ) -> AsyncIterator[list[Packet]]:
        """GOPs from the one that holds `from_us` (or the next that there is) to the newest
        footage, about a second ago; `reverse`: to the oldest.

        Each GOP is in decoding order; the first packet after a hole, and of every GOP in reverse,
        is marked as a discontinuity.  Damaged and meanwhile deleted footage is passed over.
        """
        how = _Read(key_frames_only, audio)
        last: SegmentInfo | None = None
        position = from_us
        known_end = None
        while True:
            found = await self._next_segment(camera, position, last, reverse)
            if found is None:
                return
            info, places = found
            places = _from_position(places, position, last, info, reverse)
            async for gop in self._segment_gops(info, places, how):
                begin, end = gop[0].pts_us, max(one.pts_us + one.duration_us for one in gop)
                if reverse or known_end is None or abs(begin - known_end) > JOIN_US:
                    gop[0] = evolve(gop[0], discontinuity=True)
                known_end = end
                yield gop
            last = info
            position = info.begin_us - 1 if reverse else max(position, info.end_us)

    async def key_frame_at(self, camera: str, time_us: int) -> Packet | None:
        """The video key frame at or before a time, else the first after it; None: no footage."""
        for reverse in (True, False):
            async for gop in self.gops(camera, time_us, reverse, True, False):
                frame = gop[0]
                if not frame.is_video:
                    continue
                if reverse and frame.pts_us > time_us:
                    continue
                return frame
        return None

    async def bounds(self, camera: str) -> tuple[int, int] | None:
        """(oldest, newest) footage of a camera."""
        stored = await self._ask(lambda index: index.bounds(camera))
        ends = [stored] if stored else []
        ends += [(one.info.begin_us, one.info.end_us) for one in self._catalog.of_camera(camera)]
        if not ends:
            return None
        return min(begin for begin, _ in ends), max(end for _, end in ends)

    async def timeline(
        self, camera: str, begin_us: int, end_us: int, detail_us: int = 1_000_000
    ) -> list[Span]:
        """Footage and gaps that touch [begin; end), clipped to it; footage that is less than
        `detail_us` (at least 2 s, what jitter makes) apart is one span."""
        join = max(detail_us, JOIN_US)
        live = self._catalog.of_camera(camera)
        skip = {one.info.id for one in live}
        stored = await self._ask(
            lambda index: _stretches(index, camera, (begin_us, end_us), join, skip)
        )
        stretches, gaps = stored or ([], [])
        for one in live:
            stretches += [(entry.start_us, entry.end_us) for entry in one.entries]
        footage = joined(sorted(stretches), join)
        # A gap that goes on has a row, too, as long as it was some seconds ago.
        latest = {(gap.link, gap.begin_us): gap for gap in [*gaps, *self._open_gaps(camera)]}
        return spans(footage, latest.values(), begin_us, end_us)

    async def _ask(self, question: Callable[[Index], T]) -> T | None:
        """Ask the index on its thread; None while it is not open or cannot answer."""
        index = self._index
        if index is None:
            return None
        try:
            return await self._worker.call(question, index)
        except sqlite3.Error as error:
            log.warning("the index in %s cannot be read: %s", self._folder, error)
            return None

    async def _next_segment(
        self, camera: str, position_us: int, last: SegmentInfo | None, reverse: bool
    ) -> tuple[SegmentInfo, list[GopPlace]] | None:
        live = {one.info.id: one for one in self._catalog.of_camera(camera)}
        # A successor may begin a little before its predecessor ends.
        reach = position_us + (JOIN_US if reverse else -JOIN_US)
        rows = await self._ask(
            lambda index: (
                index.backward(camera, reach) if reverse else index.forward(camera, reach)
            )
        )
        merged = {row.id: row for row in rows or [] if not row.open}
        merged |= {number: one.info for number, one in live.items()}
        choose = next_backward if reverse else next_forward
        info = choose(merged.values(), position_us, last)
        if info is None:
            return None
        if info.id in live:
            return info, gops_of(tuple(live[info.id].entries))
        entries = await self._ask(lambda index: index.entries(info.id))
        return info, gops_of(entries or [])

    async def _segment_gops(
        self, info: SegmentInfo, places: list[GopPlace], how: _Read
    ) -> AsyncIterator[list[Packet]]:
        try:
            file = await in_thread(_SegmentFile, self._folder / info.path)
        except (OSError, EbmlError) as error:
            log.warning("segment %s cannot be read: %s", info.path, error)
            return
        try:
            for place in places:
                packets = await in_thread(file.read, place, how)
                if packets:
                    yield packets
        finally:
            file.close()


def _from_position(
    places: list[GopPlace],
    position_us: int,
    last: SegmentInfo | None,
    info: SegmentInfo,
    reverse: bool,
) -> list[GopPlace]:
    """The GOPs of a segment that are still to be read, in the order of reading."""
    goes_on = last is not None and last.identity.link == info.identity.link
    if reverse:
        if goes_on:
            return places[::-1]
        return places[: gop_at(places, position_us) + 1][::-1]
    if goes_on:
        return places
    return places[gop_at(places, position_us) :]


def _stretches(
    index: Index, camera: str, period: tuple[int, int], join_us: int, skip: set[int]
) -> tuple[list[tuple[int, int]], list[GapRow]]:
    """Footage as the index has it; segments with a hole that would show are looked into."""
    found: list[tuple[int, int]] = []
    for begin, end, hole, segment in index.stretches(camera, *period):
        if segment in skip:
            continue
        if hole > join_us:
            found += [(one.start_us, one.end_us) for one in index.entries(segment)]
        else:
            found.append((begin, end))
    return found, index.gaps(camera, *period)


class _SegmentFile:
    """An open segment.  Blocks."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, EbmlError."""
        self._path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._header: SegmentHeader = read_header(self._fd).header
        except (EbmlError, OSError):
            os.close(self._fd)
            raise

    def close(self) -> None:
        os.close(self._fd)

    def read(self, place: GopPlace, how: _Read) -> list[Packet]:
        """The packets of a GOP; [] when it is damaged (logged)."""
        try:
            if how.key_frames_only and place.entries[0].head_bytes:
                blocks = self._key_frame(place.entries[0])
            else:
                blocks = self._blocks(place.entries)
        except (OSError, EbmlError) as error:
            log.warning("footage in %s is damaged and passed over: %s", self._path, error)
            return []
        packets = blocks_to_packets(blocks, self._header, place.end_us, how.audio)
        if how.key_frames_only:
            packets = [packet for packet in packets if packet.is_video and packet.keyframe][:1]
        return packets

    def _key_frame(self, entry: Entry) -> list[Block]:
        data = os.pread(self._fd, entry.head_bytes, entry.offset)
        head = decode_head(data)
        if len(data) < entry.head_bytes:
            raise EbmlError("the file ends within a key frame")
        return decode_blocks(data, 0, entry.head_bytes, head, self._header.origin_us)

    def _blocks(self, entries: tuple[Entry, ...]) -> list[Block]:
        begin = entries[0].offset
        length = entries[-1].offset + entries[-1].length - begin
        data = os.pread(self._fd, length, begin)
        blocks: list[Block] = []
        for entry in entries:
            at = entry.offset - begin
            head = decode_head(data, at)
            if head.length != entry.length or not crc_holds(data, head, at):
                if blocks:
                    log.warning("%s: the rest of a GOP is damaged", self._path)
                    break
                raise EbmlError(f"the cluster at byte {entry.offset} fails its CRC")
            blocks += decode_blocks(data, at, at + head.length, head, self._header.origin_us)
        return blocks
