"""Segment files: written on the archive's writer thread, scanned when an index is made anew.

Everything here blocks on the disk and raises OSError.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from attrs import evolve, frozen

from axxond.archive import rawfile
from axxond.archive.cutter import Cluster, frame_us
from axxond.archive.errors import EbmlError
from axxond.archive.matroska.cluster import (
    CLUSTER_ID,
    HEAD_BYTES,
    ClusterHead,
    EncodedCluster,
    crc_holds,
    decode_head,
    encode_cluster,
)
from axxond.archive.matroska.header import (
    MAX_HEADER_BYTES,
    ParsedHeader,
    SegmentHeader,
    decode_header,
    encode_header,
    with_duration,
)
from axxond.archive.model import (
    MAX_HOLE_US,
    SEGMENT_BYTES,
    SEGMENT_SPAN_US,
    SEGMENT_SUFFIX,
    Entry,
    Identity,
    SegmentInfo,
    longest_hole_us,
)

INDEX_NAME = "index.sqlite3"
# The newest clusters may not have reached the disk before a power cut: their CRCs are verified.
_TAIL_CLUSTERS = 16
_SEARCH_BYTES = 1 << 20
_FIRST_READ_BYTES = 16 << 10


@frozen
class Opened:
    info: SegmentInfo


@frozen
class Appended:
    segment: int
    entry: Entry
    head: ClusterHead


@frozen
class Closed:
    segment: int
    bytes: int


@frozen
class Cut:
    """Clusters from `bytes` on were taken off again."""

    segment: int
    bytes: int


@frozen
class Dropped:
    """The file is deleted: nothing was left in it."""

    segment: int


DiskEvent = Opened | Appended | Closed | Cut | Dropped


class SegmentWriter:
    """Appends one link's clusters; begins a new file by time, size, format, hole or clock jump.

    `ids` gives segment numbers, shared by all writers of the archive.
    """

    def __init__(self, folder: Path, identity: Identity, ids: Iterator[int]) -> None:
        self.segment_bytes = SEGMENT_BYTES
        self._folder = folder
        self._identity = identity
        self._ids = ids
        self._fd = -1
        self._header: SegmentHeader | None = None
        self._segment = 0
        self._path = ""
        self._header_bytes = 0
        self._length = 0
        self._end_us = 0
        self._events: list[DiskEvent] = []

    def write(self, cluster: Cluster) -> list[DiskEvent]:
        """Append; all of it is written or (OSError) nothing is left of it."""
        if self._fd >= 0 and self._must_rotate(cluster):
            self._events += self.close()
        if self._fd < 0:
            self._events.append(self._begin(cluster))
        assert self._header is not None
        if not self._header.frame_us:  # a camera that connects: the first frames tell nothing
            self._header = evolve(self._header, frame_us=frame_us(cluster.packets))
        encoded = encode_cluster(cluster.packets, self._header.origin_us)
        offset = self._length
        try:
            self._append(encoded)
        except OSError:
            self._undo(offset)
            raise
        self._end_us = max(self._end_us, encoded.head.end_us)
        entry = Entry.of(encoded.head, offset)
        self._events.append(Appended(self._segment, entry, encoded.head))
        return self.take_events()

    def rename(self, camera_name: str) -> None:
        """For segments that begin from now on; may be called from another thread."""
        self._identity = evolve(self._identity, camera_name=camera_name)

    @property
    def file(self) -> Path | None:
        """The one being written."""
        return self._folder / self._path if self._fd >= 0 else None

    @property
    def is_open(self) -> bool:
        return self._fd >= 0

    def would_rotate(self, cluster: Cluster) -> bool:
        """Whether `write` would begin a new file; for the loop while no job is under way."""
        return self._fd < 0 or self._must_rotate(cluster)

    def take_back(self, segment: int, offset: int) -> list[DiskEvent]:
        """Take off what was written from `offset` on, if that file is still open, and close it."""
        if self._fd < 0 or self._segment != segment or self._header is None:
            return []
        try:
            os.ftruncate(self._fd, offset)
        except OSError:  # a reader passes over what it has seen already
            return self.close()
        self._length = offset
        if offset > self._header_bytes:
            return [Cut(segment, offset), *self.close()]
        self._drop()
        with contextlib.suppress(OSError):
            (self._folder / self._path).unlink()
        return [Dropped(segment)]

    def take_events(self) -> list[DiskEvent]:
        """What was done on the disk and not told yet: after an error, for what came before it."""
        events, self._events = self._events, []
        return events

    def close(self) -> list[DiskEvent]:
        """Finish the file: its duration is filled in."""
        if self._fd < 0:
            return []
        assert self._header is not None
        with contextlib.suppress(OSError):  # a missing duration harms nobody
            done = with_duration(self._header, self._end_us - self._header.origin_us)
            rawfile.write_at(self._fd, encode_header(done), 0)
        self._drop()
        return [Closed(self._segment, self._length)]

    def _must_rotate(self, cluster: Cluster) -> bool:
        header = self._header
        assert header is not None
        hole = cluster.start_us - self._end_us
        if cluster.start_us < header.origin_us or hole > MAX_HOLE_US:
            return True
        if (cluster.video, cluster.audio) != (header.video, header.audio):
            return True
        span = cluster.end_us - header.origin_us
        size = self._length + cluster.bytes
        if cluster.key:
            return span > SEGMENT_SPAN_US or size > self.segment_bytes
        return span > 2 * SEGMENT_SPAN_US or size > 2 * self.segment_bytes

    def _begin(self, cluster: Cluster) -> Opened:
        who = self._identity
        uid = uuid.uuid4().bytes
        origin = min(packet.pts_us for packet in cluster.packets)
        header = SegmentHeader(
            uid,
            origin,
            who.camera,
            who.camera_name,
            who.stream,
            who.link,
            cluster.video,
            cluster.audio,
            frame_us=frame_us(cluster.packets),
        )
        data = encode_header(header)
        path = _file_name(header)
        whole = self._folder / path
        if not (self._folder / INDEX_NAME).exists():
            raise FileNotFoundError(2, "the archive's index is not there", str(self._folder))
        with contextlib.suppress(FileExistsError):
            whole.parent.mkdir()
        self._fd = rawfile.open_file(whole, rawfile.CREATE_NEW)
        try:
            rawfile.write_all(self._fd, [data])
        except OSError:
            self._drop()
            with contextlib.suppress(OSError):
                whole.unlink()
            raise
        self._header = header
        self._segment = next(self._ids)
        self._path = path
        self._header_bytes = len(data)
        self._length = len(data)
        self._end_us = origin
        info = SegmentInfo(self._segment, path, who, origin, origin, len(data), open=True)
        return Opened(info)

    def _append(self, encoded: EncodedCluster) -> None:
        rawfile.write_all(self._fd, [encoded.front, encoded.body])
        self._length += encoded.head.length

    def _undo(self, length: int) -> None:
        """Take a torn cluster off; where even that fails, the next write begins a new file."""
        try:
            os.ftruncate(self._fd, length)
            os.lseek(self._fd, length, os.SEEK_SET)
        except OSError:
            self._drop()
            self._events.append(Closed(self._segment, length))

    def _drop(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._fd)
        self._fd = -1
        self._header = None


def _file_name(header: SegmentHeader) -> str:
    at = time.gmtime(header.origin_us // 1_000_000)
    name = re.sub(r"[^A-Za-z0-9]+", "-", header.camera_name).strip("-")[:40] or "camera"
    day, clock = time.strftime("%Y-%m-%d", at), time.strftime("%H%M%S", at)
    return f"{day}/{name}_{clock}Z_{header.uid.hex()[:12]}{SEGMENT_SUFFIX}"


@frozen
class Scan:
    """What a segment file holds.  `good_bytes`: nothing after it is a whole cluster.
    `damaged`: clusters or stretches that were passed over."""

    header: SegmentHeader
    entries: list[Entry]
    good_bytes: int
    size: int
    damaged: int

    def info(self, number: int, path: str) -> SegmentInfo:
        head = self.header
        who = Identity(head.camera, head.camera_name, head.stream, head.link)
        begin = min((one.start_us for one in self.entries), default=head.origin_us)
        end = max((one.end_us for one in self.entries), default=begin)
        hole = longest_hole_us(self.entries)
        return SegmentInfo(number, path, who, begin, end, self.good_bytes, hole)


def read_header(fd: int) -> ParsedHeader:
    """The header of an open segment file.  Raises EbmlError, OSError."""
    data = rawfile.read_at(fd, _FIRST_READ_BYTES, 0)
    try:
        parsed = decode_header(data)
    except EbmlError:
        if len(data) < _FIRST_READ_BYTES:
            raise
        parsed = decode_header(rawfile.read_at(fd, MAX_HEADER_BYTES, 0))
    return parsed


def scan(path: Path, full: bool = False) -> Scan:
    """Walk a segment by its clusters' heads; verify the newest CRCs, or (`full`) every one.

    Raises EbmlError when the file is not a segment of ours, OSError.
    """
    fd = rawfile.open_file(path, rawfile.READ)
    try:
        return _Walk(fd, full).scan()
    finally:
        os.close(fd)


class _Walk:
    def __init__(self, fd: int, full: bool) -> None:
        self._fd = fd
        self._full = full
        self._size = os.fstat(fd).st_size
        self._heads: list[tuple[int, ClusterHead]] = []
        self._damaged = 0

    def scan(self) -> Scan:
        parsed = read_header(self._fd)
        position = parsed.length
        while position < self._size:
            head = self._head_at(position)
            if head is None:
                self._damaged += 1
                position = self._search(position + 1)
                continue
            self._heads.append((position, head))
            position += head.length
        good = self._verified()
        end = max((offset + head.length for offset, head in good), default=parsed.length)
        entries = [Entry.of(head, offset) for offset, head in good]
        return Scan(parsed.header, entries, end, self._size, self._damaged)

    def _verified(self) -> list[tuple[int, ClusterHead]]:
        """Heads whose CRC holds, as far as it is looked at."""
        trusted = 0 if self._full else max(0, len(self._heads) - _TAIL_CLUSTERS)
        good = self._heads[:trusted]
        for offset, head in self._heads[trusted:]:
            if crc_holds(rawfile.read_at(self._fd, head.length, offset), head):
                good.append((offset, head))
            else:
                self._damaged += 1
        return good

    def _head_at(self, position: int) -> ClusterHead | None:
        try:
            head = decode_head(rawfile.read_at(self._fd, HEAD_BYTES, position))
        except EbmlError:
            return None
        return head if position + head.length <= self._size else None

    def _search(self, position: int) -> int:
        """Where the next whole cluster (by its CRC) begins; the file's end if nowhere."""
        while position < self._size:
            data = rawfile.read_at(self._fd, _SEARCH_BYTES, position)
            if not data:
                return self._size
            at = data.find(CLUSTER_ID)
            while at >= 0:
                head = self._head_at(position + at)
                if head and crc_holds(rawfile.read_at(self._fd, head.length, position + at), head):
                    return position + at
                at = data.find(CLUSTER_ID, at + 1)
            position += max(1, len(data) - len(CLUSTER_ID) + 1)
        return self._size


def finish(path: Path, found: Scan) -> None:
    """Cut a torn tail off and fill in the duration.  Raises OSError."""
    fd = rawfile.open_file(path, rawfile.CHANGE)
    try:
        if found.size > found.good_bytes:
            os.ftruncate(fd, found.good_bytes)
        end = max((one.end_us for one in found.entries), default=found.header.origin_us)
        plain = encode_header(evolve(found.header, duration_us=0))
        done = encode_header(with_duration(found.header, end - found.header.origin_us))
        if rawfile.read_at(fd, len(plain), 0) == plain and len(done) == len(plain):
            rawfile.write_at(fd, done, 0)
    finally:
        os.close(fd)
