"""The newest groups of pictures of one stream, for an instant start and for the pre-event."""

from __future__ import annotations

from collections import deque

from axxond.media.packet import Packet


class GopRing:
    """Keeps whole GOPs, each from its key frame with the audio that arrived during it.

    The newest GOP is always kept (it is what a new viewer starts with) unless it alone exceeds
    `max_bytes`: then it is dropped and the ring waits for the next key frame.  Older GOPs go, the
    oldest first, when the ring spans more than `span_us` or holds more than `max_bytes`.
    """

    def __init__(self, span_us: int, max_bytes: int) -> None:
        self.span_us = span_us
        self.max_bytes = max_bytes
        self._gops: deque[list[Packet]] = deque()
        self._sizes: deque[int] = deque()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        return self._bytes

    def append(self, packet: Packet) -> None:
        starts = packet.is_video and packet.keyframe
        if starts or (not packet.is_video and not self._gops):
            self._gops.append([])
            self._sizes.append(0)
        elif not self._gops:
            return
        elif packet.is_video and not (self._gops[-1] and self._gops[-1][0].is_video):
            return  # a video packet with no key frame before it cannot be decoded
        self._gops[-1].append(packet)
        size = len(packet.data)
        self._sizes[-1] += size
        self._bytes += size
        self._trim(packet.dts_us)

    def clear(self) -> None:
        """Forget all, at an interruption of the stream."""
        self._gops.clear()
        self._sizes.clear()
        self._bytes = 0

    def newest_gop(self) -> list[Packet]:
        """The packets from the newest video key frame on; [] when there is none."""
        if self._gops and self._gops[-1] and self._gops[-1][0].is_video:
            return list(self._gops[-1])
        return []

    def since(self, start_us: int) -> list[Packet]:
        """Packets of all GOPs that reach past `start_us`, from a GOP's beginning."""
        gops = list(self._gops)
        first = 0
        for number, gop in enumerate(gops):
            if gop and gop[0].dts_us <= start_us:
                first = number
        return [packet for gop in gops[first:] for packet in gop]

    def _trim(self, now_us: int) -> None:
        while len(self._gops) > 1 and (
            self._bytes > self.max_bytes
            or (self._gops[1] and now_us - self._gops[1][0].dts_us >= self.span_us)
        ):
            self._gops.popleft()
            self._bytes -= self._sizes.popleft()
        if self._bytes > self.max_bytes:
            self.clear()
