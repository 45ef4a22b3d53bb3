from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.analytics.plane import Plane, Shrinker
from axxond.analytics.zones import polygons, raster, zone
from axxond.base.errors import ConfigError

SQUARE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


@pytest.mark.parametrize(
    ("full", "factor", "working"),
    [
        ((640, 360), 2, (320, 180)),
        ((768, 576), 2, (384, 288)),
        ((320, 240), 1, (320, 240)),
        ((160, 130), 1, (160, 130)),
        ((1280, 720), 4, (320, 180)),
        ((1920, 1080), 6, (320, 180)),
        ((3840, 2160), 12, (320, 180)),
    ],
)
def test_every_camera_comes_down_to_about_320_pixels(
    full: tuple[int, int], factor: int, working: tuple[int, int]
) -> None:
    plane = Plane.of(*full)
    assert (plane.factor, (plane.width, plane.height)) == (factor, working)


@given(st.integers(16, 9000), st.integers(16, 9000))
def test_a_plane_holds_its_picture_in_whole_cells(width: int, height: int) -> None:
    plane = Plane.of(width, height)
    assert plane.width * plane.factor <= width
    assert plane.height * plane.factor <= height
    assert 0 <= plane.pitch - plane.width < 64
    assert 0 <= plane.lines - plane.height < 4
    assert (plane.columns * 4, plane.rows * 4) == (plane.pitch, plane.lines)


def test_a_tiny_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        Plane.of(640, 8)


def test_a_decoders_plane_with_a_stride_is_taken_as_it_is() -> None:
    padded = np.random.default_rng(1).integers(0, 256, (360, 704)).astype(np.uint8)
    plane = Plane.of(640, 360)
    luma = padded[:, :640]
    small = Shrinker(plane).feed(luma)
    means = luma.reshape(180, 2, 320, 2).astype(int).sum((1, 3))
    assert (plane.picture(small) == (means + 2) // 4).all()


def test_a_read_only_picture_is_taken() -> None:
    luma = np.full((360, 640), 9, np.uint8)
    luma.flags.writeable = False
    assert Shrinker(Plane.of(640, 360)).feed(luma).max() == 9


@pytest.mark.parametrize(
    "luma",
    [
        np.zeros((360, 640), np.uint16),
        np.zeros((360, 638), np.uint8),
        np.zeros((640, 360), np.uint8).T,
        np.zeros((360, 1280), np.uint8)[:, ::2],
        np.zeros((360, 640), np.uint8)[::-1],
        np.broadcast_to(np.zeros(640, np.uint8), (360, 640)),
    ],
)
def test_another_layout_is_refused(luma: Any) -> None:
    with pytest.raises(ValueError, match="luma"):
        Shrinker(Plane.of(640, 360)).feed(luma)


def test_a_square_covers_its_pixels() -> None:
    covered = raster([SQUARE], 8, 8)
    expected = np.zeros((8, 8), np.uint8)
    expected[2:6, 2:6] = 1
    assert (covered == expected).all()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=8))
def test_a_polygon_turned_round_covers_the_same(points: list[tuple[float, float]]) -> None:
    forward = raster([tuple(points)], 13, 9)
    turned = raster([tuple(points[2:] + points[:2])], 13, 9)
    assert (forward == turned).all()


def test_no_zone_is_everywhere_in_the_picture_only() -> None:
    plane = Plane.of(100, 50)
    everywhere = zone(plane, (), ())
    assert everywhere.sum() == 100 * 50
    assert plane.picture(everywhere).all()


def test_a_mask_is_cut_out_of_a_zone() -> None:
    plane = Plane.of(64, 64)
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    assert zone(plane, (left,), (SQUARE,)).sum() == 32 * 64 - 16 * 32


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("zone", "list of polygons"),
        ([[[0, 0], [1, 1]]], "2 points"),
        ([[[0, 0], [1, 1], [2, 0]]], "in \\[0; 1\\]"),
        ([[[0, 0], [1, 1], [float("nan"), 0]]], "in \\[0; 1\\]"),
        ([[[0, 0], [1, 1], [1]]], "polygon 1"),
        ([[[0, 0], [1, 1], "ab"]], "polygon 1"),
        ([5], "not a list of points"),
        ([[[0, 0], [1, 0], [1, 1]]] * 33, "at most 32"),
    ],
)
def test_a_wrong_polygon_is_named(value: Any, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as caught:
        polygons(value, "zones")
    assert caught.value.field == "zones"
