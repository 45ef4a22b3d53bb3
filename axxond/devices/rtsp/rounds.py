"""Reads many streams in rounds: a stream rests after a read until all are read again.

Waking up for one picture of one camera costs twice what the picture itself costs: caches are cold
each time.  With 64 cameras a read that brings two or three pictures halves the whole (1.5 to
0.8 ms of processor time a camera-second, seen).  The price is latency, so that the interval grows
with the number of streams, and a few cameras are read at once.  On the event loop.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import Protocol

_AT_ONCE = 8  # so many streams cost little: none of them rests
_STEP_S = 0.0016  # of each stream to the interval
_MAX_INTERVAL_S = 0.1  # what a live picture may be late by
# A read as long as that may have left more in the socket.
_LONG_READ_BYTES = 64 << 10


class Reading(Protocol):
    """What is asked of a transport."""

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def is_closing(self) -> bool: ...


class Rounds:
    """Of one event loop: `of_loop`.  A stream `enter`s when it plays and `leave`s at its end."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._streams = 0
        self._resting: set[Reading] = set()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def interval_s(self) -> float:
        """0: streams are read as their bytes come."""
        if self._streams <= _AT_ONCE:
            return 0.0
        return min(_MAX_INTERVAL_S, self._streams * _STEP_S)

    def enter(self) -> None:
        self._streams += 1

    def leave(self, transport: Reading) -> None:
        self._streams -= 1
        self._resting.discard(transport)
        if self._timer is not None and not self._resting:
            self._timer.cancel()
            self._timer = None

    def rest(self, transport: Reading, count: int) -> None:
        """`count` bytes were read: read no more before the next round."""
        if self._streams <= _AT_ONCE or count >= _LONG_READ_BYTES or transport in self._resting:
            return
        loop = self._loop()
        if loop is None or transport.is_closing():
            return
        transport.pause_reading()
        self._resting.add(transport)
        if self._timer is None:
            self._timer = loop.call_later(self.interval_s, self._begin)

    def _begin(self) -> None:
        """A round: what rests is read again."""
        self._timer = None
        resting, self._resting = self._resting, set()
        for transport in resting:
            if not transport.is_closing():
                transport.resume_reading()


_rounds: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Rounds] = weakref.WeakKeyDictionary()


def of_loop(loop: asyncio.AbstractEventLoop) -> Rounds:
    """The rounds that all streams of a loop share."""
    found = _rounds.get(loop)
    if found is None:
        found = _rounds[loop] = Rounds(loop)
    return found
