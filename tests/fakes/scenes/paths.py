"""Where a thing's foot is when: legs between points, with stops; pure."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

Point = tuple[float, float]
"""shares of the frame; outside [0; 1] is out of sight"""


@frozen
class Path:
    """`stations`: second and point, times rising; straight and even between them.  It exists from
    the first to the last of them only."""

    stations: tuple[tuple[float, Point], ...]

    @property
    def begin_s(self) -> float:
        return self.stations[0][0]

    @property
    def end_s(self) -> float:
        return self.stations[-1][0]

    def at(self, time_s: float) -> Point | None:
        if not self.begin_s <= time_s <= self.end_s:
            return None
        for (began, one), (ended, other) in zip(self.stations, self.stations[1:], strict=False):
            if time_s <= ended:
                done = (time_s - began) / max(ended - began, 1e-9)
                return tuple(a + (b - a) * done for a, b in zip(one, other, strict=True))  # type: ignore[return-value]
        return self.stations[-1][1]

    def moves(self, time_s: float) -> bool:
        before, after = self.at(time_s - 0.05), self.at(time_s + 0.05)
        return before is not None and after is not None and before != after


def walk(
    begin_s: float, points: Sequence[Point], pace: float, stops_s: Sequence[float] = ()
) -> Path:
    """Through all points at that pace (widths of the frame a second), waiting stops_s[i] at the
    i-th of them."""
    stations = []
    now_s = begin_s
    for number, point in enumerate(points):
        if number:
            (x, y), (u, v) = points[number - 1], point
            now_s += max(((u - x) ** 2 + ((v - y) * 9 / 16) ** 2) ** 0.5 / pace, 1e-3)
        stations.append((now_s, point))
        if number < len(stops_s) and stops_s[number] > 0:
            now_s += stops_s[number]
            stations.append((now_s, point))
    return Path(tuple(stations))


def stay(begin_s: float, end_s: float, point: Point) -> Path:
    """There from one time to the other."""
    return Path(((begin_s, point), (end_s, point)))
