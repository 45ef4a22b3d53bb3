"""Key frames only, pure: a picture stands until the next one."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from axxond.base.units import SECOND_US
from axxond.media.packet import Packet

# A hole between key frames that is longer is one: nothing was seen meanwhile.
_MAX_STEP_US = 30 * SECOND_US


class Thinner:
    """A key frame is said to last as long as the step between the two before it, so that the
    time line does not show a hole after every picture; the first one its own time."""

    def __init__(self) -> None:
        self._last_us: int | None = None
        self._step_us = 0
        self._broken = False

    def thin(self, packets: Iterable[Packet]) -> list[Packet]:
        kept = []
        for packet in packets:
            if not packet.is_video:
                continue
            self._broken = self._broken or packet.discontinuity
            if packet.keyframe:
                kept.append(self._stretched(packet))
        return kept

    def _stretched(self, packet: Packet) -> Packet:
        step = packet.pts_us - self._last_us if self._last_us is not None else 0
        if not self._broken and 0 < step <= _MAX_STEP_US:
            self._step_us = step
        self._last_us = packet.pts_us
        duration = max(packet.duration_us, self._step_us)
        packet = evolve(packet, duration_us=duration, discontinuity=self._broken)
        self._broken = False
        return packet
