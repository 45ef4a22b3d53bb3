"""Colour: the mean of a thing, and which foreground is only the shadow of one.

Chroma planes are bytes of half the working picture a side: a cell of SIDE x SIDE pixels has one
Cb and one Cr, 128 = none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel
from axxond.analytics.kernels.lanes import add, bits_and, bits_or, choose, is_less

SIDE = 2

LEAST_LIGHT, MOST_LIGHT = 35, 95
"""% of the usual light that a shadow leaves"""

LEAST_GLOW, MOST_GLOW = 105, 250
"""% of the usual light where more falls on the ground: of a lamp, a screen, a window"""

DARKER, BRIGHTER, UNDER = 0, 1, 2
"""UNDER: darker as well, and hanging from a thing: its dark legs, or a shadow that falls towards
the camera"""

_THING, _FAINT, _REST = 3, 4, 5  # of cells, too
CELL_PLANES = 4
"""of `shade`"""

ROOF = 2
"""cells: no more lie between a thing and what hangs from it"""
LEAST_CHANGE = 6
"""grey levels that it takes or gives"""

HUE_REACH = 6
"""levels of Cb and Cr that noise and coding may add"""

GROUP_COLUMNS = 14
"""of the table of groups in another light; see `survey`"""

HUE_UNIT = 16
"""of the hue's deviations: 1/16 level"""

LEAST_WITHIN = 4
"""cells within a group, or a part of it: fewer are not judged"""

# Of a group in another light: its mean distance from the ground's hue; how much the share of the
# usual light may vary (standard deviation to mean): penumbras, noise; on plain ground, where its
# texture cannot be compared, less.
_HUE = 2.0
_EVEN = 0.12
_EVEN_PLAIN = 0.08
_TEXTURE = 0.05  # standard deviation to mean, of ground that is not plain
# On plain ground, what hangs from a thing is a part of it (dark legs), unless it is flat (the
# shadow under a car): so high to its width.
_FLAT = 0.5
_ALIKE = 0.7  # correlation of the picture with the ground
_WHOLE = 2  # both parts of a group


