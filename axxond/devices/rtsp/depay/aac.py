"""AAC payloads: RFC 3640 (mpeg4-generic, AAC-hbr and AAC-lbr)."""

from __future__ import annotations

from axxond.devices.bitstream.aac import parse_config
from axxond.devices.bitstream.bits import Bits
from axxond.devices.rtsp.depay.port import Emit
from protocol.types import AudioFormat, Codec

_MAX_FRAME_BYTES = 6144 * 8  # 6144 bits a channel (ISO/IEC 14496-3 §4.5.3), eight channels


class AacGeneric:
    """`parameters` are the SDP's fmtp values.  Raises ValueError when they make no sense."""

    reorder: int | None = 0

    def __init__(self, parameters: dict[str, str], clock_rate: int, emit: Emit) -> None:
        config = bytes.fromhex(parameters.get("config", ""))
        info = parse_config(config)
        self.format = AudioFormat(Codec.AAC, info.sample_rate, info.channels, extradata=config)
        self.dropped = 0
        self._emit = emit
        self._ticks = info.frame_samples * clock_rate // info.sample_rate
        low = parameters.get("mode", "").lower() == "aac-lbr"
        self._size_bits = _small(parameters, "sizelength", 6 if low else 13)
        self._index_bits = _small(parameters, "indexlength", 2 if low else 3)
        self._delta_bits = _small(parameters, "indexdeltalength", 2 if low else 3)
        self._part = b""  # of a frame that goes on in the next packet
        self._part_size = 0
        self._part_timestamp = -1

    @property
    def pending(self) -> bool:
        return False

    def lost(self) -> None:
        self._drop_part()

    def detach(self) -> None:
        """Nothing is held of the buffer."""

    def push(self, data: memoryview, begin: int, end: int, timestamp: int, marker: bool) -> None:
        sizes, position = self._sizes(data, begin, end)
        if len(sizes) == 1 and sizes[0] > end - position:
            self._fragment(bytes(data[position:end]), sizes[0], timestamp, marker)
            return
        self._drop_part()
        for index, size in enumerate(sizes):
            if position + size > end:
                raise ValueError("an AAC frame beyond its packet")
            frame = bytes(data[position : position + size])
            position += size
            stamp = (timestamp + index * self._ticks) & 0xFFFFFFFF
            if frame:
                self._emit(stamp, frame, True, self.format, self._ticks)

    def _sizes(self, data: memoryview, begin: int, end: int) -> tuple[list[int], int]:
        """The frame sizes in the AU header section (§3.2.1) and where the frames begin."""
        if end - begin < 2:
            raise ValueError("an AAC packet without headers")
        bits = data[begin] << 8 | data[begin + 1]
        start = begin + 2 + (bits + 7) // 8
        if start > end:
            raise ValueError("AAC headers beyond their packet")
        reader = Bits(bytes(data[begin + 2 : start]))
        sizes: list[int] = []
        while bits > 0:
            index_bits = self._delta_bits if sizes else self._index_bits
            sizes.append(reader.read(self._size_bits))
            reader.skip(index_bits)
            bits -= self._size_bits + index_bits
        return sizes, start

    def _fragment(self, piece: bytes, size: int, timestamp: int, marker: bool) -> None:
        if self._part_timestamp != timestamp or self._part_size != size:
            self._drop_part()
            self._part_timestamp, self._part_size = timestamp, size
        self._part += piece
        if len(self._part) > min(size, _MAX_FRAME_BYTES):
            raise ValueError("more fragments than the AAC frame has bytes")
        if marker or len(self._part) == size:
            frame, whole = self._part, len(self._part) == size
            self._part, self._part_timestamp = b"", -1
            if whole:
                self._emit(timestamp, frame, True, self.format, self._ticks)
            else:
                self.dropped += 1

    def _drop_part(self) -> None:
        self.dropped += bool(self._part)
        self._part, self._part_timestamp = b"", -1


def _small(parameters: dict[str, str], name: str, default: int) -> int:
    text = parameters.get(name, "")
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else default
    if not 0 <= value <= 32:
        raise ValueError(f"AAC {name}={value}")
    return value or (default if name == "sizelength" else 0)
