"""Twins of `axxond.analytics.kernels.quality`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from axxond.analytics.kernels.quality import (
    BRIGHT,
    CHROMA_STEP,
    DARK,
    LUMA_STEP,
    NOISE_ACROSS,
    NOISE_DOWN,
    POOL_PX,
)

Whole = NDArray[np.int64]


def pooled(picture: Whole) -> Whole:
    height, width = (side // POOL_PX for side in picture.shape)
    squares = picture[: height * POOL_PX, : width * POOL_PX].reshape(
        height, POOL_PX, width, POOL_PX
    )
    return np.asarray(squares.sum((1, 3)))


def look(picture: Whole) -> list[int]:
    small, lines = pooled(picture), picture[::2]
    found: list[Any] = [
        small.sum(),
        (small**2).sum(),
        (np.diff(small) ** 2).sum(),
        (lines >= BRIGHT).sum(),
        (lines <= DARK).sum(),
    ]
    return [int(value) for value in found]


def quiet(small: Whole, before: Whole, count: int) -> int:
    apart = (small - before)[::2]
    pairs = apart[:, : apart.shape[1] // 2 * 2].reshape(-1, 2)
    rough = np.sort(np.abs(pairs[:, 1] - pairs[:, 0]))
    return int(rough[:count].sum())


def noisy(lines: Whole, before: Whole, level: int) -> int:
    rough = np.abs(np.diff(lines - before))
    down, across = rough.shape[0] // NOISE_DOWN, rough.shape[1] // NOISE_ACROSS
    blocks = rough[: down * NOISE_DOWN, : across * NOISE_ACROSS].reshape(
        down, NOISE_DOWN, across, NOISE_ACROSS
    )
    return int((blocks.mean((1, 3)) > level).sum())


def colours(picture: Whole, chroma: Whole) -> list[int]:
    some = picture[::LUMA_STEP, ::LUMA_STEP]
    apart = np.abs(chroma[:, ::CHROMA_STEP, ::CHROMA_STEP] - 128)
    return [int(some.sum()), some.size, int(apart.sum()), apart.size]
