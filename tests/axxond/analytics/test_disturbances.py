"""What a scene's light and a camera's mast do, and what of the objects stays known through it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from axxond.analytics.chain import Chain
from axxond.analytics.light import Light
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.steady import Steady
from axxond.base.errors import ConfigError
from tests.fakes.scenes.camera import Infrared, Noise, Shake
from tests.fakes.scenes.paths import walk
from tests.fakes.scenes.script import Script, shots
from tests.fakes.scenes.things import Thing
from tests.fakes.scenes.weather import Clouds, Lamp, Mains, Weather
from tests.fakes.scenes.weather import Light as Switch

PLANE = Plane.of(320, 180)
VISIT = walk(3, [(-0.1, 0.8), (0.5, 0.8), (1.1, 0.8)], 0.15, (0, 10))
VISITOR = Thing("person", VISIT, 0.3, 70, (-20, 30))


def run(script: Script, kind: str, **given: Any) -> list[DetectorEvent]:
    chain = Chain([DetectorSettings("d1", kind, given), DetectorSettings("t", "tracker")])
    found = [chain.frame(shot.luma, shot.time_us, shot.chroma) for shot in shots(script)]
    return [event for findings in found if findings is not None for event in findings.events]


@pytest.mark.parametrize("weather", [Lamp(1.6, 60, 10), Switch(10, 0.6), Switch(10, 1.4)])
def test_who_stands_there_when_a_lamp_is_switched_stays_known(weather: Weather) -> None:
    script = Script(7, 24, things=(VISITOR,), weather=(weather,))
    events = run(script, "loitering", time_s=8, zones=[[[0.3, 0], [0.7, 0], [0.7, 1], [0.3, 1]]])
    assert len({event.object_id for event in events}) == 1
    assert events[0].time_us / 1e6 == pytest.approx(3 + 2.7 + 8, abs=1)


@pytest.mark.parametrize("weather", [Lamp(1.6, 4), Switch(6, 0.5, 0, 12), Switch(3, 1.5, 15)])
@pytest.mark.parametrize("kind", ["motion", "motion_in_area", "quality_loss", "position_change"])
def test_a_change_of_light_is_no_event(weather: Weather, kind: str) -> None:
    assert run(Script(8, 25, weather=(weather,)), kind) == []


@pytest.mark.parametrize("kind", ["motion", "motion_in_area", "quality_loss", "position_change"])
def test_the_turn_to_infrared_and_back_is_no_event(kind: str) -> None:
    script = Script(9, 25, camera=(Infrared(8, 18), Noise(3)))
    assert run(script, kind) == []


@pytest.mark.parametrize("weather", [Mains(0.045), Lamp(1.35, 0.3)])
def test_who_walks_under_lamps_that_flicker_is_seen(weather: Weather) -> None:
    script = Script(8, 12, things=(VISITOR,), weather=(weather,))
    first, *_ = run(script, "motion")
    assert first.time_us / 1e6 == pytest.approx(4, abs=0.8)


@pytest.mark.parametrize("pace", [0.15, 0.3])
@pytest.mark.parametrize("weather", [Lamp(1.6, 60, 5), Switch(5, 0.6), Switch(5, 1.4)])
def test_who_walks_while_a_lamp_is_switched_stays_whole(weather: Weather, pace: float) -> None:
    way = walk(5 - 0.6 / pace, [(-0.1, 0.8), (1.1, 0.8)], pace)
    walker = Thing("person", way, 0.3, 70, (-20, 30))
    chain = Chain([DetectorSettings("t", "tracker")])
    seen = []
    for shot in shots(Script(7, 6.5, things=(walker,), weather=(weather,))):
        chain.frame(shot.luma, shot.time_us, shot.chroma)
        if chain.scene is not None and shot.time_us > 4_500_000:
            left, top, right, bottom = shot.boxes[0]
            seen.append(float(chain.scene.mask[top:bottom, left:right].mean()))
    assert min(seen) > 0.3


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("kind", ["motion", "motion_in_area"])
def test_clouds_that_drift_are_no_event(kind: str, seed: int) -> None:
    assert run(Script(seed, 30, weather=(Clouds(0.55, 0.05),)), kind) == []


def test_a_light_that_was_there_a_moment_ago_is_no_change() -> None:
    light = Light(PLANE)
    dim = PLANE.new()
    PLANE.picture(dim)[:] = next(shots(Script(3, 1))).luma // 2 + 20
    bright = dim + dim // 3
    jumps = []
    for number in range(60):
        light.feed(bright if number % 4 > 1 or number >= 40 else dim, number * 100_000)
        jumps.append(light.jumped)
    assert [number for number, jumped in enumerate(jumps) if jumped] == [2]
    light.feed(dim, 60 * 100_000)
    assert light.jumped


def test_a_surface_of_light_is_taken_back() -> None:
    light = Light(PLANE)
    script = Script(3, 1, weather=(Lamp(1.7, 60, 0.25),))
    first, *_, last = (shot.luma for shot in shots(script))
    padded = [PLANE.new(), PLANE.new()]
    for whole, luma in zip(padded, (first, last), strict=True):
        PLANE.picture(whole)[:] = luma
    light.feed(padded[0], 0)
    out = PLANE.picture(light.feed(padded[1], 100_000)).astype(int)
    assert light.jumped
    bright = np.abs(last.astype(int) - first)
    assert np.percentile(bright, 70) > 30
    assert np.percentile(np.abs(out - first), 70) < 9
    light.feed(padded[1], 200_000)
    assert not light.jumped


def test_a_swaying_camera_gives_a_steady_picture() -> None:
    steady = Steady(PLANE)
    script = Script(5, 4, shake=Shake(4, 1.1), camera=(Noise(1),))
    before, after = [], []
    known = None
    for shot in shots(script):
        whole = PLANE.new()
        PLANE.picture(whole)[:] = shot.luma
        out = PLANE.picture(steady.feed(whole)).astype(int)
        known = out.copy() if known is None else known
        inner = slice(10, -10), slice(10, -10)
        before.append(np.abs(shot.luma.astype(int) - known)[inner].mean())
        after.append(np.abs(out - known)[inner].mean())
    assert max(before) > 6
    assert max(after) < 2.5


def test_a_mast_in_the_wind_is_no_motion_unless_the_antishaker_is_off() -> None:
    script = Script(6, 20, shake=Shake(5, 1.5, 8, 14))
    chain = Chain([DetectorSettings("d1", "motion_in_area")])
    shown = [chain.frame(shot.luma, shot.time_us) for shot in shots(script)]
    assert [one for one in shown if one is not None and one.events] == []
    off = DetectorSettings("t", "tracker", {"antishaker": False})
    chain = Chain([DetectorSettings("d1", "motion_in_area"), off])
    shown = [chain.frame(shot.luma, shot.time_us) for shot in shots(script)]
    assert [one for one in shown if one is not None and one.events] != []
    with pytest.raises(ConfigError, match="antishaker"):
        Chain([DetectorSettings("t", "tracker", {"antishaker": "yes"})])
