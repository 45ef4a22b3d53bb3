from __future__ import annotations

import random

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from axxond.archive.errors import EbmlError
from axxond.archive.matroska.header import (
    SegmentHeader,
    decode_header,
    encode_header,
    with_duration,
)
from protocol.types import AudioFormat, Codec, StreamRole, VideoFormat

HEADER = SegmentHeader(
    uid=bytes(range(16)),
    origin_us=1_800_000_000_123_456,
    camera="c1",
    camera_name="Gate",
    stream=StreamRole.LOW,
    link="r1",
    video=VideoFormat(Codec.H264, 640, 360, b"\x01\x64"),
    audio=AudioFormat(Codec.PCMU, 8000, 1),
)

# EBML; Segment of unknown size; Info: uid, one tick is 100,000 ns, room for the duration, date,
# title, applications; Tracks, with room for the frame time.
GOLDEN = """
1a45dfa3a3 42868101 42f78101 42f28104 42f38108 4282886d6174726f736b61 42878104 42858102
18538067 01ffffffffffffff
1549a966c9
73a490000102030405060708090a0b0c0d0e0f 2ad7b1830186a0 ec89000000000000000000
4461880b673d3f89daca00 7ba98447617465 4d80866178786f6e64 5741866178786f6e64
1654ae6bf4
aeb5 d78101 73c58101 838101 9c8100 ec86000000000000
868f565f4d504547342f49534f2f415643 63a2820164
e088 b0820280 ba820168
"""


def test_a_header_has_these_bytes() -> None:
    data, golden = encode_header(HEADER), bytes.fromhex(GOLDEN)
    assert data[: len(golden)].hex() == golden.hex()


def test_a_closed_segments_header_is_as_long_as_an_open_ones() -> None:
    done = encode_header(with_duration(HEADER, 61_500_000))
    assert len(done) == len(encode_header(HEADER))
    assert decode_header(done).header == evolve(HEADER, duration_us=61_500_000)


def test_a_steady_frame_time_is_kept_for_players() -> None:
    steady = evolve(HEADER, frame_us=40_000)
    data = encode_header(steady)
    assert (
        bytes.fromhex("23e383 84 02625a00") in data
    )  # DefaultDuration in ns, RFC 9559 5.1.4.1.13
    assert decode_header(data).header == steady
    assert decode_header(encode_header(with_duration(steady, 1_000_000))).header.frame_us == 40_000
    assert len(data) == len(encode_header(HEADER))


_VIDEO = st.sampled_from(
    [Codec.H264, Codec.H265, Codec.MJPEG, Codec.MPEG4, Codec.MXPEG, Codec.SNOW, Codec.AV1]
)
_AUDIO = st.sampled_from([Codec.PCMU, Codec.PCMA, Codec.AAC, Codec.OPUS])
videos = st.builds(
    VideoFormat, _VIDEO, st.integers(1, 65535), st.integers(1, 65535), st.binary(max_size=300)
)
sounds = st.one_of(
    st.builds(
        AudioFormat,
        _AUDIO,
        st.integers(1, 192_000),
        st.integers(1, 8),
        st.just(0),
        st.binary(max_size=60),
    ),
    st.builds(AudioFormat, st.just(Codec.G726), st.just(8000), st.just(1), st.integers(2, 5)),
    st.builds(AudioFormat, st.just(Codec.L16), st.integers(1, 96_000), st.just(2), st.just(16)),
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
headers = st.builds(
    SegmentHeader,
    st.binary(min_size=16, max_size=16),
    st.integers(0, 4_000_000_000_000_000),
    texts,
    texts,
    st.sampled_from(StreamRole),
    texts,
    st.none() | videos,
    st.none() | sounds,
)


@given(headers, st.binary(max_size=50))
def test_every_header_comes_back(header: SegmentHeader, rest: bytes) -> None:
    data = encode_header(header)
    parsed = decode_header(data + b"\x1f\x43\xb6\x75\x80" + rest)
    assert parsed.header == header
    assert parsed.length == len(data)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_headers_are_refused_or_read_never_worse(seed: int) -> None:
    rng = random.Random(seed)
    whole = encode_header(HEADER)
    for _ in range(2500):
        data = bytearray(whole[: rng.randrange(1, len(whole) + 1)])
        for _ in range(rng.randrange(1, 5)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            decode_header(bytes(data))
        except EbmlError:
            continue


@given(st.binary(max_size=400))
def test_random_bytes_are_no_header(data: bytes) -> None:
    with pytest.raises(EbmlError):
        decode_header(data)
