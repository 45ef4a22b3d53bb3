"""What came and what went, before a background of which looks from different times are known."""

from __future__ import annotations

import numpy as np
import pytest

from axxond.analytics.foreground import Scene
from axxond.analytics.holes import is_hole
from axxond.analytics.matching import Area
from tests.axxond.analytics.still import still

THING = Area(100, 40, 130, 100)
ROWS, COLUMNS = slice(40, 100), slice(100, 130)
LOOKS = 16


def scene(thing: int, known: int, fade: float = 0.0) -> Scene:
    """Foreground at THING: so bright in the picture, and in the known background; `fade`: of the
    looks, pixel by pixel, the share that shows something else."""
    made = still()
    made.mask[ROWS, COLUMNS] = 1
    rng = np.random.default_rng(5)
    looks = np.repeat(made.luma[:, None], LOOKS, 1)
    looks[ROWS, :, COLUMNS] = known
    others = rng.random(looks.shape) < fade
    looks[others] = 20
    made.luma[ROWS, COLUMNS] = thing
    return made._replace(usual=looks[:, 0], looks=looks)


def test_what_came_is_no_hole_and_what_went_leaves_one() -> None:
    assert not is_hole(scene(thing=190, known=105), THING)
    assert is_hole(scene(thing=105, known=190), THING)


@pytest.mark.parametrize("contrast", [20, -20])
def test_what_came_is_no_hole_before_a_background_of_mixed_looks(contrast: int) -> None:
    mixed = scene(thing=105 + contrast, known=105, fade=0.35)
    assert not is_hole(mixed, THING)


def test_a_hole_is_found_in_a_background_of_mixed_looks() -> None:
    assert is_hole(scene(thing=105, known=190, fade=0.35), THING)
