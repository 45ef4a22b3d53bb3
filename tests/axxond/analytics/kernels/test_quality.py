from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from axxond.analytics.kernels import quality
from tests.naive import quality as naive

SEEDS = st.integers(0, 2**32 - 1)
HEIGHTS, WIDTHS = st.integers(16, 50), st.integers(16, 60)
MARGIN = 5  # of a plane beyond the picture: what is there means nothing


def some_plane(seed: int, height: int, width: int, spread: int = 256) -> Any:
    """From plain pictures to noise with both ends of the scale."""
    rng = np.random.default_rng(seed)
    level = rng.integers(0, 257 - spread)
    plane = rng.integers(level, level + spread, (height + MARGIN, width + MARGIN))
    return plane.astype(np.uint8)


def whole(values: Any) -> Any:
    return values.astype(np.int64)


@given(SEEDS, HEIGHTS, WIDTHS, st.integers(1, 256))
def test_a_look_is_the_twins(seed: int, height: int, width: int, spread: int) -> None:
    luma = some_plane(seed, height, width, spread)
    small = np.full((height // 2, width // 2), -7, np.int16)
    out = np.full(quality.LOOK, 77, np.int64)
    quality.look(luma, height, width, small, out)
    picture = whole(luma[:height, :width])
    assert small.tolist() == naive.pooled(picture).tolist()
    assert out.tolist() == naive.look(picture)


@given(SEEDS, HEIGHTS, WIDTHS, st.integers(1, 256), st.floats(0, 1))
def test_the_quiet_part_is_the_twins(
    seed: int, height: int, width: int, spread: int, part: float
) -> None:
    small, before = (
        naive.pooled(whole(some_plane(seed + number, height, width, spread))).astype(np.int16)
        for number in range(2)
    )
    count = 1 + int(part * (-(-small.shape[0] // 2) * (small.shape[1] // 2) - 1))
    histogram = np.full(quality.ROUGHNESSES, 9, np.int32)
    found = quality.quiet(small, before, histogram, count)
    assert found == naive.quiet(whole(small), whole(before), count)


def test_the_roughest_change_has_a_bin() -> None:
    small = np.array([[0, 1020]], np.int16)
    histogram = np.zeros(quality.ROUGHNESSES, np.int32)
    assert quality.quiet(small, small[:, ::-1].copy(), histogram, 1) == 2040


@given(SEEDS, HEIGHTS, WIDTHS, st.integers(1, 256), st.integers(0, 90))
def test_noisy_blocks_are_the_twins(
    seed: int, height: int, width: int, spread: int, level: int
) -> None:
    lines, before = (some_plane(seed + number, height, width, spread) for number in range(2))
    sums = np.full(lines.shape[1] - 1, 99, np.int16)
    assert quality.noisy(lines, before, level, sums) == naive.noisy(
        whole(lines), whole(before), level
    )


@given(SEEDS, HEIGHTS, WIDTHS)
def test_colours_are_the_twins(seed: int, height: int, width: int) -> None:
    luma = some_plane(seed, height, width)
    chroma = np.stack([some_plane(seed + number, height // 2, width // 2) for number in (1, 2)])
    out = np.full(4, 77, np.int64)
    quality.colours(luma, chroma, height, width, out)
    shown = chroma[:, : height // 2, : width // 2]
    assert out.tolist() == naive.colours(whole(luma[:height, :width]), whole(shown))
