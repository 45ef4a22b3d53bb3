"""Stream time for whom spacing matters more than the hour, pure.

A packet's UTC time is its stream's time bent to the clock on the wall: by up to a quarter while a
connection is young, by little later.  A detector that measures speeds and lets seconds pass wants
the frames as far apart as the camera took them, as in a file.
"""

from __future__ import annotations

from axxond.base.units import MS_US, SECOND_US

# The bending is gentle; more at once is another time base (also where nobody said so).
_MAX_BEND_US = SECOND_US
# The way back to UTC is followed in steps, so that a moment keeps its name for a while.
_STEP_US = 20 * MS_US


class StraightTime:
    """Stream time from the UTC of a first packet on; `shift_us` later it is in UTC now, within
    _STEP_US."""

    def __init__(self) -> None:
        self.shift_us = 0
        self._base_us: int | None = None  # UTC - stream time where it began
        self._last_us = 0  # the same, of the newest packet

    def restart(self) -> None:
        """The next packet begins anew, in UTC."""
        self.shift_us = 0
        self._base_us = None

    def of(self, utc_us: int, stream_us: int | None) -> int:
        """Of a packet, in the order of the stream; None: it has no stream time but UTC."""
        if stream_us is None:
            self.restart()
            return utc_us
        offset_us = utc_us - stream_us
        if self._base_us is None or abs(offset_us - self._last_us) > _MAX_BEND_US:
            self._base_us, self.shift_us = offset_us, 0
        self._last_us = offset_us
        if abs(offset_us - self._base_us - self.shift_us) >= _STEP_US:
            self.shift_us = offset_us - self._base_us
        return stream_us + self._base_us
