"""What was left, and who stays behind: known through what passes, in noise, out of a group."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from axxond.analytics.chain import Chain
from axxond.analytics.port import DetectorEvent, DetectorSettings
from protocol.types import Phase
from tests.fakes.scenes.camera import Noise, Shake
from tests.fakes.scenes.paths import stay, walk
from tests.fakes.scenes.script import Script, shots
from tests.fakes.scenes.things import Thing

COMES_AND_GOES = walk(2, [(-0.1, 0.75), (0.5, 0.75), (1.1, 0.75)], 0.15, (0, 2.5))
OWNER = Thing("person", COMES_AND_GOES, 0.26, -50, (-14, -18))
PUT_S = 7.5
BAG = Thing("bag", stay(PUT_S, 60, (0.56, 0.76)), 0.1, 65, (12, -24))
VEHICLE = Thing("vehicle", walk(17, [(1.3, 0.86), (-0.3, 0.86)], 0.2), 0.22, -80, (20, 4))


def run(script: Script, kind: str, **given: Any) -> list[DetectorEvent]:
    chain = Chain([DetectorSettings("d1", kind, given)])
    found = [chain.frame(shot.luma, shot.time_us, shot.chroma) for shot in shots(script)]
    return [event for findings in found if findings is not None for event in findings.events]


@pytest.mark.parametrize("seed", [2, 3, 5])
def test_a_vehicle_that_passes_before_a_bag_does_not_take_it_along(seed: int) -> None:
    script = Script(seed, 36, things=(OWNER, BAG, VEHICLE))
    (begin,) = run(script, "abandoned_object", time_s=15)[:1]
    assert begin.phase is Phase.BEGIN
    assert 15 + PUT_S < begin.time_us / 1e6 < 15 + PUT_S + 8


@pytest.mark.parametrize("level", [4, 8])
def test_a_bag_is_found_in_strong_noise(level: float) -> None:
    script = Script(4, 34, things=(OWNER, BAG), camera=(Noise(level),))
    (begin,) = run(script, "abandoned_object", time_s=15)[:1]
    assert 15 + PUT_S < begin.time_us / 1e6 < 15 + PUT_S + 8


@pytest.mark.parametrize("seed", [2, 3, 5])
def test_who_stays_behind_when_two_part_is_an_object(seed: int) -> None:
    """They come in as one blob, one half before the other; one stops, the other goes on."""
    stays = walk(3, [(-0.1, 0.5), (0.25, 0.5)], 0.13, (0, 12))
    goes = walk(2.6, [(-0.1, 0.64), (0.8, 0.64)], 0.13, (0, 8))
    things = (
        Thing("person", stays, 0.33, -70, (13, 16)),
        Thing("person", goes, 0.32, -60, (-8, -4)),
    )
    chain = Chain([DetectorSettings("t", "tracker")])
    counts = []
    for shot in shots(Script(seed, 12, things=things)):
        chain.frame(shot.luma, shot.time_us, shot.chroma)
        if 7 <= shot.time_us / 1e6 < 9:
            counts.append(sum(one.moved and not one.hidden for one in chain.objects))
    assert np.median(counts) == 2


@pytest.mark.parametrize("pace", [0.15, 0.25])
def test_what_settled_keeps_its_number_and_its_place_when_a_vehicle_hides_it(pace: float) -> None:
    comes = walk(2, [(-0.1, 0.8), (0.5, 0.8)], 0.15, (0, 30))
    passes = walk(12, [(1.3, 0.88), (-0.3, 0.88)], pace)
    things = (
        Thing("person", comes, 0.2, -47, (-14, -19)),
        Thing("vehicle", passes, 0.24, -81, (0, -25)),
    )
    chain = Chain([DetectorSettings("t", "tracker")])
    standing: set[int] = set()
    for shot in shots(Script(3, 25, things=things)):
        chain.frame(shot.luma, shot.time_us, shot.chroma)
        if 10 <= shot.time_us / 1e6 < 11 or shot.time_us / 1e6 >= 24:
            standing |= {one.id for one in chain.objects if 0.4 < one.foot[0] < 0.6}
    assert len(standing) == 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_who_soon_stands_while_the_other_one_goes_on_is_an_object(seed: int) -> None:
    """They come in as one blob, which parts before it has walked for long."""
    stays = walk(2.4, [(-0.2, 0.5), (0.2, 0.5)], 0.17, (0, 12))
    goes = walk(2, [(-0.2, 0.64), (0.9, 0.64)], 0.14)
    things = (
        Thing("person", stays, 0.27, 58, (-6, 16)),
        Thing("person", goes, 0.29, -67, (3, -13)),
    )
    chain = Chain([DetectorSettings("t", "tracker")])
    counts = []
    for shot in shots(Script(seed, 9, things=things)):
        chain.frame(shot.luma, shot.time_us, shot.chroma)
        if shot.time_us >= 6e6:
            counts.append(sum(one.moved and not one.hidden for one in chain.objects))
    assert np.median(counts) == 2


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("row", [0.86, 0.88])
def test_legs_and_a_shadow_that_pass_before_a_bag_do_not_move_it(seed: int, row: float) -> None:
    passes = walk(10, [(-0.2, row), (1.2, row)], 0.1)
    passer = Thing("person", passes, 0.26, -74, (-17, 15), shadow=0.62)
    bag = Thing("bag", stay(4, 60, (0.6, 0.78)), 0.08, 75, (12, -24))
    chain = Chain([DetectorSettings("t", "tracker")])
    since = set()
    for shot in shots(Script(seed, 24, things=(bag, passer))):
        chain.frame(shot.luma, shot.time_us, shot.chroma)
        if shot.time_us >= 9e6:
            since |= {one.still_us for one in chain.objects if not one.moved}
    assert len(since) == 1


def test_a_bag_and_the_legs_before_it_are_no_new_thing() -> None:
    passer = Thing("person", walk(10, [(-0.2, 0.85), (1.2, 0.85)], 0.125), 0.35, -77, shadow=0.56)
    bag = Thing("bag", stay(4, 60, (0.43, 0.77)), 0.08, 58, (25, 22))
    chain = Chain([DetectorSettings("t", "tracker")])
    for shot in shots(Script(1, 24, fps=12.5, place="yard", things=(bag, passer))):
        chain.frame(shot.luma, shot.time_us, shot.chroma)
    (one,) = chain.objects
    assert (one.id, one.moved, one.still_us) == (1, False, 4_000_000)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_shadow_that_falls_on_a_bag_does_not_set_it_going(seed: int) -> None:
    """It is seen with the bag for a moment; then who throws it hides the bag."""
    passes = walk(9, [(-0.1, 0.87), (1.1, 0.87)], 0.09)
    passer = Thing("person", passes, 0.3, 47, (-15, 5), shadow=0.69)
    bag = Thing("bag", stay(4, 60, (0.5, 0.8)), 0.09, 44, (24, 18))
    chain = Chain([DetectorSettings("t", "tracker")])
    for shot in shots(Script(seed, 18, things=(bag, passer))):
        chain.frame(shot.luma, shot.time_us, shot.chroma)
    (one,) = (one for one in chain.objects if one.foot[0] < 0.6)
    assert (one.moved, one.still_us) == (False, 4_000_000)
    assert abs(one.foot[1] - 0.8) < 0.03


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("reach_px", [0.86, 1.4])
def test_a_bag_is_known_soon_though_the_camera_shakes(seed: int, reach_px: float) -> None:
    bag = Thing("bag", stay(4, 60, (0.56, 0.76)), 0.09, 80, (12, -24))
    chain = Chain([DetectorSettings("t", "tracker")])
    for shot in shots(Script(seed, 6, things=(bag,), shake=Shake(reach_px, 1.5))):
        chain.frame(shot.luma, shot.time_us, shot.chroma)
    (one,) = chain.objects
    assert (one.moved, one.still_us) == (False, 4_000_000)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_owner_who_goes_on_slowly_leaves_the_bag_behind(seed: int) -> None:
    comes_and_goes = walk(2, [(-0.1, 0.8), (0.45, 0.8), (1.1, 0.8)], 0.08, (0, 2.5))
    owner = Thing("person", comes_and_goes, 0.34, 63, (-2, 27))
    leaves_s = comes_and_goes.stations[2][0]
    bag = Thing("bag", stay(leaves_s - 1, 60, (0.51, 0.81)), 0.1, 61, (14, 21))
    script = Script(seed, leaves_s + 4, 352, 288, place="room", things=(owner, bag))
    chain = Chain([DetectorSettings("t", "tracker")])
    for shot in shots(script):
        chain.frame(shot.luma, shot.time_us, shot.chroma)
    (goes,) = (one for one in chain.objects if one.moved)
    assert goes.box.w < 0.15


@pytest.mark.parametrize("pace", [0.125, 0.15])
def test_a_bag_that_was_seen_with_its_owner_gets_its_own_size(pace: float) -> None:
    comes_and_goes = walk(2, [(-0.1, 0.75), (0.5, 0.75), (1.1, 0.75)], pace, (0, 2.5))
    leaves_s = comes_and_goes.stations[2][0]
    owner = Thing("person", comes_and_goes, 0.27, 66, (25, 3), shadow=0.6)
    bag = Thing("bag", stay(leaves_s - 1, 60, (0.56, 0.76)), 0.11, -68, (12, -24))
    chain = Chain([DetectorSettings("t", "tracker")])
    for shot in shots(Script(1, leaves_s + 5, fps=12.5, place="yard", things=(owner, bag))):
        chain.frame(shot.luma, shot.time_us, shot.chroma)
    (one,) = chain.objects
    assert one.box.h < 0.13


def test_a_bag_of_which_a_half_is_hidden_for_a_moment_is_as_large_as_before() -> None:
    """Who hides it looks like the ground there."""
    chain = Chain([DetectorSettings("t", "tracker")])
    widths = []
    for shot in shots(Script(3, 9)):
        at_s, luma = shot.time_us / 1e6, shot.luma.copy()
        if at_s >= 3:
            luma[104:128, 150 : 162 if at_s >= 8 else 174] = 215
        chain.frame(luma, shot.time_us, shot.chroma)
        if at_s >= 8:
            widths += [round(one.box.w * 320) for one in chain.objects]
    assert set(widths) == {24}
