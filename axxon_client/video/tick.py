"""One display tick for all surfaces: repaints are asked for together, not a picture each."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from PyQt5.QtCore import QObject, Qt, QTimer

# 50 Hz: no picture of a 25 fps camera is missed, and those that came together are painted
# together.
TICK_MS = 20


class Ticked(Protocol):
    def tick(self) -> None:
        """Repaint if there is something new; in the GUI thread, at once."""


class DisplayTick(QObject):
    """Calls `tick` of everything that joined, until it is gone; the timer stops with the last.

    What is `stage`d together is run between two paintings, so that it is seen together.
    """

    def __init__(self) -> None:
        super().__init__()
        self._staged: deque[Callable[[], None]] = deque()
        self._members: weakref.WeakSet[Ticked] = weakref.WeakSet()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def join(self, member: Ticked) -> None:
        self._members.add(member)
        if not self._timer.isActive():
            self._timer.start()

    def leave(self, member: Ticked) -> None:
        self._members.discard(member)
        if not self._members:
            self._timer.stop()
            self._run_staged()

    def stage(self, reveals: Sequence[Callable[[], None]]) -> None:
        """From any thread.  Run with the next tick; at once while nothing is shown."""
        self._staged.extend(reveals)
        if not self._members:
            self._run_staged()

    def _run_staged(self) -> None:
        while self._staged:
            try:
                reveal = self._staged.popleft()
            except IndexError:  # another thread was quicker
                return
            reveal()

    def _tick(self) -> None:
        self._run_staged()
        for member in list(self._members):
            member.tick()
        if not self._members:
            self._timer.stop()


_shared: list[DisplayTick] = []


def display_tick() -> DisplayTick:
    """The application's one; made in the GUI thread at first use."""
    if not _shared:
        _shared.append(DisplayTick())
    return _shared[0]
