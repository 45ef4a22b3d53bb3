from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.demo import yard


@given(st.floats(0, yard.QUIET_S))
def test_nothing_moves_in_the_first_minute_of_each_period(t_s: float) -> None:
    assert yard.scene(t_s) == []
    assert yard.scene(t_s + 3 * yard.PERIOD_S) == []


@given(st.floats(0, 1000))
def test_boxes_lie_in_the_picture(t_s: float) -> None:
    for thing in yard.scene(t_s):
        box = thing.box
        assert box.x >= 0
        assert box.y >= 0
        assert box.w > 0
        assert box.h > 0
        assert box.x + box.w <= 1 + 1e-9
        assert box.y + box.h <= 1 + 1e-9


def test_two_people_are_there_at_once() -> None:
    assert [thing.id for thing in yard.scene(125)] == ["p2", "p3"]


@pytest.mark.parametrize("t_s", [98.0, 111.0, 126.0, 141.5])
def test_the_picture_differs_from_the_quiet_one_in_the_boxes_only(t_s: float) -> None:
    renderer = yard.Renderer(320, 180)
    quiet = renderer.draw(0, 3)[:180].astype(int)
    # Half a period on, the drift of the light passes the same level.
    seen = renderer.draw(t_s, 3)[:180].astype(int)
    light = np.median(seen - quiet)
    moved = np.abs(seen - quiet - light) > 12
    inside = np.zeros_like(moved)
    for thing in yard.scene(t_s):
        left, top = round(thing.box.x * 320), round(thing.box.y * 180)
        right = round((thing.box.x + thing.box.w) * 320)
        bottom = round((thing.box.y + thing.box.h) * 180)
        inside[top:bottom, left:right] = True
        assert moved[top:bottom, left:right].mean() > 0.5
    assert not moved[~inside].any()


def test_the_quiet_minute_changes_by_noise_and_light_only() -> None:
    renderer = yard.Renderer(320, 180)
    first = renderer.draw(0, 0)[:180].astype(int)
    later = renderer.draw(yard.PERIOD_S / 4, 375)[:180].astype(int)
    change = later - first
    assert abs(np.median(change)) == 6
    assert np.abs(change - np.median(change)).max() < 14


def test_pictures_are_the_same_at_each_run() -> None:
    one, two = yard.Renderer(64, 48), yard.Renderer(64, 48)
    assert (one.draw(70, 9) == two.draw(70, 9)).all()
