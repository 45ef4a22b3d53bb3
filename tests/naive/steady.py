"""Twins of axxond.analytics.kernels.steady: slow, pixel by pixel, obvious."""

from __future__ import annotations

from collections.abc import Sequence

STEP_ONE, SPAN = 16, 2

Plane = list[list[int]]


def profiles(luma: Plane, height: int, width: int) -> tuple[list[int], list[int]]:
    picture = [line[:width] for line in luma[:height]]
    return [sum(column) for column in zip(*picture, strict=True)], [sum(row) for row in picture]


def align(now: Sequence[int], known: Sequence[int], reach: int) -> list[int]:
    inner = range(reach + SPAN + 1, len(now) - reach - SPAN - 1)
    if len(inner) < 2 * reach:
        return [0, 0, 0]

    def apart(step: int) -> int:
        return sum(
            abs(now[x + step + SPAN] - now[x + step - SPAN] - known[x + SPAN] + known[x - SPAN])
            for x in inner
        )

    best = min(range(-reach, reach + 1), key=apart)
    before, least, after = (apart(best + side) for side in (-1, 0, 1))
    step = best * STEP_ONE
    sides = max(before, after) - least
    if sides > 0:
        step += STEP_ONE * (before - after) // (2 * sides)
    return [step, least // len(inner), apart(0) // len(inner)]


def follow(
    now: Sequence[int], share: float, known: Sequence[float]
) -> tuple[list[float], list[int]]:
    moved = [old + share * (new - old) for new, old in zip(now, known, strict=True)]
    return moved, [int(value) for value in moved]


def take_back(luma: Plane, down: int, right: int, height: int, width: int) -> Plane:
    def at(y: int, x: int) -> int:
        return luma[min(max(y, 0), height - 1)][min(max(x, 0), width - 1)]

    def between(y: int, x: int) -> int:
        top, v = divmod(y * STEP_ONE + down, STEP_ONE)
        left, u = divmod(x * STEP_ONE + right, STEP_ONE)
        above = at(top, left) * (STEP_ONE - u) + at(top, left + 1) * u
        below = at(top + 1, left) * (STEP_ONE - u) + at(top + 1, left + 1) * u
        return (above * (STEP_ONE - v) + below * v + STEP_ONE**2 // 2) // STEP_ONE**2

    return [[between(y, x) for x in range(width)] for y in range(height)]
