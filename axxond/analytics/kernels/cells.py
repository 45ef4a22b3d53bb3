"""From foreground pixels to objects: majority filter, cells, connected components of cells.

Planes are 2-D (lines x pitch) here, both multiples of CELL_PX; masks and zones hold 0 or 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel
from axxond.analytics.kernels.lanes import add, bits_and, is_less, larger

CELL_PX = 4
"""Side of a cell, in pixels of the working picture."""

BLOB_COLUMNS = 7
"""of the blobs' table: left, top, right, bottom (pixels, right and bottom exclusive), area
(foreground pixels), strength (sum over them), moving (how many of them changed lately)"""

CHANGED = 12
"""A pixel that differs from a past picture by more grey levels has changed."""


@inlined
def _sum_across(line: Any, total: Any) -> None:
    """total[x] = the sum of five pixels from line[x] on."""
    # Slices, so that no index but x is seen: others may be negative to the compiler.
    size = total.size
    a, b, c, d, e = line[:size], line[1:], line[2:], line[3:], line[4:]
    for x in range(size):
        total[x] = add(add(add(a[x], b[x]), add(c[x], d[x])), e[x])


@inlined
def _vote_down(sums: Any, y: int, least: int, out: Any) -> None:
    """out = 1 where five sums, two above to two below, reach `least`."""
    a, b, c, d, e = sums[y - 2], sums[y - 1], sums[y], sums[y + 1], sums[y + 2]
    for x in range(out.size):
        around = add(add(add(a[x], b[x]), add(c[x], d[x])), e[x])
        out[x] = bits_and(is_less(least - 1, around), 1)


@inlined
def _total(line: Any) -> int:
    found = np.uint16(0)  # wide enough for a line, narrow enough for a vector
    for x in range(line.size):
        found = np.uint16(found + line[x])
    return int(found)


@kernel("int64(uint8[:, ::1], int64, uint8[:, ::1], uint8[:, ::1])")
def majority(mask: Any, least: int, sums: Any, out: Any) -> int:
    """out = 1 where at least `least` (1 to 25) of the 5 x 5 pixels around are 1 in mask, else 0;
    returns how many are.

    0 in the outermost two columns; the outermost two rows are left alone.  sums: scratch of
    mask's shape.
    """
    height, width = mask.shape
    for y in range(height):
        total = sums[y]
        total[0] = total[1] = total[width - 2] = total[width - 1] = 0
        _sum_across(mask[y], total[2 : width - 2])
    found = 0
    for y in range(2, height - 2):
        _vote_down(sums, y, least, out[y])
        found += _total(out[y])
    return found


@kernel("void(uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], uint8[:, ::1])")
def count(mask: Any, zone: Any, inside: Any, counts: Any) -> None:
    """inside = mask where the zone is, else 0; counts[row, column] = how many of the cell's."""
    rows, columns = counts.shape
    for row in range(rows):
        into = counts[row]
        for column in range(columns):
            into[column] = 0
        for y in range(row * CELL_PX, row * CELL_PX + CELL_PX):
            kept = inside[y]
            for x in range(mask.shape[1]):
                kept[x] = mask[y, x] & zone[y, x]
            for column in range(columns):
                some = np.uint8(0)
                for side in range(CELL_PX):
                    some = np.uint8(some + kept[column * CELL_PX + side])
                into[column] += some


@inlined
def _root(parents: Any, label: int) -> int:
    while parents[label] != label:
        parents[label] = parents[parents[label]]
        label = parents[label]
    return label


@inlined
def _join(parents: Any, one: int, other: int) -> int:
    """The smaller root of two labels' groups, now one; 0 is no label."""
    if other == 0:
        return one
    other = _root(parents, other)
    if one == 0:
        return other
    small = min(one, other)
    parents[max(one, other)] = small
    return small


