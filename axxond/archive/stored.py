"""Footage that is handed on as it stands in a segment, without a look into it.

Nothing is read before somebody asks; that blocks on the disk.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

from attrs import evolve, frozen

from axxond.archive.errors import EbmlError
from axxond.archive.matroska.cluster import Mark, decode_head, restamp
from axxond.archive.matroska.header import TICK_US, SegmentHeader
from axxond.archive.plan import GopPlace, runs_of
from axxond.archive.segmentfile import SegmentFile
from axxond.base.units import MIB
from axxond.media.packet import Packet
from protocol.types import AudioFormat, VideoFormat

log = logging.getLogger(__name__)

# A GOP as packets, or some as they are stored.
Piece: TypeAlias = "list[Packet] | StoredGops"
# So much of a file is in memory at a time: it stays in a processor's cache.
_PART_BYTES = MIB


@frozen
class StoredGops:
    """GOPs that follow each other in a segment and in time.  `discontinuity`: they do not go on
    with what came before."""

    path: Path
    header: SegmentHeader
    places: tuple[GopPlace, ...]
    discontinuity: bool = False

    @property
    def start_us(self) -> int:
        return self.places[0].start_us

    @property
    def end_us(self) -> int:
        return max(place.end_us for place in self.places)

    @property
    def bytes(self) -> int:
        return self.places[-1].end_offset - self.places[0].offset

    @property
    def formats(self) -> tuple[VideoFormat | None, AudioFormat | None]:
        """Of what is in it."""
        flags = Mark(0)
        for place in self.places:
            for entry in place.entries:
                flags |= entry.flags
        video = self.header.video if Mark.VIDEO in flags else None
        return video, self.header.audio if Mark.AUDIO in flags else None

    def until(self, end_us: int) -> int:
        """How many of its GOPs, from the first on, end by then."""
        late = (at for at, place in enumerate(self.places) if place.end_us > end_us)
        return next(late, len(self.places))

    def first(self, count: int) -> StoredGops:
        return evolve(self, places=self.places[:count])

    def after(self, count: int) -> StoredGops:
        """Without the first ones; perhaps none is left."""
        return evolve(
            self, places=self.places[count:], discontinuity=self.discontinuity and not count
        )

    def gops(self, audio: bool) -> Iterator[list[Packet]]:
        """As packets; what is damaged is passed over."""
        anew = self.discontinuity
        for file in self._file() if self.places else ():
            for place in self.places:
                packets = file.read(place, audio)
                if packets and anew:
                    packets[0] = evolve(packets[0], discontinuity=True)
                    anew = False
                if packets:
                    yield packets

    def parts(self) -> Iterator[tuple[StoredGops, bytearray | None]]:
        """In parts of about a megabyte, each with its bytes; None when a CRC in it fails."""
        for file in self._file():
            for run in runs_of(self.places, _PART_BYTES):
                yield evolve(self, places=run, discontinuity=False), file.read_as_stored(run)

    def move(self, data: bytearray, origin_us: int, earlier_us: int) -> None:
        """Make all its bytes what a file with this origin holds when they are `earlier_us`
        earlier there: what packets encoded anew would give, since blocks count from their cluster.
        Raises struct.error when a time does not fit.
        """
        at = 0
        for place in self.places:
            for entry in place.entries:
                head = decode_head(data, at)
                begin_us = self.header.origin_us + head.ticks * TICK_US - earlier_us
                ticks = (begin_us - origin_us + TICK_US // 2) // TICK_US
                restamp(data, at, head, ticks, -earlier_us)
                at += entry.length

    def _file(self) -> Iterator[SegmentFile]:
        """None when it has been deleted meanwhile, or is no segment any more (logged)."""
        try:
            file = SegmentFile(self.path)
        except (OSError, EbmlError) as error:
            log.warning("segment %s cannot be read: %s", self.path, error)
            return
        with closing(file):
            yield file
