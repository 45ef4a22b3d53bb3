"""The newest groups of pictures of one stream, for an instant start and for the pre-event."""

from __future__ import annotations

from collections import deque

from axxond.media.packet import Packet
from protocol.types import MediaKind

_VIDEO = MediaKind.VIDEO
# What a packet costs beside its payload, so that tiny ones are bounded too.
_PACKET_BYTES = 200


class GopRing:
    """Keeps whole GOPs, each from its key frame with the audio that arrived during it.

    Audio that no key frame stands before is kept in pieces of one packet, so that it goes by age
    as GOPs do; video that no key frame stands before cannot be decoded and is not kept.  The
    newest GOP is always kept (it is what a new viewer starts with) unless it alone exceeds
    `max_bytes`: then all is dropped and the ring waits for the next key frame.  Older GOPs go, the
    oldest first, when the rest still spans `span_us`, or when there are more than `max_bytes`.
    A key frame that is earlier than what is kept (a clock was set back) drops all before it.
    """

    def __init__(self, span_us: int, max_bytes: int) -> None:
        self.span_us = span_us
        self.max_bytes = max_bytes
        self._gops: deque[list[Packet]] = deque()
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self._has_picture = False  # the newest GOP begins with a key frame

    @property
    def bytes(self) -> int:
        """Payloads, and 200 a packet."""
        return self._bytes

    def append(self, packet: Packet) -> None:
        if packet.format.kind is _VIDEO:
            if packet.keyframe:
                self._begin(packet)
            elif not self._has_picture:
                return
        elif not self._has_picture:
            self._begin(packet)
        self._gops[-1].append(packet)
        size = len(packet.data) + _PACKET_BYTES
        self._sizes[-1] += size
        self._bytes += size
        if len(self._gops) > 1 or self._bytes > self.max_bytes:
            self._trim(packet.dts_us)

    def clear(self) -> None:
        """Forget all, at an interruption of the stream."""
        self._gops.clear()
        self._sizes.clear()
        self._bytes = 0
        self._has_picture = False

    def newest_gop(self) -> list[Packet]:
        """The packets from the newest video key frame on; [] when there is none."""
        return list(self._gops[-1]) if self._has_picture else []

    def since(self, start_us: int) -> list[Packet]:
        """Packets of all GOPs that reach past `start_us`, from a GOP's beginning."""
        first = 0
        for number, gop in enumerate(self._gops):
            if gop[0].dts_us <= start_us:
                first = number
        return [packet for gop in list(self._gops)[first:] for packet in gop]

    def _begin(self, packet: Packet) -> None:
        if self._gops and packet.dts_us < self._gops[-1][0].dts_us:
            self.clear()
        self._gops.append([])
        self._sizes.append(0)
        self._has_picture = packet.is_video

    def _trim(self, now_us: int) -> None:
        while len(self._gops) > 1 and (
            self._bytes > self.max_bytes or now_us - self._gops[1][0].dts_us >= self.span_us
        ):
            self._gops.popleft()
            self._bytes -= self._sizes.popleft()
        if self._bytes > self.max_bytes:
            self.clear()
