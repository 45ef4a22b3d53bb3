"""Random things, ways and disturbances, as the suite's cases need them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import evolve

from tests.bench.synthetic.oracle import Rectangle
from tests.fakes.scenes.backdrop import PLACES
from tests.fakes.scenes.camera import Coding, Exposure, Noise, Shake
from tests.fakes.scenes.paths import Path, Point, walk
from tests.fakes.scenes.script import Script
from tests.fakes.scenes.things import Kind, Thing
from tests.fakes.scenes.weather import Clouds, Lamp, Leaves, Light, Mains, Rain, Screen

Chance = np.random.Generator

_SIZES = ((320, 180), (320, 180), (320, 180), (352, 288), (384, 288), (640, 360))
_RATES = (10.0, 10.0, 8.0, 12.5)


def script(chance: Chance, seconds: float, things: Sequence[Thing] = (), **more: Any) -> Script:
    """In a random place, of a random size and frame rate, with a usual camera."""
    width, height = _SIZES[chance.integers(len(_SIZES))]
    return Script(
        seed=int(chance.integers(1 << 30)),
        seconds=seconds,
        width=width,
        height=height,
        fps=_RATES[chance.integers(len(_RATES))],
        place=PLACES[chance.integers(len(PLACES))],
        things=tuple(things),
        camera=(Noise(chance.uniform(1.5, 4)),),
        **more,
    )


def thing(chance: Chance, path: Path, kind: Kind = "person", **more: Any) -> Thing:
    """Of a random look that can be told from the ground."""
    height = {"person": (0.2, 0.36), "vehicle": (0.14, 0.26), "bag": (0.07, 0.11)}[kind]
    tone = chance.uniform(38, 85) * chance.choice((-1, 1))
    shadow = chance.uniform(0.55, 0.75) if chance.uniform() < 0.4 and kind != "bag" else 1.0
    colour = (float(chance.uniform(-28, 28)), float(chance.uniform(-28, 28)))
    return Thing(
        kind, path, float(chance.uniform(*height)), float(tone), colour, shadow=shadow, **more
    )


def pace(chance: Chance, kind: Kind = "person") -> float:
    """Widths of the frame a second."""
    return float(chance.uniform(0.14, 0.35) if kind == "vehicle" else chance.uniform(0.07, 0.16))


def pace_of(path: Path) -> float:
    """Of its last leg."""
    (began, one), (ended, other) = path.stations[-2:]
    return abs(other[0] - one[0]) / (ended - began)


def across(chance: Chance, begin_s: float, kind: Kind = "person", y: float | None = None) -> Path:
    """From one side of the picture to the other."""
    if y is None:
        y = float(chance.uniform(0.5, 0.92))
    slant = float(chance.uniform(-0.06, 0.06))
    ends: list[Point] = [(-0.2, y), (1.2, min(max(y + slant, 0.45), 0.97))]
    if chance.uniform() < 0.5:
        ends.reverse()
    return walk(begin_s, ends, pace(chance, kind))


def middle(chance: Chance) -> Rectangle:
    """A zone about the middle third of the width, over nearly all the height."""
    left, right = float(chance.uniform(0.28, 0.36)), float(chance.uniform(0.64, 0.72))
    return (left, 0.3, right, 1.0)


def polygon(zone: Rectangle) -> list[list[list[float]]]:
    """As a detector's property."""
    left, top, right, bottom = zone
    return [[[left, top], [right, top], [right, bottom], [left, bottom]]]


Disturb = Callable[[Chance, Script], Script]


def _noise(chance: Chance, made: Script) -> Script:
    return evolve(made, camera=(Noise(chance.uniform(5, 7.5)),))


def _coding(chance: Chance, made: Script) -> Script:
    step = chance.uniform(6, 12)
    return evolve(made, camera=(*made.camera, Coding(step, chance.uniform(1.5, 5))))


def _rain(chance: Chance, made: Script) -> Script:
    drops = int(chance.integers(40, 130))
    return evolve(made, weather=(Rain(drops, strength=chance.uniform(15, 30)),))


def _leaves(chance: Chance, made: Script) -> Script:
    size, sway = chance.uniform(0.2, 0.35), chance.uniform(1, 2.5)
    return evolve(made, scenery=(Leaves(size, sway),))


def _clouds(chance: Chance, made: Script) -> Script:
    return evolve(made, weather=(Clouds(chance.uniform(0.6, 0.8), chance.uniform(0.01, 0.03)),))


def _light(chance: Chance, made: Script) -> Script:
    gain = chance.uniform(0.6, 1.35)
    over_s = chance.uniform(10, 25)
    return evolve(made, weather=(Light(chance.uniform(2, 8), gain, over_s),))


def _switch(chance: Chance, made: Script) -> Script:
    gain, at_s = chance.choice((0.65, 0.75, 1.3)), chance.uniform(3, made.seconds - 3)
    return evolve(made, weather=(Light(at_s, float(gain)),))


def _exposure(chance: Chance, made: Script) -> Script:
    hunt = Exposure(chance.uniform(0.06, 0.15), chance.uniform(5, 12))
    return evolve(made, camera=(hunt, *made.camera))


def _shake(chance: Chance, made: Script) -> Script:
    return evolve(made, shake=Shake(chance.uniform(0.7, 2.2), chance.uniform(0.4, 3)))


def _screen(chance: Chance, made: Script) -> Script:
    return evolve(made, scenery=(Screen(chance.uniform(0.1, 0.2), chance.uniform(20, 45)),))


def _mains(chance: Chance, made: Script) -> Script:
    return evolve(made, weather=(Mains(chance.uniform(0.02, 0.06)),))


def _lamp(chance: Chance, made: Script) -> Script:
    return evolve(made, weather=(Lamp(chance.uniform(1.2, 1.5), chance.uniform(8, 15)),))


_DISTURB: tuple[Disturb, ...] = (
    _noise, _coding, _rain, _leaves, _clouds, _light, _switch, _exposure, _shake, _screen, _mains,
    _lamp,
)  # fmt: skip
_NOTHING = 4  # of all who are asked


def disturbed(chance: Chance, made: Script) -> tuple[Script, str]:
    """With one disturbance, and its name; some have none."""
    number = int(chance.integers(len(_DISTURB) + _NOTHING))
    if number >= len(_DISTURB):
        return made, "calm"
    disturb = _DISTURB[number]
    return disturb(chance, made), disturb.__name__.strip("_")
