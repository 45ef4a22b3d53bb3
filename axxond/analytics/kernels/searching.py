"""Kernels that scan the first parts of blocks of trajectories (`axxond.trajectories.block`)."""

from __future__ import annotations

from typing import Any

from axxond.analytics.kernels.compiler import inlined, kernel


@inlined
def _inside(edges: Any, x: float, y: float) -> bool:
    """Even-odd rule, as `zones.contains`.  edges: ax ay bx by."""
    odd = False
    for e in range(edges.shape[0]):
        ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if (ay > y) != (by > y) and x > ax + (bx - ax) * (y - ay) / (by - ay):
            odd = not odd
    return odd


@inlined
def _side(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> float:
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax)


@inlined
def _crosses(edges: Any, px: float, py: float, x: float, y: float) -> bool:
    """Whether the way from p goes over any edge."""
    for e in range(edges.shape[0]):
        ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if (_side(ax, ay, bx, by, px, py) < 0) != (_side(ax, ay, bx, by, x, y) < 0) and (
            _side(px, py, x, y, ax, ay) < 0
        ) != (_side(px, py, x, y, bx, by) < 0):
            return True
    return False


@kernel(
    "void(uint32[::1], uint16[:, ::1], uint16[:, ::1], float64[:, ::1], int64[::1], uint8[::1])"
)
def passes(begin: Any, bounds: Any, places: Any, edges: Any, box: Any, out: Any) -> None:
    """out[run] = 1 when the object stood in the polygon or went through it, else 0.

    begin: each run's first point.  bounds: left, right, top, bottom of each run.  places: x, y of
    each point.  edges: of the polygon, ax ay bx by, in the steps of places.  box: left, right,
    top, bottom of the polygon, in whole steps.
    """
    runs = begin.shape[0]
    for r in range(runs):
        out[r] = 0
        beside = bounds[1, r] < box[0] or bounds[0, r] > box[1]
        if beside or bounds[3, r] < box[2] or bounds[2, r] > box[3]:
            continue
        first = int(begin[r])
        end = int(begin[r + 1]) if r + 1 < runs else places.shape[1]
        px, py = float(places[0, first]), float(places[1, first])
        for i in range(first, end):
            x, y = float(places[0, i]), float(places[1, i])
            beside = max(px, x) < box[0] or min(px, x) > box[1]
            if beside or max(py, y) < box[2] or min(py, y) > box[3]:
                px, py = x, y
                continue
            if _inside(edges, x, y) or _crosses(edges, px, py, x, y):
                out[r] = 1
                break
            px, py = x, y
