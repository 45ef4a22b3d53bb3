"""AAC in LATM (RFC 6416 §6, MP4A-LATM; ISO/IEC 14496-3 §1.7.3), one program of one layer."""

from __future__ import annotations

from axxond.devices.bitstream.aac import AacInfo, parse_config, read_config
from axxond.devices.bitstream.bits import Bits
from axxond.devices.rtsp.depay.port import Emit
from protocol.types import AudioFormat, Codec

_MAX_ELEMENT_BYTES = 64 * 1024  # 64 frames of a kilobyte


class AacLatm:
    """`parameters` are the SDP's fmtp values; without cpresent=0 the stream brings the config."""

    reorder: int | None = 0

    def __init__(self, parameters: dict[str, str], clock_rate: int, emit: Emit) -> None:
        self.dropped = 0
        self._emit = emit
        self._rate = clock_rate
        self._in_band = parameters.get("cpresent", "1") != "0"
        self._format: AudioFormat | None = None
        self._frames = 1  # in an element
        self._ticks = 0
        self._parts = b""
        self._damaged = False
        config = parameters.get("config", "")
        if config:
            self._configure(Bits(bytes.fromhex(config)))
        elif not self._in_band:
            raise ValueError("AAC in LATM without a configuration")

    @property
    def format(self) -> AudioFormat | None:
        return self._format

    @property
    def pending(self) -> bool:
        return False

    def detach(self) -> None:
        """Nothing is held of the buffer."""

    def lost(self) -> None:
        self._damaged = True

    def push(self, data: memoryview, begin: int, end: int, timestamp: int, marker: bool) -> None:
        self._parts += bytes(data[begin:end])
        if len(self._parts) > _MAX_ELEMENT_BYTES:
            self._parts, self._damaged = b"", True
        if not marker:
            return
        whole, damaged = self._parts, self._damaged
        self._parts, self._damaged = b"", False
        if damaged:
            self.dropped += 1
        else:
            self._element(Bits(whole), timestamp)

    def _element(self, bits: Bits, timestamp: int) -> None:
        """AudioMuxElement."""
        if self._in_band and not bits.flag():
            self._configure(bits)
        if self._format is None:
            return
        for index in range(self._frames):
            size = 0
            while (byte := bits.read(8)) == 255:
                size += byte
            frame = bits.read(8 * (size + byte)).to_bytes(size + byte, "big")
            stamp = (timestamp + index * self._ticks) & 0xFFFFFFFF
            if frame:
                self._emit(stamp, frame, True, self._format, self._ticks)

    def _configure(self, bits: Bits) -> None:
        """StreamMuxConfig."""
        if bits.flag():
            raise ValueError("LATM with audioMuxVersion 1")
        same_framing = bits.flag()
        self._frames = bits.read(6) + 1
        if bits.read(4) or bits.read(3) or not same_framing:
            raise ValueError("LATM with several programs or layers")
        config, info = _config(bits)
        if bits.left >= 3 and bits.read(3):
            raise ValueError("LATM with frames of a fixed length")
        if self._in_band or bits.left >= 10:  # some servers end the SDP's configuration here
            _rest(bits)
        self._ticks = info.frame_samples * self._rate // info.sample_rate
        if self._format is None or self._format.extradata != config:
            self._format = AudioFormat(
                Codec.AAC, info.sample_rate, info.channels, extradata=config
            )


def _rest(bits: Bits) -> None:
    bits.skip(8)  # latmBufferFullness
    if bits.flag():  # other data
        while bits.flag():
            bits.skip(8)
        bits.skip(8)
    if bits.flag():
        bits.skip(8)  # CRC


def _config(bits: Bits) -> tuple[bytes, AacInfo]:
    """The AudioSpecificConfig at the reader's place, as bytes of its own."""
    length = read_config(bits.copy()).bits
    size = (length + 7) // 8
    config = (bits.read(length) << (8 * size - length)).to_bytes(size, "big")
    return config, parse_config(config)
