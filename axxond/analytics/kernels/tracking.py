"""Kernels of the tracker: who is who (assignment), and where has a pattern gone (search)."""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel

DIFFERENCE_CAP = 40
"""Grey levels: more is "something else is there", and how much more does not matter."""

SCORE_ONE = 16
"""of `seek`'s scores: a sixteenth of a grey level"""

_FAR = 1e18


@inlined
def _relax(cost: Any, real: Any, whole: Any, used: Any, row: int, column: int) -> int:
    """One step of a shortest path; the next column of it."""
    n = cost.shape[0]
    nearest, delta = 0, _FAR
    for j in range(1, n + 1):
        if used[j]:
            continue
        reduced = cost[row - 1, j - 1] - real[0, row] - real[1, j]
        if reduced < real[2, j]:
            real[2, j] = reduced
            whole[1, j] = column
        if real[2, j] < delta:
            delta = real[2, j]
            nearest = j
    for j in range(n + 1):
        if used[j]:
            real[0, whole[0, j]] += delta
            real[1, j] -= delta
        else:
            real[2, j] -= delta
    return nearest


@kernel("void(float64[:, ::1], float64[:, ::1], int64[:, ::1], int64[::1])")
def assign(cost: Any, real: Any, whole: Any, found: Any) -> None:
    """found[row] = the column given to it, so that each has one and the sum of costs is least
    (Kuhn, Munkres; shortest augmenting paths, O(n^3)).

    cost: n x n, finite.  real, whole: scratch, 3 x (n + 1) each.
    """
    n = cost.shape[0]
    match, used = whole[0], whole[2]
    for j in range(n + 1):
        real[0, j] = real[1, j] = 0.0
        match[j] = 0
    for i in range(1, n + 1):
        match[0] = i
        column = 0
        for j in range(n + 1):
            real[2, j] = _FAR
            used[j] = 0
        while match[column] != 0:
            used[column] = 1
            column = _relax(cost, real, whole, used, match[column], column)
        while column != 0:
            before = whole[1, column]
            match[column] = match[before]
            column = before
    for j in range(1, n + 1):
        found[match[j] - 1] = j - 1


@inlined
def _apart(luma: Any, pattern: Any, weight: Any, left: int, top: int) -> int:
    """Mean capped difference over the weighted pixels, times SCORE_ONE; the cap for those that
    lie outside the picture."""
    total, count = 0, 0
    for y in range(pattern.shape[0]):
        for x in range(pattern.shape[1]):
            if weight[y, x] == 0:
                continue
            count += 1
            v, u = top + y, left + x
            if 0 <= v < luma.shape[0] and 0 <= u < luma.shape[1]:
                here = int(np.int64(luma[v, u])) - int(np.int64(pattern[y, x]))
                total += min(abs(here), DIFFERENCE_CAP)
            else:
                total += DIFFERENCE_CAP
    return total * SCORE_ONE // max(count, 1)


@kernel("void(uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], int64[::1], int64[::1])")
def seek(luma: Any, pattern: Any, weight: Any, job: Any, out: Any) -> None:
    """Look for `pattern` around a place.

    weight: as pattern, 0 = the pixel does not count.  job: the place's left and top, how many
    pixels to look to each side, and `stiff`, which each pixel of a step adds to the score by
    which places are compared; of equals the first, row by row, is taken.  out: receives the step
    to the right, the step down and the score there: the mean difference (capped) times SCORE_ONE.
    """
    left, top, reach, stiff = job[0], job[1], job[2], job[3]
    least = 1 << 40
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            score = _apart(luma, pattern, weight, left + right, top + down)
            wanted = score + stiff * (abs(down) + abs(right))
            if wanted < least:
                least = wanted
                out[0], out[1], out[2] = right, down, score
