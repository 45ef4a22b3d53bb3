"""How fast playback really runs."""

from __future__ import annotations

import pytest

from axxon_client.model.pace import Pace

STEP_US = 100_000


def played(speed: float, seconds: float) -> Pace:
    pace = Pace()
    for step in range(round(seconds * 1e6 / STEP_US) + 1):
        pace.note(step * STEP_US, round(step * STEP_US * speed))
    return pace


def test_nothing_is_said_too_early() -> None:
    assert played(1.0, 0.5).reached() is None
    assert Pace().falls_behind(4.0) is None


@pytest.mark.parametrize("speed", [0.125, 1.0, 4.0, -2.0])
def test_what_keeps_up_is_no_news(speed: float) -> None:
    pace = played(speed, 3)
    assert pace.reached() == pytest.approx(speed)
    assert pace.falls_behind(speed) is None


def test_what_falls_behind_is_said_as_it_is_now() -> None:
    pace = played(4.0, 3)
    for step in range(1, 31):
        pace.note(3_000_000 + step * STEP_US, 12_000_000 + round(step * STEP_US * 1.5))
    assert pace.falls_behind(4.0) == pytest.approx(1.5)
    pace.begin()
    assert pace.falls_behind(4.0) is None
