"""Twins of axxond.analytics.kernels.background and .scale: slow, pixel by pixel, obvious."""

from __future__ import annotations

from typing import Any

Plane = list[list[int]]


def shrink(luma: Plane, factor: int) -> Plane:
    height, width = len(luma) // factor, len(luma[0]) // factor
    return [
        [_mean(luma, y * factor, x * factor, factor) for x in range(width)] for y in range(height)
    ]


def gather(luma: Plane, factor: int) -> Plane:
    height, width = len(luma) // factor, len(luma[0]) // factor
    return [
        [_sum(luma, y * factor, x * factor, factor) for x in range(width)] for y in range(height)
    ]


def _sum(luma: Plane, top: int, left: int, side: int) -> int:
    return sum(luma[top + y][left + x] for y in range(side) for x in range(side))


def _mean(luma: Plane, top: int, left: int, side: int) -> int:
    total = _sum(luma, top, left, side)
    return (2 * total + side * side) // (2 * side * side)  # rounded half up


def compare(
    luma: Plane, samples: list[Plane], base: int, unrest: Plane
) -> tuple[Plane, Plane, Plane]:
    """near, mask, unrest afterwards"""
    near = [[0] * len(luma[0]) for _ in luma]
    mask = [[0] * len(luma[0]) for _ in luma]
    after = [list(row) for row in unrest]
    for y, row in enumerate(luma):
        for x, value in enumerate(row):
            apart = [abs(value - sample[y][x]) for sample in samples]
            near[y][x] = min(apart)
            reach = min(base + unrest[y][x] // 16, 40)
            mask[y][x] = int(sum(distance <= reach for distance in apart) < 2)
            if mask[y][x] == 0:
                wanted = 32 * min(near[y][x], 7)
                after[y][x] += (wanted - unrest[y][x]) // 16
    return near, mask, after


def learn(
    luma: Plane,
    mask: Plane,
    age: Plane,
    dice: tuple[Plane, Plane],
    samples: list[Plane],
    plan: tuple[int, int, int, int, int, int],
) -> tuple[Plane, list[Plane]]:
    """age and samples afterwards; plan: chance, own, other, down, right, tick"""
    chance, own, other, down, right, tick = plan
    aged = [list(row) for row in age]
    learnt = [[list(row) for row in sample] for sample in samples]
    for y, row in enumerate(luma):
        for x, value in enumerate(row):
            aged[y][x] = min(age[y][x] + tick, 255) if mask[y][x] else 0
            if (not mask[y][x] and dice[0][y][x] < chance) or aged[y][x] == 255:
                learnt[own][y][x] = value
    for y, row in enumerate(luma):
        for x, value in enumerate(row):
            inside = 0 <= y + down < len(luma) and 0 <= x + right < len(row)
            if inside and not mask[y][x] and dice[1][y][x] < chance:
                learnt[other][y + down][x + right] = value
    return aged, learnt


def unlike(one: Plane, other: Plane, limit: int, step: int) -> int:
    return sum(
        abs(a - b) > limit
        for row, other_row in zip(one[::step], other[::step], strict=True)
        for a, b in zip(row, other_row, strict=True)
    )


def as_lists(*planes: Any) -> list[Any]:
    """Arrays to lists of int."""
    return [plane.tolist() for plane in planes]


def calm(mask: Plane, last: Plane, blinking: Plane) -> tuple[Plane, Plane]:
    """blinking as it becomes, and what is left of the mask"""
    after = [
        [max(b - 4, 0) if m == n else min(b + 15, 150) for m, n, b in zip(*rows, strict=True)]
        for rows in zip(mask, last, blinking, strict=True)
    ]
    kept = [
        [m if b < 60 else 0 for m, b in zip(*rows, strict=True)]
        for rows in zip(mask, after, strict=True)
    ]
    return after, kept
