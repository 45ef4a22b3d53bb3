"""A round: the pictures that several feeds show together, or not at all.

Each is prepared on its own decode thread; what makes it visible is handed to the stage when the
last one is ready, so that no screen ever holds pictures of two rounds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

Reveal = Callable[[], None]
Stage = Callable[[Sequence[Reveal]], None]


def at_once(reveals: Sequence[Reveal]) -> None:
    """The stage where there is no screen."""
    for reveal in reveals:
        reveal()


class Round:
    """Thread-safe.  `join` for each picture, `say` for what is to be told with them, `close` when
    nobody joins any more; `ready` or `leave` for each that joined.  `done` is called when all of
    these have ended; not for a round without pictures, which ends with `close`."""

    def __init__(self, stage: Stage, done: Callable[[], None]) -> None:
        self._stage = stage
        self._done = done
        self._lock = threading.Lock()
        self._waiting: set[object] = set()
        self._reveals: list[Reveal] = []
        self._closed = False
        self.joined = 0
        self.done = False

    def join(self, who: object) -> None:
        with self._lock:
            self.joined += 1
            self._waiting.add(who)

    def say(self, reveal: Reveal) -> None:
        with self._lock:
            self._reveals.append(reveal)

    def ready(self, who: object, reveal: Reveal) -> None:
        self._end(who, reveal)

    def leave(self, who: object) -> None:
        """Its picture will not come."""
        self._end(who, None)

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self._end(None, None)

    def _end(self, who: object, reveal: Reveal | None) -> None:
        with self._lock:
            self._waiting.discard(who)
            if reveal is not None:
                self._reveals.append(reveal)
            if self.done or not self._closed or self._waiting:
                return
            self.done = True
        if self._reveals:
            self._stage(self._reveals)
        if self.joined:
            self._done()
