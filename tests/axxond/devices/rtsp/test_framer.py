"""The receive buffer: whatever the cuts, the same frames and messages come out."""

from __future__ import annotations

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.rtsp.framer import Framer
from axxond.devices.rtsp.messages import HttpError, MalformedError, Message, Response
from tests.axxond.devices.rtsp import wire

SIZE = 200 * 1024


@define
class Listener:
    """Keeps slices of the buffer, as depacketizers do."""

    framer: Framer
    parts: list[memoryview | bytes] = field(factory=list)

    @property
    def pending(self) -> bool:
        return bool(self.parts)

    def frame(self, begin: int, end: int, arrival_us: int) -> None:
        self.parts.append(self.framer.view[begin:end])

    def detach(self) -> None:
        self.parts = [bytes(part) for part in self.parts]


@define
class Talk:
    messages: list[Message] = field(factory=list)
    framer: Framer = field(init=False)
    listener: Listener = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.framer = Framer(self.messages.append, SIZE)
        self.listener = Listener(self.framer)

    def feed(self, data: bytes, most: int = 1 << 20) -> None:
        position = 0
        while position < len(data):
            space = self.framer.space()
            assert len(space) > 0
            piece = data[position : position + min(most, len(space))]
            space[: len(piece)] = piece
            self.framer.received(len(piece), 1)
            position += len(piece)

    @property
    def frames(self) -> list[bytes]:
        return [bytes(part) for part in self.listener.parts]


def listening() -> Talk:
    talk = Talk()
    talk.framer.listen(0, talk.listener)
    return talk


# Letters begin messages, $ begins frames.
STRAY = [byte for byte in range(256) if byte != 0x24 and not bytes((byte,)).isalpha()]
FRAMES = st.lists(st.binary(max_size=400), max_size=12)


@given(payloads=FRAMES, most=st.integers(1, 700))
def test_frames_and_messages_come_out_whole_however_they_are_cut(
    payloads: list[bytes], most: int
) -> None:
    talk = listening()
    data = b""
    for number, payload in enumerate(payloads):
        data += wire.interleaved(0, payload) + b"\r\n" * (number % 2)
        data += wire.response(number, body=b"x" * number) if number % 3 == 0 else b""
    talk.feed(data, most)
    assert talk.frames == payloads
    assert len(talk.messages) == len(range(0, len(payloads), 3))


def test_slices_survive_the_reuse_of_the_buffer() -> None:
    talk = listening()
    payloads = [bytes((n % 251,)) * 60_000 for n in range(40)]
    talk.feed(b"".join(wire.interleaved(0, payload) for payload in payloads), 40_000)
    assert talk.frames == payloads


def test_the_largest_frame_fits() -> None:
    talk = listening()
    talk.feed(wire.interleaved(0, bytes(65_535)) * 5, 50_000)
    assert [len(frame) for frame in talk.frames] == [65_535] * 5


def test_frames_of_unknown_channels_are_passed_over() -> None:
    talk = listening()
    talk.feed(wire.interleaved(9, b"other") + wire.interleaved(0, b"mine"))
    assert talk.frames == [b"mine"]


@given(stray=st.lists(st.sampled_from(STRAY), min_size=1, max_size=50).map(bytes))
def test_stray_bytes_between_frames_are_skipped(stray: bytes) -> None:
    packets = [wire.rtp(n, n, b"payload") for n in range(4)]
    talk = listening()
    talk.feed(wire.interleaved(0, packets[0]) + stray)
    for packet in packets[1:]:
        talk.feed(wire.interleaved(0, packet))
    assert talk.frames[0] == packets[0]
    assert talk.frames[-1] == packets[-1]


def test_endless_stray_bytes_are_refused() -> None:
    talk = listening()
    with pytest.raises(MalformedError, match="stray"):
        talk.feed(b"\x01" * 100_000, 1000)


def test_before_any_media_garbage_is_refused_at_once() -> None:
    with pytest.raises(MalformedError):
        Talk().feed(b"\x00\x01garbage that goes on\x02" * 3)
    with pytest.raises(HttpError):
        Talk().feed(b"HTTP/1.1 200 OK\r\n")


def test_a_message_that_never_ends_is_refused() -> None:
    talk = listening()
    with pytest.raises(MalformedError):
        talk.feed(b"RTSP/1.0 200 OK\r\nX: " + b"y" * 20_000, 1000)


def test_a_response_right_behind_media_is_seen() -> None:
    talk = listening()
    talk.feed(wire.interleaved(0, b"a") + wire.response(5) + wire.interleaved(0, b"b"))
    assert talk.frames == [b"a", b"b"]
    assert isinstance(talk.messages[0], Response)
    assert talk.messages[0].cseq == 5
