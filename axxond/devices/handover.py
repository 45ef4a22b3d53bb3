"""A reader on a thread of its own, and its packets to the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from axxond.base import tasks
from axxond.devices.port import DeviceError, Sink
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


class ThreadReader(Protocol):
    """Blocks in `run` until it fails, or soon after `stop` is set; gives the failure."""

    stop: threading.Event

    def run(self) -> DeviceError: ...


async def read_on_thread(name: str, sink: Sink, make: Callable[[Handover], ThreadReader]) -> None:
    """Until the reader fails or the caller is cancelled, and its thread has ended.  Raises
    DeviceError."""
    handover = Handover(asyncio.get_running_loop(), sink)
    reader = make(handover)
    worker = tasks.Worker(name)
    call = tasks.spawn(worker.call(reader.run), name)
    try:
        # Not to be cancelled: a thread cannot be interrupted, only told to end.
        raise await asyncio.shield(call)
    finally:
        reader.stop.set()
        handover.close()
        await asyncio.wait((call,))
        worker.close()
