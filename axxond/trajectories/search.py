"""Who was in an area, from the first parts of stored blocks alone.  Blocks; for a thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from axxond.analytics.kernels import searching
from axxond.analytics.zones import Polygon
from axxond.trajectories.block import Where
from axxond.trajectories.points import PLACE_STEPS
from axxond.trajectories.store import Stored


@frozen(eq=False)
class Passed:
    """`runs`: of the block's, those of objects that were in the area."""

    block: Stored
    runs: NDArray[np.intp]


class InArea:
    """Where an object stands decides, and the straight way between two stored points."""

    def __init__(self, polygon: Polygon) -> None:
        corners = (np.array(polygon, np.float64) + 0.5) * PLACE_STEPS
        self._edges = np.concatenate([corners, np.roll(corners, -1, 0)], 1)
        low, high = np.floor(corners.min(0)), np.ceil(corners.max(0))
        self._box = np.array([low[0], high[0], low[1], high[1]], np.int64)

    def runs(self, where: Where) -> NDArray[np.intp]:
        """Indexes of the block's runs whose object was in the area."""
        out = np.empty(len(where.begin), np.uint8)
        searching.passes(where.begin, where.bounds, where.places, self._edges, self._box, out)
        return np.flatnonzero(out)

    def find(self, blocks: Iterable[Stored]) -> Iterator[Passed]:
        """Block by block; a block outside the area is not even read.  OSError,
        DamagedBlockError."""
        left, right, top, bottom = self._box.tolist()
        for one in blocks:
            header = one.header
            beside = header["right"] < left or header["left"] > right
            if beside or header["bottom"] < top or header["top"] > bottom:
                continue
            found = self.runs(one.where())
            if len(found):
                yield Passed(one, found)
