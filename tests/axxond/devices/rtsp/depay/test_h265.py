"""H.265 payloads to access units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.rtsp.depay.h265 import H265
from protocol.types import Codec, Format, VideoFormat
from tests.axxond.devices.rtsp.wire import PPS5, SPS5, VPS5, fragments5, lengths, push_all

IDR = b"\x26\x01\xaf" + bytes(range(1, 200))
CRA = b"\x2a\x01\xaf" + bytes(range(1, 50))
SLICE = b"\x02\x01\xd0" + bytes(range(1, 100))
SECOND_SLICE = b"\x02\x01\x50" + bytes(range(1, 50))
SUFFIX_SEI = b"\x50\x01abc"


def aggregate(*nals: bytes, don: bool = False) -> bytes:
    parts = [b"\x60\x01"]
    for at, nal in enumerate(nals):
        if don:
            parts.append(b"\0\7" if at == 0 else b"\1")
        parts.append(len(nal).to_bytes(2, "big") + nal)
    return b"".join(parts)


class Received:
    def __init__(self, **parameters: str) -> None:
        named = {name.replace("_", "-"): value for name, value in parameters.items()}
        self.depay = H265(named, self._unit)
        self.units: list[tuple[int, bytes, bool, Format]] = []

    def _unit(self, timestamp: int, data: bytes, key: bool, kind: Format, _: int) -> None:
        self.units.append((timestamp, data, key, kind))

    def push(self, *packets: tuple[int, bytes, bool]) -> Received:
        push_all(self.depay.push, packets)
        return self


def test_single_and_aggregated_units_make_an_access_unit() -> None:
    received = Received().push((5, aggregate(VPS5, SPS5, PPS5), False), (5, IDR, True))
    ((timestamp, data, key, kind),) = received.units
    assert (timestamp, data, key) == (5, lengths(VPS5, SPS5, PPS5, IDR), True)
    assert isinstance(kind, VideoFormat)
    assert (kind.codec, kind.width, kind.height) == (Codec.H265, 320, 240)


def test_the_record_is_an_hvcc_with_all_three_sets() -> None:
    received = Received().push((5, aggregate(VPS5, SPS5, PPS5), False), (5, IDR, True))
    record = received.units[0][3].extradata
    assert record[0] == 1
    assert record[21] & 3 == 3  # 4-byte lengths
    assert record[22] == 3
    position, found = 23, []
    for _ in range(3):
        assert record[position + 1 : position + 3] == b"\0\1"
        size = int.from_bytes(record[position + 3 : position + 5], "big")
        found.append((record[position], record[position + 5 : position + 5 + size]))
        position += 5 + size
    assert found == [(32, VPS5), (33, SPS5), (34, PPS5)]
    assert position == len(record)


@given(size=st.integers(1, 300))
def test_fragments_of_any_size_are_joined(size: int) -> None:
    received = Received().push((0, aggregate(VPS5, SPS5, PPS5), False))
    pieces = fragments5(IDR, size)
    received.push(*((0, piece, piece is pieces[-1]) for piece in pieces))
    assert received.units[0][1] == lengths(VPS5, SPS5, PPS5, IDR)


@pytest.mark.parametrize("nal", [IDR, CRA])
def test_random_access_pictures_are_key_frames(nal: bytes) -> None:
    received = Received().push((0, aggregate(VPS5, SPS5, PPS5), False), (0, nal, True))
    received.push((1, SLICE, False), (1, SUFFIX_SEI, True))
    assert [unit[2] for unit in received.units] == [True, False]
    assert received.units[1][1] == lengths(SLICE, SUFFIX_SEI)


def test_decoding_order_numbers_are_taken_off() -> None:
    received = Received(sprop_max_don_diff="2")
    received.push((0, aggregate(VPS5, SPS5, PPS5, don=True), False))
    pieces = fragments5(IDR, 60, b"\0\1")
    received.push(*((0, piece, piece is pieces[-1]) for piece in pieces))
    received.push((1, SLICE[:2] + b"\0\2" + SLICE[2:], True))
    assert received.units[0][1] == lengths(VPS5, SPS5, PPS5, IDR)
    assert received.units[1][1] == lengths(SLICE)


def test_a_camera_that_marks_every_slice_is_learned() -> None:
    received = Received().push((0, aggregate(VPS5, SPS5, PPS5), False), (0, IDR, True))
    for stamp in range(1, 4):
        received.push((stamp, SLICE, True), (stamp, SECOND_SLICE, True))
    received.push((4, SLICE, True))
    assert [unit[1] for unit in received.units[3:]] == [lengths(SLICE, SECOND_SLICE)] * 2


def test_sdp_parameters_give_the_format() -> None:
    import base64

    sets = [base64.b64encode(nal).decode() for nal in (VPS5, SPS5, PPS5)]
    received = Received(sprop_vps=sets[0], sprop_sps=sets[1], sprop_pps=sets[2])
    assert received.depay.format is not None
    assert Received(sprop_vps="%", sprop_sps="QgE=", sprop_pps="").depay.format is None


@given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=60), st.booleans()), max_size=20))
def test_any_payloads_are_survived(packets: list[tuple[int, bytes, bool]]) -> None:
    for don in (False, True):
        received = Received(sprop_max_don_diff=str(int(don)))
        received.push((0, aggregate(VPS5, SPS5, PPS5, don=don), False))
        for packet in packets:
            try:
                received.push(packet)
            except (ValueError, IndexError):
                received.depay.lost()
