"""Encoded packets as one cluster, and back.

A cluster is: CRC-32 (first child, RFC 8794 section 11.3.1), Timestamp, our *mark* in a Void
element, SimpleBlocks in decoding order.  All up to the first block has a fixed length, so that an
index is rebuilt from the first `HEAD_BYTES` of each cluster.  The mark (players skip it) says:
whether the first video block is a key frame (else the cluster continues the GOP of the cluster
before it), the exact span, the length up to and including the first key frame, the counts.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from attrs import frozen
from isal.isal_zlib import crc32

from axxond.archive.errors import EbmlError
from axxond.archive.matroska import g726, ids
from axxond.archive.matroska.header import TICK_US, SegmentHeader
from axxond.archive.matroska.tracks import AUDIO_TRACK, VIDEO_TRACK
from axxond.media.packet import Packet
from protocol.types import AudioFormat, Codec, Format, MediaKind

_ID = b"\x1f\x43\xb6\x75"
CLUSTER_ID = _ID
_MARK_MAGIC = b"AXC1"

# Cluster id, 8-byte size, CRC-32 element.
_FRONT = struct.Struct(">4sQ2s4s")
# Timestamp element, Void element: magic, flags, start_us, end_us, head bytes, video, audio, keys.
_BODY = struct.Struct(">2sI2s4sBqqIHHH")
HEAD_BYTES = _FRONT.size + _BODY.size
_SIZE_MARKER = 1 << 56
_CRC_HEAD = b"\xbf\x84"
_TIMESTAMP_HEAD = b"\xe7\x84"
_VOID_HEAD = bytes([ids.VOID, 0x80 | (_BODY.size - 2 - 4 - 2)])

# SimpleBlock id, 4-byte size, track (a one-byte length descriptor), signed time, flags.
_BLOCK = struct.Struct(">BIBhB")
_BLOCK_EXTRA = 4  # what a block's size counts beside the payload
_SIZE4_MARKER = 1 << 28
_KEY = 0x80

Buffer = bytes | bytearray

# A block's size descriptor has 28 bits.
MAX_PACKET_BYTES = (1 << 28) - 16
# Pictures of 100 Mbit/s make some 13 MB a second; beyond this a size field is damage.
MAX_CLUSTER_BYTES = 320 << 20
_MAX_COUNT = 0xFFFF


class Mark(enum.IntFlag):
    KEY = 1  # the first video block is a key frame, or there is no video: a reader may begin here
    VIDEO = 2
    AUDIO = 4


@frozen
class ClusterHead:
    """What the first bytes say.  `length` is the whole cluster, its own head included;
    `head_bytes` reaches through the first key frame's block, 0 when there is none."""

    length: int
    crc: int
    ticks: int
    flags: Mark
    start_us: int
    end_us: int
    head_bytes: int
    video: int
    audio: int
    keys: int


@frozen
class EncodedCluster:
    """`front` and `body` go to disk behind each other in one gathered write."""

    front: bytes
    body: bytes
    head: ClusterHead


