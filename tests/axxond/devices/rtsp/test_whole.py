"""Pictures taken whole: the same packets come out as packet by packet, whatever goes wrong."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.demo import rtp
from axxond.devices.rtsp.framer import Framer
from axxond.devices.rtsp.sdp import PayloadFormat
from axxond.devices.rtsp.track import Track
from axxond.media.packet import Packet

_SETS = "Z0LAHtkDxWhAAAADAEAAAAwDxYuS,aMuMsg=="
_OFFER = PayloadFormat(96, "H264", 90_000, 1, {"sprop-parameter-sets": _SETS})
_INTERLEAVED_BYTES = 4

# SPS (refused: broken), SEI, IDR, a picture's first slice, one of its other slices.
_HEADS = [
    b"\x67\x42",
    b"\x06\x05",
    b"\x65\x88",
    b"\x41\x9a",
    b"\x41\x9a",
    b"\x41\x9a",
    b"\x41\x20",
]
_NAL = st.builds(bytes.__add__, st.sampled_from(_HEADS), st.binary(min_size=1, max_size=3000))
_UNITS = st.lists(st.lists(_NAL, min_size=1, max_size=3), min_size=1, max_size=8)


def _packets(
    units: list[list[bytes]], first: int, same: set[int], unmarked: set[int]
) -> list[bytes]:
    """Interleaved packets; units in `same` share the stamp before, those in `unmarked` have no
    marker."""
    packets: list[bytes] = []
    stamp = 1000
    for number, nals in enumerate(units):
        stamp += 0 if number in same else 3600
        payloads = rtp.h264_payloads(nals)
        for at, payload in enumerate(payloads):
            data = bytearray(
                rtp.interleaved(
                    [payload],
                    channel=0,
                    payload_type=96,
                    sequence=first + len(packets),
                    timestamp=stamp,
                    ssrc=7,
                )
            )
            if at < len(payloads) - 1 or number in unmarked:
                data[5] &= 0x7F
            packets.append(bytes(data))
    return packets


def _received(data: bytes, cuts: list[int], whole: bool) -> tuple[list[Packet], int, int]:
    """What comes out, how many packets were received and lost, when `data` comes in pieces."""
    packets: list[Packet] = []
    framer = Framer(lambda message: None)
    track = Track("video", _OFFER, framer.view, packets.append)
    framer.listen(0, track, track.whole(0) if whole else None)
    at = 0
    for cut in [*cuts, len(data)]:
        piece = data[at : at + cut]
        framer.space()[: len(piece)] = piece
        framer.received(len(piece), 1_000_000 + at)
        at += len(piece)
    return packets, track.sequence.received, track.sequence.lost


@given(
    _UNITS,
    st.sampled_from([0, 65_530]),
    st.sets(st.integers(0, 7), max_size=2),
    st.sets(st.integers(0, 7), max_size=2),
    st.lists(st.integers(0, 40), max_size=3),
    st.lists(st.integers(1, 6000), max_size=6),
)
def test_whole_pictures_and_single_packets_give_the_same(
    units: list[list[bytes]],
    first: int,
    same: set[int],
    unmarked: set[int],
    lost: list[int],
    cuts: list[int],
) -> None:
    packets = _packets(units, first, same, unmarked)
    data = b"".join(packet for at, packet in enumerate(packets) if at not in lost)
    assert _received(data, cuts, whole=True) == _received(data, cuts, whole=False)


@given(st.binary(min_size=1, max_size=60), st.integers(0, 80), st.integers(0, 255))
def test_a_changed_byte_gives_the_same_too(body: bytes, place: int, value: int) -> None:
    units = [[b"\x65\x88" + body], [b"\x41\x9a" + body * 40], [b"\x41\x9a" + body]]
    data = bytearray(b"".join(_packets(units, 5, set(), set())))
    # Lengths stay: where a wrong one leads is the framer's affair.
    at = _INTERLEAVED_BYTES + place
    if at < len(data) and data[at - 3 : at] != b"$":
        data[at] = value
    assert _received(bytes(data), [], whole=True) == _received(bytes(data), [], whole=False)


def test_a_plain_picture_is_taken_whole() -> None:
    """Else the other tests would compare nothing."""
    framer = Framer(lambda message: None)
    packets: list[Packet] = []
    track = Track("video", _OFFER, framer.view, packets.append)
    take = track.whole(0)
    assert take is not None
    taken: list[int] = []

    def watched(begin: int, end: int, arrival_us: int) -> int:
        taken.append(take(begin, end, arrival_us))
        return taken[-1]

    framer.listen(0, track, watched)
    units = [[b"\x65\x88" + bytes(2000)], [b"\x41\x9a" + bytes(4000)], [b"\x41\x9a" + bytes(9)]]
    data = b"".join(_packets(units, 5, set(), set()))
    framer.space()[: len(data)] = data
    framer.received(len(data), 1_000_000)
    assert [len(packet.data) - 4 for packet in packets] == [2002, 4002, 11]
    assert sum(1 for place in taken if place) == 2
    assert packets[1].format is packets[0].format == evolve(packets[0].format)
