"""Kernels that scan stored tracks: at which moments of an object something changes for a
detector.

A track's columns are quantised (`axxond.trajectories.points`): `values` has a row each of x, y
(1/32768 of the frame, from half a frame before its edge), width, height (1/65535), still (1/20 s)
and flags.  It is looked at on ticks, multiples of TICK_US, and between two points it goes
straight.  `objects` has a row an object: its first point and the end of them, its first tick, and
where its states begin; and one row more, with where states end.
"""

from __future__ import annotations

from typing import Any

from axxond.analytics.kernels.compiler import inlined, kernel

TICK_US = 100_000
STILL_STEP_US = 50_000
STILL_LONG = 65_535
PLACE_STEPS = 32_768.0
SIZE_STEPS = 65_535.0

# A state of an object at a tick, one bit each.  HIDDEN, MOVED: of its flags; BEGAN: of its first
# tick, it began inside; CROSSED: it may have gone over a line since the tick before.
HIDDEN, MOVED, BEGAN, INSIDE, FITS, STOOD, CROSSED = 1, 4, 8, 16, 32, 64, 128
_KEPT = HIDDEN | MOVED
_COMPARED = HIDDEN | MOVED | INSIDE | FITS | STOOD

# What a row of `changes` is: a change, the last tick.
CHANGE, LAST = 0, 1

_NEAR = 1e-6  # what comes so near to an edge is looked at tick by tick


@inlined
def _clamped(value: float) -> float:
    return min(max(value, 0.0), 1.0)


@inlined
def _between(values: Any, row: int, i: int, j: int, share: float) -> Any:
    """A place (row 0, 1) on the way from point i to j."""
    a, b = values[row, i] / PLACE_STEPS - 0.5, values[row, j] / PLACE_STEPS - 0.5
    return a + share * (b - a)


@inlined
def _grown(values: Any, row: int, i: int, j: int, share: float) -> Any:
    """A size (row 2, 3), as `_between`."""
    a, b = values[row, i] / SIZE_STEPS, values[row, j] / SIZE_STEPS
    return a + share * (b - a)


