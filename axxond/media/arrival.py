"""Times for a stream that has no clock of its own, pure.

An HTTP camera sends pictures and no time stamps: all that is known is when each arrived, and that
the camera made them evenly.  A picture cannot have been made after it came, so the least delayed
ones tell the truth; the others follow at the pace of the last pictures.
"""

from __future__ import annotations

from collections import deque

from axxond.base.units import MS_US

# The pace is learned from so many pictures: a second and more of jitter is averaged out, and a
# camera that changes its rate is followed within as many pictures.
_PACE_PICTURES = 50
# So much of a picture's delay is believed to be a later clock, not jitter; more of one that is
# longer than networks jitter.
_LATE_SHARE, _VERY_LATE_SHARE = 64, 8
_VERY_LATE_US = 150 * MS_US
# Beyond it there was a pause, or another rate: begin anew.
_LOST_US = 700 * MS_US
_STEP_US = 1 * MS_US  # between any two pictures at least


class ArrivalClock:
    """`stamp` gives the time of a picture from its arrival, UTC microseconds; times rise.

    `interval_us` is the pace, 0 until two pictures have come.
    """

    def __init__(self) -> None:
        self.interval_us = 0
        self._arrivals: deque[int] = deque(maxlen=_PACE_PICTURES)
        self._last_us: int | None = None

    def stamp(self, arrival_us: int) -> int:
        last_us = self._last_us
        if last_us is None:
            return self._anchor(arrival_us)
        self._arrivals.append(arrival_us)
        span_us = self._arrivals[-1] - self._arrivals[0]
        self.interval_us = max(0, span_us) // (len(self._arrivals) - 1)
        expected_us = last_us + self.interval_us
        late_us = arrival_us - expected_us
        if abs(late_us) > _LOST_US:
            return self._anchor(max(arrival_us, last_us + _STEP_US))
        if late_us < 0:
            # Pressed together no closer than a quarter: players count in frames.
            time_us = max(arrival_us, last_us + self.interval_us // 4)
        else:
            share = _LATE_SHARE if late_us < _VERY_LATE_US else _VERY_LATE_SHARE
            time_us = expected_us + late_us // share
        self._last_us = max(time_us, last_us + _STEP_US)
        return self._last_us

    def _anchor(self, time_us: int) -> int:
        self._arrivals.clear()
        self._arrivals.append(time_us)
        self._last_us = time_us
        return time_us
