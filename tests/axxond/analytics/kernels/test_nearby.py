from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from axxond.analytics.kernels import nearby
from tests.naive import nearby as naive

HEIGHT, WIDTH, LINES, PITCH, LOOKS = 14, 19, 16, 64, 4


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 40),
    st.tuples(st.integers(0, HEIGHT), st.integers(0, HEIGHT)),
    st.tuples(st.integers(0, WIDTH), st.integers(0, WIDTH)),
    st.integers(1, 60),
)
def test_what_looks_as_the_background_nearby_is_counted_as_the_twin_counts(
    seed: int, reach: int, rows: tuple[int, int], columns: tuple[int, int], most: int
) -> None:
    rng = np.random.default_rng(seed)
    luma, mask = np.zeros((2, LINES, PITCH), np.uint8)
    looks = np.zeros((LINES, LOOKS, PITCH), np.uint8)
    luma[:HEIGHT, :WIDTH] = rng.integers(0, 256, (HEIGHT, WIDTH))
    mask[:HEIGHT, :WIDTH] = rng.integers(0, 2, (HEIGHT, WIDTH))
    looks[:HEIGHT, :, :WIDTH] = rng.integers(0, 256, (HEIGHT, LOOKS, WIDTH))
    (top, bottom), (left, right) = sorted(rows), sorted(columns)
    window = slice(top, bottom), slice(left, right)
    place = (HEIGHT, WIDTH), (left, top, right, bottom)
    found = nearby.compare(mask, luma, looks, *place, reach, most)
    picture = mask[:HEIGHT, :WIDTH], luma[:HEIGHT, :WIDTH], looks[:HEIGHT, :, :WIDTH]
    assert found == naive.compare(*picture, window, reach, most)
