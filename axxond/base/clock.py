"""The two clocks, behind one port, so that everything above takes time as a value."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    def now_us(self) -> int:
        """UTC now, in microseconds."""

    def monotonic_us(self) -> int:
        """A clock that never jumps, in microseconds from an arbitrary start."""


class SystemClock:
    def now_us(self) -> int:
        return time.time_ns() // 1000

    def monotonic_us(self) -> int:
        return time.monotonic_ns() // 1000
