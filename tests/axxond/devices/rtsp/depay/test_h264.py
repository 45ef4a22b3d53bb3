"""H.264 payloads to access units, each byte kept."""

from __future__ import annotations

from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.rtsp.depay.h264 import H264
from axxond.devices.rtsp.depay.port import MAX_UNIT_BYTES
from protocol.types import Codec, Format
from tests.axxond.devices.rtsp.wire import (
    PPS,
    PPS_HIGH,
    SPS,
    SPS_HIGH,
    aggregate,
    fragments,
    lengths,
    push_all,
)

IDR = b"\x65\x88" + bytes(range(1, 200))
SLICE = b"\x41\x9a" + bytes(range(1, 100))
SECOND_SLICE = b"\x41\x1a" + bytes(range(1, 50))  # first_mb_in_slice is not 0
SEI = b"\x06\x05\x04abcd\x80"
AUD = b"\x09\xf0"


@define
class Received:
    units: list[tuple[int, bytes, bool, Format]] = field(factory=list)
    depay: H264 = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.depay = H264({}, self._unit)

    def _unit(self, timestamp: int, data: bytes, key: bool, kind: Format, _: int) -> None:
        self.units.append((timestamp, data, key, kind))

    def push(self, *packets: tuple[int, bytes, bool]) -> Received:
        push_all(self.depay.push, packets)
        return self

    @property
    def data(self) -> list[bytes]:
        return [data for _, data, _, _ in self.units]


def started() -> Received:
    """After a first key frame at the stamp 0."""
    received = Received().push((0, aggregate(SPS, PPS), False), (0, IDR, True))
    received.units.clear()
    return received


def test_single_and_aggregated_units_make_an_access_unit() -> None:
    received = Received().push(
        (9, AUD, False), (9, aggregate(SPS, PPS, SEI), False), (9, IDR, True)
    )
    ((timestamp, data, key, kind),) = received.units
    assert (timestamp, key) == (9, True)
    assert data == lengths(AUD, SPS, PPS, SEI, IDR)
    assert (kind.codec, kind.width, kind.height) == (Codec.H264, 320, 240)  # type: ignore[union-attr]


def test_the_record_is_an_avcc_of_the_stream_s_parameter_sets() -> None:
    extradata = (
        Received().push((0, aggregate(SPS, PPS), False), (0, IDR, True)).units[0][3].extradata
    )
    assert extradata[:6] == b"\x01" + SPS[1:4] + b"\xff\xe1"
    assert extradata[6:] == (
        len(SPS).to_bytes(2, "big") + SPS + b"\x01" + len(PPS).to_bytes(2, "big") + PPS
    )


@given(size=st.integers(1, 300), cut=st.integers(0, 400))
def test_fragments_of_any_size_are_joined(size: int, cut: int) -> None:
    received = started()
    packets = [(1, piece, False) for piece in fragments(SLICE, size)]
    for number, packet in enumerate(packets):
        if number == cut:
            received.depay.detach()
        received.push(packet)
    received.push((1, SEI, True))
    assert received.data == [lengths(SLICE, SEI)]
    assert not received.depay.pending


def test_without_markers_a_new_stamp_ends_the_unit() -> None:
    received = started().push((1, SLICE, False), (2, SLICE, False), (3, IDR, False))
    assert [unit[0] for unit in received.units] == [1, 2]
    assert received.data == [lengths(SLICE)] * 2


def test_parameter_sets_with_a_marker_of_their_own_belong_to_the_picture() -> None:
    received = Received().push((5, SPS, True), (5, PPS, True), (5, IDR, True))
    assert received.data == [lengths(SPS, PPS, IDR)]


def test_parameter_sets_under_an_earlier_stamp_belong_to_the_picture() -> None:
    received = Received().push((4, SPS, True), (4, PPS, True), (5, IDR, True))
    assert [(unit[0], unit[1]) for unit in received.units] == [(5, lengths(SPS, PPS, IDR))]


