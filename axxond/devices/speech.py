"""Speech as a loudspeaker wants it: G.711 by tables, L16 as it is, AAC and G.726 by libav.

Samples in are signed 16-bit big-endian, mono.  On the event loop: a block takes less than a
millisecond.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

import av
import numpy as np
import numpy.typing as npt
from attrs import frozen
from av.audio.codeccontext import AudioCodecContext

from axxond.devices.bitstream.aac import parse_config
from axxond.devices.port import DeviceError
from protocol.types import AudioFormat, Codec, FailureKind

SAMPLE_BYTES = 2
# One RTP packet of what may be cut anywhere.
_PIECE_S = Fraction(20, 1000)
_AAC_LC, _AAC_SAMPLES = 2, 1024  # ISO/IEC 14496-3
_AAC_BITS_OF_SAMPLE = 2
_AAC_BPS = (16_000, 128_000)
_FULL_SCALE = 32_768.0
Table = npt.NDArray[np.uint8]


@frozen
class Spoken:
    """What goes out at once, and how long it lasts."""

    data: bytes
    lasts_s: float


class Encoder(Protocol):
    piece_samples: int  # of each call

    def encode(self, samples: bytes) -> list[Spoken]: ...


def encoder(form: AudioFormat) -> Encoder:
    """Raises DeviceError UNSUPPORTED."""
    if form.codec is Codec.L16:
        return _Plain(form, bytes)
    if form.codec in (Codec.PCMU, Codec.PCMA) and form.channels == 1:
        table = ulaw_table() if form.codec is Codec.PCMU else alaw_table()
        return _Plain(form, lambda samples: table[np.frombuffer(samples, ">u2")].tobytes())
    try:
        if form.codec is Codec.AAC:
            return _Aac(form)
        if form.codec is Codec.G726 and form.channels == 1:
            return _G726(form)
    except (av.FFmpegError, ValueError) as error:
        raise _refused(f"{form.codec} that cannot be made ({error})") from error
    raise _refused(form.codec)


def _refused(what: str) -> DeviceError:
    text = f"The loudspeaker wants {what}: choose G.711 for its sound in the camera."
    return DeviceError(FailureKind.UNSUPPORTED, text)


class _Plain:
    def __init__(self, form: AudioFormat, encode: Callable[[bytes], bytes]) -> None:
        self.piece_samples = round(form.sample_rate * _PIECE_S)
        self._rate = form.sample_rate
        self._encode = encode

    def encode(self, samples: bytes) -> list[Spoken]:
        lasts_s = len(samples) / SAMPLE_BYTES / self._rate
        return [Spoken(self._encode(samples), lasts_s)]


class _Aac:
    """AAC-LC; an access unit each time but for the first one, that the encoder begins with."""

    def __init__(self, form: AudioFormat) -> None:
        config = form.extradata
        if config and (config[0] >> 3 != _AAC_LC or parse_config(config).frame_samples != 1024):
            raise ValueError("not plain AAC-LC")
        self.piece_samples = _AAC_SAMPLES
        self._rate = form.sample_rate
        self._channels = form.channels
        self._layout = "mono" if form.channels == 1 else "stereo"
        self._context = _context("aac", "fltp", form.sample_rate, self._layout)
        least, most = _AAC_BPS
        wanted_bps = form.sample_rate * form.channels * _AAC_BITS_OF_SAMPLE
        self._context.bit_rate = min(max(wanted_bps, least), most)
        self._context.open()

    def encode(self, samples: bytes) -> list[Spoken]:
        wave = np.frombuffer(samples, ">i2").astype(np.float32) / _FULL_SCALE
        planes = np.tile(wave, (self._channels, 1))
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=self._layout)
        frame.sample_rate = self._rate
        lasts_s = _AAC_SAMPLES / self._rate
        return [Spoken(bytes(packet), lasts_s) for packet in self._context.encode(frame)]


class _G726:
    """Packed as RFC 3551 §4.5.4 has it: the first sample in the lowest bits.  libav's encoder
    takes a quarter of a second at a time."""

    def __init__(self, form: AudioFormat) -> None:
        bits = form.bits_per_sample
        self._context = _context("g726le", "s16", form.sample_rate, "mono")
        self._context.options = {"code_size": str(bits)}
        self._context.open()
        self.piece_samples = self._context.frame_size
        self._rate = form.sample_rate
        self._bits = bits
        # Whole groups of eight samples are whole bytes.
        self._most_bytes = round(form.sample_rate * _PIECE_S) // 8 * bits

    def encode(self, samples: bytes) -> list[Spoken]:
        wave = np.frombuffer(samples, ">i2").astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
        frame.sample_rate = self._rate
        data = b"".join(bytes(packet) for packet in self._context.encode(frame))
        pieces = [data[at : at + self._most_bytes] for at in range(0, len(data), self._most_bytes)]
        return [Spoken(one, len(one) * 8 / self._bits / self._rate) for one in pieces]


def _context(name: str, form: str, rate: int, layout: str) -> AudioCodecContext:
    made = AudioCodecContext.create(name, "w")
    assert isinstance(made, AudioCodecContext)
    made.sample_rate = rate
    made.layout = layout
    made.format = av.AudioFormat(form)
    made.time_base = Fraction(1, rate)
    return made


def ulaw_table() -> Table:
    """ITU-T G.711 μ-law of each 16-bit sample, by its unsigned pattern."""
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    sign = np.where(samples < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(samples), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    table: Table = (~(sign | exponent << 4 | mantissa) & 0xFF).astype(np.uint8)
    return table


def alaw_table() -> Table:
    """ITU-T G.711 A-law of each 16-bit sample, by its unsigned pattern."""
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 3
    sign = np.where(samples >= 0, 0x80, 0)
    magnitude = np.where(samples >= 0, samples, -samples - 1)
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    shift = np.maximum(exponent, 1)
    mantissa = (magnitude >> shift) & 0x0F
    table: Table = ((sign | exponent << 4 | mantissa) ^ 0x55).astype(np.uint8)
    return table
