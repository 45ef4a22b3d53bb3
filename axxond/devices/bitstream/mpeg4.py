"""MPEG-4 part 2 headers (ISO/IEC 14496-2 §6.2)."""

from __future__ import annotations

from attrs import frozen

from axxond.devices.bitstream.bits import Bits

_PREFIX = b"\0\0\1"
_MAX_HEADER_BYTES = 1024


@frozen
class VolInfo:
    width: int
    height: int
    reorder: int | None  # 0 where low_delay is told


def find_vop(data: bytes) -> int:
    """Where the first VOP's start code is; -1: none."""
    return data.find(b"\0\0\1\xb6")


def is_intra(data: bytes, vop: int) -> bool:
    """Whether the VOP at `vop` is an I-VOP (vop_coding_type 0)."""
    return vop + 4 < len(data) and data[vop + 4] >> 6 == 0


def headers(data: bytes) -> bytes:
    """What stands before the first VOP (and its group header) if a VOL is in it; b"" else."""
    end = find_vop(data)
    head = data[: end if end >= 0 else len(data)][:_MAX_HEADER_BYTES]
    group = head.find(b"\0\0\1\xb3")
    head = head[: group if group >= 0 else len(head)]
    return head if _find_vol(head) >= 0 else b""


def parse_vol(data: bytes) -> VolInfo:
    """Read the video object layer in `data`.  Raises ValueError."""
    at = _find_vol(data)
    if at < 0:
        raise ValueError("MPEG-4 without a video object layer")
    bits = Bits(data[at + 4 : at + 68])
    bits.skip(9)
    version = 1
    if bits.flag():
        version = bits.read(4)
        bits.skip(3)
    if bits.read(4) == 15:
        bits.skip(16)
    reorder = _control(bits) if bits.flag() else None
    shape = bits.read(2)
    if shape == 3 and version != 1:
        bits.skip(4)
    bits.skip(1)
    resolution = bits.read(16)
    bits.skip(1)
    if bits.flag():
        bits.skip(max(1, (max(resolution, 1) - 1).bit_length()))
    if shape != 0:
        raise ValueError("MPEG-4 that is not rectangular")
    bits.skip(1)
    width = bits.read(13)
    bits.skip(1)
    height = bits.read(13)
    if not (width and height):
        raise ValueError(f"MPEG-4 of {width}×{height} pixels")
    return VolInfo(width, height, reorder)


def _control(bits: Bits) -> int | None:
    bits.skip(2)
    low_delay = bits.flag()
    if bits.flag():
        bits.skip(79)
    return 0 if low_delay else None


def _find_vol(data: bytes) -> int:
    at = -1
    while (at := data.find(_PREFIX, at + 1)) >= 0:
        if at + 3 < len(data) and 0x20 <= data[at + 3] <= 0x2F:
            return at
    return -1
