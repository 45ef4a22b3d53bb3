"""How fast playback really runs, beside how fast it should.  Pure: time is an argument."""

from __future__ import annotations

from collections import deque

_WINDOW_US = 2_000_000
_LEAST_US = 1_000_000  # before that much was seen nothing is said
_SLOW = 0.85  # of the wanted speed


class Pace:
    """`note` now and then while it plays; `begin` whenever it goes elsewhere or otherwise."""

    def __init__(self) -> None:
        self._notes: deque[tuple[int, int]] = deque()

    def begin(self) -> None:
        self._notes.clear()

    def note(self, mono_us: int, position_us: int) -> None:
        self._notes.append((mono_us, position_us))
        while mono_us - self._notes[0][0] > _WINDOW_US:
            self._notes.popleft()

    def reached(self) -> float | None:
        """The speed of the last seconds; None: too early to say."""
        if not self._notes:
            return None
        (first_us, from_us), (last_us, to_us) = self._notes[0], self._notes[-1]
        if last_us - first_us < _LEAST_US:
            return None
        return (to_us - from_us) / (last_us - first_us)

    def falls_behind(self, wanted: float) -> float | None:
        """The speed reached when it is clearly less than the wanted one."""
        reached = self.reached()
        slow = reached is not None and abs(reached) < _SLOW * abs(wanted)
        return reached if slow else None
