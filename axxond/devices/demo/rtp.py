"""RTP payloads of access units, and the headers that are patched for each session."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

# Fits an Ethernet frame with IP, TCP or UDP and RTP headers, as cameras do it.
MAX_PAYLOAD_BYTES = 1400

_HEADER = struct.Struct(">cBHBBHII")  # interleaving (RFC 2326, 10.12) and RTP (RFC 3550, 5.1)
_SENDER_REPORT = struct.Struct(">cBHBBHIIIIII")  # interleaving and RTCP SR (RFC 3550, 6.4.1)
_RTP_HEADER_BYTES = 12
_SENDER_REPORT_BYTES = 28
_VERSION = 0x80
_MARKER = 0x80
_NTP_EPOCH_S = 2_208_988_800  # 1900 to 1970


def h264_payloads(units: Iterable[bytes]) -> list[bytes]:
    """Single NAL unit packets, and FU-A for those that are too large (RFC 6184, 5.6 and 5.8)."""
    payloads = []
    for unit in units:
        if len(unit) <= MAX_PAYLOAD_BYTES:
            payloads.append(unit)
            continue
        indicator = (unit[0] & 0xE0) | 28
        payloads += _fragments(unit[1:], bytes([indicator]), unit[0] & 0x1F)
    return payloads


def h265_payloads(units: Iterable[bytes]) -> list[bytes]:
    """Single NAL unit packets, and fragmentation units (RFC 7798, 4.4.1 and 4.4.3)."""
    payloads = []
    for unit in units:
        if len(unit) <= MAX_PAYLOAD_BYTES:
            payloads.append(unit)
            continue
        header = bytes([(unit[0] & 0x81) | (49 << 1), unit[1]])
        payloads += _fragments(unit[2:], header, (unit[0] >> 1) & 0x3F)
    return payloads


def _fragments(body: bytes, header: bytes, unit_type: int) -> list[bytes]:
    room = MAX_PAYLOAD_BYTES - len(header) - 1
    pieces = []
    for at in range(0, len(body), room):
        first = 0x80 if at == 0 else 0
        last = 0x40 if at + room >= len(body) else 0
        pieces.append(header + bytes([first | last | unit_type]) + body[at : at + room])
    return pieces


def aac_payload(unit: bytes) -> bytes:
    """One access unit behind its header, mode AAC-hbr (RFC 3640, 3.3.6)."""
    return struct.pack(">HH", 16, len(unit) << 3) + unit


def interleaved(
    payloads: Sequence[bytes],
    *,
    channel: int,
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
) -> bytes:
    """The RTP packets of one access unit as they go into the TCP connection, marker on the last.

    `sequence` and `timestamp` are of the first packet, taken modulo their size.
    """
    parts = []
    timestamp &= 0xFFFFFFFF
    last = len(payloads) - 1
    pack = _HEADER.pack
    for number, payload in enumerate(payloads):
        kind = payload_type | _MARKER if number == last else payload_type
        size = _RTP_HEADER_BYTES + len(payload)
        place = (sequence + number) & 0xFFFF
        parts.append(pack(b"$", channel, size, _VERSION, kind, place, timestamp, ssrc))
        parts.append(payload)
    return b"".join(parts)


def sender_report(
    *, channel: int, ssrc: int, now_us: int, timestamp: int, packets: int, payload_bytes: int
) -> bytes:
    """An RTCP sender report: `now_us` (UTC) is the moment of RTP `timestamp`."""
    seconds, rest_us = divmod(now_us, 1_000_000)
    return _SENDER_REPORT.pack(
        b"$",
        channel,
        _SENDER_REPORT_BYTES,
        _VERSION,
        200,
        _SENDER_REPORT_BYTES // 4 - 1,
        ssrc,
        (seconds + _NTP_EPOCH_S) & 0xFFFFFFFF,
        (rest_us << 32) // 1_000_000,
        timestamp & 0xFFFFFFFF,
        packets & 0xFFFFFFFF,
        payload_bytes & 0xFFFFFFFF,
    )
