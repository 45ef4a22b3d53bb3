"""NAL units of H.264 and H.265: splitting, and the parameter sets in a decoder configuration."""

from __future__ import annotations

import re

from attrs import frozen

_START_CODE = re.compile(rb"\x00\x00\x01")

H264_IDR, H264_SPS, H264_PPS = 5, 7, 8
H265_VPS, H265_SPS, H265_PPS = 32, 33, 34


@frozen
class DecoderConfig:
    """Parameter sets in decoding order, and how units are delimited: `length_size` bytes of
    big-endian length before each, or start codes when it is 0."""

    parameter_sets: tuple[bytes, ...]
    length_size: int


def split_start_codes(data: bytes) -> list[bytes]:
    """NAL units of a byte stream (ISO/IEC 14496-10 annex B), without empty ones."""
    pieces = _START_CODE.split(data)[1:]
    # Zeros before a start code are its own, or padding; no NAL unit ends in one.
    units = [piece.rstrip(b"\x00") for piece in pieces]
    return [unit for unit in units if unit]


def split_lengths(data: bytes, length_size: int) -> list[bytes]:
    """NAL units behind big-endian lengths.  Raises ValueError when a length passes the end."""
    units = []
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + length_size], "big")
        at += length_size
        if at + size > len(data):
            raise ValueError(f"NAL unit of {size} bytes passes the end of its access unit")
        if size:
            units.append(data[at : at + size])
        at += size
    return units


def split(data: bytes, config: DecoderConfig) -> list[bytes]:
    if config.length_size:
        return split_lengths(data, config.length_size)
    return split_start_codes(data)


def h264_type(unit: bytes) -> int:
    return unit[0] & 0x1F


def h265_type(unit: bytes) -> int:
    return (unit[0] >> 1) & 0x3F


def h264_config(extradata: bytes) -> DecoderConfig:
    """From an avcC record (ISO/IEC 14496-15, 5.3.3.1) or from parameter sets as a byte stream."""
    if not extradata or extradata[0] != 1:
        return DecoderConfig(tuple(split_start_codes(extradata)), 0)
    sets: list[bytes] = []
    at = 5
    for mask in (0x1F, 0xFF):  # SPS, then PPS
        count = extradata[at] & mask
        at = _read_sets(extradata, at + 1, count, sets)
    return DecoderConfig(tuple(sets), (extradata[4] & 3) + 1)


def h265_config(extradata: bytes) -> DecoderConfig:
    """From an hvcC record (ISO/IEC 14496-15, 8.3.3.1) or from parameter sets as a byte stream."""
    if not extradata or extradata[0] != 1:
        return DecoderConfig(tuple(split_start_codes(extradata)), 0)
    sets: list[bytes] = []
    at = 23
    for _ in range(extradata[22]):
        count = int.from_bytes(extradata[at + 1 : at + 3], "big")
        at = _read_sets(extradata, at + 3, count, sets)
    kept = [unit for unit in sets if h265_type(unit) in (H265_VPS, H265_SPS, H265_PPS)]
    return DecoderConfig(tuple(kept), (extradata[21] & 3) + 1)


def _read_sets(record: bytes, at: int, count: int, sets: list[bytes]) -> int:
    """Append `count` units with 2-byte lengths; the place after them."""
    for _ in range(count):
        size = int.from_bytes(record[at : at + 2], "big")
        sets.append(record[at + 2 : at + 2 + size])
        at += 2 + size
    return at
