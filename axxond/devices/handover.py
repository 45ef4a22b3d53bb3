"""Packets from a reading thread to the event loop."""

from __future__ import annotations

import asyncio
from collections import deque

from axxond.devices.port import Sink
from axxond.media.packet import Packet

# More than that waits for an event loop that has stood still: the oldest go.
_MAX_QUEUED_PACKETS = 2000


class Handover:
    """Packets from the reading thread to the loop, many at a wake-up."""

    def __init__(self, loop: asyncio.AbstractEventLoop, sink: Sink) -> None:
        self._loop = loop
        self._sink = sink
        self._queue: deque[Packet] = deque(maxlen=_MAX_QUEUED_PACKETS)
        self._scheduled = False
        self._closed = False
        self.used = False  # whether anything came

    def put(self, packet: Packet) -> None:
        """On the reading thread."""
        self.used = True
        self._queue.append(packet)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon_threadsafe(self._deliver)

    def close(self) -> None:
        """On the loop: deliver no more."""
        self._closed = True

    def _deliver(self) -> None:
        self._scheduled = False
        while self._queue and not self._closed:
            self._sink.packet(self._queue.popleft())
