"""The background model: what a pixel looks like when nothing is there, as samples of its past.

After ViBe (Barnich, Van Droogenbroeck: "ViBe: A universal background subtraction algorithm for
video sequences", 2011): a pixel is background when enough of its samples lie within its reach;
a background pixel replaces a random sample, its own and a neighbour's.  Differences: one sample
plane a frame is replaced at random pixels (so that all runs in vector registers), the reach
follows the pixel's own unrest, and what stays for long becomes background.

Planes are 2-D bytes, lines x pitch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel
from axxond.analytics.kernels.lanes import (
    add,
    add_saturated,
    bits_and,
    bits_or,
    choose,
    is_equal,
    is_less,
    larger,
    smaller,
    subtract_saturated,
)

LEAST_MATCHES = 2
MAX_REACH = 40
"""in grey levels"""

BLINK_UP, BLINK_DOWN, BLINK_LIMIT, BLINK_MOST = 15, 4, 60, 150
"""of `calm`"""

_UNREST_SCALE = 32  # of the unrest plane: its unit is 1/32 grey level
_UNREST_MAX = 255 // _UNREST_SCALE


@inlined
def _distance(one: Any, other: Any) -> Any:
    return bits_or(subtract_saturated(one, other), subtract_saturated(other, one))


@inlined
def _within(apart: Any, reach: Any) -> Any:
    """1 where apart <= reach, else 0."""
    return bits_and(is_equal(larger(apart, reach), reach), 1)


@inlined
def _compare_row(row: Any, samples: Any, reach: Any, near: Any, matches: Any) -> None:
    """samples: number (a multiple of 4) x pitch."""
    for x in range(row.size):
        near[x] = 255
        matches[x] = 0
    # Four at a time, so that near and matches go through memory less often.
    for number in range(0, samples.shape[0], 4):
        s, t, u, v = samples[number], samples[number + 1], samples[number + 2], samples[number + 3]
        for x in range(row.size):
            a, b = _distance(row[x], s[x]), _distance(row[x], t[x])
            c, d = _distance(row[x], u[x]), _distance(row[x], v[x])
            near[x] = smaller(near[x], smaller(smaller(a, b), smaller(c, d)))
            more = add(_within(a, reach[x]), _within(b, reach[x]))
            more = add(more, add(_within(c, reach[x]), _within(d, reach[x])))
            matches[x] = add(matches[x], more)


@kernel(
    "void(uint8[:, ::1], uint8[:, :, ::1], uint8, uint8[:, ::1], uint8[:, ::1], uint8[:, ::1],"
    " uint8[:, ::1])"
)
def compare(
    luma: Any, samples: Any, base: int, unrest: Any, scratch: Any, near: Any, mask: Any
) -> None:
    """Tell foreground from background.

    samples: lines x number (a multiple of 4) x pitch, so that memory is read in order.  base:
    the least reach, in grey levels; a pixel's reach is base + unrest / 16, at most MAX_REACH.
    Per pixel: near = the distance to the nearest sample, mask = 1 where fewer than LEAST_MATCHES
    samples lie within the reach, else 0.  unrest: where mask is 0 it moves by 1/16 (rounded down)
    towards 32 near, at most 255.  scratch: 2 x pitch.
    """
    reach, matches = scratch[0], scratch[1]
    lines, pitch = luma.shape
    for y in range(lines):
        restless, closest, found = unrest[y], near[y], mask[y]
        for x in range(pitch):
            wide = add_saturated(base, np.uint8(restless[x] >> 4))
            reach[x] = smaller(wide, MAX_REACH)
        _compare_row(luma[y], samples[y], reach, closest, matches)
        for x in range(pitch):
            wanted = np.uint8(smaller(closest[x], _UNREST_MAX) * _UNREST_SCALE)
            up = np.uint8(subtract_saturated(wanted, restless[x]) >> 4)
            down = np.uint8(add_saturated(subtract_saturated(restless[x], wanted), 15) >> 4)
            alone = is_less(matches[x], LEAST_MATCHES)
            moved = subtract_saturated(add(restless[x], up), down)
            restless[x] = choose(alone, restless[x], moved)
            found[x] = bits_and(alone, 1)


PLAN = 6
"""numbers in a plan: chance, own, other, down, right, tick; see `learn`"""


@inlined
def _learn_own(luma: Any, mask: Any, age: Any, dice: Any, samples: Any, plan: Any) -> None:
    lines, pitch = luma.shape
    chance, own, tick = np.uint8(plan[0]), plan[1], np.uint8(plan[5])
    for y in range(lines):
        source, covered, since, thrown, into = luma[y], mask[y], age[y], dice[y], samples[y, own]
        for x in range(pitch):
            older = choose(covered[x], add_saturated(since[x], tick), 0)
            since[x] = older
            lucky = choose(covered[x], 0, is_less(thrown[x], chance))
            into[x] = choose(bits_or(lucky, is_equal(older, 255)), source[x], into[x])


@inlined
def _learn_neighbour(luma: Any, mask: Any, dice: Any, samples: Any, plan: Any) -> None:
    lines, pitch = luma.shape
    chance, other, down, right = np.uint8(plan[0]), plan[2], plan[3], plan[4]
    first, last = max(0, -right), pitch - max(0, right)
    for y in range(max(0, -down), lines - max(0, down)):
        # Slices, so that all rows are indexed by x alone.
        source, covered, thrown = luma[y, first:last], mask[y, first:last], dice[y, first:last]
        into = samples[y + down, other, first + right : last + right]
        for x in range(source.size):
            lucky = choose(covered[x], 0, is_less(thrown[x], chance))
            into[x] = choose(lucky, source[x], into[x])


@kernel(
    "void(uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], uint8[:, ::1],"
    " uint8[:, :, ::1], int64[::1])",
)
def learn(
    luma: Any, mask: Any, age: Any, dice: Any, more_dice: Any, samples: Any, plan: Any
) -> None:
    """Take the picture into the model.

    The sample number `own` of each pixel becomes luma where mask is 0 and dice < chance, and
    wherever foreground has stayed so long that age is 255 (age counts ticks: it adds `tick`, 0 or
    1, while a pixel is foreground, else it is 0).  Then, where mask is 0 and more_dice < chance,
    the sample number `other` of the neighbour `down` lines and `right` columns away (each -1, 0
    or 1) becomes luma; nothing leaves the plane.

    samples: lines x number x pitch.  plan: chance [0; 255], own, other, down, right, tick.
    """
    _learn_own(luma, mask, age, dice, samples, plan)
    _learn_neighbour(luma, mask, more_dice, samples, plan)


@kernel("int64(uint8[:, ::1], uint8[:, ::1], uint8, int64)")
def unlike(one: Any, other: Any, limit: int, step: int) -> int:
    """How many pixels of every `step`-th line, from the first, differ by more than `limit`."""
    lines, pitch = one.shape
    total = 0
    for y in range(0, lines, step):
        first, second = one[y], other[y]
        for x in range(pitch):
            total += int(_distance(first[x], second[x]) > limit)
    return total


@kernel("void(uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], uint8[:, ::1])")
def calm(mask: Any, last: Any, blinking: Any, out: Any) -> None:
    """Leave out what blinks: leaves, water, a lamp that flickers.

    After ViBe+ (Van Droogenbroeck, Paquot: "Background subtraction: experiments and improvements
    for ViBe", 2012).  A pixel whose mask is not as in the frame before gains BLINK_UP, one that
    kept it loses BLINK_DOWN; within [0; BLINK_MOST].  out = mask where blinking < BLINK_LIMIT,
    else 0.  last becomes mask.
    """
    lines, pitch = mask.shape
    for y in range(lines):
        now, before, level, kept = mask[y], last[y], blinking[y], out[y]
        for x in range(pitch):
            same = is_equal(now[x], before[x])
            up = smaller(add_saturated(level[x], BLINK_UP), BLINK_MOST)
            level[x] = choose(same, subtract_saturated(level[x], BLINK_DOWN), up)
            kept[x] = bits_and(now[x], is_less(level[x], BLINK_LIMIT))
            before[x] = now[x]
