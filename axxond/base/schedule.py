"""Weekly schedules, pure but for the server's own time zone.

Stored and sent as a list of windows `{"days": [0..6], "from": "HH:MM", "to": "HH:MM"}`: Monday is
0; `to` may be "24:00"; a window whose `to` is not after its `from` ends on the next day.  Times
are the server's local wall clock.  An instant is looked up by what the clock shows then: an hour
that daylight saving leaves out is never, one that it repeats counts both times.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from attrs import frozen

from axxond.base.units import SECOND_US

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_DAY_MIN = 24 * 60
# More windows than that no week needs.
MAX_WINDOWS = 100


@frozen
class Window:
    """[begin; end) in minutes of a day; an end of at most the begin is on the next day."""

    days: frozenset[int]
    begin_min: int
    end_min: int

    def covers(self, weekday: int, minute: int) -> bool:
        if self.begin_min < self.end_min:
            return weekday in self.days and self.begin_min <= minute < self.end_min
        late = weekday in self.days and minute >= self.begin_min
        return late or ((weekday - 1) % 7 in self.days and minute < self.end_min)


@frozen
class Schedule:
    """Without windows: never."""

    windows: tuple[Window, ...] = ()

    def covers(self, time_us: int, zone: tzinfo | None = None) -> bool:
        """`zone` None: the server's own."""
        local = datetime.fromtimestamp(time_us // SECOND_US, UTC).astimezone(zone)
        weekday, minute = local.weekday(), local.hour * 60 + local.minute
        return any(window.covers(weekday, minute) for window in self.windows)


NEVER = Schedule()


def parse(value: Sequence[Mapping[str, Any]]) -> Schedule:
    """Raises ValueError, a sentence part that goes on from the field's name."""
    if not isinstance(value, list | tuple) or len(value) > MAX_WINDOWS:
        raise ValueError(f"must be a list of at most {MAX_WINDOWS} windows")
    return Schedule(tuple(_window(item) for item in value))


def _window(item: Any) -> Window:
    if not isinstance(item, Mapping) or set(item) != {"days", "from", "to"}:
        raise ValueError('must have windows {"days": [0…6], "from": "HH:MM", "to": "HH:MM"}')
    days = item["days"]
    if not isinstance(days, list | tuple) or not days:
        raise ValueError("must name the days of each window")
    if not all(
        isinstance(day, int) and not isinstance(day, bool) and 0 <= day < 7 for day in days
    ):
        raise ValueError("must have days 0 (Monday) to 6 (Sunday)")
    return Window(frozenset(days), _minute(item["from"], last=_DAY_MIN - 1), _minute(item["to"]))


def _minute(text: Any, last: int = _DAY_MIN) -> int:
    if not isinstance(text, str) or not _CLOCK.fullmatch(text):
        raise ValueError(f"must have times as HH:MM, not {text!r}")
    minute = int(text[:2]) * 60 + int(text[3:])
    if minute > last:
        raise ValueError("must have windows that begin before 24:00")
    return minute
