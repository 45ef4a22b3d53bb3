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

_UNREST_SCALE = 32  # of the unrest plane: its unit is 1/32 grey level
_UNREST_MAX = 255 // _UNREST_SCALE


@inlined
def _distance(one: Any, other: Any) -> Any:
    return bits_or(subtract_saturated(one, other), subtract_saturated(other, one))


@inlined
def _compare_row(luma: Any, samples: Any, y: int, reach: Any, near: Any, matches: Any) -> None:
    row = luma[y]
    for x in range(row.size):
        near[x] = 255
        matches[x] = 0
    for number in range(samples.shape[0]):
        sample = samples[number, y]
        for x in range(row.size):
            apart = _distance(row[x], sample[x])
            near[x] = smaller(near[x], apart)
            matches[x] = add(matches[x], bits_and(is_equal(larger(apart, reach[x]), reach[x]), 1))


@kernel(
    "void(uint8[:, ::1], uint8[:, :, ::1], uint8, uint8[:, ::1], uint8[:, ::1], uint8[:, ::1],"
    " uint8[:, ::1])"
)
def compare(
    luma: Any, samples: Any, base: int, unrest: Any, scratch: Any, near: Any, mask: Any
) -> None:
    """Tell foreground from background.

    samples: number x lines x pitch.  base: the least reach, in grey levels; a pixel's reach is
    base + unrest / 16, at most MAX_REACH.  Per pixel: near = the distance to the nearest sample,
    mask = 1 where fewer than LEAST_MATCHES samples lie within the reach, else 0.  unrest: where
    mask is 0 it moves by 1/16 (rounded down) towards 32 near, at most 255.  scratch: 2 x pitch.
    """
    reach, matches = scratch[0], scratch[1]
    lines, pitch = luma.shape
    for y in range(lines):
        restless, closest, found = unrest[y], near[y], mask[y]
        for x in range(pitch):
            wide = add_saturated(base, np.uint8(restless[x] >> 4))
            reach[x] = smaller(wide, MAX_REACH)
        _compare_row(luma, samples, y, reach, closest, matches)
        for x in range(pitch):
            wanted = np.uint8(smaller(closest[x], _UNREST_MAX) * _UNREST_SCALE)
            up = np.uint8(subtract_saturated(wanted, restless[x]) >> 4)
            down = np.uint8(add_saturated(subtract_saturated(restless[x], wanted), 15) >> 4)
            alone = is_less(matches[x], LEAST_MATCHES)
            moved = subtract_saturated(add(restless[x], up), down)
            restless[x] = choose(alone, restless[x], moved)
            found[x] = bits_and(alone, 1)


@kernel(
    "void(uint8[:, ::1], uint8[:, ::1], uint8[:, ::1], uint8, Array(uint8, 2, 'C', readonly=True),"
    " uint8[:, ::1], uint8)"
)
def learn(luma: Any, mask: Any, age: Any, tick: int, dice: Any, sample: Any, chance: int) -> None:
    """Take the picture into one sample plane: where mask is 0 and dice < chance, and wherever
    the foreground has stayed so long that age is 255.

    age counts ticks (adds `tick`, 0 or 1) while a pixel is foreground, else 0.
    """
    lines, pitch = luma.shape
    for y in range(lines):
        source, covered, since, thrown, into = luma[y], mask[y], age[y], dice[y], sample[y]
        for x in range(pitch):
            older = choose(covered[x], add_saturated(since[x], tick), 0)
            since[x] = older
            lucky = choose(covered[x], 0, is_less(thrown[x], chance))
            into[x] = choose(bits_or(lucky, is_equal(older, 255)), source[x], into[x])


@kernel(
    "void(uint8[:, ::1], uint8[:, ::1], Array(uint8, 2, 'C', readonly=True), uint8[:, ::1], uint8,"
    " int64, int64)"
)
def spread(
    luma: Any, mask: Any, dice: Any, sample: Any, chance: int, down: int, right: int
) -> None:
    """Where mask is 0 and dice < chance, take luma into the sample of the neighbour `down` lines
    and `right` columns away (each -1, 0 or 1); nothing leaves the plane."""
    lines, pitch = luma.shape
    for y in range(max(0, -down), lines - max(0, down)):
        # Slices, so that the three rows are indexed alike.
        first = max(0, -right)
        last = pitch - max(0, right)
        source = luma[y, first:last]
        covered = mask[y, first:last]
        thrown = dice[y, first:last]
        into = sample[y + down, first + right : last + right]
        for x in range(source.size):
            lucky = choose(covered[x], 0, is_less(thrown[x], chance))
            into[x] = choose(lucky, source[x], into[x])


@kernel("int64(uint8[:, ::1], uint8[:, ::1], uint8)")
def unlike(one: Any, other: Any, limit: int) -> int:
    """How many pixels differ by more than `limit`."""
    lines, pitch = one.shape
    total = 0
    for y in range(lines):
        first, second = one[y], other[y]
        for x in range(pitch):
            total += int(_distance(first[x], second[x]) > limit)
    return total
