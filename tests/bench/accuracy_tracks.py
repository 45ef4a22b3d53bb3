"""Tracks against published ones: MOTA (CLEAR MOT) and IDF1, boxes in pixels of the clip.

A box is right when it overlaps the truth's by at least half (intersection over union); matches of
the frame before are kept while they hold, the rest is paired at the least cost.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from attrs import frozen

from axxond.analytics.kernels import tracking

_OVERLAP = 0.5

Rect = tuple[float, float, float, float]
"""left, top, width, height"""
Frame = Mapping[int, Rect]
"""by number of the object"""


@frozen
class Scores:
    """`mota` can be negative; `idf1` in [0; 1]."""

    mota: float
    idf1: float
    missed: int
    false: int
    switches: int
    objects: int


def overlap(one: Rect, other: Rect) -> float:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(across, 0.0) * max(down, 0.0)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def assigned(gain: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[tuple[int, int]]:
    """The pairs of rows and columns with the greatest sum of gains."""
    size = max(gain.shape)
    if min(gain.shape) == 0:
        return []
    cost = np.zeros((size, size))
    cost[: gain.shape[0], : gain.shape[1]] = -gain
    found = np.zeros(size, np.int64)
    tracking.assign(cost, np.zeros((3, size + 1)), np.zeros((3, size + 1), np.int64), found)
    return [
        (row, column)
        for row, column in enumerate(found[: gain.shape[0]].tolist())
        if column < gain.shape[1]
    ]


def score(truth: Sequence[Frame], found: Sequence[Frame]) -> Scores:
    """Frame by frame, both of the same length."""
    missed = false = switches = objects = seen = 0
    last: dict[int, int] = {}
    shared: dict[tuple[int, int], int] = {}
    for real, ours in zip(truth, found, strict=True):
        pairs = _frame_pairs(real, ours, last)
        switches += sum(last.get(who, mine) != mine for who, mine in pairs.items())
        last |= pairs
        missed += len(real) - len(pairs)
        false += len(ours) - len(pairs)
        objects += len(real)
        seen += len(ours)
        for who, rect in real.items():
            for mine, box in ours.items():
                if overlap(rect, box) >= _OVERLAP:
                    shared[who, mine] = shared.get((who, mine), 0) + 1
    return Scores(
        1 - (missed + false + switches) / objects,
        2 * _same(shared) / (objects + seen),
        missed,
        false,
        switches,
        objects,
    )


def _frame_pairs(real: Frame, ours: Frame, last: Mapping[int, int]) -> dict[int, int]:
    pairs = {
        who: last[who]
        for who, rect in real.items()
        if last.get(who) in ours and overlap(rect, ours[last[who]]) >= _OVERLAP
    }
    left = [who for who in real if who not in pairs]
    free = [mine for mine in ours if mine not in pairs.values()]
    gain = np.array([[overlap(real[who], ours[mine]) for mine in free] for who in left])
    gain = gain.reshape(len(left), len(free))
    gain[gain < _OVERLAP] = 0
    for row, column in assigned(gain):
        if gain[row, column] > 0:
            pairs[left[row]] = free[column]
    return pairs


def _same(shared: Mapping[tuple[int, int], int]) -> int:
    """Boxes that agree under the best one-to-one pairing of whole tracks."""
    whos = sorted({who for who, _ in shared})
    mines = sorted({mine for _, mine in shared})
    gain = np.zeros((len(whos), len(mines)))
    for (who, mine), count in shared.items():
        gain[whos.index(who), mines.index(mine)] = count
    return int(sum(gain[row, column] for row, column in assigned(gain)))


def read_truth(path: Path, frames: int) -> list[dict[int, Rect]]:
    """Columns frame0, id, x, y, w, h."""
    truth: list[dict[int, Rect]] = [{} for _ in range(frames)]
    with path.open() as lines:
        for row in csv.DictReader(lines):
            x, y, w, h = (float(row[name]) for name in "xywh")
            truth[int(row["frame0"])][int(row["id"])] = (x, y, w, h)
    return truth
