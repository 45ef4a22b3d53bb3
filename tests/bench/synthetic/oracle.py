"""What detectors must find in a script: from its paths and zones alone, by the words of what
each detector is.  Slow and obvious; knows nothing of pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.bench.synthetic.case import Expected
from tests.fakes.scenes.paths import Path, Point
from tests.fakes.scenes.script import Script
from tests.fakes.scenes.things import Thing

STEP_S = 0.05
HOLD_S = 3.0
"""of the detectors whose events last, at their defaults"""
STOPPED_S = 1.5
"""a stop is one after so long"""

Rectangle = tuple[float, float, float, float]
"""left, top, right, bottom in shares of the frame"""
Line = tuple[Point, Point]
Span = tuple[float, float]

_WITHIN_S = {
    "motion": 1.5, "motion_in_area": 1.5, "stop_in_area": 2.0, "line_crossing": 1.0,
    "appearance_in_area": 1.5, "disappearance_in_area": 2.0, "loitering": 2.0,
    "multiple_objects": 2.0, "abandoned_object": 3.0,
}  # fmt: skip
WHOLE: Rectangle = (0.0, 0.0, 1.0, 1.0)


def _times(path: Path, end_s: float) -> Iterator[float]:
    for number in range(int(path.begin_s / STEP_S), int(min(path.end_s, end_s) / STEP_S) + 1):
        yield number * STEP_S


def _half_seen(thing: Thing, point: Point) -> bool:
    """Whether at least half of it is within the frame."""
    x, y = point
    return 0 <= x <= 1 and thing.height / 2 <= y <= 1 + thing.height / 2


def _in(zone: Rectangle, point: Point) -> bool:
    x, y = (min(max(value, 0.0), 1.0) for value in point)
    return zone[0] <= x <= zone[2] and zone[1] <= y <= zone[3]


def spans(script: Script, thing: Thing, zone: Rectangle, moving: bool = False) -> list[Span]:
    """When it is seen inside (and moving, if asked)."""
    found: list[list[float]] = []
    for time_s in _times(thing.path, script.seconds):
        point = thing.path.at(time_s)
        holds = point is not None and _half_seen(thing, point) and _in(zone, point)
        if not holds or (moving and not thing.path.moves(time_s)):
            continue
        if found and time_s - found[-1][1] <= 1.5 * STEP_S:
            found[-1][1] = time_s
        else:
            found.append([time_s, time_s])
    return [(begin, end) for begin, end in found]


def joined(all_spans: Sequence[Span], gap_s: float) -> list[Span]:
    """Those with no longer gap between them as one."""
    made: list[Span] = []
    for begin, end in sorted(all_spans):
        if made and begin - made[-1][1] <= gap_s:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((begin, end))
    return made


def _moving(script: Script) -> list[Thing]:
    return [thing for thing in script.things if thing.kind != "bag"]


def _told(script: Script, kind: str, times: Sequence[float]) -> tuple[Expected, ...]:
    within_s = _WITHIN_S[kind]
    return tuple(Expected(kind, at, within_s) for at in times if at < script.seconds - within_s)


def motion(script: Script) -> tuple[Expected, ...]:
    every = [one for thing in _moving(script) for one in spans(script, thing, WHOLE, moving=True)]
    return _told(script, "motion", [begin for begin, _ in joined(every, HOLD_S)])


def motion_in_area(script: Script, zone: Rectangle) -> tuple[Expected, ...]:
    begins = [
        begin
        for thing in _moving(script)
        for begin, _ in joined(spans(script, thing, zone, moving=True), HOLD_S + STOPPED_S)
    ]
    return _told(script, "motion_in_area", begins)


def loitering(script: Script, zone: Rectangle, time_s: float) -> tuple[Expected, ...]:
    begins = [
        begin + time_s
        for thing in _moving(script)
        for begin, end in spans(script, thing, zone)
        if end - begin >= time_s
    ]
    return _told(script, "loitering", begins)


def stop_in_area(script: Script, zone: Rectangle, time_s: float) -> tuple[Expected, ...]:
    wanted_s = max(time_s, STOPPED_S)
    begins = []
    for thing in _moving(script):
        stations = thing.path.stations
        for (began, one), (ended, other) in pairwise(stations):
            if one == other and ended - began >= wanted_s and _in(zone, one):
                begins.append(began + wanted_s)
    return _told(script, "stop_in_area", begins)


def appearance(script: Script, zone: Rectangle) -> tuple[Expected, ...]:
    begins = [begin for thing in _moving(script) for begin, _ in spans(script, thing, zone)]
    return _told(script, "appearance_in_area", begins)


def disappearance(script: Script, zone: Rectangle) -> tuple[Expected, ...]:
    ends = [end for thing in _moving(script) for _, end in spans(script, thing, zone)]
    return _told(script, "disappearance_in_area", ends)


def multiple_objects(script: Script, zone: Rectangle, count: int) -> tuple[Expected, ...]:
    inside = [spans(script, thing, zone) for thing in _moving(script)]
    many: list[Span] = []
    for number in range(int(script.seconds / STEP_S)):
        at = number * STEP_S
        if sum(any(a <= at <= b for a, b in one) for one in inside) > count:
            many.append((at, at))
    lasting = [one for one in joined(many, HOLD_S) if one[1] - one[0] >= 1.0]
    return _told(script, "multiple_objects", [begin for begin, _ in lasting])


def abandoned(script: Script, zone: Rectangle, time_s: float) -> tuple[Expected, ...]:
    begins = [
        thing.path.begin_s + time_s
        for thing in script.things
        if thing.kind == "bag" and thing.path.begin_s > 0
        and thing.path.end_s - thing.path.begin_s >= time_s + 2
        and _in(zone, thing.path.stations[0][1])
    ]  # fmt: skip
    return _told(script, "abandoned_object", begins)


def crossings(script: Script, lines: Sequence[Line]) -> tuple[Expected, ...]:
    found = []
    for thing in _moving(script):
        times = list(_times(thing.path, script.seconds))
        for before_s, now_s in pairwise(times):
            one, other = thing.path.at(before_s), thing.path.at(now_s)
            if one is None or other is None or not _half_seen(thing, other):
                continue
            for line in lines:
                direction = _crossed(line, one, other)
                if direction:
                    within_s = _WITHIN_S["line_crossing"]
                    found.append(Expected("line_crossing", now_s, within_s, direction))
    return tuple(one for one in found if one.at_s < script.seconds - 1.0)


def _crossed(line: Line, one: Point, other: Point) -> str:
    """forward: from the left hand to the right hand of who walks from the first point to the
    second on the picture; "" when the line is not crossed."""
    (ax, ay), (bx, by) = line

    def right(point: Point) -> float:
        return (bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax)

    def beyond(end: Point) -> float:
        (x, y), (u, v) = one, other
        return (u - x) * (end[1] - y) - (v - y) * (end[0] - x)

    if (right(one) > 0) == (right(other) > 0):
        return ""
    if (beyond(line[0]) > 0) == (beyond(line[1]) > 0):
        return ""
    return "forward" if right(other) > 0 else "backward"
