"""The packets of a file in the order of their times, as a camera would send them.  Pure.

Files keep sound in blocks of seconds, and far from the picture that it goes with.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from attrs import evolve

from axxond.base.units import MS_US, SECOND_US
from axxond.media.packet import Packet
from protocol.types import AudioFormat, Codec

# So far apart picture and sound may stand in a file; and what that may hold of packets.
_AHEAD_US = 2500 * MS_US
_MAX_PACKETS = 1000
_BLOCK_US = 100 * MS_US
# Bytes of a sample.
_SAMPLED = {Codec.PCMU: 1, Codec.PCMA: 1, Codec.L16: 2}


class Ahead:
    """`push` packets as they stand in the file, take what is `ready`."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Packet]] = []
        self._count = 0
        self._newest_us = 0

    def push(self, packet: Packet) -> None:
        for part in blocks(packet):
            self._count += 1
            self._newest_us = max(self._newest_us, part.dts_us)
            heapq.heappush(self._heap, (part.dts_us, self._count, part))

    def ready(self, is_over: bool = False) -> Iterator[Packet]:
        """In order; `is_over`: no more comes."""
        heap = self._heap
        while heap and (
            is_over or len(heap) > _MAX_PACKETS or self._newest_us - heap[0][0] > _AHEAD_US
        ):
            yield heapq.heappop(heap)[2]


def blocks(packet: Packet) -> Iterator[Packet]:
    """Sound whose samples can be counted in blocks of 100 ms; anything else as it is."""
    form = packet.format
    width = _SAMPLED.get(form.codec, 0)
    if not isinstance(form, AudioFormat) or not width or not form.sample_rate:
        yield packet
        return
    frame_bytes = width * max(1, form.channels)
    step = max(1, form.sample_rate * _BLOCK_US // SECOND_US)
    for at in range(0, len(packet.data), step * frame_bytes):
        data = packet.data[at : at + step * frame_bytes]
        shift_us = at // frame_bytes * SECOND_US // form.sample_rate
        yield evolve(
            packet,
            data=data,
            pts_us=packet.pts_us + shift_us,
            dts_us=packet.dts_us + shift_us,
            duration_us=len(data) // frame_bytes * SECOND_US // form.sample_rate,
            discontinuity=packet.discontinuity and not at,
        )
