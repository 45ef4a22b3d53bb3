"""A segment open for reading: GOPs as packets, or as they stand there.  Blocks on the disk."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from axxond.archive import rawfile
from axxond.archive.errors import EbmlError
from axxond.archive.matroska.cluster import (
    Block,
    blocks_to_packets,
    crc_holds,
    decode_blocks,
    decode_head,
)
from axxond.archive.matroska.header import SegmentHeader
from axxond.archive.model import Entry
from axxond.archive.plan import GopPlace
from axxond.archive.segment import read_header
from axxond.media.packet import Packet

log = logging.getLogger(__name__)


class SegmentFile:
    """Not closed by itself: `contextlib.closing`."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, EbmlError."""
        self._path = path
        self._fd = rawfile.open_file(path, rawfile.READ)
        try:
            self.header: SegmentHeader = read_header(self._fd).header
        except (EbmlError, OSError):
            os.close(self._fd)
            raise

    def close(self) -> None:
        os.close(self._fd)

    def read(self, place: GopPlace, audio: bool, key_frame_only: bool = False) -> list[Packet]:
        """The packets of a GOP; [] when it is damaged (logged)."""
        try:
            if key_frame_only and place.entries[0].head_bytes:
                blocks = self._key_frame(place.entries[0])
            else:
                blocks = self._blocks(place.entries)
        except (OSError, EbmlError) as error:
            log.warning("footage in %s is damaged and passed over: %s", self._path, error)
            return []
        packets = blocks_to_packets(blocks, self.header, place.end_us, audio)
        if key_frame_only:
            packets = [packet for packet in packets if packet.is_video and packet.keyframe][:1]
        return packets

    def read_as_stored(self, places: Sequence[GopPlace]) -> bytearray | None:
        """GOPs that follow each other in the file, every CRC verified; None when something is
        wrong with one of them."""
        begin = places[0].offset
        data = bytearray(places[-1].end_offset - begin)
        try:
            if rawfile.read_into(self._fd, data, begin) < len(data):
                return None
            for place in places:
                for entry in place.entries:
                    _check(data, entry.offset - begin, entry)
        except (OSError, EbmlError):
            return None
        return data

    def _key_frame(self, entry: Entry) -> list[Block]:
        data = rawfile.read_at(self._fd, entry.head_bytes, entry.offset)
        head = decode_head(data)
        if len(data) < entry.head_bytes:
            raise EbmlError("the file ends within a key frame")
        return decode_blocks(data, 0, entry.head_bytes, head, self.header.origin_us)

    def _blocks(self, entries: tuple[Entry, ...]) -> list[Block]:
        begin = entries[0].offset
        length = entries[-1].offset + entries[-1].length - begin
        data = rawfile.read_at(self._fd, length, begin)
        blocks: list[Block] = []
        for entry in entries:
            at = entry.offset - begin
            try:
                _check(data, at, entry)
            except EbmlError:
                if not blocks:
                    raise
                log.warning("%s: the rest of a GOP is damaged", self._path)
                break
            head = decode_head(data, at)
            blocks += decode_blocks(data, at, at + head.length, head, self.header.origin_us)
        return blocks


def _check(data: bytes | bytearray, at: int, entry: Entry) -> None:
    """Raises EbmlError when an undamaged cluster as the index knows it is not there."""
    head = decode_head(data, at)
    if head.length != entry.length or not crc_holds(data, head, at):
        raise EbmlError(f"the cluster at byte {entry.offset} fails its CRC")
