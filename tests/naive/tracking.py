"""Twins of axxond.analytics.kernels.tracking: slow, obvious."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

CAP = 40
ONE = 16

Plane = Sequence[Sequence[int]]


def least_cost(cost: Sequence[Sequence[float]]) -> float:
    """Of all ways to give each row a column of its own, the cheapest's cost."""
    return min(
        sum(row[column] for row, column in zip(cost, columns, strict=True))
        for columns in permutations(range(len(cost)))
    )


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
