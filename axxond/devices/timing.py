"""How a stream's times behave, for people: the network's jitter, the camera's clock.  Pure."""

from __future__ import annotations

from collections import deque

from axxond.base.units import MS_US, SECOND_US

_PACKETS = 250  # ten seconds at 25 pictures a second
_LEAST_PACKETS = 25
_LATE_SHARE = 0.9
_OFFSETS = 120  # sender reports come every 5 s: ten minutes
_LEAST_OFFSETS, _LEAST_SPAN_US = 8, 60 * SECOND_US
# A clock that was set is no drift.
_SET_US = 1 * SECOND_US


class Timing:
    def __init__(self) -> None:
        self.offset_us: int | None = None
        self._late: deque[int] = deque(maxlen=_PACKETS)
        self._offsets: deque[tuple[int, int]] = deque(maxlen=_OFFSETS)

    def packet(self, late_us: int) -> None:
        """A packet came so long after its own time."""
        self._late.append(late_us)

    def offset(self, offset_us: int, now_us: int) -> None:
        """The camera's clock minus ours."""
        if self.offset_us is not None and abs(offset_us - self.offset_us) > _SET_US:
            self._offsets.clear()
        self.offset_us = offset_us
        self._offsets.append((now_us, offset_us))

    def restart(self) -> None:
        """The stream begins anew."""
        self._late.clear()

    @property
    def jitter_us(self) -> int | None:
        """How much later than the earliest the latest tenth of packets comes, in whole ms."""
        if len(self._late) < _LEAST_PACKETS:
            return None
        late = sorted(self._late)
        jitter_us = late[int(_LATE_SHARE * (len(late) - 1))] - late[0]
        return round(jitter_us / MS_US) * MS_US

    @property
    def drift_ppm(self) -> float | None:
        """How much faster the camera's clock runs than ours: the slope of its offset by least
        squares, in whole ppm; None until a minute has shown it."""
        points = list(self._offsets)
        if len(points) < _LEAST_OFFSETS or points[-1][0] - points[0][0] < _LEAST_SPAN_US:
            return None
        middle_t = sum(time_us for time_us, _ in points) / len(points)
        middle_v = sum(value for _, value in points) / len(points)
        above = sum((time_us - middle_t) * (value - middle_v) for time_us, value in points)
        below = sum((time_us - middle_t) ** 2 for time_us, _ in points)
        return float(round(1e6 * above / below))
