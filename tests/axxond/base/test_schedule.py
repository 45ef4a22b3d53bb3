from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.base.schedule import NEVER, Schedule, Window, parse

BERLIN = ZoneInfo("Europe/Berlin")


def us(moment: datetime) -> int:
    return round(moment.timestamp()) * 1_000_000


def at(schedule: Schedule, text: str) -> bool:
    return schedule.covers(us(datetime.fromisoformat(text).replace(tzinfo=BERLIN)), BERLIN)


OFFICE = parse([{"days": [0, 1, 2, 3, 4], "from": "08:00", "to": "18:00"}])
NIGHT = parse([{"days": [4], "from": "22:00", "to": "06:00"}])


def test_a_window_begins_with_its_minute_and_ends_before_its_last() -> None:
    assert not at(OFFICE, "2026-03-02T07:59:59")  # a Monday
    assert at(OFFICE, "2026-03-02T08:00:00")
    assert at(OFFICE, "2026-03-02T17:59:59")
    assert not at(OFFICE, "2026-03-02T18:00:00")
    assert not at(OFFICE, "2026-03-01T12:00:00")


def test_a_window_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    assert at(NIGHT, "2026-03-06T23:00:00")  # a Friday
    assert at(NIGHT, "2026-03-07T05:59:00")
    assert not at(NIGHT, "2026-03-06T05:00:00")
    assert not at(NIGHT, "2026-03-07T23:00:00")


def test_daylight_saving_is_what_the_clock_shows() -> None:
    early = parse([{"days": [6], "from": "02:00", "to": "03:00"}])
    begin = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)  # that night 02:00 to 03:00 is left out
    minutes = [us(begin + timedelta(minutes=minute)) for minute in range(180)]
    assert sum(early.covers(minute, BERLIN) for minute in minutes) == 0
    begin = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)  # and here it comes twice
    minutes = [us(begin + timedelta(minutes=minute)) for minute in range(240)]
    assert sum(early.covers(minute, BERLIN) for minute in minutes) == 120


windows = st.builds(
    Window,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(0, 1440),
)


@given(windows, st.integers(0, 7 * 1440 - 1))
def test_a_window_is_the_minutes_from_its_begin_on(window: Window, minute: int) -> None:
    """Against minutes of a week, counted one by one."""
    length = (window.end_min - window.begin_min) % 1440 or 1440
    if window.begin_min < window.end_min:
        length = window.end_min - window.begin_min
    covered = {
        (day * 1440 + window.begin_min + step) % (7 * 1440)
        for day in window.days
        for step in range(length)
    }
    moment = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=minute)
    assert Schedule((window,)).covers(us(moment), UTC) == (minute in covered)


def test_no_windows_never() -> None:
    assert not NEVER.covers(us(datetime(2026, 1, 1, tzinfo=UTC)), UTC)


@pytest.mark.parametrize(
    "value",
    [
        {"days": [0], "from": "08:00", "to": "09:00"},
        [{"days": [], "from": "08:00", "to": "09:00"}],
        [{"days": [7], "from": "08:00", "to": "09:00"}],
        [{"days": [True], "from": "08:00", "to": "09:00"}],
        [{"days": [0], "from": "8:00", "to": "09:00"}],
        [{"days": [0], "from": "24:00", "to": "09:00"}],
        [{"days": [0], "from": "08:00", "to": "24:01"}],
        [{"days": [0], "from": "08:00"}],
        ["always"],
        [{"days": [0], "from": "08:00", "to": "09:00"}] * 101,
    ],
)
def test_what_is_no_schedule_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must"):
        parse(value)  # type: ignore[arg-type]
