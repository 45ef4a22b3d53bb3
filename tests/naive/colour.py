"""Twins of axxond.analytics.kernels.colour: slow, cell by cell, obvious.

Planes are lists of rows; a cell is 2 x 2 pixels; `now` and `known` are pairs of planes of cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

SIDE = 2
DARKER, BRIGHTER = 0, 1
LEAST_LIGHT, MOST_LIGHT, LEAST_GLOW, MOST_GLOW, LEAST_CHANGE = 35, 95, 105, 250, 6
HUE_REACH, HUE_UNIT = 6, 16

Plane = list[list[int]]
Box = Sequence[int]


def _pixels(mask: Plane, box: Box) -> list[tuple[int, int]]:
    left, top, right, bottom = box
    return [(y, x) for y in range(top, bottom) for x in range(left, right) if mask[y][x]]


def tint(mask: Plane, luma: Plane, cb: Plane, cr: Plane, box: Box) -> list[int]:
    inside = _pixels(mask, box)
    return [
        len(inside),
        sum(luma[y][x] for y, x in inside),
        sum(cb[y // SIDE][x // SIDE] for y, x in inside),
        sum(cr[y // SIDE][x // SIDE] for y, x in inside),
    ]


def _cell(plane: Plane, row: int, column: int) -> list[int]:
    return [plane[row * SIDE + y][column * SIDE + x] for y, x in product(range(SIDE), repeat=2)]


def follow(mask: Plane, now: Plane, known: Plane) -> Plane:
    return [
        [
            old if any(_cell(mask, row, column)) else old + (new > old) - (new < old)
            for column, (new, old) in enumerate(zip(fresh, stale, strict=True))
        ]
        for row, (fresh, stale) in enumerate(zip(now, known, strict=True))
    ]


def shade(
    mask: Plane, luma: Plane, usual: Plane, now: Sequence[Plane], known: Sequence[Plane]
) -> list[Plane]:
    rows, columns = len(mask) // SIDE, len(mask[0]) // SIDE
    cells = [[[0] * columns for _ in range(rows)] for _ in (DARKER, BRIGHTER)]
    for row, column in product(range(rows), range(columns)):
        light, full = sum(_cell(luma, row, column)), sum(_cell(usual, row, column))
        changed = abs(full - light) >= LEAST_CHANGE * SIDE * SIDE
        dark = LEAST_LIGHT * full <= 100 * light <= MOST_LIGHT * full
        bright = LEAST_GLOW * full <= 100 * light <= MOST_GLOW * full
        hue = all(
            _fits(one[row][column] - 128, other[row][column] - 128, light, full)
            for one, other in zip(now, known, strict=True)
        )
        if any(_cell(mask, row, column)) and changed and (dark or bright) and hue:
            cells[DARKER if dark else BRIGHTER][row][column] = 1
    return cells


def _fits(now: int, known: int, light: int, full: int) -> bool:
    ends = sorted((known * light, known * full))
    return ends[0] - HUE_REACH * full <= now * full <= ends[1] + HUE_REACH * full


def survey(
    labels: Plane, mask: Plane, luma: Plane, usual: Plane, now: Sequence[Plane],
    known: Sequence[Plane], groups: int,
) -> list[list[int]]:  # fmt: skip
    rows, columns = len(labels), len(labels[0])
    table = []
    for label in range(1, groups + 1):
        within = [
            (row, column)
            for row in range(1, rows - 1)
            for column in range(1, columns - 1)
            if all(
                labels[row + v][column + u] == label
                for v, u in ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
            )
        ]
        light = [sum(_cell(luma, *place)) for place in within]
        full = [sum(_cell(usual, *place)) for place in within]
        shares = [256 * a // max(b, 1) for a, b in zip(light, full, strict=True)]
        hues = [
            sum(
                HUE_UNIT * (one[row][column] - 128)
                - HUE_UNIT * (other[row][column] - 128) * a // max(b, 1)
                for (row, column), a, b in zip(within, light, full, strict=True)
            )
            for one, other in zip(now, known, strict=True)
        ]
        both = sum(a * b for a, b in zip(light, full, strict=True))
        squares = [sum(value * value for value in values) for values in (light, full)]
        evenness = sum(shares), sum(a * a for a in shares)
        tops = [
            (row, column)
            for row, column in product(range(rows), range(columns))
            if labels[row][column] == label and (row == 0 or labels[row - 1][column] != label)
        ]
        roofed = sum(
            any(any(_cell(mask, row - up, column)) for up in (1, 2) if up <= row)
            for row, column in tops
        )
        sums = sum(light), sum(full), *squares, both
        whole = sum(line.count(label) for line in labels)
        table.append([len(within), *evenness, *hues, *sums, len(tops), roofed, whole])
    return table


def lift(labels: Plane, shadows: Sequence[int], mask: Plane) -> Plane:
    return [
        [
            0 if labels[y // SIDE][x // SIDE] and shadows[labels[y // SIDE][x // SIDE]] else value
            for x, value in enumerate(line)
        ]
        for y, line in enumerate(mask)
    ]
