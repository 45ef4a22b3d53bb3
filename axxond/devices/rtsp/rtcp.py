"""RTCP: sender reports in, receiver reports out (RFC 3550 §6)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from attrs import frozen

_HEADER = struct.Struct(">BBH")
_SENDER = struct.Struct(">IIIIII")
_RECEIVER_REPORT = struct.Struct(">BBHIIIIIII")
_SENDER_REPORT_TYPE, _BYE_TYPE = 200, 203
# Seconds between 1900 (NTP) and 1970 (Unix).
_NTP_UNIX_S = 2_208_988_800
_MAX_PACKETS = 32  # in one compound; real ones have two or three


@frozen
class SenderReport:
    """The camera's clock at an RTP time stamp.

    `ntp_us` counts from 1970; it is None when the camera sends an uptime or nothing there.
    `middle` is the middle 32 bits of the NTP time, to be quoted in a receiver report.
    """

    ssrc: int
    ntp_us: int | None
    rtp_time: int
    middle: int


@frozen
class Bye:
    """The source has ended."""


def parse(data: bytes) -> Iterator[SenderReport | Bye]:
    """What concerns us in a compound packet; stops silently at the first unreadable part."""
    position = 0
    for _ in range(_MAX_PACKETS):
        if position + 4 > len(data):
            return
        first, kind, words = _HEADER.unpack_from(data, position)
        end = position + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            return
        if kind == _SENDER_REPORT_TYPE and words >= 6:
            yield _sender_report(data, position + 4)
        elif kind == _BYE_TYPE:
            yield Bye()
        position = end


def _sender_report(data: bytes, position: int) -> SenderReport:
    ssrc, seconds, fraction, rtp_time, _, _ = _SENDER.unpack_from(data, position)
    ntp_us = None
    if seconds > _NTP_UNIX_S:
        ntp_us = (seconds - _NTP_UNIX_S) * 1_000_000 + (fraction * 1_000_000 >> 32)
    middle = ((seconds & 0xFFFF) << 16) | (fraction >> 16)
    return SenderReport(ssrc, ntp_us, rtp_time, middle)


@frozen
class Reception:
    """What a receiver report says of one source."""

    ssrc: int
    fraction_lost: int  # of 256, since the last report
    lost: int
    highest: int
    last_report: int  # `middle` of the newest sender report, 0 when none
    delay: int  # since then, in 1/65536 s


def receiver_report(own_ssrc: int, reception: Reception) -> bytes:
    """An RR with one block and an SDES with a CNAME (RFC 3550 §6.4.2, §6.5)."""
    lost = min(max(reception.lost, 0), 0x7FFFFF)
    report = _RECEIVER_REPORT.pack(
        0x81,
        201,
        7,
        own_ssrc & 0xFFFFFFFF,
        reception.ssrc,
        (reception.fraction_lost & 0xFF) << 24 | lost,
        reception.highest & 0xFFFFFFFF,
        0,
        reception.last_report & 0xFFFFFFFF,
        min(reception.delay, 0xFFFFFFFF),
    )
    name = b"axxond"
    item = bytes([1, len(name)]) + name
    item += bytes(4 - len(item) % 4)
    words = (4 + len(item)) // 4
    return report + _HEADER.pack(0x81, 202, words) + struct.pack(">I", own_ssrc) + item


def interleave(channel: int, packet: bytes) -> bytes:
    """Wrap an RTCP packet for the RTSP connection (RFC 2326 §10.12)."""
    return struct.pack(">BBH", 0x24, channel, len(packet)) + packet