@kernel(
    "UniTuple(int64, 4)(uint8[:, ::1], uint8[:, ::1], uint8[:, :, ::1], UniTuple(int64, 4))",
)
def tint(mask: Any, luma: Any, chroma: Any, box: Any) -> tuple[int, int, int, int]:
    """How many pixels of the box (left, top, right, bottom; inside the planes) are 1 in mask; and
    over these the sums of luma, Cb and Cr."""
    left, top, right, bottom = box
    count, light, blue, red = 0, 0, 0, 0
    for y in range(top, bottom):
        for x in range(left, right):
            if mask[y, x]:
                count += 1
                light += int(luma[y, x])
                blue += int(chroma[0, y // SIDE, x // SIDE])
                red += int(chroma[1, y // SIDE, x // SIDE])
    return count, light, blue, red


@inlined
def _step_towards(now: Any, known: Any, upper: Any, lower: Any) -> None:
    """By 1, where neither line of the mask has anything."""
    for column in range(known.size):
        x = SIDE * column
        covered = bits_or(bits_or(upper[x], upper[x + 1]), bits_or(lower[x], lower[x + 1]))
        up = bits_and(is_less(known[column], now[column]), 1)
        down = is_less(now[column], known[column])  # 255: adding it takes 1 away
        known[column] = add(known[column], choose(covered, 0, bits_or(up, down)))


@kernel("void(uint8[:, ::1], uint8[:, :, ::1], uint8[:, :, ::1])")
def follow(mask: Any, now: Any, known: Any) -> None:
    """known moves by 1 towards now in cells none of whose pixels is 1 in mask.

    now, known: 2 x rows x columns, Cb and Cr.
    """
    planes, rows, _ = now.shape
    for row in range(rows):
        for plane in range(planes):
            _step_towards(
                now[plane, row], known[plane, row], mask[row * SIDE], mask[row * SIDE + 1]
            )


@inlined
def _block(plane: Any, row: int, column: int) -> Any:
    """The sum of a cell's pixels."""
    y, x = row * SIDE, column * SIDE
    return (
        np.int64(plane[y, x])
        + np.int64(plane[y, x + 1])
        + np.int64(plane[y + 1, x])
        + np.int64(plane[y + 1, x + 1])
    )


@inlined
def _fits_hue(now: Any, known: Any, light: int, usual: int) -> Any:
    """Whether a colour difference lies between the known one and that in the other light."""
    low = min((known - 128) * light, (known - 128) * usual)
    high = max((known - 128) * light, (known - 128) * usual)
    return low - HUE_REACH * usual <= (now - 128) * usual <= high + HUE_REACH * usual


@inlined
def _relit(light: int, full: int) -> Any:
    """DARKER or BRIGHTER where a cell (sums over its pixels) is as the ground in less or in more
    light; _FAINT where it is hardly another; else _THING."""
    if abs(full - light) < LEAST_CHANGE * SIDE * SIDE:
        return _FAINT
    if LEAST_LIGHT * full <= 100 * light <= MOST_LIGHT * full:
        return DARKER
    return BRIGHTER if LEAST_GLOW * full <= 100 * light <= MOST_GLOW * full else _THING


@inlined
def _is_empty(upper: Any, lower: Any) -> Any:
    """Whether two lines have no foreground."""
    found = np.uint8(0)
    for x in range(upper.size):
        found |= upper[x] | lower[x]
    return found == 0


@inlined
def _kind(luma: Any, usual: Any, now: Any, known: Any, row: int, column: int) -> Any:
    """Of a cell that has foreground."""
    light, full = _block(luma, row, column), _block(usual, row, column)
    kind = _relit(light, full)
    if kind > UNDER:
        return kind
    for plane in range(2):
        fresh = np.int64(now[plane, row, column])
        if not _fits_hue(fresh, np.int64(known[plane, row, column]), light, full):
            return _THING
    return kind


@inlined
def _hangs(kinds: Any, row: int, column: int) -> Any:
    """Whether what is above a darker cell, at most ROOF cells up, is a thing or hangs from one;
    a single cell of a thing may be noise."""
    for up in range(1, min(ROOF, row) + 1):
        above = kinds[row - up, column]
        if above == _THING:
            left = column > 0 and kinds[row - up, column - 1] == _THING
            right = column + 1 < kinds.shape[1] and kinds[row - up, column + 1] == _THING
            return left or right
        if above <= UNDER:
            return above == UNDER
    return False


@kernel(
    "void(uint8[:, ::1], uint8[:, ::1], uint8[:, :], uint8[:, :, ::1], uint8[:, :, ::1],"
    " uint8[:, :, ::1], int64[::1])",
)
def shade(mask: Any, luma: Any, usual: Any, now: Any, known: Any, cells: Any, found: Any) -> None:
    """cells[DARKER], cells[BRIGHTER] = 1 where a cell has foreground that is so, and of the hue
    that the ground has in that light; else 0; cells[UNDER] = 1 for those of the darker ones that
    hang from a thing.  found: how many of each are 1.

    now, known: 2 x rows x columns, Cb and Cr.  cells: CELL_PLANES x rows x columns, the last of
    them scratch.
    """
    kinds = cells[CELL_PLANES - 1]
    _, rows, columns = cells.shape
    for kind in range(found.size):
        found[kind] = 0
    for row in range(rows):
        for plane in range(found.size):
            cells[plane, row, :] = 0
        kinds[row, :] = _REST
        upper, lower = mask[SIDE * row], mask[SIDE * row + 1]
        if _is_empty(upper, lower):
            continue
        for column in range(columns):
            x = SIDE * column
            if upper[x] | upper[x + 1] | lower[x] | lower[x + 1] == 0:
                continue
            kind = _kind(luma, usual, now, known, row, column)
            kinds[row, column] = kind
            if kind > UNDER:
                continue
            cells[kind, row, column] = 1
            found[kind] += 1
            if kind == DARKER and _hangs(kinds, row, column):
                kinds[row, column] = UNDER
                cells[UNDER, row, column] = 1
                found[UNDER] += 1


@inlined
def _apart(now: Any, known: Any, light: int, full: int) -> Any:
    """How far a colour difference is from the known one in the other light, in 1/HUE_UNIT."""
    return HUE_UNIT * (now - 128) - HUE_UNIT * (known - 128) * light // full


@inlined
def _is_within(labels: Any, row: int, column: int) -> Any:
    """Whether the four neighbours are of the same group: its edge is half shadow, half not."""
    label = labels[row, column]
    if row == 0 or column == 0 or row + 1 == labels.shape[0] or column + 1 == labels.shape[1]:
        return False
    across = labels[row, column - 1] == label and labels[row, column + 1] == label
    return across and labels[row - 1, column] == label and labels[row + 1, column] == label


@inlined
def _is_unlabelled(labels: Any) -> Any:
    """Whether a line has no cell of a group."""
    found = np.int32(0)
    for x in range(labels.size):
        found |= labels[x]
    return found == 0


@inlined
def _widen(box: Any, row: int, column: int) -> None:
    """To a cell; the columns from 10 on."""
    if box[12] == 0:
        box[10], box[11] = column, row
    box[10], box[11] = min(box[10], column), min(box[11], row)
    box[12], box[13] = max(box[12], column + 1), max(box[13], row + 1)


@kernel(
    "void(int32[:, ::1], uint8[:, ::1], uint8[:, ::1], uint8[:, :], uint8[:, :, ::1],"
    " uint8[:, :, ::1], int64[:, :, ::1])",
)
def survey(
    labels: Any, under: Any, luma: Any, usual: Any, now: Any, known: Any, table: Any
) -> None:
    """What the cells within each group (label 1..) have in common, into table[0..]: first those
    that are 0 in `under`, then those that are 1; those at the group's edge, which do not have
    four neighbours of it, are left out.

    Columns: cells; sums over them of light / usual in 1/256, and its square; of the deviations of
    Cb and Cr (1/HUE_UNIT level); of luma and usual (of a cell's pixels together), their squares
    and their product; then, of the whole part, its box: left, top, right, bottom (cells, right
    and bottom exclusive; 0 where there is none).  Groups beyond the table's size are left out.
    """
    rows, columns = labels.shape
    most = table.shape[0]
    for group in range(most):
        for part in range(2):
            for column in range(GROUP_COLUMNS):
                table[group, part, column] = 0
    for row in range(rows):
        if _is_unlabelled(labels[row]):
            continue
        for column in range(columns):
            group = labels[row, column] - 1
            if group < 0 or group >= most:
                continue
            part = under[row, column]
            into = table[group, part]
            _widen(into, row, column)
            if not _is_within(labels, row, column):
                continue
            light, full = _block(luma, row, column), _block(usual, row, column)
            share = 256 * light // max(full, 1)
            into[0] += 1
            into[1] += share
            into[2] += share * share
            for plane in range(2):
                fresh, old = np.int64(now[plane, row, column]), np.int64(known[plane, row, column])
                into[3 + plane] += _apart(fresh, old, light, max(full, 1))
            into[5] += light
            into[6] += full
            into[7] += light * light
            into[8] += full * full
            into[9] += light * full


@inlined
def _of(group: Any, part: int, column: int) -> Any:
    """A number of a part of a group, or of both together."""
    if part == _WHOLE:
        return group[0, column] + group[1, column]
    return group[part, column]


@inlined
def _has_hue(group: Any, part: int) -> bool:
    count = _of(group, part, 0)
    apart = max(abs(_of(group, part, 3)), abs(_of(group, part, 4)))
    return bool(apart / count / HUE_UNIT <= _HUE)


@inlined
def _has_texture(group: Any, part: int, uneven: float, tall: bool) -> bool:
    """The ground's; where that has none, evenly less light.  More light on plain ground may as
    well be a bright thing; and what is `tall` a part of one."""
    count = _of(group, part, 0)
    light, full = _of(group, part, 5), _of(group, part, 6)
    own = _of(group, part, 7) / count - (light / count) * (light / count)
    ground = _of(group, part, 8) / count - (full / count) * (full / count)
    if np.sqrt(max(ground, 0.0)) < _TEXTURE * full / count:
        return bool(uneven <= _EVEN_PLAIN and light < full and not tall)
    common = _of(group, part, 9) / count - light * full / (count * count)
    return bool(common > 0 and common * common >= _ALIKE * _ALIKE * own * ground)


@inlined
def _is_shadow(group: Any, part: int, tall: bool) -> bool:
    """Whether it has the ground's hue and, in even light, its texture."""
    count = _of(group, part, 0)
    if count < LEAST_WITHIN or not _has_hue(group, part):
        return False
    mean = _of(group, part, 1) / count
    uneven = np.sqrt(max(_of(group, part, 2) / count - mean * mean, 0.0)) / mean
    return uneven <= _EVEN and _has_texture(group, part, uneven, tall)


@kernel("int64(int64[:, :, ::1], uint8[:, ::1])")
def judge(table: Any, shadows: Any) -> int:
    """Which groups (of `survey`'s table) are only the ground in another light; returns how many
    parts are.

    shadows: by label (0: none) and `under`, receives 1 = it is one, else 0.  What is too small
    to be judged by itself is as the whole of it, unless it is a tall part of a thing.
    """
    for label in range(shadows.shape[0]):
        shadows[label, 0] = shadows[label, 1] = 0
    found = 0
    for number in range(table.shape[0]):
        group = table[number]
        free = 0 if group[0, 0] >= LEAST_WITHIN else _WHOLE
        hanging = 1 if group[1, 0] >= LEAST_WITHIN else _WHOLE
        tall = group[1, 13] - group[1, 11] > _FLAT * (group[1, 12] - group[1, 10])
        shadows[number + 1, 0] = _is_shadow(group, free, False)
        if not (tall and hanging == _WHOLE):
            shadows[number + 1, 1] = _is_shadow(group, hanging, tall)
        found += shadows[number + 1, 0] + shadows[number + 1, 1]
    return found


@kernel("void(int32[:, ::1], uint8[:, ::1], uint8[:, ::1], uint8[:, ::1])")
def lift(labels: Any, under: Any, shadows: Any, mask: Any) -> None:
    """Clear the mask in the cells of groups that are shadows.

    shadows: by label (0: none) and `under`, 1 = it is one; labels beyond its size are none.
    """
    rows, columns = labels.shape
    for row in range(rows):
        if _is_unlabelled(labels[row]):
            continue
        for column in range(columns):
            label = labels[row, column]
            if label == 0 or label >= shadows.shape[0]:
                continue
            if shadows[label, under[row, column]] == 0:
                continue
            y, x = row * SIDE, column * SIDE
            mask[y, x] = mask[y, x + 1] = mask[y + 1, x] = mask[y + 1, x + 1] = 0
