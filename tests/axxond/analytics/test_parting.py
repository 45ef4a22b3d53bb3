"""Outlines drawn by hand, and people who never walk apart."""

from __future__ import annotations

import numpy as np
import pytest

from axxond.analytics.chain import Chain
from axxond.analytics.matching import Area
from axxond.analytics.parting import parted
from axxond.analytics.plane import Bytes
from axxond.analytics.port import DetectorSettings
from tests.fakes.scenes.paths import walk
from tests.fakes.scenes.script import Script, shots
from tests.fakes.scenes.things import Thing


def mask(*boxes: tuple[int, int, int, int]) -> Bytes:
    """Rectangles: left, top, right, bottom."""
    made = np.zeros((80, 120), np.uint8)
    for left, top, right, bottom in boxes:
        made[top:bottom, left:right] = 1
    return made


def person(left: int, top: int = 10) -> list[tuple[int, int, int, int]]:
    """18 px wide, 50 px tall: head, and all the rest."""
    return [(left + 5, top, left + 13, top + 10), (left, top + 10, left + 18, top + 50)]


def found(made: Bytes, stairs: bool = False) -> list[tuple[float, float]]:
    """From where to where, across."""
    rows, columns = np.nonzero(made.any(1))[0], np.nonzero(made.any(0))[0]
    blob = Area(columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    return [(one.left, one.right) for one in parted(made, blob, stairs)]


def test_one_person_is_one() -> None:
    assert found(mask(*person(20))) == [(20, 38)]


def test_two_who_walk_side_by_side_are_parted_between_their_heads() -> None:
    (first, second) = found(mask(*person(20), *person(38, 14)))
    assert first[0] == 20
    assert first[1] == second[0] == pytest.approx(38, abs=5)
    assert second[1] == 56


def test_three_are_three() -> None:
    assert len(found(mask(*person(10), *person(28), *person(46)))) == 3


def test_each_part_is_as_tall_as_it_is() -> None:
    made = mask(*person(20, 8), *person(37, 20))
    first, second = parted(made, Area(20, 8, 55, 70))
    assert (first.top, second.top) == (8, 20)


@pytest.mark.parametrize(
    "boxes",
    [
        [*person(20), (36, 4, 39, 30)],  # an arm held up
        [*person(20), (30, 48, 60, 60)],  # a bag, a dog, a shadow
        [(20, 30, 100, 60), (35, 18, 50, 30), (70, 18, 85, 30)],  # a van, a load on it
        [(20, 26, 60, 80), (30, 6, 42, 26), (55, 8, 59, 26)],  # a near one, and a pole
        [(20, 26, 60, 80), (30, 6, 42, 26), (50, 8, 59, 9)],  # and a line above the shoulder
    ],
)
def test_what_is_no_second_person_is_not_parted(boxes: list[tuple[int, int, int, int]]) -> None:
    assert len(found(mask(*boxes))) == 1


@pytest.mark.parametrize("mirrored", [False, True])
def test_one_behind_another_is_parted_by_stairs(mirrored: bool) -> None:
    boxes = [*person(20, 8), *person(32, 24)]
    if mirrored:
        boxes = [(120 - right, top, 120 - left, bottom) for left, top, right, bottom in boxes]
    made = mask(*boxes)
    left, right = (70, 100) if mirrored else (20, 50)
    parts = parted(made, Area(left, 8, right, 74), stairs=True)
    far, near = reversed(parts) if mirrored else parts
    assert (far.top, far.bottom) == (8, 58)
    assert (near.top, near.bottom) == (pytest.approx(24, abs=6), 74)
    assert near.width == 18
    assert far.width == pytest.approx(18, abs=5)
    assert len(found(made)) == 1


@pytest.mark.parametrize(
    "boxes",
    [
        person(20),
        [*person(20), (30, 48, 60, 60)],  # a bag, a dog, a shadow
        [(x, 20 + x // 3, x + 1, 50 + x // 3) for x in range(10, 80)],  # a car that comes aslant
        [*person(20), *person(23, 24)],  # right behind: one could be the other's legs
    ],
)
def test_what_has_no_stairs_of_two_people_is_not_parted(
    boxes: list[tuple[int, int, int, int]],
) -> None:
    assert len(found(mask(*boxes), stairs=True)) == 1


def test_two_who_come_together_are_counted_as_two() -> None:
    """They never walk apart: their bodies touch from the first frame on."""
    paths = [walk(3 + late, [(-0.2, 0.8), (1.2, 0.8)], 0.14) for late in (0, 0.5)]
    things = tuple(Thing("person", path, 0.42, 70, (-20, 30)) for path in paths)
    chain = Chain([DetectorSettings("t", "tracker")])
    counts = []
    for shot in shots(Script(6, 9, things=things)):
        chain.frame(shot.luma, shot.time_us, shot.chroma)
        if all(left > 40 and right < 280 for left, _, right, _ in shot.boxes.values()):
            counts.append(sum(one.moved and not one.hidden for one in chain.objects))
    counts = counts[30:]
    assert len(counts) > 10
    assert np.median(counts) == 2
