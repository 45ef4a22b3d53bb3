"""From foreground pixels to objects: majority filter, cells, connected components of cells.

Planes are 2-D (lines x pitch) here, both multiples of CELL_PX; masks and zones hold 0 or 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel

CELL_PX = 4
"""Side of a cell, in pixels of the working picture."""

BLOB_COLUMNS = 6
"""of the blobs' table: left, top, right, bottom (pixels, right and bottom exclusive), area
(foreground pixels), strength (sum over them)"""


@kernel("void(uint8[:, ::1], int64, uint8[:, ::1], uint8[:, ::1])")
def majority(mask: Any, least: int, sums: Any, out: Any) -> None:
    """out = 1 where at least `least` of the 5 x 5 pixels around are 1 in mask, else 0.

    The outermost two rows and columns of `out` are left alone.  sums: scratch of mask's shape.
    """
    height, width = mask.shape
    threshold = np.uint8(least)
    for y in range(height):
        line = mask[y]
        total = sums[y]
        for x in range(2, width - 2):
            total[x] = line[x - 2] + line[x - 1] + line[x] + line[x + 1] + line[x + 2]
    for y in range(2, height - 2):
        for x in range(2, width - 2):
            near = sums[y - 1, x] + sums[y, x] + sums[y + 1, x]
            around = np.uint8(sums[y - 2, x] + near + sums[y + 2, x])
            out[y, x] = np.uint8(around >= threshold)


@kernel("void(uint8[:, ::1], uint8[:, ::1], uint8[:, ::1])")
def count(mask: Any, zone: Any, counts: Any) -> None:
    """counts[row, column] = foreground pixels of the cell that lie in the zone."""
    rows, columns = counts.shape
    for row in range(rows):
        into = counts[row]
        for column in range(columns):
            into[column] = 0
        for y in range(row * CELL_PX, row * CELL_PX + CELL_PX):
            line = mask[y]
            wanted = zone[y]
            for column in range(columns):
                some = np.uint8(0)
                for side in range(CELL_PX):
                    x = column * CELL_PX + side
                    some = np.uint8(some + (line[x] & wanted[x]))
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


@kernel("int64(uint8[:, ::1], int64, int32[:, ::1], int32[::1])")
def connect(counts: Any, least: int, labels: Any, parents: Any) -> int:
    """Label the 8-connected groups of cells with counts >= least; returns how many there are.

    labels: as counts, receives 0 (none) or 1.. in the order of each group's first cell, row by
    row.  parents: scratch, at least counts.size + 1.
    """
    rows, columns = counts.shape
    used = 0
    for row in range(rows):
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
        for column in range(columns):
            if labels[row, column] > 0:
                labels[row, column] = -parents[labels[row, column]]
    return groups


@inlined
def _add_cell(mask: Any, zone: Any, strength: Any, row: int, column: int, blob: Any) -> None:
    for y in range(row * CELL_PX, row * CELL_PX + CELL_PX):
        for x in range(column * CELL_PX, column * CELL_PX + CELL_PX):
            if mask[y, x] & zone[y, x]:
                blob[0] = min(blob[0], x)
                blob[1] = min(blob[1], y)
                blob[2] = max(blob[2], x + 1)
                blob[3] = max(blob[3], y + 1)
                blob[4] += 1
                blob[5] += strength[y, x]


@kernel("void(int32[:, ::1], uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], int64, int32[:, ::1])")
def measure(labels: Any, mask: Any, zone: Any, strength: Any, groups: int, blobs: Any) -> None:
    """Fill rows 0..groups-1 of `blobs` (columns: BLOB_COLUMNS) from the foreground pixels inside
    the zone of each group's cells; groups beyond the table's rows are left out."""
    rows, columns = labels.shape
    known = min(groups, blobs.shape[0])
    for group in range(known):
        blobs[group, 0] = mask.shape[1]
        blobs[group, 1] = mask.shape[0]
        for column in range(2, BLOB_COLUMNS):
            blobs[group, column] = 0
    for row in range(rows):
        for column in range(columns):
            group = labels[row, column] - 1
            if 0 <= group < known:
                _add_cell(mask, zone, strength, row, column, blobs[group])