@inlined
def _until(time: Any, i: int, end: int, last_tick: int) -> Any:
    """The last tick before the point after i."""
    if i + 1 == end:
        return last_tick
    return min(last_tick, -(-time[i + 1] // TICK_US) - 1)


@inlined
def _holds(edges: Any, zones: int, u: float, v: float) -> bool:
    """In any of the zones (none: everywhere) and in no mask: `situation.Area.holds`.

    edges: ax ay bx by and the polygon's number, polygon by polygon, zones first."""
    x, y = _clamped(u), _clamped(v)
    held, odd = zones == 0, False
    for e in range(edges.shape[0]):
        ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if (ay > y) != (by > y) and x > ax + (bx - ax) * (y - ay) / (by - ay):
            odd = not odd
        if e + 1 == edges.shape[0] or edges[e + 1, 4] != edges[e, 4]:
            if odd:
                held = edges[e, 4] < zones
            odd = False
    return held


@inlined
def _touches(edges: Any, values: Any, i: int, j: int) -> bool:
    """Whether the way from point i to j may come to an edge: its box meets an edge's box."""
    ax, ay = _clamped(_between(values, 0, i, j, 0.0)), _clamped(_between(values, 1, i, j, 0.0))
    bx, by = _clamped(_between(values, 0, i, j, 1.0)), _clamped(_between(values, 1, i, j, 1.0))
    left, right = min(ax, bx) - _NEAR, max(ax, bx) + _NEAR
    top, bottom = min(ay, by) - _NEAR, max(ay, by) + _NEAR
    for e in range(edges.shape[0]):
        beside = max(edges[e, 0], edges[e, 2]) < left or min(edges[e, 0], edges[e, 2]) > right
        over = max(edges[e, 1], edges[e, 3]) < top or min(edges[e, 1], edges[e, 3]) > bottom
        if not (beside or over):
            return True
    return False


@inlined
def _fits(values: Any, i: int, j: int, share: float, least: float, most: float) -> bool:
    """Whether the box's share of the frame, in per cent, is within; as `points.box_at`."""
    if least <= 0.0 and most >= 100.0:
        return True
    x, y = _between(values, 0, i, j, share), _between(values, 1, i, j, share)
    width, height = _grown(values, 2, i, j, share), _grown(values, 3, i, j, share)
    w = min(x + width / 2, 1.0) - max(x - width / 2, 0.0)
    h = min(y, 1.0) - max(y - height, 0.0)
    size = 100.0 * max(w, 0.0) * max(h, 0.0)
    return bool(least <= size <= most)


@inlined
def _still_us(time: Any, values: Any, i: int, before_us: int) -> Any:
    """Since when the object has stood at point i; `before_us`: the same of the point before."""
    since = time[i] - values[4, i] * STILL_STEP_US
    if values[4, i] == STILL_LONG or abs(since - before_us) <= STILL_STEP_US:
        return before_us
    return since


@inlined
def _stood_us(now: int, at_us: int, here_us: int, next_us: int) -> Any:
    """For how long it has stood, `now`; it stood since `here_us` at the last point, `at_us`, and
    since `next_us` at the next."""
    if next_us > at_us and now > at_us:
        return now - min(now, next_us)
    return now - here_us


@kernel(
    "void(int64[::1], uint16[:, ::1], int64[:, ::1], float64[:, ::1], float64[::1], uint8[::1])"
)
def states(time: Any, values: Any, objects: Any, edges: Any, wants: Any, out: Any) -> None:
    """The state of each object at each of its ticks, but CROSSED.

    edges: as `_holds` takes them.  wants: how many polygons are zones; for how long (us) it must
    have STOOD (0: never); least and most size, % of the frame.
    """
    zones, stand_us = int(wants[0]), int(wants[1])
    for k in range(objects.shape[0] - 1):
        first, end, tick, place = objects[k, 0], objects[k, 1], objects[k, 2], objects[k, 3]
        begun = place
        last_tick = tick + objects[k + 1, 3] - place - 1
        here_us = time[first] - values[4, first] * STILL_STEP_US
        for i in range(first, end):
            here_us = _still_us(time, values, i, here_us)
            until = _until(time, i, end, last_tick)
            if tick > until:
                continue
            j = min(i + 1, end - 1)
            next_us = _still_us(time, values, j, here_us)
            span_us = max(time[j] - time[i], 1)
            quiet = not _touches(edges, values, i, j)
            inside = _holds(
                edges, zones, _between(values, 0, i, j, 0.0), _between(values, 1, i, j, 0.0)
            )
            while tick <= until:
                now = tick * TICK_US
                share = min((now - time[i]) / span_us, 1.0)
                if not quiet:
                    x, y = _between(values, 0, i, j, share), _between(values, 1, i, j, share)
                    inside = _holds(edges, zones, x, y)
                stood = stand_us > 0 and _stood_us(now, time[i], here_us, next_us) >= stand_us
                fits = _fits(values, i, j, share, wants[2], wants[3])
                out[place] = (values[5, i] & _KEPT) | INSIDE * inside | FITS * fits | STOOD * stood
                tick += 1
                place += 1
        x, y = _between(values, 0, first, first, 0.0), _between(values, 1, first, first, 0.0)
        out[begun] |= BEGAN * _holds(edges, zones, x, y)


@inlined
def _parts(lines: Any, ax: float, ay: float, bx: float, by: float) -> bool:
    """Whether a and b may be on two sides of any of the lines (ax ay bx by)."""
    for k in range(lines.shape[0]):
        x, y = lines[k, 0], lines[k, 1]
        right, down = lines[k, 2] - x, lines[k, 3] - y
        one, other = right * (ay - y) - down * (ax - x), right * (by - y) - down * (bx - x)
        if min(one, other) <= _NEAR and max(one, other) >= -_NEAR:
            return True
    return False


@kernel("void(int64[::1], uint16[:, ::1], int64[:, ::1], float64[:, ::1], uint8[::1])")
def crossings(time: Any, values: Any, objects: Any, lines: Any, out: Any) -> None:
    """Add CROSSED to the states where a line may be crossed.  lines: ax ay bx by.  The first way
    goes from where the object began."""
    for k in range(objects.shape[0] - 1):
        first, end, tick, place = objects[k, 0], objects[k, 1], objects[k, 2], objects[k, 3]
        last_tick = tick + objects[k + 1, 3] - place - 1
        from_x, from_y = (
            _between(values, 0, first, first, 0.0),
            _between(values, 1, first, first, 0.0),
        )
        moved_before = False
        for i in range(first, end):
            until = _until(time, i, end, last_tick)
            if tick > until:
                continue
            j = min(i + 1, end - 1)
            span_us = max(time[j] - time[i], 1)
            ax, ay = _between(values, 0, i, j, 0.0), _between(values, 1, i, j, 0.0)
            bx, by = _between(values, 0, i, j, 1.0), _between(values, 1, i, j, 1.0)
            apart = _parts(lines, ax, ay, bx, by)
            moved = (values[5, i] & MOVED) != 0
            look = True
            while tick <= until:
                share = min((tick * TICK_US - time[i]) / span_us, 1.0)
                x, y = ax + share * (bx - ax), ay + share * (by - ay)
                if moved and (look or apart or not moved_before):
                    out[place] |= CROSSED * _parts(lines, from_x, from_y, x, y)
                if moved:
                    from_x, from_y, moved_before = x, y, True
                look = False
                tick += 1
                place += 1


@inlined
def _put(out: Any, filled: int, k: int, tick: int, what: int) -> int:
    if filled < out.shape[0]:
        out[filled, 0], out[filled, 1], out[filled, 2] = k, tick, what
    return filled + 1


@kernel("int64(uint8[::1], int64[:, ::1], int64[:, ::1])")
def changes(known: Any, objects: Any, out: Any) -> int:
    """Where the state of an object changes, of objects that may matter: how many rows of `out`
    are filled with [object's index, tick, CHANGE or LAST], by object and tick; more than there
    are rows: there was no room.

    known: the states.  What has been outside from its beginning changes when it comes in.
    """
    filled = 0
    for k in range(objects.shape[0] - 1):
        tick, begin, end = objects[k, 2], objects[k, 3], objects[k + 1, 3]
        filled_before = filled
        ever = 0
        before = -1 if (known[begin] & (BEGAN | INSIDE)) != 0 else known[begin] & _COMPARED
        for place in range(begin, end):
            state = known[place] & _COMPARED
            ever |= known[place]
            if state != before:
                filled = _put(out, filled, k, tick, CHANGE)
            before = state
            tick += 1
        if (ever & (INSIDE | BEGAN)) != 0 and (ever & FITS) != 0:
            filled = _put(out, filled, k, tick - 1, LAST)
        else:
            filled = filled_before
    return filled


@kernel("void(int64[::1], uint16[:, ::1], int64[::1], int64[:, ::1])")
def since(time: Any, values: Any, begins: Any, out: Any) -> None:
    """At each point, since when the object has stood (out[0]) and when it was seen last (out[1]).
    begins: of each object's points, and the end."""
    for k in range(begins.shape[0] - 1):
        first = begins[k]
        still = time[first] - values[4, first] * STILL_STEP_US
        seen = time[first]
        for i in range(first, begins[k + 1]):
            still = _still_us(time, values, i, still)
            if (values[5, i] & HIDDEN) == 0:
                seen = time[i]
            out[0, i], out[1, i] = still, seen


@inlined
def _last_before(time: Any, first: int, end: int, now: int) -> Any:
    """The last point at or before a time, or the first."""
    low, high = first, end - 1
    while low < high:
        middle = (low + high + 1) // 2
        if time[middle] <= now:
            low = middle
        else:
            high = middle - 1
    return low


@inlined
def _shared(time: Any, i: int, j: int, now: int) -> Any:
    """How far the way from point i to j has been gone."""
    return min((now - time[i]) / max(time[j] - time[i], 1), 1.0)


@kernel(
    "void(int64[::1], uint16[:, ::1], int64[:, ::1], int64[:, ::1], int64[:, ::1],"
    " float64[:, ::1], int64[:, ::1])"
)
def look(
    time: Any, values: Any, known: Any, objects: Any, picks: Any, out: Any, whole: Any
) -> None:
    """Objects at ticks between their first and their last.

    known: as `since` gives it.  objects: of each its first point, the point from which on it is
    told, the end, and its first tick at which it has moved.  picks: object's index and tick.
    out: where it stands, where it stood a tick before (until it has moved: where it began), its
    box as x, y, width, height.  whole: since when it has stood, when it was seen last, the time
    of "before", flags.
    """
    for p in range(picks.shape[0]):
        k, tick = picks[p, 0], picks[p, 1]
        first, told, end = objects[k, 0], objects[k, 1], objects[k, 2]
        now = tick * TICK_US
        i = _last_before(time, told, end, now)
        j = min(i + 1, end - 1)
        share = _shared(time, i, j, now)
        x, y = _between(values, 0, i, j, share), _between(values, 1, i, j, share)
        width, height = _grown(values, 2, i, j, share), _grown(values, 3, i, j, share)
        left, top = max(x - width / 2, 0.0), max(y - height, 0.0)
        out[p, 0], out[p, 1] = x, y
        out[p, 4], out[p, 5] = left, top
        out[p, 6] = max(min(x + width / 2, 1.0) - left, 0.0)
        out[p, 7] = max(min(y, 1.0) - top, 0.0)
        before_us = now
        if tick > objects[k, 3]:
            before_us = now - TICK_US
            m = _last_before(time, told, end, before_us)
            n = min(m + 1, end - 1)
            back = _shared(time, m, n, before_us)
            x, y = _between(values, 0, m, n, back), _between(values, 1, m, n, back)
        elif told > first:
            before_us = time[first]
            x, y = _between(values, 0, first, first, 0.0), _between(values, 1, first, first, 0.0)
        out[p, 2], out[p, 3] = x, y
        hidden = (values[5, i] & HIDDEN) != 0
        whole[p, 0] = now - _stood_us(now, time[i], known[0, i], known[0, j])
        whole[p, 1] = known[1, i] if hidden else now
        whole[p, 2], whole[p, 3] = before_us, values[5, i]