@inlined
def _neighbours(labels: Any, parents: Any, row: int, column: int) -> int:
    """The label that the groups to the left and above come to share; 0 when there are none."""
    label = 0
    if column > 0:
        label = _join(parents, label, labels[row, column - 1])
    if row > 0:
        for side in range(max(column - 1, 0), min(column + 2, labels.shape[1])):
            label = _join(parents, label, labels[row - 1, side])
    return label


@inlined
def _is_blank(counts: Any, least: int) -> bool:
    """Whether a line has no cell that is to be labelled."""
    most = np.uint8(0)
    for x in range(counts.size):
        most = larger(most, counts[x])
    return bool(most < least)


@inlined
def _clear(labels: Any) -> None:
    for x in range(labels.size):
        labels[x] = 0


@kernel("int64(uint8[:, ::1], int64, int32[:, ::1], int32[::1])")
def connect(counts: Any, least: int, labels: Any, parents: Any) -> int:
    """Label the 8-connected groups of cells with counts >= least; returns how many there are.

    labels: as counts, receives 0 (none) or 1.. in the order of each group's first cell, row by
    row.  parents: scratch, at least counts.size + 1.
    """
    rows, columns = counts.shape
    used = 0
    for row in range(rows):
        if _is_blank(counts[row], least):
            _clear(labels[row])
            continue
        for column in range(columns):
            label = 0
            if counts[row, column] >= least:
                label = _neighbours(labels, parents, row, column)
                if label == 0:
                    used += 1
                    label = used
                    parents[used] = used
            labels[row, column] = label
    groups = 0
    for label in range(1, used + 1):
        if parents[label] == label:
            groups += 1
            parents[label] = -groups
        else:
            # A parent is smaller than its child, so it is numbered already.
            parents[label] = parents[parents[label]]
    for row in range(rows):
        if _is_blank(counts[row], least):
            continue
        for column in range(columns):
            if labels[row, column] > 0:
                labels[row, column] = -parents[labels[row, column]]
    return groups


@inlined
def _add_cell(
    blob: Any, inside: Any, strength: Any, luma: Any, past: Any, left: int, top: int
) -> None:
    right, bottom = left, top
    first, upper = left + CELL_PX, top + CELL_PX
    area, total, moving = 0, 0, 0
    for y in range(top, top + CELL_PX):
        for x in range(left, left + CELL_PX):
            if inside[y, x] == 0:
                continue
            first, upper = min(first, x), min(upper, y)
            right, bottom = max(right, x + 1), max(bottom, y + 1)
            area += 1
            total += int(strength[y, x])
            # int() of a byte is unsigned to numba: keep the difference signed.
            apart = abs(int(np.int64(luma[y, x])) - int(np.int64(past[y, x])))
            moving += int(apart > CHANGED)
    if area > 0:
        blob[0], blob[1] = min(blob[0], first), min(blob[1], upper)
        blob[2], blob[3] = max(blob[2], right), max(blob[3], bottom)
        blob[4] += area
        blob[5] += total
        blob[6] += moving


@kernel(
    "void(int32[:, ::1], uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], int64,"
    " int32[:, ::1])",
)
def measure(
    labels: Any, inside: Any, strength: Any, luma: Any, past: Any, groups: int, blobs: Any
) -> None:
    """Fill rows 0..groups-1 of `blobs` (columns: BLOB_COLUMNS) from the pixels of each group's
    cells that are 1 in `inside`; groups beyond the table's rows are left out."""
    rows, columns = labels.shape
    known = min(groups, blobs.shape[0])
    for group in range(known):
        blobs[group, 0] = inside.shape[1]
        blobs[group, 1] = inside.shape[0]
        for column in range(2, BLOB_COLUMNS):
            blobs[group, column] = 0
    for row in range(rows):
        for column in range(columns):
            group = labels[row, column] - 1
            if group < 0 or group >= known:
                continue
            left, top = column * CELL_PX, row * CELL_PX
            _add_cell(blobs[group], inside, strength, luma, past, left, top)
