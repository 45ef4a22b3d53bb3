from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.analytics.kernels import sound
from tests.naive import sound as naive

SEEDS = st.integers(0, 2**32 - 1)


def powers(samples: np.ndarray, stretch: int, cuts: list[int]) -> list[float]:
    """The kernel's, given the samples in pieces."""
    carry = np.zeros((len(samples), sound.CARRY))
    found: list[float] = []
    filled = 0
    for piece in np.split(samples, cuts, axis=1):
        out = np.full((filled + piece.shape[1]) // stretch, np.nan)
        filled = sound.powers(np.ascontiguousarray(piece), stretch, filled, carry, out)
        found += out.tolist()
    return found


@settings(max_examples=50)
@given(SEEDS, st.integers(1, 3), st.integers(0, 90), st.integers(1, 20), st.floats(-1, 1))
def test_powers_are_those_of_the_loudest_channel_however_the_sound_is_cut(
    seed: int, channels: int, count: int, stretch: int, offset: float
) -> None:
    rng = np.random.default_rng(seed)
    scale = rng.random((channels, 1))
    samples = (rng.standard_normal((channels, count)) * scale + offset).astype(np.float32)
    cuts = sorted(rng.integers(0, count + 1, 3).tolist())
    expected = naive.powers(samples.tolist(), stretch)
    assert powers(samples, stretch, cuts) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_constant_has_no_power() -> None:
    samples = np.full((1, 100), 0.5, np.float32)
    assert powers(samples, 25, []) == pytest.approx([0.0] * 4, abs=1e-15)
