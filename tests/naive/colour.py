"""Twins of axxond.analytics.kernels.colour: slow, cell by cell, obvious.

Planes are lists of rows; a cell is 2 x 2 pixels; `now` and `known` are pairs of planes of cells.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

SIDE = 2
DARKER, BRIGHTER, UNDER = 0, 1, 2
ROOF = 2
LEAST_LIGHT, MOST_LIGHT, LEAST_GLOW, MOST_GLOW, LEAST_CHANGE = 35, 95, 105, 250, 6
HUE_REACH, HUE_UNIT = 6, 16
LEAST_WITHIN, FLAT = 4, 0.5
HUE, EVEN, EVEN_PLAIN, TEXTURE, ALIKE = 2.0, 0.12, 0.08, 0.05, 0.7

Plane = list[list[int]]
Planes = Sequence[Plane]
Places = list[tuple[int, int]]
Box = Sequence[int]


def _pixels(mask: Plane, box: Box) -> list[tuple[int, int]]:
    left, top, right, bottom = box
    return [(y, x) for y in range(top, bottom) for x in range(left, right) if mask[y][x]]


def tint(mask: Plane, luma: Plane, chroma: Planes, box: Box) -> list[int]:
    cb, cr = chroma
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
    kinds: dict[tuple[int, int], int | str] = {}
    for row, column in product(range(rows), range(columns)):
        light, full = sum(_cell(luma, row, column)), sum(_cell(usual, row, column))
        hue = all(
            _fits(one[row][column] - 128, other[row][column] - 128, light, full)
            for one, other in zip(now, known, strict=True)
        )
        seen = any(_cell(mask, row, column))
        kinds[row, column] = _kind(light, full, hue) if seen else "rest"
        if kinds[row, column] == DARKER and _hangs(kinds, row, column):
            kinds[row, column] = UNDER
    return [
        [[int(kinds[row, column] in kind) for column in range(columns)] for row in range(rows)]
        for kind in ((DARKER, UNDER), (BRIGHTER,), (UNDER,))
    ]


def _kind(light: int, full: int, hue: bool) -> int | str:
    if abs(full - light) < LEAST_CHANGE * SIDE * SIDE:
        return "faint"
    if hue and LEAST_LIGHT * full <= 100 * light <= MOST_LIGHT * full:
        return DARKER
    if hue and LEAST_GLOW * full <= 100 * light <= MOST_GLOW * full:
        return BRIGHTER
    return "thing"


def _hangs(kinds: dict[tuple[int, int], int | str], row: int, column: int) -> bool:
    over = [(row - up, column) for up in range(1, ROOF + 1) if row >= up]
    solid = [place for place in over if kinds[place] not in ("rest", "faint")]
    if not solid:
        return False
    nearest, _ = solid[0]
    if kinds[nearest, column] != "thing":
        return kinds[nearest, column] == UNDER
    return any(kinds.get((nearest, column + side)) == "thing" for side in (-1, 1))


def _fits(now: int, known: int, light: int, full: int) -> bool:
    ends = sorted((known * light, known * full))
    return ends[0] - HUE_REACH * full <= now * full <= ends[1] + HUE_REACH * full


def survey(
    labels: Plane, under: Plane, luma: Plane, usual: Plane, now: Sequence[Plane],
    known: Sequence[Plane], groups: int,
) -> list[list[list[int]]]:  # fmt: skip
    parts = [
        [
            (row, column)
            for row, column in product(range(len(labels)), range(len(labels[0])))
            if labels[row][column] == label and under[row][column] == part
        ]
        for label in range(1, groups + 1)
        for part in (0, 1)
    ]
    found = [_part(labels, whole, (luma, usual), (now, known)) for whole in parts]
    return [found[at : at + 2] for at in range(0, len(found), 2)]


def _part(
    labels: Plane, whole: Places, lights: tuple[Plane, Plane], hues: tuple[Planes, Planes]
) -> list[int]:
    rows, columns = len(labels), len(labels[0])
    (luma, usual), (now, known) = lights, hues
    within = [
        (row, column)
        for row, column in whole
        if 0 < row < rows - 1
        and 0 < column < columns - 1
        and all(
            labels[row + v][column + u] == labels[row][column]
            for v, u in ((-1, 0), (1, 0), (0, -1), (0, 1))
        )
    ]
    light = [sum(_cell(luma, *place)) for place in within]
    full = [sum(_cell(usual, *place)) for place in within]
    shares = [256 * a // max(b, 1) for a, b in zip(light, full, strict=True)]
    apart = [
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
    down, across = [row for row, _ in whole], [column for _, column in whole]
    box = [min(across), min(down), max(across) + 1, max(down) + 1] if whole else [0] * 4
    return [len(within), *evenness, *apart, sum(light), sum(full), *squares, both, *box]


def are_shadows(free: list[int], hanging: list[int]) -> tuple[bool, bool]:
    whole = [one + other for one, other in zip(free, hanging, strict=True)]
    left, top, right, bottom = hanging[10:]
    tall = bottom - top > FLAT * (right - left)
    judged = [part if part[0] >= LEAST_WITHIN else whole for part in (free, hanging)]
    small = judged[1] is whole
    return _is_shadow(judged[0]), not (tall and small) and _is_shadow(judged[1], tall)


def _is_shadow(row: list[int], tall: bool = False) -> bool:
    count, share, shares, cb, cr, light, full, lights, fulls, both = row[:10]
    if count < LEAST_WITHIN:
        return False
    hue = max(abs(cb), abs(cr)) / count / HUE_UNIT
    mean = share / count
    uneven = math.sqrt(max(shares / count - mean * mean, 0.0)) / mean
    if hue > HUE or uneven > EVEN:
        return False
    ground = fulls / count - (full / count) ** 2
    own = lights / count - (light / count) ** 2
    common = both / count - light * full / count**2
    if math.sqrt(max(ground, 0.0)) < TEXTURE * full / count:
        return uneven <= EVEN_PLAIN and light < full and not tall
    return common > 0 and common * common >= ALIKE**2 * own * ground


def lift(labels: Plane, under: Plane, shadows: Sequence[Sequence[int]], mask: Plane) -> Plane:
    made = []
    for y, line in enumerate(mask):
        out = []
        for x, value in enumerate(line):
            label, part = labels[y // SIDE][x // SIDE], under[y // SIDE][x // SIDE]
            out.append(0 if label and shadows[label][part] else value)
        made.append(out)
    return made
