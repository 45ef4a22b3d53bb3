"""Sound whose payload is the data itself: G.711, G.726, L16 (RFC 3551 §4.5), Opus (RFC 7587)."""

from __future__ import annotations

import struct

from axxond.devices.rtsp.depay.port import Emit
from protocol.types import AudioFormat, Codec


class _Whole:
    """Base: a packet is a unit."""

    reorder: int | None = 0
    pending = False

    def __init__(self, audio: AudioFormat, emit: Emit) -> None:
        self.format = audio
        self.dropped = 0
        self._emit = emit

    def lost(self) -> None:
        """Every packet stands for itself."""

    def detach(self) -> None:
        """Nothing is held."""


class Samples(_Whole):
    """Uncompressed or companded sound of a fixed number of bits a sample."""

    def __init__(self, audio: AudioFormat, emit: Emit) -> None:
        super().__init__(audio, emit)
        self._frame_bits = audio.bits_per_sample * audio.channels

    def push(self, data: memoryview, begin: int, end: int, timestamp: int, marker: bool) -> None:
        del marker  # the beginning of a talk spurt
        if end > begin:
            ticks = 8 * (end - begin) // self._frame_bits
            self._emit(timestamp, bytes(data[begin:end]), True, self.format, ticks)


class Opus(_Whole):
    def push(self, data: memoryview, begin: int, end: int, timestamp: int, marker: bool) -> None:
        del marker
        packet = bytes(data[begin:end])
        if packet:
            self._emit(timestamp, packet, True, self.format, opus_samples(packet))


def opus_samples(packet: bytes) -> int:
    """The duration of a packet at 48 kHz (RFC 6716 §3.1)."""
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        size = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        size = (480, 960)[config & 1]
    else:
        size = (120, 240, 480, 960)[config & 3]
    count = (1, 2, 2)[code] if code < 3 else packet[1] & 63 if len(packet) > 1 else 0
    return min(size * count, 5760)


def opus_format(channels: int) -> AudioFormat:
    """With an OpusHead (RFC 7845 §5.1): no pre-skip, no gain, mapping family 0."""
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, channels, 0, 48000, 0, 0)
    return AudioFormat(Codec.OPUS, 48000, channels, extradata=head)
