"""Leaves that moved aside, and things before them, drawn by hand; and in motion."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from axxond.analytics.chain import Chain
from axxond.analytics.foreground import Scene
from axxond.analytics.matching import Area
from axxond.analytics.offline_config import detector
from axxond.analytics.swaying import is_swaying
from protocol.types import Phase
from tests.axxond.analytics.still import PLANE, still

LEAF_PX = 6
LEAST_PX = 100
BUSH = Area(100, 60, 140, 90)
STEP_US = 100_000

Levels = NDArray[np.uint8]


def leaves(seed: int = 5) -> Levels:
    """From 60 to 180 grey levels each, over the whole picture."""
    grid = np.random.default_rng(seed).integers(60, 180, (40, 64))
    whole = np.kron(grid, np.ones((LEAF_PX, LEAF_PX), int))
    return whole[: PLANE.height, : PLANE.width].astype(np.uint8)


def bush(right: int = 0, down: int = 0, thing: Area | None = None, level: int = 220) -> Scene:
    """Before known leaves, those of BUSH lie aside; and there may be a thing."""
    scene, known = still(), leaves()
    PLANE.picture(scene.looks[:, 0])[:] = known
    scene = scene._replace(looks=np.repeat(scene.looks, 2, axis=1))
    now = known.copy()
    left, top, end, bottom = (int(side) for side in BUSH)
    now[top:bottom, left:end] = known[top + down : bottom + down, left + right : end + right]
    if thing is not None:
        left, top, end, bottom = (int(side) for side in thing)
        now[top:bottom, left:end] = level
    PLANE.picture(scene.luma)[:] = now
    PLANE.picture(scene.mask)[:] = np.abs(now.astype(int) - known) > scene.reach
    return scene


@pytest.mark.parametrize(("right", "down"), [(3, 0), (-2, 3), (0, -3)])
def test_leaves_that_moved_aside_sway(right: int, down: int) -> None:
    assert is_swaying(bush(right, down), BUSH, LEAST_PX)


def test_leaves_from_elsewhere_are_a_thing() -> None:
    assert not is_swaying(bush(40, 20), BUSH, LEAST_PX)


def test_a_thing_that_is_large_enough_beside_swaying_leaves_is_one() -> None:
    assert not is_swaying(bush(3, 0, Area(110, 65, 124, 79)), BUSH, LEAST_PX)
    assert is_swaying(bush(3, 0, Area(110, 65, 118, 73)), BUSH, LEAST_PX)


def test_a_thing_alone_is_one_however_small() -> None:
    thing = Area(110, 65, 116, 71)
    assert not is_swaying(bush(thing=thing), thing, LEAST_PX)


def test_looks_of_whatever_was_there_at_first_tell_nothing() -> None:
    assert not is_swaying(bush(3, 0)._replace(complete=False), BUSH, LEAST_PX)


def test_no_foreground_sways_not() -> None:
    assert not is_swaying(still(), BUSH, LEAST_PX)


def events(frames: int, thing_level: int | None = None) -> list[str]:
    """Six seconds of still leaves; then a bush swings in a triangle, so many frames at each of
    its corners, and something of that grey level may go before it."""
    chain = Chain([detector("motion", "motion"), detector("area", "motion_in_area")])
    known, found = leaves(), []
    for number in range(100):
        now = known.copy()
        if number >= 60:
            right, down = [(3, 0), (3, 3), (0, 3)][(number - 60) // frames % 3]
            now[60:90, 100:140] = known[60 + down : 90 + down, 100 + right : 140 + right]
            if thing_level is not None:
                x = 60 + 3 * (number - 60)
                now[50:90, x : x + 14] = thing_level
        findings = chain.frame(now, number * STEP_US)
        found += [
            event.detector_id
            for event in (findings.events if findings else ())
            if event.phase is not Phase.END
        ]
    return found


@pytest.mark.parametrize("frames", [3, 4, 6, 8])
def test_a_bush_that_sways_raises_nothing(frames: int) -> None:
    assert events(frames) == []


@pytest.mark.parametrize("level", [30, 120, 230])
def test_who_walks_before_it_is_seen_even_of_its_own_grey(level: int) -> None:
    assert {"motion", "area"} <= set(events(4, level))
