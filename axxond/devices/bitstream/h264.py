"""H.264 parameter sets (ITU-T H.264 §7.3.2) and the avcC record (ISO/IEC 14496-15 §5.3.3)."""

from __future__ import annotations

from attrs import frozen

from axxond.devices.bitstream.bits import Bits, OutOfBitsError, unescape

IDR, SEI, SPS, PPS = 5, 6, 7, 8
# Profiles whose SPS tells the chroma format (§7.3.2.1.1).
_HIGH_PROFILES = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))
_MAX_SIDE_PX = 16384
_RECOVERY_POINT = 6  # §D.1.1 payloadType


@frozen
class SpsInfo:
    """What we use of a sequence parameter set.  `reorder`: frames, None when not said."""

    id: int
    profile: int
    width: int
    height: int
    chroma: int
    luma_bits: int
    chroma_bits: int
    reorder: int | None
    frame_us: int  # 0 when not said


def parse_sps(nal: bytes) -> SpsInfo:
    """Read an SPS NAL unit, header byte included.  Raises ValueError."""
    bits = Bits(unescape(nal[1:512]))
    profile = bits.read(8)
    bits.skip(16)
    number = bits.golomb()
    chroma, luma_bits, chroma_bits = 1, 8, 8
    if profile in _HIGH_PROFILES:
        chroma, luma_bits, chroma_bits = _chroma(bits)
    bits.golomb()  # log2_max_frame_num
    _order_count(bits)
    bits.golomb()  # max_num_ref_frames
    bits.skip(1)
    width, height = _size(bits, chroma)
    if not (0 < width <= _MAX_SIDE_PX and 0 < height <= _MAX_SIDE_PX) or number > 31:
        raise ValueError(f"an H.264 parameter set for {width}×{height} pixels")
    frame_us, reorder = _usability(bits) if bits.left and bits.flag() else (0, None)
    if profile == 66:
        reorder = 0
    return SpsInfo(
        number, profile, width, height, chroma, luma_bits, chroma_bits, reorder, frame_us
    )


def _chroma(bits: Bits) -> tuple[int, int, int]:
    chroma = bits.golomb()
    if chroma == 3:
        bits.skip(1)
    luma_bits, chroma_bits = 8 + bits.golomb(), 8 + bits.golomb()
    bits.skip(1)
    if bits.flag():
        for index in range(8 if chroma != 3 else 12):
            if bits.flag():
                _scaling_list(bits, 16 if index < 6 else 64)
    if chroma > 3 or luma_bits > 14 or chroma_bits > 14:
        raise ValueError("an H.264 parameter set with an impossible chroma format")
    return chroma, luma_bits, chroma_bits


def _scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed_golomb()) % 256
        last = following or last


def _order_count(bits: Bits) -> None:
    kind = bits.golomb()
    if kind == 0:
        bits.golomb()
    elif kind == 1:
        bits.skip(1)
        bits.signed_golomb()
        bits.signed_golomb()
        count = bits.golomb()
        if count > 255:
            raise ValueError("an H.264 parameter set with an impossible reference cycle")
        for _ in range(count):
            bits.signed_golomb()


def _size(bits: Bits, chroma: int) -> tuple[int, int]:
    columns, rows = bits.golomb() + 1, bits.golomb() + 1
    progressive = bits.flag()
    if not progressive:
        bits.skip(1)
    bits.skip(1)
    left = right = top = bottom = 0
    if bits.flag():
        left, right, top, bottom = bits.golomb(), bits.golomb(), bits.golomb(), bits.golomb()
    unit_x = 2 if chroma in (1, 2) else 1
    unit_y = (2 if chroma == 1 else 1) * (1 if progressive else 2)
    width = 16 * columns - unit_x * (left + right)
    height = 16 * rows * (1 if progressive else 2) - unit_y * (top + bottom)
    return width, height


def _usability(bits: Bits) -> tuple[int, int | None]:
    """VUI (§E.1.1): the frame time in microseconds and the reorder depth, as far as told."""
    frame_us = 0
    try:
        if bits.flag() and bits.read(8) == 255:
            bits.skip(32)
        if bits.flag():
            bits.skip(1)
        if bits.flag():
            bits.skip(4)
            if bits.flag():
                bits.skip(24)
        if bits.flag():
            bits.golomb()
            bits.golomb()
        if bits.flag():
            tick, scale = bits.read(32), bits.read(32)
            bits.skip(1)
            frame_us = 2_000_000 * tick // scale if scale else 0
        return (frame_us if frame_us <= 10_000_000 else 0), _reorder(bits)
    except OutOfBitsError:
        return 0, None


def _reorder(bits: Bits) -> int | None:
    nal_hrd = bits.flag()
    if nal_hrd:
        _hypothetical_decoder(bits)
    vcl_hrd = bits.flag()
    if vcl_hrd:
        _hypothetical_decoder(bits)
    if nal_hrd or vcl_hrd:
        bits.skip(1)
    bits.skip(1)
    if not bits.flag():
        return None
    bits.skip(1)
    for _ in range(4):
        bits.golomb()
    depth = bits.golomb()
    return depth if depth <= 16 else None


def _hypothetical_decoder(bits: Bits) -> None:
    count = bits.golomb() + 1
    if count > 32:
        raise OutOfBitsError("an impossible number of decoder buffers")
    bits.skip(8)
    for _ in range(count):
        bits.golomb()
        bits.golomb()
        bits.skip(1)
    bits.skip(20)


def pps_id(nal: bytes) -> int:
    """Raises ValueError."""
    return Bits(unescape(nal[1:32])).golomb()


def avcc(sequence_sets: list[bytes], picture_sets: list[bytes]) -> bytes:
    """The decoder configuration record; 4-byte NAL lengths.  Raises ValueError."""
    if not sequence_sets or not picture_sets:
        raise ValueError("an H.264 stream without parameter sets")
    first = sequence_sets[0]
    info = parse_sps(first)
    parts = [b"\x01", first[1:4], b"\xff", bytes([0xE0 | min(len(sequence_sets), 31)])]
    for nal in sequence_sets[:31]:
        parts += [len(nal).to_bytes(2, "big"), nal]
    parts.append(bytes([min(len(picture_sets), 255)]))
    for nal in picture_sets[:255]:
        parts += [len(nal).to_bytes(2, "big"), nal]
    if info.profile not in (66, 77, 88):
        tail = (0xFC | info.chroma, 0xF8 | info.luma_bits - 8, 0xF8 | info.chroma_bits - 8, 0)
        parts.append(bytes(tail))
    return b"".join(parts)


def is_recovery_point(nal: bytes) -> bool:
    """Whether an SEI NAL unit holds an exact recovery point: decoding may start here (§D.2.8)."""
    if _RECOVERY_POINT not in nal[1:256]:
        return False  # cameras that send timing with each picture
    data = unescape(nal[1:256])
    position = 0
    while position + 2 <= len(data) and data[position] != 0x80:
        kind, position = _sei_number(data, position)
        size, position = _sei_number(data, position)
        if kind == _RECOVERY_POINT:
            # recovery_frame_cnt = 0: a single 1 bit
            return position < len(data) and data[position] & 0x80 != 0
        position += size
    return False


def _sei_number(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    while position < len(data) and data[position] == 0xFF:
        value += 255
        position += 1
    if position < len(data):
        value += data[position]
    return value, position + 1
