from __future__ import annotations

from pathlib import Path

import pytest

from axxond.archive.index import LinkTotals
from axxond.archive.model import VolumeSettings
from axxond.archive.planner import MEASURE_US, days_kept, rates, too_small
from axxond.base.units import DAY_US

NOW = 1_800_000_000_000_000
SINCE = NOW - MEASURE_US
GB = 1_000_000_000
VOLUME = VolumeSettings(Path("/x"), 100 * GB)


def totals(link: str, size: int, first_us: int) -> LinkTotals:
    return LinkTotals(link, f"cam {link}", size, first_us, NOW)


def test_a_week_of_footage_over_two_volumes_gives_the_days() -> None:
    parts = [totals("a", 35 * GB, SINCE), totals("a", 35 * GB, NOW - DAY_US)]
    (rate,) = rates(parts, NOW, SINCE)
    assert rate.bytes_per_s == pytest.approx(70 * GB / 7 / 86_400)
    assert days_kept([VOLUME], 0, [rate]) == pytest.approx(10)
    assert days_kept([VOLUME, VOLUME], 50 * GB, [rate]) == pytest.approx(15)


def test_a_young_link_counts_from_its_first_footage_and_a_new_one_not_yet() -> None:
    young = totals("a", 10 * GB, NOW - DAY_US)
    new = totals("b", GB, NOW - 60_000_000)
    found = {rate.link: rate.bytes_per_s for rate in rates([young, new], NOW, SINCE)}
    assert found["a"] == pytest.approx(10 * GB / 86_400)
    assert found["b"] is None


def test_pauses_count_for_a_link_that_records_events() -> None:
    (rate,) = rates([LinkTotals("a", "cam", 7 * GB, SINCE, SINCE + DAY_US)], NOW, SINCE)
    assert days_kept([VOLUME], 0, [rate]) == pytest.approx(100)


def test_a_limit_of_days_holds_where_every_volume_has_one() -> None:
    (rate,) = rates([totals("a", 7 * GB, SINCE)], NOW, SINCE)
    limited = VolumeSettings(Path("/x"), 100 * GB, days=30)
    assert days_kept([limited], 0, [rate]) == 30
    assert days_kept([limited, VOLUME], 0, [rate]) == pytest.approx(200)


def test_nothing_measured_gives_no_number() -> None:
    assert days_kept([VOLUME], 0, []) is None
    assert not too_small(None, 30, warned=False)


def test_the_warning_comes_once_and_goes_with_a_margin() -> None:
    assert not too_small(5, 0, warned=False)
    assert too_small(29.9, 30, warned=False)
    assert too_small(31, 30, warned=True)
    assert not too_small(31, 30, warned=False)
    assert not too_small(33.5, 30, warned=True)
