from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.analytics.kernels import tracking
from tests.naive import tracking as naive


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 9), min_size=n, max_size=n), min_size=n, max_size=n)
))  # fmt: skip
def test_the_assignment_is_one_to_one_and_as_cheap_as_any(cost: list[list[int]]) -> None:
    n = len(cost)
    found = np.zeros(n, np.int64)
    matrix = np.array(cost, np.float64)
    tracking.assign(matrix, np.zeros((3, n + 1)), np.zeros((3, n + 1), np.int64), found)
    assert sorted(found.tolist()) == list(range(n))
    assert sum(cost[row][column] for row, column in enumerate(found)) == naive.least_cost(cost)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(-4, 14), st.integers(-4, 10), st.integers(0, 30))
def test_a_pattern_is_sought_as_its_twin_does(seed: int, left: int, top: int, stiff: int) -> None:
    rng = np.random.default_rng(seed)
    luma = rng.integers(0, 256, (12, 16), np.uint8)
    pattern = rng.integers(0, 256, (4, 5), np.uint8)
    weight = rng.integers(0, 2, (4, 5), np.uint8)
    out = np.zeros(3, np.int64)
    tracking.seek(luma, pattern, weight, np.array([left, top, 2, stiff]), out)
    wanted = naive.seek(luma.tolist(), pattern.tolist(), weight.tolist(), (left, top), 2, stiff)
    assert tuple(out.tolist()) == wanted


def test_a_pattern_that_moved_is_found() -> None:
    luma = np.random.default_rng(3).integers(0, 256, (40, 60), np.uint8)
    pattern = luma[10:20, 20:28].copy()
    out = np.zeros(3, np.int64)
    tracking.seek(luma, pattern, np.ones_like(pattern), np.array([18, 13, 4, 8]), out)
    assert out.tolist() == [2, -3, 0]
