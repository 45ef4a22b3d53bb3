from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.analytics.kernels import light
from tests.naive import light as naive

SEEDS = st.integers(0, 2**32 - 1)
BLOCKS = st.lists(st.integers(0, 255 * light.SCALE), min_size=1, max_size=60)


def fitted(now: list[int], known: list[int]) -> tuple[int, int]:
    arrays = [np.array(values, np.int32) for values in (now, known, now)]
    line = np.full(3, 7, np.int64)
    light.fit(*arrays, np.full(light.HISTOGRAM, 7, np.int32), line)
    assert line[2] == sum(abs(a - b) <= 3 * light.SCALE for a, b in zip(now, known, strict=True))
    return int(line[0]), int(line[1])


def test_twin_has_the_same_constants() -> None:
    mine = (naive.BLOCK, naive.SCALE, naive.ONE)
    assert mine == (light.BLOCK_PX, light.SCALE, light.GAIN_ONE)


@settings(max_examples=20)
@given(SEEDS, st.integers(1, 3), st.integers(1, 5))
def test_blocks_are_averaged(seed: int, rows: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    luma = rng.integers(0, 256, (rows * 16 + 3, columns * 16 + 7)).astype(np.uint8)
    blocks = np.full((rows, columns), 7, np.int32)
    light.average(luma, np.full(luma.shape[1], 7, np.uint16), blocks)
    assert blocks.tolist() == naive.average(luma.tolist(), rows, columns)


@given(BLOCKS, SEEDS, st.floats(0.1, 5), st.floats(-60, 60), st.floats(0, 1))
def test_a_line_is_fitted(
    known: list[int], seed: int, gain: float, offset: float, changed: float
) -> None:
    """The light changes by a line but for a share of the blocks, which hold anything."""
    rng = np.random.default_rng(seed)
    now = np.clip(np.array(known) * gain + offset * light.SCALE, 0, 255 * light.SCALE)
    now = now.astype(int)
    strange = rng.random(now.size) < changed
    now[strange] = rng.integers(0, 255 * light.SCALE + 1, strange.sum())
    assert fitted(now.tolist(), known) == naive.fit(now.tolist(), known)


@pytest.mark.parametrize(("gain", "offset"), [(0.5, 0), (0.8, 10), (1.3, -20), (1.0, 40)])
def test_a_fitted_line_takes_the_light_back(gain: float, offset: float) -> None:
    rng = np.random.default_rng(2)
    known = rng.integers(30, 160, 200)
    now = np.rint(known * gain + offset).astype(int)
    now[:30] = rng.integers(0, 256, 30)  # objects
    scale, shift = fitted((now * light.SCALE).tolist(), (known * light.SCALE).tolist())
    back = (now[30:] * scale + shift) / light.GAIN_ONE
    assert np.abs(back - known[30:]).max() < 10  # below the background's least reach


def test_an_object_before_half_of_the_picture_is_no_change_of_light() -> None:
    rng = np.random.default_rng(3)
    known = rng.integers(30, 200, 200) * light.SCALE
    now = known.copy()
    now[:100] = 40 * light.SCALE
    assert fitted(now.tolist(), known.tolist()) == (light.GAIN_ONE, 0)


@settings(max_examples=30)
@given(SEEDS, st.integers(64, 1024), st.integers(-60_000, 60_000))
def test_pixels_are_relit(seed: int, gain: int, offset: int) -> None:
    rng = np.random.default_rng(seed)
    luma = rng.integers(0, 256, (4, 70)).astype(np.uint8)
    out = np.full((5, 83), 7, np.uint8)
    light.relight(luma, np.array([gain, offset], np.int64), 4, 70, out)
    assert out[:4, :70].tolist() == naive.relight(luma.tolist(), gain, offset)
    assert (out[4:] == 7).all()
    assert (out[:, 70:] == 7).all()


@given(BLOCKS, SEEDS, st.integers(1, 300))
def test_the_known_light_follows_step_by_step(known: list[int], seed: int, step: int) -> None:
    now: Any = np.random.default_rng(seed).integers(0, 16_000, len(known)).astype(np.int32)
    followed = np.array(known, np.int32)
    light.follow(now, followed, step)
    assert followed.tolist() == naive.follow(now.tolist(), known, step)


@settings(max_examples=20)
@given(SEEDS, st.integers(1, 40), st.integers(1, 40))
def test_gains_run_straight_between_the_corners_of_blocks(
    seed: int, height: int, width: int
) -> None:
    rng = np.random.default_rng(seed)
    luma = rng.integers(0, 256, (height + 1, width + 2)).astype(np.uint8)
    gains = rng.integers(60, 1000, (-(-height // 16) + 1, -(-width // 16) + 1)).astype(np.int32)
    out = np.full(luma.shape, 7, np.uint8)
    light.relight_by(luma, gains, height, width, out)
    expected = naive.relight_by(luma.tolist(), gains.tolist(), height, width)
    assert out[:height, :width].tolist() == expected
    assert np.all(out[height:] == 7)
    assert np.all(out[:, width:] == 7)
