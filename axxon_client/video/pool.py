"""The decode threads: few, shared by all feeds; each feed's work stays in its own order.

A `Lane` is one feed's queue of calls.  The pool runs calls of different lanes side by side, calls
of one lane one after the other, so that a lane's decoder needs no lock.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)

Work = Callable[[], None]
# libav works without the interpreter's lock, so threads beyond the cores only add switches.
_MAX_THREADS = 8
# A lane gives way to others after so many calls.
_TURN = 4


def default_threads() -> int:
    return max(2, min(_MAX_THREADS, os.cpu_count() or 2))


class DecodePool:
    """`lane` makes queues; `close` ends the threads (what is queued is dropped)."""

    def __init__(self, threads: int | None = None) -> None:
        self._ready: queue.SimpleQueue[Lane | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"decode-{number}", daemon=True)
            for number in range(threads or default_threads())
        ]
        for thread in self._threads:
            thread.start()

    def lane(self) -> Lane:
        return Lane(self._ready.put)

    def close(self) -> None:
        for _ in self._threads:
            self._ready.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (lane := self._ready.get()) is not None:
            lane.turn()


class Lane:
    """Calls in order, on one thread at a time; from any thread.  Whoever calls `put` bounds it."""

    def __init__(self, ready: Callable[[Lane], None]) -> None:
        self._ready = ready
        self._lock = threading.Lock()
        self._urgent: deque[Work] = deque()
        self._calls: deque[Work] = deque()
        self._scheduled = False
        self._closed = False
        self._idle = threading.Condition(self._lock)

    def put(self, work: Work) -> None:
        self._add(self._calls, work)

    def put_urgent(self, work: Work) -> None:
        """Before all that was `put`, in the order of the urgent ones."""
        self._add(self._urgent, work)

    def close(self) -> None:
        """Drop what is queued and wait for the call that runs (not from a lane's own call)."""
        with self._lock:
            self._closed = True
            self._calls.clear()
            self._urgent.clear()
            while self._scheduled:
                self._idle.wait()

    def turn(self) -> None:
        """For the pool: run a few calls, then queue again if there are more."""
        for _ in range(_TURN):
            work = self._next()
            if work is None:
                return
            try:
                work()
            except Exception:  # a feed's bug must not end a thread that others need
                log.exception("a call in a decode thread failed")
        self._ready(self)

    def _add(self, calls: deque[Work], work: Work) -> None:
        with self._lock:
            if self._closed:
                return
            calls.append(work)
            if self._scheduled:
                return
            self._scheduled = True
        self._ready(self)

    def _next(self) -> Work | None:
        with self._lock:
            if self._urgent:
                return self._urgent.popleft()
            if self._calls:
                return self._calls.popleft()
            self._scheduled = False
            self._idle.notify_all()
            return None