def encode_cluster(packets: Sequence[Packet], origin_us: int) -> EncodedCluster:
    """Packets (at least one; times within 3.2 s of the first one's) as a cluster of a segment.

    Raises struct.error when a time or a size does not fit.
    """
    base = _ticks(packets[0].pts_us, origin_us)
    parts: list[bytes] = [b""]
    pack, is_video = _BLOCK.pack, MediaKind.VIDEO
    video = audio = keys = 0
    start = end = packets[0].pts_us
    first_video_is_key = True
    head_bytes = 0
    length = HEAD_BYTES
    for packet in packets:
        data = packet.data
        pts = packet.pts_us
        if packet.format.kind is is_video:
            track, flags = 0x80 | VIDEO_TRACK, _KEY if packet.keyframe else 0
            if not video:
                first_video_is_key = packet.keyframe
            video += 1
            keys += packet.keyframe
        else:
            track, flags = 0x80 | AUDIO_TRACK, _KEY
            if packet.format.codec is Codec.G726:
                data = _swapped(packet)
            audio += 1
        size = len(data)
        relative = (pts - origin_us + TICK_US // 2) // TICK_US - base
        parts += (pack(0xA3, _SIZE4_MARKER | size + _BLOCK_EXTRA, track, relative, flags), data)
        length += _BLOCK.size + size
        if keys and not head_bytes:
            head_bytes = length
        if pts < start:  # noqa: PLR1730 - min() takes a tenth of this loop
            start = pts
        if pts + packet.duration_us > end:  # noqa: PLR1730
            end = pts + packet.duration_us
    flags_ = Mark.KEY if first_video_is_key else Mark(0)
    flags_ |= (Mark.VIDEO if video else 0) | (Mark.AUDIO if audio else 0)
    counts = (min(video, _MAX_COUNT), min(audio, _MAX_COUNT), min(keys, _MAX_COUNT))
    head = ClusterHead(length, 0, base, flags_, start, end, head_bytes, *counts)
    return _seal(head, parts)


def _seal(head: ClusterHead, parts: list[bytes]) -> EncodedCluster:
    marked = (_VOID_HEAD, _MARK_MAGIC, head.flags, head.start_us, head.end_us, head.head_bytes)
    counts = (head.video, head.audio, head.keys)
    parts[0] = _BODY.pack(_TIMESTAMP_HEAD, head.ticks, *marked, *counts)
    body = b"".join(parts)
    return EncodedCluster(_front(head.length, crc32(body)), body, head)


def _front(length: int, crc: int) -> bytes:
    return _FRONT.pack(_ID, _SIZE_MARKER | length - 12, _CRC_HEAD, crc.to_bytes(4, "little"))


def _ticks(time_us: int, origin_us: int) -> int:
    return (time_us - origin_us + TICK_US // 2) // TICK_US


def _swapped(packet: Packet) -> bytes:
    one = packet.format
    assert isinstance(one, AudioFormat)
    return g726.swap_order(packet.data, one.bits_per_sample)


def decode_head(data: Buffer, position: int = 0) -> ClusterHead:
    """The head of a cluster that `encode_cluster` made.  Raises EbmlError."""
    if len(data) - position < HEAD_BYTES:
        raise EbmlError("a cluster is cut off in its head")
    magic, sized, crc_head, crc = _FRONT.unpack_from(data, position)
    (stamp_head, ticks, void_head, mark, flags, start, end, head_bytes, video, audio, keys) = (
        _BODY.unpack_from(data, position + _FRONT.size)
    )
    heads = (magic, crc_head, stamp_head, void_head, mark)
    if heads != (_ID, _CRC_HEAD, _TIMESTAMP_HEAD, _VOID_HEAD, _MARK_MAGIC) or sized >> 56 != 1:
        raise EbmlError("this is not the head of a cluster")
    length = (sized ^ _SIZE_MARKER) + 12
    if not HEAD_BYTES <= length <= MAX_CLUSTER_BYTES or head_bytes > length or flags > 7:
        raise EbmlError("a cluster's head is damaged")
    crc_value = int.from_bytes(crc, "little")
    counts = (video, audio, keys)
    return ClusterHead(length, crc_value, ticks, Mark(flags), start, end, head_bytes, *counts)


def crc_holds(data: Buffer, head: ClusterHead, position: int = 0) -> bool:
    """Whether the whole cluster at `position` is there and undamaged."""
    end = position + head.length
    if end > len(data):
        return False
    return crc32(memoryview(data)[position + _FRONT.size : end]) == head.crc


def restamp(data: bytearray, position: int, head: ClusterHead, ticks: int, later_us: int) -> None:
    """Move the whole cluster at `position` in time: its blocks count from `ticks`, its span is
    `later_us` later.  Raises struct.error when a time does not fit."""
    span = (head.start_us + later_us, head.end_us + later_us)
    marked = (_VOID_HEAD, _MARK_MAGIC, head.flags, *span, head.head_bytes)
    body = position + _FRONT.size
    counts = (head.video, head.audio, head.keys)
    _BODY.pack_into(data, body, _TIMESTAMP_HEAD, ticks, *marked, *counts)
    crc = crc32(memoryview(data)[body : position + head.length])
    data[position:body] = _front(head.length, crc)


class Block(NamedTuple):
    """One packet as it stands in a cluster.  A tuple: made for every packet that is read."""

    track: int
    pts_us: int
    keyframe: bool
    data: bytes


def decode_blocks(
    data: bytes, position: int, end: int, head: ClusterHead, origin_us: int
) -> list[Block]:
    """The blocks of the cluster whose head is at `position`, up to `end` (the cluster's end, or
    that of its `head_bytes` for the key frame alone).  Raises EbmlError."""
    if end > len(data):
        raise EbmlError("a cluster is cut off")
    blocks = []
    unpack = _BLOCK.unpack_from
    at = position + HEAD_BYTES
    base_us = origin_us + head.ticks * TICK_US
    while at < end:
        if at + _BLOCK.size > end:
            raise EbmlError("a block is cut off")
        block_id, sized, track, relative, flags = unpack(data, at)
        payload = at + _BLOCK.size
        at = payload + (sized ^ _SIZE4_MARKER) - _BLOCK_EXTRA
        if block_id != 0xA3 or sized >> 28 != 1 or not payload <= at <= end or not track & 0x80:
            raise EbmlError("a block's head is damaged")
        pts = base_us + relative * TICK_US
        blocks.append(Block(track & 0x7F, pts, bool(flags & _KEY), data[payload:at]))
    return blocks


def blocks_to_packets(
    blocks: Sequence[Block], header: SegmentHeader, end_us: int, audio: bool
) -> list[Packet]:
    """Blocks of one GOP as packets: decoding times and durations are worked out anew.

    Decoding times are the sorted presentation times, shifted back as far as reordering needs.
    `end_us` ends the last packet of each track.
    """
    times: dict[int, tuple[Iterator[int], Iterator[int]]] = {}
    for track in (VIDEO_TRACK, AUDIO_TRACK):
        stamps = [block.pts_us for block in blocks if block.track == track]
        times[track] = _decode_times(stamps, end_us)
    formats: dict[int, Format | None] = {VIDEO_TRACK: header.video, AUDIO_TRACK: header.audio}
    packets = []
    for block in blocks:
        one = formats.get(block.track)
        if one is None:
            continue
        dts, duration = (next(each) for each in times[block.track])
        if block.track == AUDIO_TRACK and not audio:
            continue
        data = _audio_in(block.data, one)
        key = block.keyframe
        packets.append(Packet(one, data, block.pts_us, dts, duration, key))
    return packets


def _decode_times(stamps: list[int], end_us: int) -> tuple[Iterator[int], Iterator[int]]:
    """(decoding times, durations) in block order; the last lasts as long as the one before."""
    if not stamps:
        return iter(()), iter(())
    order = sorted(stamps)
    shift = max(due - shown for due, shown in zip(order, stamps, strict=True))
    last = order[-1] - order[-2] if len(order) > 1 else max(0, end_us - order[-1])
    following = dict(zip(order, [*order[1:], order[-1] + last], strict=True))
    return iter([due - shift for due in order]), iter([following[at] - at for at in stamps])


def _audio_in(data: bytes, one: Format) -> bytes:
    if one.codec is Codec.G726 and isinstance(one, AudioFormat):
        return g726.unswap_order(data, one.bits_per_sample)
    return data
