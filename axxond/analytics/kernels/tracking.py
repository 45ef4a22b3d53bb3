"""Kernels of the tracker: who is who (assignment), where has a pattern gone (search), and where in
a blob is each of those who share it."""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel
from axxond.analytics.kernels.lanes import bits_or, choose, smaller, subtract_saturated

DIFFERENCE_CAP = 40
"""Grey levels: more is "something else is there", and how much more does not matter."""

SCORE_ONE = 16
"""of `seek`'s scores: a sixteenth of a grey level"""

LANES_PX = 32
"""A vector register: patterns that are so wide are compared the quickest."""

_FAR = 1e18

_NO_OVERLAP = 1.0  # the cost of touching boxes
_LEAST_SIZE = 1e-9
_REACHES = 0.5  # of the mean height, from centre to centre: adds 1 to the cost

# `share` weighs, for one who stands somewhere in a blob: the foreground in its box, by share of
# the box, and more what nobody else covers (tenths); how unlike it looks there, by share of
# DIFFERENCE_CAP; and each pixel of its step, by share of its height.
_COVERED, _ALONE, _TENTHS = 3, 10, 10
_UNLIKE = 0.5
_STEP = 0.5
_ROUNDS = 2


@kernel(
    "void(float64[:, ::1], float64[:, ::1], float64[::1], float64[::1], float64[:, ::1])",
)
def costs(expected: Any, seen: Any, most: Any, gates: Any, out: Any) -> None:
    """What it costs that one of the `seen` boxes is one of the `expected`: 0 when it is the same
    box, 1 when they touch no more, more by the distance of their centres.

    expected, seen: left, top, right, bottom each, in pixels.  gates: the cost from which on it
    cannot be it, and the same for what is larger than `most` times the expected one.  out:
    receives the costs, row by expected one, that are below the gate.
    """
    for i in range(expected.shape[0]):
        left, top, right, bottom = expected[i, 0], expected[i, 1], expected[i, 2], expected[i, 3]
        size = (right - left) * (bottom - top)
        for j in range(seen.shape[0]):
            across = min(right, seen[j, 2]) - max(left, seen[j, 0])
            down = min(bottom, seen[j, 3]) - max(top, seen[j, 1])
            width, height = seen[j, 2] - seen[j, 0], seen[j, 3] - seen[j, 1]
            if across > 0 and down > 0:
                both = size + width * height - across * down
                cost = _NO_OVERLAP - across * down / max(both, _LEAST_SIZE)
            else:
                x = (left + right) / 2 - (seen[j, 0] + seen[j, 2]) / 2
                y = (top + bottom) / 2 - (seen[j, 1] + seen[j, 3]) / 2
                apart = np.sqrt(x * x + y * y)
                cost = _NO_OVERLAP + apart / (bottom - top + height) / _REACHES - 0.5
            if cost < (gates[1] if width * height > most[i] * size else gates[0]):
                out[i, j] = cost


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
def _weighed(weight: Any) -> int:
    """How many pixels count."""
    count = 0
    for y in range(weight.shape[0]):
        line = weight[y]
        for x in range(line.size):
            count += int(line[x] != 0)
    return count


@inlined
def _differs(now: Any, known: Any, counts: Any) -> Any:
    """By how much, capped; 0 where it does not count."""
    apart = bits_or(subtract_saturated(now, known), subtract_saturated(known, now))
    return choose(counts, smaller(apart, DIFFERENCE_CAP), 0)


@inlined
def _apart_within(luma: Any, pattern: Any, weight: Any, sums: Any, left: int, top: int) -> int:
    """The sum of the differences where all of a pattern of LANES_PX lies inside the picture."""
    for x in range(LANES_PX):
        sums[x] = 0  # 16 bits are enough for a thousand lines
    for y in range(pattern.shape[0]):
        now, known, counts = luma[top + y, left : left + LANES_PX], pattern[y], weight[y]
        for x in range(LANES_PX):
            sums[x] = np.uint16(sums[x] + np.uint16(_differs(now[x], known[x], counts[x])))
    total = np.uint32(0)
    for x in range(LANES_PX):
        total = np.uint32(total + np.uint32(sums[x]))
    return int(np.int64(total))


@inlined
def _apart(luma: Any, pattern: Any, weight: Any, count: int, left: int, top: int) -> int:
    """The sum of the differences; the cap for those of the `count` weighted pixels that lie
    outside the picture."""
    height, width = pattern.shape
    first = max(0, -left)
    last = max(min(width, luma.shape[1] - left), first)
    total, inside = 0, 0
    for y in range(max(0, -top), min(height, luma.shape[0] - top)):
        # Slices, so that all rows are indexed by x alone.
        known, counts = pattern[y, first:last], weight[y, first:last]
        now = luma[top + y, left + first : left + last]
        row_total, row_inside = np.uint32(0), np.uint32(0)
        for x in range(known.size):
            row_total = np.uint32(row_total + np.uint32(_differs(now[x], known[x], counts[x])))
            row_inside = np.uint32(row_inside + np.uint32(choose(counts[x], 1, 0)))
        total += int(np.int64(row_total))
        inside += int(np.int64(row_inside))
    return total + (count - inside) * DIFFERENCE_CAP


