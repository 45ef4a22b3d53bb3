"""Kernels that judge stored tracks as detectors judge live ones: who went in, out or over a line,
and who was inside for how long.

Each is the twin of a detector's code (`situation.Presence` and `Episodes`, `line_crossing`) for
one object after the other: told at each tick from its first to its last, then gone.  What `tracks`
says of states and ticks holds here, too.  `objects` has more columns: FIRST and END of its points,
TICK (its first one), STATES (where its states begin), TOLD (the point from which on it is told),
MOVED_AT (its first tick at which it has moved), BORN_US, LOST (0: it was cut off, rather than lost
after its last tick).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import inlined, kernel
from axxond.analytics.kernels.tracks import (
    BEGAN,
    CROSSED,
    FITS,
    HIDDEN,
    INSIDE,
    MOVED,
    STOOD,
    TICK_US,
    _between,
    _grown,
    _last_before,
    _shared,
)

FIRST, END, TICK, STATES, TOLD, MOVED_AT, BORN_US, LOST = range(8)
COLUMNS = 8

ENTERS, LEAVES = 0, 1
"""what `passes` tells"""

MET, OVER, GONE = 0, 1, 2
"""how it came in or went out: it was there when it was met, over the border, it was lost"""

ANY, FORWARD, BACKWARD = 0, 1, 2
"""directions of `crosses`"""

# Columns of a line: from a to b, how long it is, how far from it (a share of its height) a thing
# is surely over it; and scratch: whether somebody is about to cross it, in which direction, when
# (us), at which tick that was seen last, and whether it was in the area then.
AX, AY, BX, BY, LENGTH, FAR, PENDING, WAY, AT_US, SEEN_AT, ALLOWED = range(11)
LINE_COLUMNS = 11


@inlined
def _put(out: Any, filled: int, k: int, tick: int, what: int, time_us: int) -> int:
    if filled < out.shape[0]:
        out[filled, 0], out[filled, 1], out[filled, 2], out[filled, 3] = k, tick, what, time_us
    return filled + 1


@inlined
def _began_inside(known: Any, place: int, objects: Any, k: int, tick: int) -> bool:
    """Whether it was inside before this tick (`tracks.look`'s place of before)."""
    if tick > objects[k, MOVED_AT]:
        return bool((known[place - 1] & INSIDE) != 0)
    if objects[k, TOLD] > objects[k, FIRST]:
        return bool((known[objects[k, STATES]] & BEGAN) != 0)
    return bool((known[place] & INSIDE) != 0)


@inlined
def _met(state: int) -> bool:
    return (state & MOVED) != 0 and (state & FITS) != 0


@inlined
def _side_now(state: int, inside: bool, leaning_us: int, now: int, sure_us: int) -> Any:
    """On which side of the border it is, since when it has seemed to be on the other (-1: it does
    not), and since when it has been there (-1: as before)."""
    if (state & HIDDEN) != 0:
        return inside, leaning_us, -1
    here = (state & INSIDE) != 0
    if here == inside:
        return inside, -1, -1
    if leaning_us < 0:
        return inside, now, -1
    if now - leaning_us >= sure_us:
        return here, -1, leaning_us
    return inside, leaning_us, -1


@inlined
def _stands(state: int, stood: int) -> bool:
    return stood == 0 or (stood > 0) == ((state & STOOD) != 0)


@kernel("int64(uint8[::1], int64[::1], int64[:, ::1], int64[:, ::1], int64[::1], int64[:, ::1])")
def passes(known: Any, time: Any, since: Any, objects: Any, wants: Any, out: Any) -> int:
    """Who comes in (ENTERS) or goes out (LEAVES): how many rows of `out` are filled, by object
    and tick, with [object's index, tick, MET, OVER or GONE, when it happened (us)]; more than
    there are rows: there was no room.

    known: the states.  since: as `tracks.since` gives it.  wants: which of the two; how long a
    change of side must last (us).
    """
    entering, sure_us = wants[0] == ENTERS, wants[1]
    filled = 0
    for k in range(objects.shape[0] - 1):
        tick = objects[k, TICK] - 1
        met, inside, leaning_us = False, False, -1
        for place in range(objects[k, STATES], objects[k + 1, STATES]):
            tick += 1
            if not met:
                met = _met(known[place])
                inside = met and _began_inside(known, place, objects, k, tick)
                if inside and entering:
                    filled = _put(out, filled, k, tick, MET, objects[k, BORN_US])
                continue
            inside, leaning_us, since_us = _side_now(
                known[place], inside, leaning_us, tick * TICK_US, sure_us
            )
            if since_us >= 0 and inside == entering:
                filled = _put(out, filled, k, tick, OVER, since_us)
        if not entering and inside and objects[k, LOST] != 0:
            hidden = (known[objects[k + 1, STATES] - 1] & HIDDEN) != 0
            i = _last_before(time, objects[k, TOLD], objects[k, END], tick * TICK_US)
            seen_us = since[1, i] if hidden else tick * TICK_US
            filled = _put(out, filled, k, tick, GONE, seen_us)
    return filled


@kernel("int64(uint8[::1], int64[::1], int64[:, ::1], int64[:, ::1], int64[::1], int64[:, ::1])")
def stays(known: Any, time: Any, since: Any, objects: Any, wants: Any, out: Any) -> int:
    """Who is inside for how long; as `passes`, but rows are [object's index, the tick at which it
    begins, 0, when it ended (us)].

    wants: how long a change of side must last; how long it must have been inside (us); whether it
    must have stood (1), must not (-1) or either (0); how long it may be interrupted (us).
    """
    sure_us, least_us, stood, hold_us = wants[0], wants[1], wants[2], wants[3]
    filled = 0
    for k in range(objects.shape[0] - 1):
        i, end, tick = objects[k, TOLD], objects[k, END], objects[k, TICK] - 1
        met, inside, since_us, leaning_us = False, False, objects[k, BORN_US], -1
        begun, last_us = -1, 0
        for place in range(objects[k, STATES], objects[k + 1, STATES]):
            tick += 1
            now = tick * TICK_US
            i = _last_from(time, i, end, now)
            if met:
                inside, leaning_us, over_us = _side_now(
                    known[place], inside, leaning_us, now, sure_us
                )
                since_us = over_us if over_us >= 0 else since_us
            else:
                met = _met(known[place])
                inside = met and _began_inside(known, place, objects, k, tick)
            if inside and _stands(known[place], stood) and now - since_us >= least_us:
                hidden = (known[place] & HIDDEN) != 0
                begun = tick if begun < 0 and not hidden else begun
                last_us = max(since[1, i], 0) if hidden else now
            elif begun >= 0 and now - last_us >= hold_us:
                filled = _put(out, filled, k, begun, 0, last_us)
                begun = -1
        if begun >= 0:
            filled = _put(out, filled, k, begun, 0, last_us)
    return filled


@inlined
def _last_from(time: Any, i: int, end: int, now: int) -> int:
    """The last point at or before a time, from point i on."""
    while i + 1 < end and time[i + 1] <= now:
        i += 1
    return i


@inlined
def _side(line: Any, x: float, y: float) -> Any:
    """`line_crossing.side`."""
    return (line[BX] - line[AX]) * (y - line[AY]) - (line[BY] - line[AY]) * (x - line[AX])


@inlined
def _share_of_way(line: Any, px: float, py: float, x: float, y: float) -> Any:
    """`line_crossing.crossing`, from (px, py) to (x, y); -1: not crossed."""
    first, second = _side(line, px, py), _side(line, x, y)
    if (first < 0) == (second < 0):
        return -1.0
    one = (x - px) * (line[AY] - py) - (y - py) * (line[AX] - px)
    other = (x - px) * (line[BY] - py) - (y - py) * (line[BX] - px)
    if (one < 0) == (other < 0):
        return -1.0
    return first / (first - second)


@inlined
def _place(time: Any, values: Any, objects: Any, k: int, now: int) -> Any:
    """x, y, and the height of its box."""
    i = _last_before(time, objects[k, TOLD], objects[k, END], now)
    j = min(i + 1, objects[k, END] - 1)
    share = _shared(time, i, j, now)
    x, y = _between(values, 0, i, j, share), _between(values, 1, i, j, share)
    top = y - _grown(values, 3, i, j, share)
    return x, y, max(min(y, 1.0) - max(top, 0.0), 0.0)


@inlined
def _place_before(time: Any, values: Any, objects: Any, k: int, tick: int) -> Any:
    """x, y and the time of before, as `tracks.look`."""
    now = tick * TICK_US
    first = objects[k, FIRST]
    if tick > objects[k, MOVED_AT]:
        x, y, _ = _place(time, values, objects, k, now - TICK_US)
        return x, y, now - TICK_US
    if objects[k, TOLD] > first:
        x, y = _between(values, 0, first, first, 0.0), _between(values, 1, first, first, 0.0)
        return x, y, time[first]
    x, y, _ = _place(time, values, objects, k, now)
    return x, y, now


@inlined
def _go_over(line: Any, place: Any, before: Any, now: int) -> None:
    """Somebody goes over it, or comes back."""
    (x, y, _), (px, py, before_us) = place, before
    share = _share_of_way(line, px, py, x, y)
    if share >= 0.0:
        line[PENDING] = 1 - line[PENDING]
        line[WAY] = FORWARD if _side(line, px, py) < 0 else BACKWARD
        line[AT_US] = before_us + np.rint(share * (now - before_us))


@inlined
def _tell(out: Any, filled: int, k: int, line: Any, wanted: int) -> int:
    """Somebody has crossed it, if in that direction and the area."""
    line[PENDING] = 0
    if (wanted not in (ANY, int(line[WAY]))) or line[ALLOWED] == 0:
        return filled
    return _put(out, filled, k, int(line[SEEN_AT]), int(line[WAY]), int(line[AT_US]))


@kernel(
    "int64(uint8[::1], int64[::1], uint16[:, ::1], int64[:, ::1], float64[:, ::1], int64[::1],"
    " int64[:, ::1])"
)
def crosses(
    known: Any, time: Any, values: Any, objects: Any, lines: Any, wants: Any, out: Any
) -> int:
    """Who goes over a line: as `passes`, but rows are [object's index, the tick at which it is
    sure, FORWARD or BACKWARD, when it went over (us)], by object.

    known: the states, with CROSSED.  lines: LINE_COLUMNS each.  wants: ANY or the direction;
    after how long it is sure (us).
    """
    wanted, sure_us = wants[0], wants[1]
    filled = 0
    for k in range(objects.shape[0] - 1):
        tick, waiting = objects[k, TICK] - 1, False
        lines[:, PENDING] = 0
        for at in range(objects[k, STATES], objects[k + 1, STATES]):
            tick += 1
            over = (known[at] & CROSSED) != 0
            if not (over or waiting) or not _met(known[at]):
                continue
            now = tick * TICK_US
            place = _place(time, values, objects, k, now)
            before = _place_before(time, values, objects, k, tick)
            waiting = False
            for n in range(lines.shape[0]):
                line = lines[n]
                if over:
                    _go_over(line, place, before, now)
                if line[PENDING] == 0:
                    continue
                line[SEEN_AT], line[ALLOWED] = tick, known[at] & INSIDE
                apart = abs(_side(line, place[0], place[1]) / line[LENGTH])
                if apart >= line[FAR] * place[2] or now - line[AT_US] >= sure_us:
                    filled = _tell(out, filled, k, line, wanted)
                else:
                    waiting = True
        for n in range(lines.shape[0]):
            if lines[n, PENDING] != 0:
                filled = _tell(out, filled, k, lines[n], wanted)
    return filled
