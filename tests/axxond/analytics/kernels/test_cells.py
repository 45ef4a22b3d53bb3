from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.analytics.kernels import cells
from tests.naive import cells as naive
from tests.naive.background import as_lists

ROWS, COLUMNS = 7, 19
SEEDS = st.integers(0, 2**32 - 1)
DENSITIES = st.floats(0, 1)


def some_mask(seed: int, density: float) -> Any:
    rng = np.random.default_rng(seed)
    shape = (ROWS * cells.CELL_PX, COLUMNS * cells.CELL_PX)
    return (rng.random(shape) < density).astype(np.uint8)


def test_twin_has_the_same_constants() -> None:
    assert (naive.CELL, naive.CHANGED) == (cells.CELL_PX, cells.CHANGED)


@settings(max_examples=30)
@given(SEEDS, DENSITIES, st.integers(1, 25))
def test_majority_of_the_surroundings_decides(seed: int, density: float, least: int) -> None:
    mask = some_mask(seed, density)
    out = np.zeros_like(mask)
    found = cells.majority(mask, least, np.full_like(mask, 9), out)
    assert out.tolist() == naive.majority(mask.tolist(), least)
    assert found == out.sum()


@settings(max_examples=30)
@given(SEEDS, DENSITIES, DENSITIES)
def test_cells_count_what_lies_in_the_zone(seed: int, density: float, zone: float) -> None:
    mask, inside_zone = some_mask(seed, density), some_mask(seed + 1, zone)
    inside = np.full_like(mask, 7)
    counts = np.full((ROWS, COLUMNS), 7, np.uint8)
    cells.count(mask, inside_zone, inside, counts)
    assert as_lists(inside, counts) == list(naive.count(mask.tolist(), inside_zone.tolist()))


@settings(max_examples=100)
@given(SEEDS, DENSITIES)
def test_touching_cells_make_one_group(seed: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    counts = (rng.random((ROWS, COLUMNS)) < density).astype(np.uint8) * 16
    labels = np.full((ROWS, COLUMNS), 7, np.int32)
    groups = cells.connect(counts, 5, labels, np.zeros(counts.size + 1, np.int32))
    assert (groups, labels.tolist()) == naive.connect(counts.tolist(), 5)


def test_a_spiral_is_one_group() -> None:
    """Its arms get labels of their own first, joined at the far end."""
    drawing = ["#########", "........#", "#######.#", "#.....#.#", "#.###.#.#", "#.#...#.#",
               "#.#####.#", "#.......#", "#########"]  # fmt: skip
    counts = np.array([[16 * (c == "#") for c in row] for row in drawing], np.uint8)
    labels = np.zeros(counts.shape, np.int32)
    assert cells.connect(counts, 5, labels, np.zeros(counts.size + 1, np.int32)) == 1
    assert ((labels == 1) == (counts > 0)).all()


@settings(max_examples=30)
@given(SEEDS, st.floats(0, 0.4))
def test_blobs_measure_their_pixels(seed: int, density: float) -> None:
    mask = some_mask(seed, density)
    everywhere = np.ones_like(mask)
    inside, counts = np.zeros_like(mask), np.zeros((ROWS, COLUMNS), np.uint8)
    cells.count(mask, everywhere, inside, counts)
    labels = np.zeros(counts.shape, np.int32)
    groups = cells.connect(counts, 5, labels, np.zeros(counts.size + 1, np.int32))
    rng = np.random.default_rng(seed)
    strength, luma, past = (rng.integers(0, 256, mask.shape).astype(np.uint8) for _ in range(3))
    blobs = np.full((COLUMNS * ROWS, cells.BLOB_COLUMNS), 7, np.int32)
    cells.measure(labels, inside, strength, luma, past, groups, blobs)
    expected = naive.measure(*as_lists(labels, inside, strength, luma, past), groups)
    assert blobs[:groups].tolist() == expected


def test_more_blobs_than_rows_are_left_out() -> None:
    mask = np.zeros((8, 8 * cells.CELL_PX), np.uint8)
    mask[:4, ::8] = mask[:4, 1::8] = 1
    counts, inside = np.zeros((2, 8), np.uint8), np.zeros_like(mask)
    cells.count(mask, np.ones_like(mask), inside, counts)
    labels = np.zeros(counts.shape, np.int32)
    groups = cells.connect(counts, 5, labels, np.zeros(counts.size + 1, np.int32))
    blobs = np.zeros((2, cells.BLOB_COLUMNS), np.int32)
    cells.measure(labels, inside, mask, mask, mask, groups, blobs)
    assert groups == 4
    assert blobs[:, 0].tolist() == [0, 8]
