"""H.265 parameter sets (ITU-T H.265 §7.3.2) and the hvcC record (ISO/IEC 14496-15 §8.3.3)."""

from __future__ import annotations

from attrs import frozen

from axxond.devices.bitstream.bits import Bits, unescape

VPS, SPS, PPS = 32, 33, 34
FIRST_IRAP, LAST_IRAP = 16, 23
LAST_VCL = 31
_MAX_SIDE_PX = 16384


@frozen
class SpsInfo:
    """What we use of a sequence parameter set.  `profile_tier_level`: its first 12 bytes."""

    id: int
    width: int
    height: int
    chroma: int
    luma_bits: int
    chroma_bits: int
    sub_layers: int
    nested: bool
    reorder: int
    profile_tier_level: bytes


def kind(nal: bytes) -> int:
    return nal[0] >> 1 & 63


def parse_sps(nal: bytes) -> SpsInfo:
    """Read an SPS NAL unit, both header bytes included.  Raises ValueError."""
    data = unescape(nal[2:512])
    bits = Bits(data)
    bits.skip(4)
    sub_layers = bits.read(3) + 1
    nested = bits.flag()
    general = data[1:13]
    _profile_tier_level(bits, sub_layers)
    number = bits.golomb()
    chroma = bits.golomb()
    if chroma == 3:
        bits.skip(1)
    width, height = bits.golomb(), bits.golomb()
    if bits.flag():
        left, right, top, bottom = bits.golomb(), bits.golomb(), bits.golomb(), bits.golomb()
        width -= (2 if chroma in (1, 2) else 1) * (left + right)
        height -= (2 if chroma == 1 else 1) * (top + bottom)
    luma_bits, chroma_bits = 8 + bits.golomb(), 8 + bits.golomb()
    bits.golomb()  # log2_max_pic_order_cnt_lsb
    reorder = _reorder(bits, sub_layers)
    if not (0 < width <= _MAX_SIDE_PX and 0 < height <= _MAX_SIDE_PX):
        raise ValueError(f"an H.265 parameter set for {width}×{height} pixels")
    if chroma > 3 or luma_bits > 15 or chroma_bits > 15 or number > 15:
        raise ValueError("an H.265 parameter set with impossible values")
    return SpsInfo(
        number, width, height, chroma, luma_bits, chroma_bits, sub_layers, nested, reorder, general
    )


def _profile_tier_level(bits: Bits, sub_layers: int) -> None:
    """§7.3.3."""
    bits.skip(96)
    present = []
    for _ in range(sub_layers - 1):
        present.append((bits.flag(), bits.flag()))
    if sub_layers > 1:
        bits.skip(2 * (9 - sub_layers))
    for profile, level in present:
        bits.skip(88 * profile + 8 * level)


def _reorder(bits: Bits, sub_layers: int) -> int:
    """sps_max_num_reorder_pics of the highest sub-layer."""
    reorder = 0
    each = bits.flag()
    for _ in range(sub_layers if each else 1):
        bits.golomb()
        reorder = bits.golomb()
        bits.golomb()
    if reorder > 16:
        raise ValueError(f"an H.265 parameter set that reorders {reorder} pictures")
    return reorder


def pps_id(nal: bytes) -> int:
    """Raises ValueError."""
    return Bits(unescape(nal[2:32])).golomb()


def hvcc(video: list[bytes], sequence: list[bytes], picture: list[bytes]) -> bytes:
    """The decoder configuration record; 4-byte NAL lengths.  Raises ValueError."""
    if not (video and sequence and picture):
        raise ValueError("an H.265 stream without parameter sets")
    info = parse_sps(sequence[0])
    head = b"".join(
        (
            b"\x01",
            info.profile_tier_level,
            b"\xf0\x00",  # min_spatial_segmentation_idc: not told
            b"\xfc",  # parallelismType: not told
            bytes((0xFC | info.chroma, 0xF8 | info.luma_bits - 8, 0xF8 | info.chroma_bits - 8)),
            b"\0\0",  # avgFrameRate: not told
            bytes((info.sub_layers << 3 | info.nested << 2 | 3, 3)),
        )
    )
    arrays = []
    for number, units in ((VPS, video), (SPS, sequence), (PPS, picture)):
        # Not "complete": the stream may hold more of them.
        arrays.append(bytes((number,)) + len(units).to_bytes(2, "big"))
        arrays += [len(unit).to_bytes(2, "big") + unit for unit in units]
    return head + b"".join(arrays)
