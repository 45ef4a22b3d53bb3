"""Shadows and colours, on rendered scenes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from attrs import evolve

from axxond.analytics.chain import Chain
from axxond.analytics.colours import Colours, as_rgb
from axxond.analytics.objects import TrackedObject
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorEvent, DetectorSettings
from tests.fakes.scenes.backdrop import Place
from tests.fakes.scenes.paths import walk
from tests.fakes.scenes.script import Script, Shot, shots
from tests.fakes.scenes.things import Thing
from tests.fakes.scenes.weather import Shadows

WAY = walk(3, [(-0.1, 0.7), (1.1, 0.7)], 0.15)
WALKER = Thing("person", WAY, 0.3, 70, (-20, 30))


def run(
    script: Script, kind: str, with_colour: bool = True
) -> tuple[list[DetectorEvent], list[tuple[Shot, tuple[TrackedObject, ...]]]]:
    chain = Chain([DetectorSettings("d1", kind)])
    events: list[DetectorEvent] = []
    points = []
    for shot in shots(script):
        chroma = shot.chroma if with_colour else None
        findings = chain.frame(shot.luma, shot.time_us, chroma)
        if findings is not None:
            events += findings.events
            moving = tuple(one for one in chain.objects if one.moved and not one.hidden)
            points.append((shot, moving))
    return events, points


def test_a_shadow_that_passes_is_nothing_where_there_is_colour() -> None:
    script = Script(5, 20, weather=(Shadows(0.6, 6),))
    assert run(script, "motion_in_area")[0] == []
    assert run(script, "motion_in_area", with_colour=False)[0] != []


@pytest.mark.parametrize("light", [0.55, 0.7])
def test_a_walkers_box_is_without_the_shadow(light: float) -> None:
    script = Script(4, 10, things=(evolve(WALKER, shadow=light),))
    over = []
    for shot, (point, *_) in _seen(run(script, "motion_in_area")[1]):
        left, _, right, _ = shot.boxes[0]
        over.append(point.box.w * script.width / (right - left))
    assert len(over) > 20
    assert np.median(over) < 1.4


@pytest.mark.parametrize(("place", "seed"), [("room", 4), ("room", 8), ("street", 4)])
def test_dark_legs_beside_a_shadow_stay(place: Place, seed: int) -> None:
    way = walk(2, [(-0.1, 0.7), (0.5, 0.7), (1.1, 0.7)], 0.2, (0, 10))
    dark = Thing("person", way, 0.24, -41, (24, 4), shadow=0.74)
    chain = Chain([DetectorSettings("d1", "motion_in_area")])
    legs = []
    for shot in shots(Script(seed, 14, place=place, things=(dark,))):
        chain.frame(shot.luma, shot.time_us, shot.chroma)
        if chain.scene is not None and shot.time_us > 6_500_000:
            left, top, right, bottom = shot.boxes[0]
            legs.append(chain.scene.mask[bottom - (bottom - top) // 3 : bottom, left:right].mean())
    assert min(legs) > 0.15
    assert np.mean(legs) > 0.4


@pytest.mark.parametrize(
    ("tint", "channel"), [((-20.0, 30.0), 0), ((-25.0, -25.0), 1), ((35.0, -10.0), 2)]
)
def test_a_track_tells_the_things_colour(tint: tuple[float, float], channel: int) -> None:
    script = Script(4, 8, things=(evolve(WALKER, colour=tint),))
    colours = [point.colour for _, (point, *_) in _seen(run(script, "motion_in_area")[1])]
    assert colours
    for colour in colours[10:]:
        assert colour is not None
        assert max(range(3), key=lambda at: colour[at]) == channel


def test_without_colour_planes_there_is_none() -> None:
    script = Script(4, 8, things=(WALKER,))
    for _, points in run(script, "motion_in_area", with_colour=False)[1]:
        assert all(point.colour is None for point in points)


def _seen(
    frames: list[tuple[Shot, tuple[TrackedObject, ...]]],
) -> Iterator[tuple[Shot, tuple[TrackedObject, ...]]]:
    """Frames in which the thing is wholly in the picture and told."""
    for shot, points in frames:
        left, _, right, _ = shot.boxes.get(0, (0, 0, 0, 0))
        if points and 5 < left < right < 315:
            yield shot, points


@pytest.mark.parametrize(("across", "down"), [(2, 2), (2, 1), (1, 1)])
@pytest.mark.parametrize("size", [(640, 360), (350, 200), (1281, 721)])
def test_colour_planes_of_all_usual_sizes_are_brought_to_cells(
    across: int, down: int, size: tuple[int, int]
) -> None:
    width, height = size
    plane = Plane.of(width, height)
    colours = Colours(plane)
    shape = -(-height // down), -(-width // across)
    colours.feed((np.full(shape, 90, np.uint8), np.full(shape, 170, np.uint8)))
    assert colours.now is not None
    wide, tall = plane.width // 2, plane.height // 2
    assert np.all(colours.now[0, :tall, :wide] == 90)
    assert np.all(colours.now[1, :tall, :wide] == 170)


def test_colour_planes_of_odd_sizes_are_left_alone() -> None:
    colours = Colours(Plane.of(640, 360))
    for shape in ((90, 160), (360, 320)[::-1], (5, 5), (360, 160)):
        colours.feed((np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)))
        assert colours.now is None


@pytest.mark.parametrize(
    ("ycc", "rgb"),
    [
        ((16, 128, 128), (0, 0, 0)),
        ((235, 128, 128), (255, 255, 255)),
        ((81, 90, 240), (255, 0, 0)),
        ((41, 240, 110), (0, 0, 255)),
    ],
)
def test_colours_are_those_of_bt_601(
    ycc: tuple[float, float, float], rgb: tuple[int, int, int]
) -> None:
    assert as_rgb(*ycc) == pytest.approx(rgb, abs=2)
