"""RTP headers, sequence numbers and RTCP."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.rtsp import rtcp, rtp
from axxond.devices.rtsp.messages import MalformedError
from tests.axxond.devices.rtsp import wire


def bounds(packet: bytes) -> bytes:
    data = memoryview(b"xx" + packet + b"yy")
    start, end = rtp.payload_bounds(data, 2, 2 + len(packet))
    return bytes(data[start:end])


def header(first: int) -> bytes:
    return struct.pack(">BBHII", first, 96, 1, 2, 3)


def test_a_plain_packet() -> None:
    assert bounds(header(0x80) + b"payload") == b"payload"


def test_sources_extension_and_padding_are_taken_off() -> None:
    packet = header(0x80 | 0x30 | 2) + bytes(8) + b"\xbe\xde\0\1extn" + b"payload" + b"\0\0\3"
    assert bounds(packet) == b"payload"


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        header(0x80)[:11],
        header(0x40) + b"payload",
        header(0x90) + b"\0\0\xff\xff",
        header(0x90) + b"\0",
        header(0x8F) + bytes(4),
        header(0xA0) + b"abc\xff",
    ],
)
def test_what_breaks_its_bounds_is_refused(packet: bytes) -> None:
    with pytest.raises(MalformedError):
        bounds(packet)


@given(st.binary(max_size=80))
def test_any_bytes_give_bounds_inside_or_a_refusal(packet: bytes) -> None:
    data = memoryview(b"xx" + packet + b"yy")
    try:
        start, end = rtp.payload_bounds(data, 2, 2 + len(packet))
    except MalformedError:
        return
    assert 2 <= start <= end <= 2 + len(packet)


def test_losses_are_counted_over_the_wrap() -> None:
    sequence = rtp.Sequence()
    missing = [sequence.follow(n) for n in (65_533, 65_534, 0, 1, 5)]
    assert missing == [0, 0, 1, 0, 3]
    assert (sequence.received, sequence.lost) == (5, 4)


def test_an_old_copy_is_told_and_a_restart_goes_on() -> None:
    sequence = rtp.Sequence()
    assert [sequence.follow(n) for n in (500, 501, 500, 499, 502)] == [0, 0, None, None, 0]
    assert sequence.follow(7) == 0  # far back: the sender began anew
    assert sequence.follow(8) == 0
    assert sequence.lost == 0


def test_the_extended_highest_number_counts_wraps() -> None:
    sequence = rtp.Sequence()
    for number in (65_534, 65_535, 0, 1):
        sequence.follow(number)
    assert sequence.highest == 0x10001


@given(st.lists(st.integers(0, 65_535), max_size=50))
def test_any_numbers_keep_the_counts_sane(numbers: list[int]) -> None:
    sequence = rtp.Sequence()
    for number in numbers:
        missing = sequence.follow(number)
        assert missing is None or 0 <= missing < 0x8000
    assert 0 <= sequence.highest <= 0xFFFFFFFF


def test_a_sender_report_ties_the_two_clocks() -> None:
    report = next(rtcp.parse(wire.sender_report(90_000, 1_795_000_000_500_000, 9)))
    assert isinstance(report, rtcp.SenderReport)
    assert (report.ssrc, report.rtp_time) == (9, 90_000)
    assert abs((report.ntp_us or 0) - 1_795_000_000_500_000) <= 1


def test_an_uptime_in_place_of_the_time_is_none() -> None:
    packet = struct.pack(">BBHIIIIII", 0x80, 200, 6, 9, 3600, 0, 90_000, 0, 0)
    report = next(rtcp.parse(packet))
    assert isinstance(report, rtcp.SenderReport)
    assert report.ntp_us is None


def test_a_compound_is_read_to_its_end() -> None:
    bye = struct.pack(">BBHI", 0x81, 203, 1, 9)
    description = struct.pack(">BBHI", 0x81, 202, 1, 9)
    found = list(rtcp.parse(wire.sender_report(1, 1_795_000_000_000_000) + description + bye))
    assert [type(part) for part in found] == [rtcp.SenderReport, rtcp.Bye]


@given(st.binary(max_size=200))
def test_any_control_bytes_are_survived(data: bytes) -> None:
    list(rtcp.parse(data))
    list(rtcp.parse(wire.sender_report(1, 1_795_000_000_000_000)[:20] + data))


def test_a_receiver_report_has_the_fields_of_rfc_3550() -> None:
    packet = rtcp.receiver_report(1, rtcp.Reception(9, 128, 70_000, 0x10001, 0xAABBCCDD, 65_536))
    first, kind, words, own, ssrc, lost, highest, _, last, delay = struct.unpack_from(
        ">BBHIIIIIII", packet
    )
    assert (first, kind, words, own, ssrc) == (0x81, 201, 7, 1, 9)
    assert (lost >> 24, lost & 0xFFFFFF) == (128, 70_000)
    assert (highest, last, delay) == (0x10001, 0xAABBCCDD, 65_536)
    assert len(packet) % 4 == 0
    sdes_words = int.from_bytes(packet[34:36], "big")
    assert 32 + 4 + 4 * sdes_words == len(packet)
    assert b"\x01\x06axxond\0" in packet


def test_reports_are_wrapped_for_the_connection() -> None:
    assert rtcp.interleave(1, b"abcd") == b"$\x01\x00\x04abcd"
