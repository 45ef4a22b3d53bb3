"""Encoding on a bounded number of threads, shared by all channels of all cards.

A channel stays on one thread, so that its pictures keep their order; a new one goes to the thread
with the fewest.  Threads are there while a channel is.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable

from axxond.base import tasks
from axxond.devices.capture.encoder import Encoder
from axxond.devices.capture.port import Picture
from axxond.media.packet import Packet

log = logging.getLogger(__name__)

# A channel's pictures that wait for an encoder: more would only be shown late, and a picture of
# PAL has 600 KB.  The oldest goes.
MAX_WAITING = 4
# Threads beyond the cores would only take turns; one core is left for the event loop.
_MAX_THREADS = max(1, (os.cpu_count() or 2) - 1)


class Pool:
    """`join` and `leave` on any thread."""

    def __init__(self, max_threads: int = _MAX_THREADS) -> None:
        self._max_threads = max_threads
        self._lock = threading.Lock()
        self._lanes: dict[tasks.Worker, int] = {}

    def join(self) -> tasks.Worker:
        with self._lock:
            idle = min(self._lanes, key=lambda lane: self._lanes[lane], default=None)
            if idle is None or (self._lanes[idle] and len(self._lanes) < self._max_threads):
                idle = tasks.Worker("encoder")
                self._lanes[idle] = 0
            self._lanes[idle] += 1
            return idle

    def leave(self, lane: tasks.Worker) -> None:
        """What was submitted is finished first; does not wait for it."""
        with self._lock:
            self._lanes[lane] -= 1
            if not self._lanes[lane]:
                del self._lanes[lane]
                lane.close(wait=False)


POOL = Pool()


class ChannelEncoder:
    """Encodes one channel's pictures on a thread of the pool.

    `put` on the channel's own thread, `deliver` is called on the pool's.  `dropped` counts
    pictures that the encoders had no time for, `failed` is libav's refusal, after which nothing
    is encoded any more.
    """

    def __init__(
        self,
        make: Callable[[], Encoder],
        deliver: Callable[[Packet], None],
        pool: Pool = POOL,
    ) -> None:
        self.dropped = 0
        self.failed: Exception | None = None
        self._make = make
        self._deliver = deliver
        self._pool = pool
        self._lane = pool.join()
        self._encoder: Encoder | None = None
        self._lock = threading.Lock()
        self._waiting: deque[Picture] = deque()
        self._lost = 0  # since the last picture encoded
        self._scheduled = False

    def put(self, picture: Picture) -> None:
        with self._lock:
            if len(self._waiting) >= MAX_WAITING:
                self._waiting.popleft()
                self.dropped += 1
                self._lost += 1
            self._waiting.append(picture)
            if self._scheduled:
                return
            self._scheduled = True
        self._lane.submit(self._work)

    def close(self) -> None:
        """Nothing is delivered afterwards; waits for the picture that is being encoded."""
        with self._lock:
            self._waiting.clear()
        self._lane.submit(_nothing).result()
        self._pool.leave(self._lane)

    def _work(self) -> None:
        """One picture, then the other channels of the thread have their turn."""
        with self._lock:
            if not self._waiting:
                self._scheduled = False
                return
            picture, lost = self._waiting.popleft(), self._lost
            self._lost = 0
        if self.failed is None:
            self._encode(picture, lost)
        with self._lock:
            self._scheduled = bool(self._waiting)
            if not self._scheduled:
                return
        self._lane.submit(self._work)

    def _encode(self, picture: Picture, lost: int) -> None:
        try:
            if self._encoder is None:
                self._encoder = self._make()
            for packet in self._encoder.encode(*picture, lost):
                self._deliver(packet)
        except Exception as error:
            log.exception("a capture channel cannot be encoded")
            self.failed = error


def _nothing() -> None:
    """Its turn comes when all before it is done."""
