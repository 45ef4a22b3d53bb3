"""Threads that decode for detectors: a few for all cameras, bounded and fair.

A stream has at most one job in the pool, of a bounded number of packets, so that cameras take
turns.  Decoding, without the GIL, and the work on what was decoded run in the same thread, one
after the other; `DecodedStream._job` is the only code that runs there, and hands its results to
the event loop in one place.  All else here is for the event loop.
"""

from __future__ import annotations

import abc
import asyncio
import concurrent.futures
import logging
import os
import time
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from attrs import define

from axxond.base import tasks
from axxond.base.units import MIB
from axxond.stream.hub import Item, Policy, StreamHub

R = TypeVar("R")
log = logging.getLogger(__name__)

# A decoder that falls behind further than that (5 s at 25 fps) goes on with the newest GOP.
_MAX_QUEUED_PACKETS = 128
_MAX_QUEUED_BYTES = 8 * MIB
# One job: short enough that 64 cameras get their turn within a second on two threads.
_MAX_JOB_PACKETS = 8
# Packets gather that long before they become a job: a hand-over costs about as much as a frame.
_GATHER_S = 0.05


@define
class DecodeStats:
    """Counters of one stream.  `errors`: packets or frames that could not be decoded (damaged,
    or of an unknown codec); `skipped`: packets not decoded because what they build on is missing;
    `dropped`: lost to the bound of the queue; `cpu_us`: processor time of decoding and work;
    `on_card`: the graphics card decodes."""

    packets: int = 0
    frames: int = 0
    errors: int = 0
    skipped: int = 0
    dropped: int = 0
    cpu_us: int = 0
    on_card: bool = False


class Stage(abc.ABC, Generic[R]):
    """What is done with a stream's items, in the pool's threads, one at a time and in order."""

    gather_s = _GATHER_S

    def __init__(self) -> None:
        self.stats = DecodeStats()

    def chosen(self, items: list[Item]) -> list[Item]:
        """Those of the items, in order, that are worth a turn.  On the event loop."""
        return items

    @abc.abstractmethod
    def feed(self, item: Item) -> Iterator[R]:
        """Each result is delivered on the event loop."""


class DecodedStream(Generic[R]):
    """One reader of one stream; made by `DecoderPool.open`."""

    def __init__(
        self,
        pool: DecoderPool,
        hub: StreamHub,
        stage: Stage[R],
        on_result: Callable[[R], None],
        name: str,
    ) -> None:
        self.name = name
        self._pool = pool
        self._stage = stage
        self._on_result = on_result
        self._loop = asyncio.get_running_loop()
        self._idle = asyncio.Event()
        self._idle.set()
        self._failed = False
        self._began_s: float | None = None
        self._turn_s = 0.0
        self._subscription = hub.subscribe(
            Policy.DROP_OLDEST, _MAX_QUEUED_BYTES, _MAX_QUEUED_PACKETS
        )
        self._task = tasks.spawn(self._run(), name)

    @property
    def stats(self) -> DecodeStats:
        self._stage.stats.dropped = self._subscription.dropped
        return self._stage.stats

    @property
    def turn_s(self) -> float:
        """How long what was taken last has been waiting for its results, or had to."""
        if self._began_s is not None:
            return max(self._turn_s, self._loop.time() - self._began_s)
        return self._turn_s

    async def close(self) -> None:
        """Returns when no job of this stream is running and its results have been delivered."""
        self._subscription.close()
        await tasks.cancel(self._task)
        await self._idle.wait()
        self._pool.forget(self)

    async def _run(self) -> None:
        while taken := await self._subscription.wait():
            self._began_s = self._loop.time()
            items = self._stage.chosen(taken)
            for first in range(0, len(items), _MAX_JOB_PACKETS):
                self._idle.clear()
                self._pool.submit(self._job, items[first : first + _MAX_JOB_PACKETS])
                await self._idle.wait()
            self._turn_s, self._began_s = self._loop.time() - self._began_s, None
            await asyncio.sleep(self._stage.gather_s)

    def _job(self, items: list[Item]) -> None:
        """In a pool's thread."""
        began_ns = time.thread_time_ns()
        results: list[R] = []
        for item in items:
            try:
                results.extend(self._stage.feed(item))
            except Exception:  # noqa: BLE001 - the edge of a thread: one camera's failure is its own
                self._fail()
        self._stage.stats.cpu_us += (time.thread_time_ns() - began_ns) // 1000
        self._loop.call_soon_threadsafe(self._deliver, results)  # the one way back to the loop

    def _fail(self) -> None:
        self._stage.stats.errors += 1
        if not self._failed:
            log.exception("%s failed on a frame (further failures are counted only)", self.name)
        self._failed = True

    def _deliver(self, results: list[R]) -> None:
        self._idle.set()
        for result in results:
            self._on_result(result)


class DecoderPool:
    """`threads` threads (0: as many as cores) that decode for all streams opened on it."""

    def __init__(self, threads: int = 0) -> None:
        self.threads = threads or os.cpu_count() or 1
        self._executor = concurrent.futures.ThreadPoolExecutor(self.threads, "decode")
        self._streams: set[DecodedStream[Any]] = set()

    @property
    def turn_s(self) -> float:
        """Of the stream that waits longest for its turn: how far decoding is behind."""
        return max((stream.turn_s for stream in self._streams), default=0.0)

    def open(
        self,
        hub: StreamHub,
        stage: Stage[R],
        on_result: Callable[[R], None],
        name: str,
    ) -> DecodedStream[R]:
        """Have a hub's packets worked on from here on; `on_result` is called on the loop with
        what `stage` made.  For the event loop."""
        stream = DecodedStream(self, hub, stage, on_result, name)
        self._streams.add(stream)
        return stream

    async def close(self) -> None:
        """Close all streams and end the threads."""
        for stream in list(self._streams):
            await stream.close()
        await tasks.in_thread(self._executor.shutdown)

    def submit(self, job: Callable[[list[Item]], None], items: list[Item]) -> None:
        """For `DecodedStream`, which has one job at a time."""
        self._executor.submit(job, items)

    def forget(self, stream: DecodedStream[Any]) -> None:
        """For `DecodedStream.close`."""
        self._streams.discard(stream)
