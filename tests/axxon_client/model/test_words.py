from __future__ import annotations

import enum

import pytest

from axxon_client.model import words
from axxon_client.model.words import DAY_US, HOUR_US, MINUTE_US, US
from protocol.types import AlarmState, DeviceState, FailureKind, ObjectKind, Right, Severity
from tests.fakes.requester import NOW_US


@pytest.mark.parametrize(
    ("passed", "said"),
    [(5 * US, "just now"), (3 * MINUTE_US, "3 min ago"), (2 * HOUR_US + 5, "2 h ago")],
)
def test_how_long_ago(passed: int, said: str) -> None:
    assert words.ago(NOW_US - passed, NOW_US) == said


def test_another_day_is_named() -> None:
    assert words.day(NOW_US - DAY_US) in words.date_and_clock(NOW_US - DAY_US, NOW_US)
    assert words.date_and_clock(NOW_US, NOW_US) == words.clock(NOW_US)


@pytest.mark.parametrize(
    ("span", "said"),
    [(12 * US, "12 s"), (3 * MINUTE_US, "3 min"), (130 * MINUTE_US, "2 h 10 min")],
)
def test_how_long_it_lasted(span: int, said: str) -> None:
    assert words.lasted(span) == said


@pytest.mark.parametrize(
    ("count", "said"), [(512_000, "512 kB"), (20_000_000, "20.0 MB"), (1_500_000_000, "1.5 GB")]
)
def test_sizes(count: int, said: str) -> None:
    assert words.size(count) == said


@pytest.mark.parametrize(
    ("kinds", "say"),
    [
        (DeviceState, words.device_state),
        (FailureKind, words.failure),
        (FailureKind, words.remedy),
        (AlarmState, words.alarm_state),
        (Severity, words.severity),
        (ObjectKind, words.kind_name),
        (Right, words.right),
    ],
)
def test_nothing_is_without_words(kinds: type[enum.StrEnum], say: object) -> None:
    texts = [say(kind) for kind in kinds]  # type: ignore[operator]
    assert all(texts)
    assert all(text[0].isupper() for text in texts if say is not words.failure)
