from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from axxond.analytics.kernels import outline
from tests.naive import outline as naive

heights = st.lists(st.integers(0, 30), min_size=2, max_size=60)


wishes = st.tuples(st.integers(0, 12), st.integers(0, 20), st.integers(0, 30), st.integers(0, 4))


@given(heights, wishes, st.integers(0, 3))
def test_a_valley_is_found_where_the_twin_finds_it(
    columns: list[int], wanted: tuple[int, int, int, int], noise: int
) -> None:
    height = 30
    part = np.zeros((height, len(columns)), np.uint8)
    for x, high in enumerate(columns):
        part[height - high :: noise + 1, x] = 1
    mask = np.ones((height + 7, len(columns) + 9), np.uint8)
    mask[4 : 4 + height, 5 : 5 + len(columns)] = part
    blob = 5, 4, 5 + len(columns), 4 + height
    scratch = np.full((outline.OUTLINE_ROWS, len(columns)), 99, np.int64)
    found = outline.valley(mask, blob, wanted, scratch)
    assert found == naive.valley(part, *wanted)


spans = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=24)


@given(spans, st.integers(0, 5), st.integers(1, 9), st.booleans())
def test_stairs_are_found_where_the_twin_finds_them(
    columns: list[tuple[int, int]], least: int, step: int, mirrored: bool
) -> None:
    part = np.zeros((20, len(columns)), np.uint8)
    for x, span in enumerate(columns):
        part[min(span) : max(span), x] = 1
    mask = np.ones((27, len(columns) + 9), np.uint8)
    mask[4:24, 5 : 5 + len(columns)] = part
    blob = 5, 4, 5 + len(columns), 24
    scratch = np.full((outline.OUTLINE_ROWS, len(columns)), 99, np.int64)
    found = outline.stairs(mask, blob, (least, step, mirrored), scratch)
    wanted = naive.stairs(part[:, ::-1] if mirrored else part, least, step)
    assert (found if found[0] >= 0 else None) == wanted


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 14), st.integers(1, 14))
def test_the_step_at_an_edge_is_the_twins(seed: int, across: int, wide: int, tall: int) -> None:
    rng = np.random.default_rng(seed)
    luma, usual = (rng.integers(0, 256, (20, 24)).astype(np.uint8) for _ in range(2))
    mask = rng.integers(0, 2, luma.shape).astype(np.uint8)
    window = slice(3, 3 + tall), slice(2, 2 + wide)
    found = outline.step(mask, luma, usual, (2, 3, 2 + wide, 3 + tall), across)
    assert found == naive.step(mask[window], luma[window], usual[window], across)
