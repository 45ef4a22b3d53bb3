"""What has changed, and what a shaken camera only shows otherwise."""

from __future__ import annotations

import pytest

from axxond.analytics.calm import changed, is_calm
from axxond.analytics.foreground import Scene
from axxond.analytics.matching import Area
from tests.axxond.analytics.still import still

AROUND = Area(95, 55, 125, 85)
ROWS, COLUMNS = slice(55, 86), slice(95, 126)


def with_thing(shaken: bool, across: float) -> Scene:
    """A bright thing that is so many pixels further to the right than in the past."""
    scene = still(shaken=shaken)
    whole, part = divmod(across, 1)
    scene.past[60:80, 100:120] = 200
    scene.luma[60:80, 100 + int(whole) : 120 + int(whole)] = 200
    if part:
        for column in (100 + int(whole), 120 + int(whole)):
            before, after = scene.luma[60:80, column - 1].astype(int), scene.luma[60:80, column]
            scene.luma[60:80, column] = before * part + after * (1 - part)
    return scene


def test_nothing_has_changed_where_all_is_as_it_was() -> None:
    assert changed(still(), ROWS, COLUMNS) == 0
    assert is_calm(still(), AROUND)


def test_half_a_pixel_is_a_change() -> None:
    assert not is_calm(with_thing(False, 0.5), AROUND)


@pytest.mark.parametrize("across", [0.25, 0.5, 0.75, 1])
def test_a_part_of_a_pixel_is_none_when_the_camera_shakes(across: float) -> None:
    assert is_calm(with_thing(True, across), AROUND)


@pytest.mark.parametrize("shaken", [False, True])
def test_a_thing_that_goes_on_has_changed_whether_or_not_the_camera_shakes(shaken: bool) -> None:
    assert not is_calm(with_thing(shaken, 4), AROUND)


@pytest.mark.parametrize("shaken", [False, True])
def test_no_pixels_have_not_changed(shaken: bool) -> None:
    assert changed(still(shaken=shaken), slice(9, 9), slice(4, 8)) == 0
