"""How far behind one client is, and whether live pictures must skip.  On the event loop."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from axxond.base.units import KIB, MIB, MS_US, SECOND_US

# What waits for one client before live channels skip to the next key frame: the first GOPs of a
# whole layout fit, and it stays below the transport's high water.
MAX_LIVE_BYTES = 6 * MIB
# A slow line carries little in that time: a viewer shall be late by no more.
MAX_LIVE_LAG_US = 2 * SECOND_US
# Less than this is a burst on its way, not a lag.
_BURST_BYTES = 128 * KIB
# Live goes on with a key frame once so little waits.
_RESUME_BYTES = 512 * KIB
_MARK_EVERY_US = 100 * MS_US
# Marks are dropped as bytes leave; a client that reads nothing is cut after a minute.
_MAX_MARKS = 1024


class Sending(Protocol):
    """What is asked of a WireConnection."""

    sent_bytes: int

    @property
    def outbound_bytes(self) -> int: ...


class Outbound:
    """Follows the age of the oldest byte that waits: (bytes sent so far, when) marks."""

    def __init__(self, connection: Sending) -> None:
        self._connection = connection
        self._marks: deque[tuple[int, int]] = deque(maxlen=_MAX_MARKS)

    def lag_us(self, now_us: int) -> int:
        """How long the oldest byte that waits has waited, within 0.1 s."""
        sent = self._connection.sent_bytes
        left = sent - self._connection.outbound_bytes
        marks = self._marks
        while marks and marks[0][0] <= left:
            marks.popleft()
        if sent > left and (not marks or now_us - marks[-1][1] >= _MARK_EVERY_US):
            marks.append((sent, now_us))
        return now_us - marks[0][1] if marks else 0

    def must_skip(self, now_us: int) -> bool:
        """Live channels must stop here and go on with a key frame when `may_resume`."""
        waiting = self._connection.outbound_bytes
        if waiting < _BURST_BYTES:
            return False
        return waiting > MAX_LIVE_BYTES or self.lag_us(now_us) > MAX_LIVE_LAG_US

    def may_resume(self) -> bool:
        return self._connection.outbound_bytes <= _RESUME_BYTES
