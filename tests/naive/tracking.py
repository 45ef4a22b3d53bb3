"""Twins of axxond.analytics.kernels.tracking: slow, obvious."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import permutations

CAP = 40
ONE = 16

Plane = Sequence[Sequence[int]]
Box = tuple[int, int, int, int]
"""left, top, width, height"""


def least_cost(cost: Sequence[Sequence[float]]) -> float:
    """Of all ways to give each row a column of its own, the cheapest's cost."""
    return min(
        sum(row[column] for row, column in zip(cost, columns, strict=True))
        for columns in permutations(range(len(cost)))
    )


def size(box: Sequence[float]) -> float:
    """Of left, top, right, bottom."""
    return (box[2] - box[0]) * (box[3] - box[1])


def cost(expected: Sequence[float], seen: Sequence[float]) -> float:
    """That a box is another one."""
    across = min(expected[2], seen[2]) - max(expected[0], seen[0])
    down = min(expected[3], seen[3]) - max(expected[1], seen[1])
    if across > 0 and down > 0:
        return 1 - across * down / (size(expected) + size(seen) - across * down)
    centres = [((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for box in (expected, seen)]
    heights = [box[3] - box[1] for box in (expected, seen)]
    return 0.5 + math.dist(*centres) / (sum(heights) / 2)


def score(luma: Plane, pattern: Plane, weight: Plane, left: int, top: int) -> int:
    """Mean capped difference times ONE."""
    apart = []
    for y, row in enumerate(pattern):
        for x, value in enumerate(row):
            if not weight[y][x]:
                continue
            inside = 0 <= top + y < len(luma) and 0 <= left + x < len(luma[0])
            apart.append(min(abs(luma[top + y][left + x] - value), CAP) if inside else CAP)
    return sum(apart) * ONE // max(len(apart), 1)


def seek(
    luma: Plane, pattern: Plane, weight: Plane, place: tuple[int, int], reach: int, stiff: int
) -> tuple[int, int, int]:
    """right, down, score; `place`: left, top."""
    left, top = place
    found = [
        (score(luma, pattern, weight, left + right, top + down), down, right)
        for down in range(-reach, reach + 1)
        for right in range(-reach, reach + 1)
    ]
    best = min(found, key=lambda one: one[0] + stiff * (abs(one[1]) + abs(one[2])))
    return best[2], best[1], best[0]


def scores(
    luma: Plane, pattern: Plane, weight: Plane, place: tuple[int, int], reach: int
) -> list[list[int]]:
    """Of all places around one, row by row."""
    left, top = place
    around = range(-reach, reach + 1)
    return [
        [score(luma, pattern, weight, left + right, top + down) for right in around]
        for down in around
    ]


def share(
    mask: Plane, blob: Box, boxes: Sequence[Box], unlike: Sequence[Plane]
) -> list[tuple[int, int]]:
    """How far each of them is to the right and down of its box; `blob`: left, top, right,
    bottom."""
    reach = len(unlike[0]) // 2
    steps = [(0, 0)] * len(boxes)
    around = [(r, d) for d in range(-reach, reach + 1) for r in range(-reach, reach + 1)]
    for _ in range(2):
        for i, box in enumerate(boxes):
            others = [_moved(b, steps[j]) for j, b in enumerate(boxes) if j != i]

            def cost(
                step: tuple[int, int], i: int = i, box: Box = box, others: list[Box] = others
            ) -> float:
                right, down = step
                here = _pixels(mask, blob, _moved(box, step))
                alone = [at for at in here if not any(_holds(other, at) for other in others)]
                apart = unlike[i][down + reach][right + reach] / (CAP * ONE)
                worth = (3 * len(here) + 10 * len(alone)) / (10 * box[2] * box[3])
                return 0.5 * apart - worth + 0.5 * (abs(right) + abs(down)) / box[3]

            steps[i] = min(around, key=cost)
    return steps


def _moved(box: Box, step: tuple[int, int]) -> Box:
    return box[0] + step[0], box[1] + step[1], box[2], box[3]


def _holds(box: Box, at: tuple[int, int]) -> bool:
    return box[0] <= at[0] < box[0] + box[2] and box[1] <= at[1] < box[1] + box[3]


def _pixels(mask: Plane, blob: Box, box: Box) -> list[tuple[int, int]]:
    """x, y of the blob's foreground in a box."""
    left, top, right, bottom = blob
    return [
        (x, y)
        for y in range(top, bottom)
        for x in range(left, right)
        if mask[y][x] and _holds(box, (x, y))
    ]
