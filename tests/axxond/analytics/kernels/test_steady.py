from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.analytics.kernels import steady
from tests.naive import steady as naive

SEEDS = st.integers(0, 2**32 - 1)


def test_twin_has_the_same_constants() -> None:
    assert (naive.STEP_ONE, naive.SPAN) == (steady.STEP_ONE, steady.SPAN_PX)


@settings(max_examples=20)
@given(SEEDS, st.integers(1, 12), st.integers(1, 17))
def test_rows_and_columns_are_summed(seed: int, height: int, width: int) -> None:
    luma = np.random.default_rng(seed).integers(0, 256, (height + 2, width + 3)).astype(np.uint8)
    across, down = np.full(width, 7, np.int32), np.full(height, 7, np.int32)
    steady.profiles(luma, height, width, across, down)
    assert (across.tolist(), down.tolist()) == naive.profiles(luma.tolist(), height, width)


@given(
    SEEDS, st.integers(0, 5), st.integers(-5, 5), st.sampled_from((0, 1, 40)), st.integers(8, 60)
)
def test_profiles_are_aligned(seed: int, reach: int, step: int, noise: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    whole = rng.integers(0, 5000, size + 10)
    known = whole[5 : size + 5].astype(np.int32)
    now = (whole[5 - step : size + 5 - step] + rng.integers(0, noise + 1, size)).astype(np.int32)
    out = np.full(3, 7, np.int64)
    steady.align(now, known, reach, out)
    assert out.tolist() == naive.align(now.tolist(), known.tolist(), reach)


@given(SEEDS, st.floats(0, 1), st.integers(1, 40))
def test_known_profiles_follow(seed: int, share: float, size: int) -> None:
    rng = np.random.default_rng(seed)
    now = rng.integers(0, 163_201, size).astype(np.int32)
    known = rng.random(size) * 163_200
    before, whole = known.tolist(), np.full(size, 7, np.int32)
    steady.follow(now, share, known, whole)
    assert (known.tolist(), whole.tolist()) == naive.follow(now.tolist(), share, before)


@settings(max_examples=50)
@given(SEEDS, st.integers(-90, 90), st.integers(-90, 90))
def test_a_picture_is_taken_back(seed: int, down: int, right: int) -> None:
    luma = np.random.default_rng(seed).integers(0, 256, (11, 15)).astype(np.uint8)
    out = np.full((11, 15), 7, np.uint8)
    steady.take_back(luma, down, right, 9, 13, out)
    assert out[:9, :13].tolist() == naive.take_back(luma.tolist(), down, right, 9, 13)
    assert np.all(out[9:] == 7)
    assert np.all(out[:, 13:] == 7)
