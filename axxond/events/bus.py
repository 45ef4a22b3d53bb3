"""The in-process bus: events fan out at once, in order, to whoever listens."""

from __future__ import annotations

import logging
from collections.abc import Callable

from axxond.events.types import Event

log = logging.getLogger(__name__)
Listener = Callable[[Event], None]


class EventBus:
    """Listeners are called on the publisher's thread (the event loop) and must not block; what
    one raises is logged and keeps the event from nobody.

    What a listener publishes in turn is delivered after the present event has reached everyone.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._queue: list[Event] = []
        self._busy = False

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; the returned call takes it off again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, event: Event) -> None:
        self._queue.append(event)
        if self._busy:
            return
        self._busy = True
        try:
            while self._queue:
                current = self._queue.pop(0)
                for listener in list(self._listeners):
                    _tell(listener, current)
        finally:
            self._busy = False


def _tell(listener: Listener, event: Event) -> None:
    try:
        listener(event)
    except Exception:  # the edge between rooms: one room's fault stays its own
        log.exception("a listener failed at the event %s", event.type.name)