@inlined
def _score(
    luma: Any, pattern: Any, weight: Any, sums: Any, count: int, left: int, top: int
) -> int:
    """Mean capped difference over the `count` weighted pixels, times SCORE_ONE."""
    height, width = pattern.shape
    within = left >= 0 and top >= 0 and top + height <= luma.shape[0]
    if within and width == LANES_PX and left + width <= luma.shape[1]:
        total = _apart_within(luma, pattern, weight, sums, left, top)
    else:
        total = _apart(luma, pattern, weight, count, left, top)
    return total * SCORE_ONE // max(count, 1)


@kernel(
    "UniTuple(int64, 3)(uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], UniTuple(int64, 4),"
    " uint16[::1])",
)
def seek(luma: Any, pattern: Any, weight: Any, job: Any, sums: Any) -> tuple[int, int, int]:
    """Look for `pattern` around a place; the step to the right, the step down and the score there:
    the mean difference (capped) times SCORE_ONE.

    weight: as pattern, 0 = the pixel does not count.  job: the place's left and top, how many
    pixels to look to each side, and `stiff`, which each pixel of a step adds to the score by
    which places are compared; of equals the first, row by row, is taken.  sums: scratch of
    LANES_PX.
    """
    left, top, reach, stiff = job
    found = 0, 0, 0
    least, count = 1 << 40, _weighed(weight)
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            score = _score(luma, pattern, weight, sums, count, left + right, top + down)
            wanted = score + stiff * (abs(down) + abs(right))
            if wanted < least:
                least = wanted
                found = right, down, score
    return found


@kernel(
    "void(uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], UniTuple(int64, 2), uint16[::1],"
    " int64[:, ::1])",
)
def scores(luma: Any, pattern: Any, weight: Any, place: Any, sums: Any, out: Any) -> None:
    """As `seek`, but the scores of all places, row by row, into `out` (a square of 2 reach + 1);
    place: left and top."""
    reach, count = out.shape[0] // 2, _weighed(weight)
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            out[down + reach, right + reach] = _score(
                luma, pattern, weight, sums, count, place[0] + right, place[1] + down
            )


@inlined
def _is_covered(boxes: Any, steps: Any, but: int, x: int, y: int) -> bool:
    for i in range(boxes.shape[0]):
        left, top = boxes[i, 0] + steps[i, 0], boxes[i, 1] + steps[i, 1]
        across = left <= x < left + boxes[i, 2]
        if i != but and across and top <= y < top + boxes[i, 3]:
            return True
    return False


@inlined
def _add_up(mask: Any, blob: Any, boxes: Any, steps: Any, but: int, sums: Any) -> None:
    """sums[y, x]: what the foreground to the left of x and above y, from the blob's corner, is
    worth to one of them."""
    for y in range(blob[3] - blob[1]):
        row = 0
        for x in range(blob[2] - blob[0]):
            u, v = blob[0] + x, blob[1] + y
            if mask[v, u] != 0:
                row += _COVERED
                if not _is_covered(boxes, steps, but, u, v):
                    row += _ALONE
            sums[y + 1, x + 1] = sums[y, x + 1] + row


@inlined
def _worth(blob: Any, sums: Any, left: int, top: int, width: int, height: int) -> Any:
    """Of the foreground in a box, which may reach out of the blob."""
    x0 = min(max(left, blob[0]), blob[2]) - blob[0]
    x1 = min(max(left + width, blob[0]), blob[2]) - blob[0]
    y0 = min(max(top, blob[1]), blob[3]) - blob[1]
    y1 = min(max(top + height, blob[1]), blob[3]) - blob[1]
    return sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]


@kernel(
    "void(uint8[:, ::1], int64[::1], int64[:, ::1], int64[:, :, ::1], int64[:, ::1],"
    " int64[:, ::1])",
)
def share(mask: Any, blob: Any, boxes: Any, unlike: Any, sums: Any, steps: Any) -> None:
    """Where in a blob is each of those who share it: they cover it together, and look there as
    they looked before.  One after the other is put where it is best, given the others.

    blob: left, top, right, bottom, inside the mask.  boxes: left, top, width, height (1 and more)
    of each, where it is expected.  unlike: of each, `scores` around there.  sums: scratch, zeros,
    the blob's height + 1 x width + 1.  steps: receives how far each is to the right and down of
    where it was expected; zeros before.
    """
    reach = unlike.shape[1] // 2
    for _ in range(_ROUNDS):
        for i in range(boxes.shape[0]):
            _add_up(mask, blob, boxes, steps, i, sums)
            width, height = boxes[i, 2], boxes[i, 3]
            least = _FAR
            best_right, best_down = 0, 0
            for down in range(-reach, reach + 1):
                for right in range(-reach, reach + 1):
                    found = _worth(
                        blob, sums, boxes[i, 0] + right, boxes[i, 1] + down, width, height
                    )
                    apart = unlike[i, down + reach, right + reach]
                    cost = _UNLIKE * apart / (DIFFERENCE_CAP * SCORE_ONE)
                    cost -= found / (_TENTHS * width * height)
                    cost += _STEP * (abs(right) + abs(down)) / height
                    if cost < least:
                        least, best_right, best_down = cost, right, down
            steps[i, 0], steps[i, 1] = best_right, best_down