def test_a_camera_that_marks_every_slice_is_learned() -> None:
    received = started()
    for stamp in range(1, 5):
        received.push((stamp, SLICE, True), (stamp, SECOND_SLICE, True))
    received.push((5, SLICE, True))
    # The first unit was cut before it showed; all later ones are whole.
    assert received.data[2:] == [lengths(SLICE, SECOND_SLICE)] * 3


def test_parameter_sets_and_picture_in_one_unit_with_start_codes_are_split() -> None:
    joined = SPS + b"\0\0\0\1" + PPS + b"\0\0\1" + IDR
    for packets in ([joined], fragments(joined, 50)):
        received = Received()
        for piece in packets:
            received.push((1, piece, piece is packets[-1]))
        assert received.data == [lengths(SPS, PPS, IDR)]
        assert received.units[0][2]


def test_a_unit_that_lost_a_part_is_dropped_and_the_next_is_whole() -> None:
    received = started()
    pieces = fragments(SLICE, 30)
    received.push((1, pieces[0], False))
    received.depay.lost()
    received.push((1, pieces[2], False), (1, pieces[3], True), (2, SLICE, True))
    assert [unit[0] for unit in received.units] == [2]
    assert received.depay.dropped == 1


def test_a_unit_whose_beginning_was_lost_is_dropped() -> None:
    received = started()
    pieces = fragments(SLICE, 30)
    received.depay.lost()
    received.push(*((1, piece, piece is pieces[-1]) for piece in pieces[1:]))
    received.depay.lost()
    received.push((2, SECOND_SLICE, True), (3, SLICE, True))
    assert [unit[0] for unit in received.units] == [3]


def test_nothing_comes_before_the_parameters_are_known() -> None:
    received = Received().push((0, SLICE, True), (1, IDR, True))
    assert received.units == []
    received.push((2, SPS, False), (2, PPS, False), (2, IDR, True))
    assert len(received.units) == 1


def test_the_format_is_one_object_until_the_parameters_change() -> None:
    received = started()
    before = received.depay.format
    received.push((1, aggregate(SPS, PPS), False), (1, IDR, True), (2, SLICE, True))
    assert all(unit[3] is before for unit in received.units)
    received.push((3, aggregate(SPS_HIGH, PPS_HIGH), False), (3, IDR, True))
    assert received.units[-1][3] is not before
    assert SPS_HIGH in received.units[-1][3].extradata
    assert received.depay.reorder == 2


def test_an_exact_recovery_point_is_a_key_frame() -> None:
    received = started().push((1, b"\x06\x06\x01\xc4\x80", False), (1, SLICE, True))
    received.push((2, b"\x06\x06\x01\x24\x80", False), (2, SLICE, True))
    assert [unit[2] for unit in received.units] == [True, False]


def test_a_broken_parameter_set_is_kept_but_not_used() -> None:
    received = started()
    before = received.depay.format
    received.push((1, SPS[:6], False), (1, IDR, True))
    assert received.data == [lengths(SPS[:6], IDR)]
    assert received.units[0][3] is before


def test_sdp_parameters_give_the_format_before_the_first_packet() -> None:
    depay = H264({"sprop-parameter-sets": "Z0LAFNoFB+wFqDAwNSgAAAMACAAAAwGUeKFV,aM48gA"}, print)
    assert depay.format is not None
    assert depay.format.width == 320
    assert H264({"sprop-parameter-sets": "%%%,Z0LA"}, print).format is None


def test_a_unit_that_never_ends_is_given_up() -> None:
    received = started()
    piece = fragments(SLICE, 50)
    received.push((1, piece[0], False))
    middle = b"\x5c\x01" + bytes(60_000)
    for _ in range(MAX_UNIT_BYTES // 60_000 + 2):
        received.push((1, middle, False))
    received.push((1, piece[-1], True), (2, SLICE, True))
    assert received.data == [lengths(SLICE)]


@given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=60), st.booleans()), max_size=20))
def test_any_payloads_are_survived(packets: list[tuple[int, bytes, bool]]) -> None:
    received = started()
    for packet in packets:
        try:
            received.push(packet)
        except (ValueError, IndexError):
            received.depay.lost()
    for data in received.data:
        position = 0
        while position < len(data):
            position += 4 + int.from_bytes(data[position : position + 4], "big")
        assert position == len(data)
