"""Cases for the detectors that read objects, and for motion: people and vehicles that come, stop,
meet, turn and go, with something that disturbs."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from tests.bench.synthetic import oracle
from tests.bench.synthetic.case import Case
from tests.bench.synthetic.chances import (
    Chance,
    across,
    disturbed,
    middle,
    pace,
    pace_of,
    polygon,
    script,
    thing,
)
from tests.fakes.scenes.paths import stay, walk
from tests.fakes.scenes.things import Thing

Make = Callable[[Chance], Case]


def _passer(chance: Chance, begin_s: float, y: float | None = None) -> Thing:
    if chance.uniform() < 0.3:
        return thing(chance, across(chance, begin_s, "vehicle", y), "vehicle")
    return thing(chance, across(chance, begin_s, "person", y))


def _visitor(chance: Chance, begin_s: float, stop_s: float, y: float | None = None) -> Thing:
    """Comes to the middle, stays there, goes on."""
    if y is None:
        y = float(chance.uniform(0.6, 0.92))
    x = float(chance.uniform(0.44, 0.56))
    ends = [(-0.2, y), (x, y), (1.2, y)]
    if chance.uniform() < 0.5:
        ends.reverse()
    return thing(chance, walk(begin_s, ends, pace(chance), (0, stop_s)))


def motion(chance: Chance) -> Case:
    first = _passer(chance, float(chance.uniform(4, 6)))
    second = _passer(chance, first.path.end_s + float(chance.uniform(7, 10)))
    made, what = disturbed(chance, script(chance, second.path.end_s + 3, (first, second)))
    return Case("motion", made, (("motion", {}),), oracle.motion(made), tags=(what,))


def motion_in_area(chance: Chance) -> Case:
    zone = middle(chance)
    one = _visitor(chance, float(chance.uniform(4, 6)), float(chance.uniform(7, 12)))
    made, what = disturbed(chance, script(chance, one.path.end_s + 4, (one,)))
    asked = (("motion_in_area", {"zones": polygon(zone)}),)
    return Case("motion_in_area", made, asked, oracle.motion_in_area(made, zone), tags=(what,))


def stop_in_area(chance: Chance) -> Case:
    zone, time_s = middle(chance), float(chance.choice((0, 3, 6)))
    stop_s = time_s + float(chance.uniform(4, 8))
    one = _visitor(chance, float(chance.uniform(4, 6)), stop_s, 0.65)
    other = thing(chance, across(chance, float(chance.uniform(8, 20)), y=0.95))
    things = (one, other) if chance.uniform() < 0.4 else (one,)
    made, what = disturbed(chance, script(chance, one.path.end_s + 3, things))
    asked = (("stop_in_area", {"zones": polygon(zone), "time_s": time_s}),)
    wanted = oracle.stop_in_area(made, zone, time_s)
    return Case("stop_in_area", made, asked, wanted, tags=(what,))


def loitering(chance: Chance) -> Case:
    zone, time_s = middle(chance), float(chance.uniform(8, 14))
    one = _visitor(chance, float(chance.uniform(4, 6)), time_s + float(chance.uniform(0, 5)), 0.65)
    other = _passer(chance, float(chance.uniform(8, 20)), 0.95)
    things = (one, other) if chance.uniform() < 0.5 else (one,)
    made, what = disturbed(chance, script(chance, one.path.end_s + 3, things))
    asked = (("loitering", {"zones": polygon(zone), "time_s": time_s}),)
    return Case("loitering", made, asked, oracle.loitering(made, zone, time_s), tags=(what,))


def line_crossing(chance: Chance) -> Case:
    """Single ones, two who pass each other, one behind a post, one who turns before the line and
    one who comes back."""
    x, slant = float(chance.uniform(0.4, 0.6)), float(chance.uniform(-0.12, 0.12))
    line = ((x + slant, 0.0), (x - slant, 1.0))
    begin_s = float(chance.uniform(4, 6))
    things = [_passer(chance, begin_s, float(chance.uniform(0.5, 0.7)))]
    post: tuple[tuple[float, float, float, float], ...] = ()
    what = int(chance.integers(4))
    if what == 0:
        things.append(_passer(chance, begin_s + float(chance.uniform(0, 3)), 0.85))
    elif what == 1:
        left = x + float(chance.choice((-0.2, 0.16)))
        post = ((left, 0.1, left + 0.04, 0.98),)
    elif what == 2:
        near = x - 0.12
        path = walk(begin_s + 2, [(-0.2, 0.9), (near, 0.92), (-0.2, 0.94)], pace(chance))
        things.append(thing(chance, path))
    else:
        path = walk(
            begin_s + 2, [(-0.2, 0.9), (x + 0.2, 0.92), (-0.2, 0.94)], pace(chance), (0, 2)
        )
        things.append(thing(chance, path))
    seconds = max(one.path.end_s for one in things) + 2
    made, tag = disturbed(chance, script(chance, seconds, things, occluders=post))
    asked = (("line_crossing", {"lines": [[list(point) for point in line]]}),)
    return Case("line_crossing", made, asked, oracle.crossings(made, [line]), tags=(tag,))


def appearance(chance: Chance) -> Case:
    zone = middle(chance)
    begin_s = float(chance.uniform(4, 6))
    things = [_passer(chance, begin_s, 0.6)]
    if chance.uniform() < 0.5:
        things.append(_passer(chance, begin_s + float(chance.uniform(1, 5)), 0.92))
    seconds = max(one.path.end_s for one in things) + 2
    made, tag = disturbed(chance, script(chance, seconds, things))
    asked = (("appearance_in_area", {"zones": polygon(zone)}),)
    return Case("appearance_in_area", made, asked, oracle.appearance(made, zone), tags=(tag,))


def disappearance(chance: Chance) -> Case:
    """Out over the border, or in through a door inside."""
    zone = middle(chance)
    begin_s = float(chance.uniform(4, 6))
    if chance.uniform() < 0.5:
        y = float(chance.uniform(0.55, 0.85))
        path = walk(begin_s, [(-0.2, y), (0.5, y)], pace(chance))
        things = [thing(chance, path)]
    else:
        things = [_passer(chance, begin_s, float(chance.uniform(0.55, 0.9)))]
    seconds = max(one.path.end_s for one in things) + 5
    made, tag = disturbed(chance, script(chance, seconds, things))
    asked = (("disappearance_in_area", {"zones": polygon(zone)}),)
    wanted = oracle.disappearance(made, zone)
    return Case("disappearance_in_area", made, asked, wanted, tags=(tag,))


def multiple_objects(chance: Chance) -> Case:
    zone, count = (0.12, 0.3, 0.88, 1.0), int(chance.integers(1, 4))
    begin_s = float(chance.uniform(4, 6))
    rows = (0.5, 0.64, 0.78, 0.95)[: count + 1]
    things = [
        thing(
            chance,
            walk(
                begin_s + 1.5 * (len(rows) - number) + float(chance.uniform(0, 1)),
                [(-0.2, y), (0.2 + 0.2 * number, y), (1.2, y)],
                pace(chance),
                (0, float(chance.uniform(8, 12))),
            ),
        )
        for number, y in enumerate(rows)
    ]
    seconds = max(one.path.end_s for one in things) + 3
    made, tag = disturbed(chance, script(chance, seconds, things))
    asked = (("multiple_objects", {"zones": polygon(zone), "count": count}),)
    wanted = oracle.multiple_objects(made, zone, count)
    return Case("multiple_objects", made, asked, wanted, tags=(tag,))


def abandoned_object(chance: Chance) -> Case:
    """Someone comes, leaves a bag (or takes one that was there, or stands and goes), others
    pass."""
    y = float(chance.uniform(0.65, 0.85))
    x = float(chance.uniform(0.35, 0.65))
    begin_s = float(chance.uniform(4, 6))
    path = walk(begin_s, [(-0.2, y), (x, y), (1.2, y)], pace(chance), (0, 2.5))
    put_s = path.stations[1][0] + 1.5
    things = [thing(chance, path)]
    place = (x + 0.06, y + 0.01)
    what = int(chance.integers(4))
    if what <= 1:
        things.append(thing(chance, stay(put_s, put_s + 40, place), "bag"))
    elif what == 2:
        things.append(thing(chance, stay(put_s, put_s + 9, place), "bag"))
    else:
        things.append(thing(chance, stay(0, put_s, place), "bag"))
    things.append(_passer(chance, put_s + float(chance.uniform(5, 12)), y + 0.1))
    made, tag = disturbed(chance, script(chance, put_s + 24, things))
    asked = (("abandoned_object", {"time_s": 15}),)
    # It lies alone when who left it has gone.
    alone_s = path.stations[2][0] - put_s + 0.06 / pace_of(path)
    wanted = tuple(
        evolve(one, at_s=one.at_s + alone_s) for one in oracle.abandoned(made, oracle.WHOLE, 15)
    )
    return Case("abandoned_object", made, asked, wanted, tags=(tag, f"variant {what}"))


MAKERS: tuple[Make, ...] = (
    motion, motion_in_area, stop_in_area, line_crossing, appearance, disappearance,
    abandoned_object, loitering, multiple_objects,
)  # fmt: skip
