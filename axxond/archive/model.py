"""Values that the archive's parts hand to each other."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from axxond.archive.matroska.cluster import ClusterHead, Mark
from axxond.base.units import MIB, MINUTE_US, SECOND_US
from protocol.types import GapReason, StreamRole

SEGMENT_SUFFIX = ".mkv"
# A segment is at most twice as long (a stream without key frames): queries look back so far.
SEGMENT_SPAN_US = 5 * MINUTE_US
MAX_SEGMENT_SPAN_US = 2 * SEGMENT_SPAN_US + MINUTE_US
SEGMENT_BYTES = 256 * MIB
# A longer hole begins a new segment: the time line then needs no more than segments' ends.
MAX_HOLE_US = 30 * SECOND_US
# Packets closer than that to each other are one unbroken stretch.
JOIN_US = 2 * SECOND_US


@frozen
class VolumeSettings:
    """One folder.  `days` 0: as long as there is room.  `floor_bytes` of its disk are left free
    for others, even when the quota is not used up."""

    path: Path
    quota_bytes: int
    days: int = 0
    floor_bytes: int = 0


@frozen
class ArchiveSettings:
    """The first volume's path, quota, days and floor, and `more` volumes.

    `beside`: a folder elsewhere for the indexes of volumes that cannot be written; without it
    such a volume cannot be read either.  `read_only`: the archive was recorded elsewhere, is only
    read, and nothing in it is touched.
    """

    id: str
    path: Path
    quota_bytes: int
    days: int = 0
    floor_bytes: int = 0
    more: tuple[VolumeSettings, ...] = ()
    beside: Path | None = None
    read_only: bool = False

    @property
    def volumes(self) -> tuple[VolumeSettings, ...]:
        first = VolumeSettings(self.path, self.quota_bytes, self.days, self.floor_bytes)
        return (first, *self.more)

    @property
    def total_bytes(self) -> int:
        return sum(volume.quota_bytes for volume in self.volumes)


@frozen
class Identity:
    """Whose footage a segment holds."""

    camera: str
    camera_name: str
    stream: StreamRole
    link: str


@frozen
class SegmentInfo:
    """One segment file.  `path` is relative to the volume's folder, with / between parts.
    `hole_us` is the longest stretch without footage inside it.  `volume`: which of the archive's
    it is on; numbers are unique within a volume."""

    id: int
    path: str
    identity: Identity
    begin_us: int
    end_us: int
    bytes: int
    hole_us: int = 0
    open: bool = False
    volume: int = 0

    @property
    def key(self) -> tuple[int, int]:
        """Unique in the archive."""
        return self.volume, self.id


@frozen
class Entry:
    """One cluster of a segment, as the index has it; times in UTC, end exclusive."""

    start_us: int
    end_us: int
    offset: int
    length: int
    head_bytes: int
    flags: Mark

    @property
    def key(self) -> bool:
        return Mark.KEY in self.flags

    @classmethod
    def of(cls, head: ClusterHead, offset: int) -> Entry:
        return cls(
            head.start_us, head.end_us, offset, head.length, head.head_bytes, Mark(head.flags)
        )


@frozen
class GapRow:
    """A stretch without footage that was wanted, [begin; end), and why."""

    camera: str
    link: str
    begin_us: int
    end_us: int
    reason: GapReason
    text: str = ""


@frozen
class Protection:
    """Footage of a camera that the ring leaves alone: all segments that touch [begin; end).

    It stays as a record when it is lifted (`removed_us` set), so that a volume that was away
    then learns of it.
    """

    id: str
    camera: str
    begin_us: int
    end_us: int
    reason: str
    author: str
    made_us: int
    removed_by: str = ""
    removed_us: int = 0


_ENTRY = struct.Struct("<qIIIIB")
_MAX_U32 = 0xFFFFFFFF


def pack_entries(entries: Sequence[Entry]) -> bytes:
    pack = _ENTRY.pack
    return b"".join(
        pack(
            one.start_us,
            max(0, min(one.end_us - one.start_us, _MAX_U32)),
            one.offset,
            one.length,
            one.head_bytes,
            one.flags,
        )
        for one in entries
    )


def unpack_entries(data: bytes) -> list[Entry]:
    """Raises struct.error when the length does not fit."""
    return [
        Entry(start, start + span, offset, length, head, Mark(flags))
        for start, span, offset, length, head, flags in _ENTRY.iter_unpack(data)
    ]


def longest_hole_us(entries: Sequence[Entry]) -> int:
    hole = 0
    end = entries[0].end_us if entries else 0
    for one in entries:
        hole = max(hole, one.start_us - end)
        end = max(end, one.end_us)
    return hole
