from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxon_client.cli.problems import CommandError
from axxon_client.cli.times import iso, length, local, parse_span, parse_time

NOW_US = 1_790_000_000_123_456


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("45s", 45), ("10m", 600), ("1h30m", 5400), ("2d", 172_800), ("0.5s", 0.5)],
)
def test_lengths_of_time(text: str, seconds: float) -> None:
    assert parse_span(text) == seconds * 1_000_000


@pytest.mark.parametrize("text", ["", "10", "m", "1x", "1h 30m", "ten"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="no length of time"):
        parse_span(text)


def test_relative_times() -> None:
    assert parse_time("now", NOW_US) == NOW_US
    assert parse_time("-10m", NOW_US) == NOW_US - 600_000_000
    assert parse_time("+1s", NOW_US) == NOW_US + 1_000_000


def test_a_time_of_day_is_today() -> None:
    shown = local(NOW_US)
    day, clock = shown.split()
    assert parse_time(clock, NOW_US) == parse_time(f"{day}T{clock}", NOW_US)
    assert parse_time(clock, NOW_US) == NOW_US // 1_000_000 * 1_000_000


@pytest.mark.parametrize("text", ["yesterday", "25:00", "2026-13-01", "-", "-10"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="use"):
        parse_time(text, NOW_US)


@given(st.integers(0, 4_000_000_000_000))
def test_iso_is_read_back_to_the_millisecond(time_ms: int) -> None:
    text = iso(time_ms * 1000)
    assert text is not None
    assert parse_time(text.replace("Z", "+00:00"), NOW_US) == time_ms * 1000


def test_lengths_are_shown() -> None:
    assert length(12_340_000) == "12.3 s"
    assert length(3_723_000_000) == "1:02:03"
