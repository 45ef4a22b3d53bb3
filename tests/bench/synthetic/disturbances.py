"""Cases in which nothing happens but what must not be told: each under all detectors at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from tests.bench.synthetic.case import Case
from tests.bench.synthetic.chances import Chance, script
from tests.fakes.scenes.camera import Coding, Exposure, Infrared, Noise, Shake
from tests.fakes.scenes.script import Script
from tests.fakes.scenes.weather import (
    Clouds,
    Lamp,
    Leaves,
    Light,
    Mains,
    Rain,
    Screen,
    Shadows,
    Snow,
)

SECONDS = 60.0

_LINES = [[[0.5, 0.0], [0.5, 1.0]], [[0.0, 0.6], [1.0, 0.6]]]
ALL: tuple[tuple[str, dict[str, Any]], ...] = (
    ("motion", {}),
    ("motion_in_area", {}),
    ("stop_in_area", {"time_s": 2}),
    ("line_crossing", {"lines": _LINES}),
    ("appearance_in_area", {}),
    ("disappearance_in_area", {}),
    ("abandoned_object", {"time_s": 15}),
    ("loitering", {"time_s": 10}),
    ("multiple_objects", {"count": 1}),
    ("position_change", {}),
    ("quality_loss", {}),
    ("signal_loss", {}),
)


def _of(chance: Chance, **more: Any) -> Script:
    return evolve(script(chance, SECONDS), **more)


def sudden_light(chance: Chance) -> Script:
    at_s = chance.uniform(10, 20)
    gain = float(chance.choice((0.4, 0.6, 1.4, 1.7)))
    return _of(chance, weather=(Light(at_s, gain, 0, at_s + chance.uniform(5, 30)),))


def gradual_light(chance: Chance) -> Script:
    gain = float(chance.choice((0.3, 0.5, 1.5)))
    return _of(chance, weather=(Light(5, gain, chance.uniform(10, 40)),))


def lamp(chance: Chance) -> Script:
    return _of(chance, weather=(Lamp(chance.uniform(1.3, 1.8), chance.uniform(5, 15)),))


def clouds(chance: Chance) -> Script:
    return _of(chance, weather=(Clouds(chance.uniform(0.5, 0.75), chance.uniform(0.02, 0.06)),))


def shadows(chance: Chance) -> Script:
    return _of(chance, weather=(Shadows(chance.uniform(0.55, 0.75), chance.uniform(8, 15)),))


def rain(chance: Chance) -> Script:
    drops = int(chance.integers(80, 260))
    return _of(chance, weather=(Rain(drops, strength=chance.uniform(20, 45)),))


def snow(chance: Chance) -> Script:
    flakes = int(chance.integers(60, 200))
    return _of(chance, weather=(Snow(flakes, chance.uniform(40, 80)),))


def leaves(chance: Chance) -> Script:
    sway = chance.uniform(1.5, 4)
    return _of(chance, scenery=(Leaves(chance.uniform(0.25, 0.5), sway),))


def screens(chance: Chance) -> Script:
    return _of(chance, scenery=(Screen(chance.uniform(0.1, 0.3), chance.uniform(25, 60)),))


def mains(chance: Chance) -> Script:
    return _of(chance, weather=(Mains(chance.uniform(0.03, 0.1)),))


def shake(chance: Chance) -> Script:
    return _of(chance, shake=Shake(chance.uniform(1, 4), chance.uniform(0.3, 4)))


def gusts(chance: Chance) -> Script:
    at_s = chance.uniform(15, 30)
    swing = Shake(chance.uniform(2, 5), chance.uniform(0.5, 3), at_s, at_s + chance.uniform(3, 15))
    return _of(chance, shake=swing)


def infrared(chance: Chance) -> Script:
    at_s = chance.uniform(12, 20)
    turn = Infrared(at_s, at_s + 25, chance.uniform(0.5, 1.1), chance.uniform(0.3, 0.9))
    return _of(chance, camera=(turn, Noise(chance.uniform(2, 6))))


def coding(chance: Chance) -> Script:
    code = Coding(chance.uniform(8, 18), chance.uniform(1, 5))
    return _of(chance, camera=(Noise(chance.uniform(2, 6)), code))


def noise(chance: Chance) -> Script:
    return _of(chance, camera=(Noise(chance.uniform(7, 13)),))


def exposure(chance: Chance) -> Script:
    hunt = Exposure(chance.uniform(0.1, 0.3), chance.uniform(4, 12))
    return _of(chance, camera=(hunt, Noise()))


MAKERS: tuple[Callable[[Chance], Script], ...] = (
    sudden_light, gradual_light, lamp, clouds, shadows, rain, snow, leaves, screens, mains, shake,
    gusts, infrared, coding, noise, exposure,
)  # fmt: skip


def case(make: Callable[[Chance], Script], chance: Chance) -> Case:
    return Case(make.__name__, make(chance), ALL, quiet=True)
