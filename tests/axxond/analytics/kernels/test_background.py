from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.analytics.kernels import background, scale
from tests.naive import background as naive
from tests.naive.background import as_lists

# Wider than a vector register and no multiple of one, so that loop remainders run too.
LINES, PITCH = 6, 83
SEEDS = st.integers(0, 2**32 - 1)
BYTES = st.integers(0, 255)


def planes(seed: int, count: int, levels: int = 256) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, levels, (LINES, PITCH)).astype(np.uint8) for _ in range(count)]


def masks(seed: int) -> Any:
    return np.random.default_rng(seed + 1).integers(0, 2, (LINES, PITCH)).astype(np.uint8)


@settings(max_examples=30)
@given(SEEDS, st.integers(1, 5), st.integers(1, 200), BYTES)
def test_samples_within_reach_make_background(
    seed: int, fours: int, levels: int, base: int
) -> None:
    luma, unrest, *stack = planes(seed, 4 * fours + 2, levels)
    samples = np.stack(stack)
    in_lines = np.ascontiguousarray(samples.swapaxes(0, 1))
    near, mask = np.full_like(luma, 77), np.full_like(luma, 77)
    expected = naive.compare(*as_lists(luma, samples), base, unrest.tolist())
    scratch = np.full((2, PITCH), 99, np.uint8)
    background.compare(luma, in_lines, base, unrest, scratch, near, mask)
    assert as_lists(near, mask, unrest) == list(expected)


STEPS = st.integers(-1, 1)
OWNS = st.integers(0, 2)


@settings(max_examples=60)
@given(SEEDS, st.tuples(BYTES, OWNS, OWNS, STEPS, STEPS, st.integers(0, 1)))
def test_background_and_what_stays_is_learnt(
    seed: int, plan: tuple[int, int, int, int, int, int]
) -> None:
    luma, age, dice, more_dice, *stack = planes(seed, 7)
    mask = masks(seed)
    age[: LINES // 2] |= 254
    samples = np.stack(stack)
    in_lines = np.ascontiguousarray(samples.swapaxes(0, 1))
    expected = naive.learn(
        *as_lists(luma, mask, age),
        (dice.tolist(), more_dice.tolist()),
        samples.tolist(),
        plan,
    )
    background.learn(luma, mask, age, dice, more_dice, in_lines, np.array(plan, np.int64))
    assert as_lists(age, in_lines.swapaxes(0, 1)) == list(expected)


@given(SEEDS, BYTES, st.integers(1, 4))
def test_unlike_pixels_are_counted(seed: int, limit: int, step: int) -> None:
    one, other = planes(seed, 2)
    expected = naive.unlike(one.tolist(), other.tolist(), limit, step)
    assert background.unlike(one, other, limit, step) == expected


@settings(max_examples=40)
@given(SEEDS, st.integers(1, 7), st.integers(1, 5), st.integers(1, 30), st.integers(0, 9))
def test_boxes_are_averaged(seed: int, factor: int, height: int, width: int, spare: int) -> None:
    rng = np.random.default_rng(seed)
    full = (height * factor, width * factor + spare)
    luma = rng.integers(0, 256, full).astype(np.uint8)
    out = np.full((height + 1, width + 2), 7, np.uint8)
    sums = np.zeros(width * factor, np.uint16)
    scale.shrink(luma.reshape(-1), full[1], factor, height, sums, out)
    visible = luma[:, : width * factor]
    assert out[:height, :width].tolist() == naive.shrink(visible.tolist(), factor)
    assert (out[height:] == 7).all()
    assert (out[:, width:] == 7).all()


@settings(max_examples=30)
@given(SEEDS, st.integers(1, 5), st.integers(1, 9), st.integers(1, 9), st.integers(0, 5))
def test_boxes_are_summed(seed: int, factor: int, width: int, height: int, spare: int) -> None:
    full = (height * factor, width * factor + spare)
    luma = np.random.default_rng(seed).integers(0, 256, full).astype(np.uint8)
    sums = np.full((height, width), 7, np.int32)
    lines = np.full(width * factor, 9, np.uint16)
    scale.gather(luma.reshape(-1), full[1], factor, lines, sums)
    visible = luma[:, : width * factor]
    assert sums.tolist() == naive.gather(visible.tolist(), factor)


@pytest.mark.parametrize("factor", [1, 2, 3, 64])
def test_an_average_of_white_is_white(factor: int) -> None:
    luma = np.full(4 * factor * factor, 255, np.uint8)
    out = np.zeros((2, 2), np.uint8)
    scale.shrink(luma, 2 * factor, factor, 2, np.zeros(2 * factor, np.uint16), out)
    assert (out == 255).all()


@settings(max_examples=30)
@given(SEEDS)
def test_what_blinks_is_left_out(seed: int) -> None:
    mask, last = masks(seed), masks(seed + 7)
    (blinking,) = planes(seed, 1, 151)
    out = np.full_like(mask, 77)
    expected = naive.calm(*as_lists(mask, last, blinking))
    background.calm(mask, last, blinking, out)
    assert as_lists(blinking, out) == list(expected)
    assert last.tolist() == mask.tolist()
