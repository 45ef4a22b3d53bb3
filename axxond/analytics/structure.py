"""The structure of a picture: where its edges are, whatever the light; tile by tile.

A light that changes scales all gradients alike, which a normalised correlation does not see.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from axxond.analytics.kernels import scale
from axxond.analytics.plane import Bytes, flat

Gradients = NDArray[np.float32]
Small = NDArray[np.float32]

_POOL_PX = 4
_TILES = 4  # a side
_LEAST_ENERGY = 9.0  # of a pixel of a tile, in squared grey levels: less is plain
_LEAST_TILES = 4


@frozen
class Agreement:
    """`low`: the share of the tiles whose structure is another (correlation below `limit`);
    `median`: of the correlations; None when there is too little structure to tell."""

    low: float
    median: float


def pooled(picture: Bytes) -> Small:
    """Averaged over squares of _POOL_PX; what is left at the right and below is left out."""
    height, width = (pixels // _POOL_PX for pixels in picture.shape)
    sums = np.empty((height, width), np.int32)
    lines = np.empty(width * _POOL_PX, np.uint16)
    scale.gather(flat(picture), picture.strides[0], _POOL_PX, lines, sums)
    small: Small = sums.astype(np.float32) / np.float32(_POOL_PX * _POOL_PX)
    return small


def gradients(picture: Bytes) -> Gradients:
    """2 x rows x columns, of the `pooled` picture."""
    return gradients_of(pooled(picture))


def gradients_of(small: Small) -> Gradients:
    across = small[1:-1, 2:] - small[1:-1, :-2]
    down = small[2:, 1:-1] - small[:-2, 1:-1]
    return np.stack([across, down])


def defocused(small: Small, reach: int) -> Small:
    """As a lens out of focus sees it: averaged twice over squares, `reach` to each side."""
    for _ in range(2):
        for axis in (0, 1):
            pad = [(0, 0), (0, 0)]
            pad[axis] = (reach, reach)
            wide = np.lib.stride_tricks.sliding_window_view(
                np.pad(small, pad, "edge"), 2 * reach + 1, axis
            )
            small = wide.mean(-1, dtype=np.float32)
    return small


def agreement(now: Gradients, known: Gradients, limit: float) -> Agreement | None:
    correlations = [
        value
        for one, other in zip(_tiles(now), _tiles(known), strict=True)
        if (value := _correlation(one, other)) is not None
    ]
    if len(correlations) < _LEAST_TILES:
        return None
    low = sum(value < limit for value in correlations) / len(correlations)
    return Agreement(low, float(np.median(correlations)))


def _tiles(whole: Gradients) -> list[Any]:
    return [
        part
        for band in np.array_split(whole, _TILES, axis=1)
        for part in np.array_split(band, _TILES, axis=2)
    ]


def _correlation(now: Gradients, known: Gradients) -> float | None:
    energy = float((known * known).sum())
    if energy < _LEAST_ENERGY * known[0].size:
        return None
    own = float((now * now).sum())
    return float((now * known).sum()) / float(np.sqrt(own * energy) + 1e-3)
