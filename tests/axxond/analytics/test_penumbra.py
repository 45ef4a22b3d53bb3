"""Shades with and without an edge, drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from axxond.analytics.colours import Colours
from axxond.analytics.foreground import Blob, Everywhere, Groups, Scene
from axxond.analytics.penumbra import is_soft
from axxond.analytics.plane import Bytes, Plane
from protocol.types import Box

PLANE = Plane.of(320, 180)
REACH = 12


def scene(shade: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[Scene, Blob]:
    """Plain noisy ground, darker by `shade` (height x width), and its one blob."""
    rng = np.random.default_rng(3)
    usual, luma, mask = PLANE.new(), PLANE.new(), PLANE.new()
    PLANE.picture(usual)[:] = np.clip(rng.normal(130, 3, shade.shape), 0, 255)
    PLANE.picture(luma)[:] = np.clip(rng.normal(130, 3, shade.shape) - shade, 0, 255)
    PLANE.picture(mask)[:] = shade > REACH
    rows, columns = np.nonzero(shade > REACH)
    left, top = columns.min() / 320, rows.min() / 180
    box = Box(left, top, (columns.max() + 1) / 320 - left, (rows.max() + 1) / 180 - top)
    blob = Blob(box, rows.size / shade.size, 0.0, float(shade[shade > REACH].mean()))
    planes: tuple[Bytes, ...] = (luma, luma, mask, luma, usual, usual[:, None], luma)
    everywhere = Everywhere(Groups(PLANE, PLANE.new()))
    return Scene(PLANE, 0, *planes, Colours(PLANE), 12, REACH, True, True, False, everywhere), blob


def hill(y: float, x: float, reach: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    down, right = np.mgrid[0:180, 0:320]
    return 40 * np.exp(-((down - y) ** 2 + (right - x) ** 2) / (2 * reach**2))


@pytest.mark.parametrize(("y", "x"), [(90, 160), (0, 160), (150, 0), (179, 319)])
def test_the_shadow_of_a_cloud_is_soft(y: float, x: float) -> None:
    assert is_soft(*scene(hill(y, x, 60)))


@pytest.mark.parametrize("strength", [20, 60])
@pytest.mark.parametrize(("left", "top"), [(100, 60), (0, 60), (100, 150), (305, 165)])
def test_a_thing_is_not(left: int, top: int, strength: float) -> None:
    shade = np.zeros((180, 320))
    shade[top : top + 44, left : left + 18] = strength
    assert not is_soft(*scene(shade))


def test_what_fills_the_picture_has_no_edge_to_judge_by() -> None:
    assert not is_soft(*scene(np.full((180, 320), 30.0)))
