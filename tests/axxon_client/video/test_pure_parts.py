from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxon_client.video.convert import fit
from axxon_client.video.meter import RateMeter
from axxon_client.video.paint_surface import _bars
from axxon_client.video.shader import matrix, offset

US = 1_000_000


@given(st.floats(0.05, 20), st.integers(1, 4000), st.integers(1, 4000))
def test_a_fitted_box_is_inside_touches_two_sides_and_keeps_the_shape(
    aspect: float, width: int, height: int
) -> None:
    box = fit(aspect, width, height)
    assert box.x >= 0
    assert box.y >= 0
    assert box.x + box.width <= width
    assert box.y + box.height <= height
    assert box.width == width or box.height == height
    if box.width > 1 and box.height > 1:
        assert abs(box.width - box.height * aspect) <= max(1.0, aspect)


@given(st.floats(0.05, 20), st.integers(1, 400), st.integers(1, 400))
def test_bars_and_box_cover_the_widget_once(aspect: float, width: int, height: int) -> None:
    box = fit(aspect, width, height)
    bars = _bars(box, (width, height))
    assert sum(bar.width * bar.height for bar in [*bars, box]) == width * height


@pytest.mark.parametrize("bt709", [False, True])
@pytest.mark.parametrize("full", [False, True])
def test_the_matrix_turns_black_white_and_grey_into_themselves(bt709: bool, full: bool) -> None:
    values, (black, u, v) = matrix(bt709, full), offset(full)
    white = 1.0 if full else 235 / 255
    for y, wanted in ((black, 0.0), (white, 1.0), ((black + white) / 2, 0.5)):
        vector = (y - black, u - 128 / 255, v - 128 / 255)
        for row in range(3):
            got = sum(values[row * 3 + column] * vector[column] for column in range(3))
            assert got == pytest.approx(wanted, abs=1e-6)


def test_rates_follow_the_window() -> None:
    meter = RateMeter(2 * US)
    for step in range(100):
        meter.add(step * US // 25, 1000)
    assert meter.count_per_s(4 * US) == pytest.approx(25, abs=1)
    assert meter.sum_per_s(4 * US) == pytest.approx(25_000, rel=0.05)
    assert meter.count_per_s(10 * US) == 0


def test_a_young_rate_counts_the_time_that_has_passed() -> None:
    meter = RateMeter(2 * US)
    for step in range(11):
        meter.add(step * US // 25)
    assert meter.count_per_s(10 * US // 25) == pytest.approx(27.5)


def test_nothing_has_the_rate_zero() -> None:
    assert RateMeter().count_per_s(5) == 0
