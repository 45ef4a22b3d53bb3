"""Streams that are decoded for detectors: bounded and fair.  On the event loop.

A stream has at most one job with the crew, of a bounded number of packets, so that cameras take
turns.  Should whoever does it be gone, the stream begins anew with somebody else; a stream at
whose packets that happened has to wait first, ever longer, so that it cannot keep the others from
their work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from axxond.base import tasks
from axxond.base.units import MIB
from axxond.stream.crew import Crew, Duty, Seat
from axxond.stream.hardware import Choice
from axxond.stream.hub import Policy, StreamHub
from axxond.stream.stage import DecodeStats, Recipe
from protocol.types import StreamRole

R = TypeVar("R")

# A decoder that falls behind further than that (5 s at 25 fps) goes on with the newest GOP.
_MAX_QUEUED_PACKETS = 128
_MAX_QUEUED_BYTES = 8 * MIB
# One job: short enough that 64 cameras get their turn within a second on two processors.
_MAX_JOB_PACKETS = 8
# In streams of low quality.
_HIGH_WEIGHT = 4
# A stream that is to blame waits that long, then twice as long, ...
_FIRST_WAIT_S = 2.0
_MOST_WAIT_S = 600.0
# ... unless it has gone well for that long.
_FORGIVEN_S = 1800.0


class DecodedStream(Generic[R]):
    """One reader of one stream; made by `DecoderPool.open`."""

    def __init__(
        self,
        pool: DecoderPool,
        hub: StreamHub,
        recipe: Recipe[R],
        name: str,
        on_result: Callable[[R], None],
        on_lost: Callable[[float], None],
    ) -> None:
        self._pool = pool
        self._recipe = recipe
        self._on_result = on_result
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._stats = DecodeStats()
        self._idle = asyncio.Event()
        self._idle.set()
        self._began_s: float | None = None
        self._turn_s = 0.0
        self._wait_s = 0.0  # before the next seat is taken
        self._blamed_s: float | None = None
        self._penalty_s = 0.0
        self._words: dict[type, Any] = {}
        weight = _HIGH_WEIGHT if recipe.heavy and hub.key.role is StreamRole.HIGH else 1
        self._duty = Duty(name, recipe, self._done, self._lost, weight)
        seat = pool.crew.seat(self._duty)
        self._seat: Seat | None = seat
        self._subscription = hub.subscribe(
            Policy.DROP_OLDEST, _MAX_QUEUED_BYTES, _MAX_QUEUED_PACKETS
        )
        self._tell_anew(seat)
        self._task = tasks.spawn(self._run(), name)

    @property
    def stats(self) -> DecodeStats:
        self._stats.dropped = self._subscription.dropped
        return self._stats

    @property
    def turn_s(self) -> float:
        """How long what was taken last has been waiting for its results, or had to."""
        if self._began_s is not None:
            return max(self._turn_s, self._loop.time() - self._began_s)
        return self._turn_s

    def tell(self, word: Any) -> None:
        """For the stage, after the packets that it has been given.  The newest word of a type is
        told again to a stage that has to begin anew."""
        self._words[type(word)] = word
        self.pass_on(word)

    def pass_on(self, word: Any) -> None:
        """For `DecoderPool.tell`."""
        if self._seat is not None:
            self._seat.tell(word)

    async def close(self, word: Any = None) -> None:
        """Returns when no job of this stream is running and its results have been delivered, those
        of a last `word` too."""
        self._subscription.close()
        await tasks.cancel(self._task)
        await self._idle.wait()
        if self._seat is not None:
            self._idle.clear()
            self._seat.leave(word)
            await self._idle.wait()
        self._pool.forget(self)

    async def _run(self) -> None:
        while taken := await self._subscription.wait():
            self._began_s = self._loop.time()
            items = self._recipe.chosen(taken)
            for first in range(0, len(items), _MAX_JOB_PACKETS):
                seat = self._seat or await self._another_seat()
                self._idle.clear()
                seat.work(items[first : first + _MAX_JOB_PACKETS])
                await self._idle.wait()
            self._turn_s, self._began_s = self._loop.time() - self._began_s, None
            await asyncio.sleep(self._recipe.gather_s)

    async def _another_seat(self) -> Seat:
        self._began_s = None  # it is not the processor that it waits for
        await asyncio.sleep(self._wait_s)
        self._began_s = self._loop.time()
        self._seat = self._pool.crew.seat(self._duty)
        self._tell_anew(self._seat)
        return self._seat

    def _tell_anew(self, seat: Seat) -> None:
        for word in (self._pool.words | self._words).values():
            seat.tell(word)

    def _done(self, results: list[R], stats: DecodeStats) -> None:
        self._stats = stats
        self._idle.set()
        for result in results:
            self._on_result(result)

    def _lost(self, blamed: bool) -> None:
        self._seat = None
        self._idle.set()
        self._wait_s = self._penalty() if blamed else 0.0
        self._on_lost(self._wait_s)

    def _penalty(self) -> float:
        now_s = self._loop.time()
        again = self._blamed_s is not None and now_s - self._blamed_s < _FORGIVEN_S
        self._blamed_s = now_s
        self._penalty_s = min(2 * self._penalty_s, _MOST_WAIT_S) if again else _FIRST_WAIT_S
        return self._penalty_s


def _ignore(_wait_s: float) -> None:
    pass


class DecoderPool:
    """All streams that are decoded, by one crew.  `words`: what all of them are told, by type."""

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self.words: dict[type, Any] = {}
        self._streams: set[DecodedStream[Any]] = set()

    @property
    def turn_s(self) -> float:
        """Of the stream that waits longest for its turn: how far decoding is behind."""
        return max((stream.turn_s for stream in self._streams), default=0.0)

    def open(
        self,
        hub: StreamHub,
        recipe: Recipe[R],
        on_result: Callable[[R], None],
        name: str,
        on_lost: Callable[[float], None] = _ignore,
    ) -> DecodedStream[R]:
        """Have a hub's packets worked on from here on; `on_result` is called with what the stage
        made, `on_lost` when the stage is gone and another begins anew, in that many seconds."""
        stream = DecodedStream(self, hub, recipe, name, on_result, on_lost)
        self._streams.add(stream)
        return stream

    def tell(self, word: Any) -> None:
        """As `DecodedStream.tell`, for all streams, those that are opened later too."""
        self.words[type(word)] = word
        for stream in self._streams:
            stream.pass_on(word)

    def choose_card(self, choice: Choice) -> None:
        """As `Crew.choose_card`."""
        self.crew.choose_card(choice)

    async def close(self) -> None:
        """Close all streams and dismiss the crew."""
        for stream in list(self._streams):
            await stream.close()
        await self.crew.close()

    def forget(self, stream: DecodedStream[Any]) -> None:
        """For `DecodedStream.close`."""
        self._streams.discard(stream)
