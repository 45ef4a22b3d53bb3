"""Sound to a device: what is set up, and the packets that go out."""

from __future__ import annotations

import itertools
import struct

import pytest

from axxond.devices.port import DeviceError
from axxond.devices.rtsp.messages import Response
from axxond.devices.rtsp.sdp import PayloadFormat
from axxond.devices.rtsp.session import SPEAKER, Session, State
from axxond.devices.rtsp.speaker import Packets
from protocol.types import AudioFormat, Codec, FailureKind
from tests.axxond.devices.rtsp import wire

_EAR = "m=audio 0 RTP/AVP 0\r\na=control:ear\r\na=sendonly\r\n"
_PCMU = AudioFormat(Codec.PCMU, 8000, 1, 8)


def _described(*media: str) -> tuple[Session, bytes]:
    """A session about a loudspeaker after DESCRIBE was answered, and what it sends then."""
    session = Session(wire.URL, "", "", SPEAKER)
    session.begin()
    asked = session.receive(Response(200, "OK", {"cseq": ["1"]}, b""))
    assert b"Require: www.onvif.org/ver20/backchannel\r\n" in asked
    return session, session.receive(Response(200, "OK", {"cseq": ["2"]}, wire.sdp(*media)))


def test_only_the_track_to_the_device_is_set_up() -> None:
    session, sent = _described(wire.H264_LINES, wire.PCMU_LINES, _EAR)
    assert sent.startswith(f"SETUP {wire.URL}/ear RTSP/1.0\r\n".encode())
    assert b"Require: www.onvif.org/ver20/backchannel\r\n" in sent
    answer = {
        "cseq": ["3"],
        "session": ["7"],
        "transport": ["RTP/AVP/TCP;interleaved=4-5"],
    }
    assert session.receive(Response(200, "OK", answer, b"")).startswith(b"PLAY ")
    session.receive(Response(200, "OK", {"cseq": ["4"]}, b""))
    assert session.state is State.PLAYING
    assert [chosen.channel for chosen in session.chosen] == [4]


def test_the_simplest_coding_is_taken() -> None:
    both = (
        "m=audio 0 RTP/AVP 97 8\r\na=rtpmap:97 MPEG4-GENERIC/16000/1\r\n"
        "a=fmtp:97 mode=AAC-hbr;config=1408\r\na=sendonly\r\na=control:ear\r\n"
    )
    session, _ = _described(both)
    session.receive(Response(200, "OK", {"cseq": ["3"], "session": ["7"]}, b""))
    assert session.chosen[0].offer.encoding == "PCMA"


@pytest.mark.parametrize("media", [(wire.H264_LINES,), (wire.H264_LINES, wire.PCMU_LINES)])
def test_a_device_without_loudspeaker_says_so(media: tuple[str, ...]) -> None:
    with pytest.raises(DeviceError, match="no loudspeaker") as caught:
        _described(*media)
    assert caught.value.kind is FailureKind.UNSUPPORTED


def test_a_coding_that_cannot_be_sent_is_named() -> None:
    with pytest.raises(DeviceError, match="GSM"):
        _described("m=audio 0 RTP/AVP 3\r\na=sendonly\r\n")


def test_a_refused_loudspeaker_is_a_failure_not_an_option() -> None:
    session, _ = _described(_EAR)
    with pytest.raises(DeviceError):
        session.receive(Response(461, "Unsupported transport", {"cseq": ["3"]}, b""))


def _unpacked(data: bytes) -> list[tuple[bool, int, int, bytes]]:
    """Marker, number, time and payload of interleaved packets on channel 2."""
    found, at = [], 0
    while at < len(data):
        dollar, channel, size = struct.unpack_from(">BBH", data, at)
        assert (dollar, channel) == (0x24, 2)
        first, second, number, time, _ = struct.unpack_from(">BBHII", data, at + 4)
        assert first == 0x80
        found.append((second >= 0x80, number, time, data[at + 16 : at + 4 + size]))
        at += 4 + size
    return found


def test_sound_goes_out_whole_and_in_order() -> None:
    packets = Packets(PayloadFormat(0, "PCMU", 8000), _PCMU, 2)
    said = bytes(range(256)) * 12
    sent = _unpacked(packets.pack(said[:160]) + packets.pack(said[160:]))
    assert b"".join(payload for *_, payload in sent) == said
    assert [marker for marker, *_ in sent] == [True, False, False, False]
    numbers = [number for _, number, *_ in sent]
    assert [(b - a) & 0xFFFF for a, b in itertools.pairwise(numbers)] == [1, 1, 1]
    times = [time for _, _, time, _ in sent]
    steps = [(b - a) & 0xFFFFFFFF for a, b in itertools.pairwise(times)]
    assert steps == [len(payload) for *_, payload in sent[:-1]]


def test_samples_of_two_bytes_are_not_cut() -> None:
    form = AudioFormat(Codec.L16, 16000, 1, 16)
    sent = _unpacked(Packets(PayloadFormat(97, "L16", 16000), form, 2).pack(bytes(3000)))
    assert [len(payload) for *_, payload in sent] == [1400, 1400, 200]
    assert (sent[1][2] - sent[0][2]) & 0xFFFFFFFF == 700


@pytest.mark.parametrize(("bits", "sizes"), [(4, [1400, 100]), (3, [1398, 102])])
def test_samples_of_some_bits_are_counted_and_not_cut(bits: int, sizes: list[int]) -> None:
    """Eight samples are the least whole bytes (RFC 3551 §4.5.4)."""
    form = AudioFormat(Codec.G726, 8000, 1, bits)
    packets = Packets(PayloadFormat(98, f"G726-{8 * bits}", 8000), form, 2)
    sent = _unpacked(packets.pack(bytes(1500)))
    assert [len(payload) for *_, payload in sent] == sizes
    assert (sent[1][2] - sent[0][2]) & 0xFFFFFFFF == sizes[0] * 8 // bits


def test_an_aac_unit_has_its_header() -> None:
    form = AudioFormat(Codec.AAC, 16000, 1)
    ((marker, _, _, payload),) = _unpacked(
        Packets(PayloadFormat(97, "MPEG4-GENERIC", 16000), form, 2).pack(b"unit")
    )
    assert marker
    assert payload == b"\x00\x10\x00\x20unit"
