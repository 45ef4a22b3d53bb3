"""Twins of axxond.analytics.kernels.cells: slow, pixel by pixel, obvious."""

from __future__ import annotations

CELL = 4
CHANGED = 12

Plane = list[list[int]]


def majority(mask: Plane, least: int) -> Plane:
    """0 in the outermost two rows and columns."""
    height, width = len(mask), len(mask[0])
    out = [[0] * width for _ in mask]
    for y in range(2, height - 2):
        for x in range(2, width - 2):
            around = sum(mask[y + v][x + u] for v in range(-2, 3) for u in range(-2, 3))
            out[y][x] = int(around >= least)
    return out


def count(mask: Plane, zone: Plane) -> tuple[Plane, Plane]:
    """inside, counts"""
    inside = [
        [m * z for m, z in zip(row, zone_row, strict=True)]
        for row, zone_row in zip(mask, zone, strict=True)
    ]
    counts = [
        [
            sum(
                inside[row * CELL + v][column * CELL + u] for v in range(CELL) for u in range(CELL)
            )
            for column in range(len(mask[0]) // CELL)
        ]
        for row in range(len(mask) // CELL)
    ]
    return inside, counts


def connect(counts: Plane, least: int) -> tuple[int, Plane]:
    """Flood fill from each unlabelled cell, row by row."""
    rows, columns = len(counts), len(counts[0])
    labels = [[0] * columns for _ in counts]
    groups = 0
    for row in range(rows):
        for column in range(columns):
            if counts[row][column] >= least and not labels[row][column]:
                groups += 1
                _flood(counts, least, labels, (row, column), groups)
    return groups, labels


def _flood(counts: Plane, least: int, labels: Plane, start: tuple[int, int], label: int) -> None:
    open_cells = [start]
    while open_cells:
        row, column = open_cells.pop()
        if not (0 <= row < len(counts) and 0 <= column < len(counts[0])):
            continue
        if labels[row][column] or counts[row][column] < least:
            continue
        labels[row][column] = label
        open_cells += [(row + v, column + u) for v in (-1, 0, 1) for u in (-1, 0, 1)]


def measure(
    labels: Plane, inside: Plane, strength: Plane, luma: Plane, past: Plane, groups: int
) -> list[list[int]]:
    """left, top, right, bottom, area, strength, moving of each group"""
    blobs = []
    for label in range(1, groups + 1):
        pixels = [
            (x, y)
            for y, row in enumerate(inside)
            for x, value in enumerate(row)
            if value and labels[y // CELL][x // CELL] == label
        ]
        xs, ys = [x for x, _ in pixels], [y for _, y in pixels]
        strong = sum(strength[y][x] for x, y in pixels)
        moving = sum(abs(luma[y][x] - past[y][x]) > CHANGED for x, y in pixels)
        blobs.append([min(xs), min(ys), max(xs) + 1, max(ys) + 1, len(pixels), strong, moving])
    return blobs
