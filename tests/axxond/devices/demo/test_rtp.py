"""What the simulator packs is read by a reader written from the RFCs alone."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.demo import rtp
from tests.axxond.devices.demo.conftest import join_fu_a, join_h265

H264_UNIT = st.builds(
    lambda head, body: bytes([head]) + body,
    st.integers(1, 23).map(lambda kind: kind | 0x60),
    st.binary(max_size=4000),
)
H265_UNIT = st.builds(
    lambda head, body: bytes([head << 1, 1]) + body,
    st.integers(0, 40),
    st.binary(max_size=4000),
)


@given(st.lists(H264_UNIT, max_size=4))
def test_h264_units_come_back_whole(units: list[bytes]) -> None:
    payloads = rtp.h264_payloads(units)
    assert join_fu_a(payloads) == units
    assert all(len(payload) <= rtp.MAX_PAYLOAD_BYTES for payload in payloads)


@given(st.lists(H265_UNIT, max_size=4))
def test_h265_units_come_back_whole(units: list[bytes]) -> None:
    payloads = rtp.h265_payloads(units)
    assert join_h265(payloads) == units
    assert all(len(payload) <= rtp.MAX_PAYLOAD_BYTES for payload in payloads)


def test_aac_is_behind_its_size_in_bits() -> None:
    assert rtp.aac_payload(b"abc") == b"\x00\x10" + struct.pack(">H", 3 << 3) + b"abc"


def test_packets_of_a_unit_count_on_and_the_last_has_the_marker() -> None:
    data = rtp.interleaved(
        [b"one", b"three"],
        channel=2,
        payload_type=96,
        sequence=0xFFFF,
        timestamp=(1 << 32) + 5,
        ssrc=7,
    )
    first = b"$\x02\x00\x0f" + bytes([0x80, 96]) + struct.pack(">HII", 0xFFFF, 5, 7) + b"one"
    second = b"$\x02\x00\x11" + bytes([0x80, 96 | 0x80]) + struct.pack(">HII", 0, 5, 7) + b"three"
    assert data == first + second


def test_sender_report_says_which_moment_a_timestamp_is() -> None:
    data = rtp.sender_report(
        channel=1, ssrc=9, now_us=1_500_000, timestamp=77, packets=3, payload_bytes=400
    )
    assert data[:4] == b"$\x01\x00\x1c"
    assert data[4:8] == b"\x80\xc8\x00\x06"
    fields = struct.unpack(">IIIIII", data[8:])
    assert fields == (9, 2_208_988_801, 1 << 31, 77, 3, 400)
