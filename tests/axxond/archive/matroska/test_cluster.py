from __future__ import annotations

import random
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.archive.errors import EbmlError
from axxond.archive.matroska import ebml, ids
from axxond.archive.matroska.cluster import (
    HEAD_BYTES,
    Mark,
    blocks_to_packets,
    crc_holds,
    decode_blocks,
    decode_head,
    encode_cluster,
)
from axxond.archive.matroska.header import SegmentHeader
from axxond.media.packet import Packet
from protocol.types import StreamRole
from tests.axxond.archive.media import AUDIO, FRAME_US, T0, VIDEO, stream, video

HEADER = SegmentHeader(bytes(16), T0, "c", "n", StreamRole.HIGH, "l", VIDEO, AUDIO)

# Cluster; CRC-32; Timestamp of 5000 ticks; our mark in a Void: "AXC1", flags, begin and end in
# us, bytes up to the key frame's end, counts; the key frame; sound 20 ms later.
CLUSTER = """
1f43b675 010000000000004b
bf84 589ada02
e784 00001388
ec9f 41584331 07 0006651728a02120 0006651728a0bd88 00000049 0001 0001 0001
a3 1000000b 81 0000 80 70696374757265
a3 10000009 82 00c8 80 736f756e64
"""


def encoded(packets: Sequence[Packet], origin_us: int = T0) -> bytes:
    one = encode_cluster(packets, origin_us)
    return one.front + one.body


def decoded(data: bytes, origin_us: int = T0) -> list[Packet]:
    head = decode_head(data)
    blocks = decode_blocks(data, 0, head.length, head, origin_us)
    return blocks_to_packets(blocks, HEADER, head.end_us, audio=True)


def test_a_cluster_has_these_bytes() -> None:
    frame = Packet(VIDEO, b"picture", T0 + 500_000, T0 + 500_000, FRAME_US, True)
    voice = Packet(AUDIO, b"sound", T0 + 520_040, T0 + 520_040, 20_000, True)
    assert encoded([frame, voice]) == bytes.fromhex(CLUSTER)


def test_it_is_made_of_standard_elements_with_the_crc_first() -> None:
    data = encoded(stream(range(25)))
    cluster = ebml.read_head(data, 0)
    assert (cluster.id, cluster.end) == (ids.CLUSTER, len(data))
    children = list(ebml.children(data, cluster.begin, cluster.end))
    assert [one.id for one in children[:3]] == [ids.CRC32, ids.TIMESTAMP, ids.VOID]
    assert {one.id for one in children[3:]} == {ids.SIMPLE_BLOCK}
    crc = data[children[0].begin : children[0].end]
    assert int.from_bytes(crc, "little") == zlib.crc32(data[children[0].end :])


def test_the_mark_says_whether_a_gop_begins() -> None:
    first, rest = decode_head(encoded(stream(range(5)))), decode_head(encoded(stream(range(5, 9))))
    assert first.flags == Mark.KEY | Mark.VIDEO | Mark.AUDIO
    assert rest.flags == Mark.VIDEO | Mark.AUDIO
    assert (first.video, first.audio, first.keys) == (5, 10, 1)
    assert (first.start_us, first.end_us) == (T0, T0 + 5 * FRAME_US)
    assert rest.head_bytes == 0


def test_the_first_bytes_hold_the_key_frame() -> None:
    packets = stream(range(5))
    data = encoded(packets)
    head = decode_head(data)
    blocks = decode_blocks(data[: head.head_bytes], 0, head.head_bytes, head, T0)
    assert [one.data for one in blocks] == [packets[0].data]


@given(
    st.lists(
        st.tuples(st.integers(-2_900_000, 2_900_000), st.binary(max_size=60), st.booleans()),
        min_size=1,
        max_size=30,
    )
)
def test_packets_come_back_in_order_to_50_us(parts: list[tuple[int, bytes, bool]]) -> None:
    base = T0 + 10_000_000
    sent = [Packet(VIDEO, b"", base, base, FRAME_US, True)]
    sent += [
        Packet(VIDEO if is_video else AUDIO, data, base + at, base + at, FRAME_US, not is_video)
        for at, data, is_video in parts
    ]
    got = decoded(encoded(sent))
    assert [one.data for one in got] == [one.data for one in sent]
    assert [one.format for one in got] == [one.format for one in sent]
    assert [one.keyframe for one in got] == [one.keyframe for one in sent]
    assert all(abs(a.pts_us - b.pts_us) <= 50 for a, b in zip(got, sent, strict=True))


def test_decoding_times_rise_and_never_pass_presentation() -> None:
    shown = [0, 3, 1, 2, 6, 4, 5]  # I P B B P B B
    sent = [
        Packet(VIDEO, bytes([n]), T0 + at * FRAME_US, T0, FRAME_US, n == 0)
        for n, at in enumerate(shown)
    ]
    got = decoded(encoded(sent))
    assert [one.pts_us for one in got] == [one.pts_us for one in sent]
    times = [one.dts_us for one in got]
    assert times == sorted(set(times))
    assert all(one.dts_us <= one.pts_us for one in got)
    assert {one.duration_us for one in got} == {FRAME_US}


def test_one_flipped_bit_fails_the_crc() -> None:
    data = bytearray(encoded([video(0)]))
    head = decode_head(bytes(data))
    assert crc_holds(bytes(data), head)
    for at in range(18, len(data)):
        data[at] ^= 4
        assert not crc_holds(bytes(data), head)
        data[at] ^= 4
    assert not crc_holds(bytes(data[:-1]), head)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_clusters_are_refused_or_read_never_worse(seed: int) -> None:
    rng = random.Random(seed)
    whole = encoded(stream(range(3)))
    for _ in range(2500):
        data = bytearray(whole[: rng.randrange(1, len(whole) + 1)])
        for _ in range(rng.randrange(1, 4)):
            reach = HEAD_BYTES + 20 if rng.random() < 0.7 else len(data)
            data[rng.randrange(min(reach, len(data)))] = rng.randrange(256)
        try:
            got = decoded(bytes(data))
        except EbmlError:
            continue
        assert sum(len(one.data) for one in got) <= len(data)
