from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from axxond.analytics.kernels import tracking
from tests.naive import tracking as naive

SUMS = np.zeros(tracking.LANES_PX, np.uint16)
WIDTHS = st.sampled_from((5, tracking.LANES_PX))


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
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 5))
def test_a_pair_costs_what_it_costs_the_twin_below_its_gate(
    seed: int, rows: int, columns: int
) -> None:
    rng = np.random.default_rng(seed)
    expected, seen = (
        np.concatenate([at, at + rng.uniform(2, 30, at.shape)], 1)
        for at in (rng.uniform(0, 40, (count, 2)) for count in (rows, columns))
    )
    most, gates = rng.uniform(0, 3, rows), rng.uniform(0.3, 1.8, 2)
    out = np.full((6, 6), 9.0)
    tracking.costs(expected, seen, most, gates, out)
    wanted = np.full((6, 6), 9.0)
    for i, one in enumerate(expected.tolist()):
        for j, other in enumerate(seen.tolist()):
            apart = naive.cost(one, other)
            large = naive.size(other) > most[i] * naive.size(one)
            wanted[i, j] = apart if apart < gates[int(large)] else 9.0
    assert np.allclose(out, wanted, rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    WIDTHS,
    st.integers(-4, 14),
    st.integers(-4, 10),
    st.integers(0, 30),
)
def test_a_pattern_is_sought_as_its_twin_does(
    seed: int, width: int, left: int, top: int, stiff: int
) -> None:
    rng = np.random.default_rng(seed)
    luma = rng.integers(0, 256, (12, 11 + width), np.uint8)
    pattern = rng.integers(0, 256, (4, width), np.uint8)
    weight = rng.integers(0, 2, (4, width), np.uint8)
    found = tracking.seek(luma, pattern, weight, (left, top, 2, stiff), SUMS)
    wanted = naive.seek(luma.tolist(), pattern.tolist(), weight.tolist(), (left, top), 2, stiff)
    assert found == wanted


def test_a_pattern_that_moved_is_found() -> None:
    luma = np.random.default_rng(3).integers(0, 256, (40, 60), np.uint8)
    pattern = luma[10:20, 20:28].copy()
    found = tracking.seek(luma, pattern, np.ones_like(pattern), (18, 13, 4, 8), SUMS)
    assert found == (2, -3, 0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), WIDTHS, st.integers(-4, 14), st.integers(-4, 10))
def test_all_scores_around_a_place_are_those_of_the_twin(
    seed: int, width: int, left: int, top: int
) -> None:
    rng = np.random.default_rng(seed)
    luma = rng.integers(0, 256, (12, 11 + width), np.uint8)
    pattern = rng.integers(0, 256, (4, width), np.uint8)
    weight = rng.integers(0, 2, (4, width), np.uint8)
    out = np.zeros((5, 5), np.int64)
    tracking.scores(luma, pattern, weight, (left, top), SUMS, out)
    wanted = naive.scores(luma.tolist(), pattern.tolist(), weight.tolist(), (left, top), 2)
    assert out.tolist() == wanted


Box = tuple[int, int, int, int]


def shared(
    mask: NDArray[np.uint8], blob: Box, boxes: list[Box], unlike: NDArray[np.int64]
) -> list[tuple[int, ...]]:
    left, top, right, bottom = blob
    steps = np.zeros((len(boxes), 2), np.int64)
    sums = np.zeros((bottom - top + 1, right - left + 1), np.int64)
    tracking.share(mask, np.array(blob), np.array(boxes), unlike, sums, steps)
    return [tuple(step) for step in steps.tolist()]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(
        st.tuples(*(st.integers(-3, 12),) * 2, *(st.integers(1, 8),) * 2), min_size=1, max_size=3
    ),
)
def test_those_who_share_a_blob_are_put_as_by_the_twin(seed: int, boxes: list[Box]) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.integers(0, 2, (12, 16), np.uint8)
    unlike = rng.integers(0, 641, (len(boxes), 5, 5))
    blob = (2, 1, 13, 11)
    wanted = naive.share(mask.tolist(), blob, boxes, unlike.tolist())
    assert shared(mask, blob, boxes, unlike) == wanted


def test_those_who_share_a_blob_cover_it() -> None:
    mask = np.zeros((40, 60), np.uint8)
    mask[5:35, 10:40] = 1
    boxes = [(13, 6, 15, 30), (21, 7, 15, 30)]
    nothing = np.zeros((2, 9, 9), np.int64)
    assert shared(mask, (10, 5, 40, 35), boxes, nothing) == [(-3, -1), (4, -2)]
