from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ErrorCode, ProtocolError
from protocol.framing import (
    BEFORE_LOGIN,
    PREFIX_BYTES,
    Frame,
    FrameKind,
    FrameParser,
    Limits,
    pack,
)

LIMITS = Limits(1000, 100_000)
frames = st.builds(
    Frame, st.sampled_from(FrameKind), st.binary(max_size=50), st.binary(max_size=200)
)


def packed(frame: Frame) -> bytes:
    return pack(frame.kind, frame.header, frame.payload)


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[begin:end] for begin, end in itertools.pairwise(places)]


@given(st.lists(frames, max_size=8), st.lists(st.integers(0, 1 << 20), max_size=20))
def test_frames_come_out_as_they_went_in_however_they_are_cut(sent, cuts) -> None:
    parser, received = FrameParser(LIMITS), []
    for piece in split(b"".join(map(packed, sent)), cuts):
        received += parser.feed(piece)
    assert received == sent
    assert parser.kept_bytes == 0


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_any_bytes_give_frames_or_a_clean_error(pieces) -> None:
    parser = FrameParser(LIMITS)
    with contextlib.suppress(ProtocolError):
        for piece in pieces:
            parser.feed(piece)
    assert parser.kept_bytes < PREFIX_BYTES + 1000 + 100_000


def test_a_byte_at_a_time() -> None:
    data = pack(FrameKind.NOTICE, b"header", b"payload")
    parser = FrameParser(LIMITS)
    received = [frame for byte in data for frame in parser.feed(bytes([byte]))]
    assert received == [Frame(FrameKind.NOTICE, b"header", b"payload")]


@pytest.mark.parametrize(("header", "payload"), [(1001, 0), (0, 100_001), (1 << 31, 1 << 31)])
def test_a_length_over_the_limit_is_refused_by_the_prefix_alone(header, payload) -> None:
    data = b"AX\x01\x01" + header.to_bytes(4, "big") + payload.to_bytes(4, "big")
    parser = FrameParser(LIMITS)
    assert parser.feed(data[:-1]) == []
    with pytest.raises(ProtocolError) as caught:
        parser.feed(data[-1:])
    assert caught.value.code is ErrorCode.LIMIT


def test_a_stranger_may_send_no_payload() -> None:
    with pytest.raises(ProtocolError):
        FrameParser(BEFORE_LOGIN).feed(pack(FrameKind.HELLO, b"", b"x"))


def test_a_large_frame_in_small_pieces_is_handled_once() -> None:
    """Bytes touched stay proportional to bytes received: every piece is appended, none is
    parsed again (pieces of 1 kB would make 32 million steps if they were)."""
    parser = FrameParser(Limits(0, 32 << 20))
    data = pack(FrameKind.MEDIA, b"", bytes(32 << 20))
    parses = 0
    real = parser._parse

    def counted(view, out):
        nonlocal parses
        parses += 1
        return real(view, out)

    parser._parse = counted
    pieces = [data[at : at + 1024] for at in range(0, len(data), 1024)]
    received = [frame for piece in pieces for frame in parser.feed(piece)]
    assert len(received) == 1
    assert len(received[0].payload) == 32 << 20
    assert parses <= 3
