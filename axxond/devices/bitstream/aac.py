"""AAC's AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1)."""

from __future__ import annotations

from attrs import frozen

from axxond.devices.bitstream.bits import Bits

_RATES_HZ = (
    96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
)  # fmt: skip
_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)


@frozen
class AacInfo:
    sample_rate: int
    channels: int
    frame_samples: int  # 1024, or 960
    bits: int  # of the configuration itself


def parse_config(data: bytes) -> AacInfo:
    """Raises ValueError."""
    return read_config(Bits(data))


def read_config(bits: Bits) -> AacInfo:
    """Read the configuration at the reader's place.  Raises ValueError."""
    start = bits.left
    kind = _object_type(bits)
    rate = _rate(bits)
    layout = bits.read(4)
    if kind in (5, 29):  # SBR, PS: explicit signalling; the core follows
        rate = _rate(bits)
        kind = _object_type(bits)
    if kind not in (1, 2, 3, 4, 6, 7, 17, 19, 20, 23) or layout >= len(_CHANNELS):
        raise ValueError(f"AAC object type {kind}, channel layout {layout}")
    short = bits.flag()
    if bits.flag():
        bits.skip(14)
    extended = bits.flag()
    if kind in (6, 20):
        bits.skip(3)
    if extended:
        if kind in (17, 19, 20, 23):
            bits.skip(3)
        bits.skip(1)
    _skip_extension(bits)
    return AacInfo(rate, _CHANNELS[layout] or 2, 960 if short else 1024, start - bits.left)


def _skip_extension(bits: Bits) -> None:
    """The backward compatible signalling of SBR (syncExtensionType 0x2b7), if it follows."""
    ahead = bits.copy()
    if ahead.left < 17 or ahead.read(11) != 0x2B7 or _object_type(ahead) != 5:
        return
    bits.skip(16)
    if bits.flag():
        _rate(bits)


def _object_type(bits: Bits) -> int:
    kind = bits.read(5)
    return 32 + bits.read(6) if kind == 31 else kind


def _rate(bits: Bits) -> int:
    index = bits.read(4)
    rate = bits.read(24) if index == 15 else _RATES_HZ[index] if index < len(_RATES_HZ) else 0
    if not 0 < rate <= 192_000:
        raise ValueError("AAC with an impossible sample rate")
    return rate


def adts_config(data: bytes) -> tuple[bytes, int]:
    """The AudioSpecificConfig that an ADTS header stands for, and the header's length in bytes.

    ISO/IEC 14496-3 §1.A.3.  Raises ValueError.
    """
    if len(data) < 7 or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        raise ValueError("AAC without an ADTS header")
    kind = (data[2] >> 6) + 1
    rate = data[2] >> 2 & 15
    layout = (data[2] & 1) << 2 | data[3] >> 6
    config = (kind << 11 | rate << 7 | layout << 3).to_bytes(2, "big")
    return config, 7 if data[1] & 1 else 9
