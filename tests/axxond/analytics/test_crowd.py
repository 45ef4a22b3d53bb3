from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from axxond.analytics.crowd import share_out
from axxond.analytics.foreground import Scene
from axxond.analytics.matching import Area
from axxond.analytics.track import Track

STEP_US = 100_000


def scene_of(*things: Area, at: int = 1) -> Scene:
    mask = np.zeros((120, 160), np.uint8)
    for one in things:
        mask[int(one.top) : int(one.bottom), int(one.left) : int(one.right)] = 1
    luma = np.full_like(mask, 100)
    return cast(Scene, SimpleNamespace(mask=mask, luma=luma, time_us=at * STEP_US))


def blob_of(*things: Area) -> Area:
    blob = things[0]
    for one in things[1:]:
        blob = blob.joined(one)
    return blob


def tracks_of(*areas: Area) -> list[Track]:
    return [Track.begin(number, area, 0) for number, area in enumerate(areas, 1)]


def off(one: Track, area: Area) -> float:
    return max(abs(one.x.at - area.x), abs(one.bottom.at - area.bottom))


def test_those_who_share_a_blob_come_to_where_they_cover_it() -> None:
    things = Area(40, 30, 54, 70), Area(54, 34, 68, 76)
    group = tracks_of(Area(44, 28, 58, 68), Area(51, 32, 65, 74))
    for at in range(1, 6):
        for one in group:
            one.predict(STEP_US / 1e6, hidden=False)
        share_out(scene_of(*things, at=at), blob_of(*things), group)
    assert all(off(one, thing) < 1.5 for one, thing in zip(group, things, strict=True))
    assert all(one.seen_us == 5 * STEP_US for one in group)


def test_they_grow_as_the_blob_does() -> None:
    group = tracks_of(Area(40, 30, 54, 70), Area(54, 30, 68, 70))
    for at in range(1, 41):
        height = 40 + at / 2
        things = Area(40, 80 - height, 40 + 0.35 * height, 80), Area(54, 80 - height, 74, 80)
        share_out(scene_of(*things, at=at), blob_of(*things), group)
    for one in group:
        assert one.height == pytest.approx(60, abs=6)
        assert one.width / one.height == pytest.approx(14 / 40)


def test_who_joins_them_does_not_make_them_larger() -> None:
    group = tracks_of(Area(40, 30, 54, 70), Area(54, 30, 68, 70))
    things = Area(40, 30, 54, 70), Area(54, 30, 68, 70), Area(46, 62, 62, 110)
    share_out(scene_of(*things), blob_of(*things), group)
    assert all((one.width, one.height) == (14, 40) for one in group)
