"""Blobs beside and above each other, drawn by hand."""

from __future__ import annotations

import pytest

from axxond.analytics.foreground import Scene
from axxond.analytics.matching import Area
from axxond.analytics.pieces import is_upright, with_pieces
from axxond.analytics.track import Track
from axxond.base.units import SECOND_US
from tests.axxond.analytics.still import still

BODY = Area(99, 50, 117, 80)
LEGS = Area(102, 85, 114, 110)
NOTHING = Area(0, 0, 0, 0)


def at(now_s: float, changed: Area = NOTHING) -> Scene:
    scene = still(round(now_s * SECOND_US))
    left, top, right, bottom = map(int, changed)
    scene.luma[top:bottom, left:right] += 40
    return scene


def joined(track: Track, blob: Area, piece: Area, now_s: float) -> list[Area]:
    return with_pieces(at(now_s), [blob, piece], {0: [track]})


def test_the_legs_of_a_young_body_are_a_piece_of_it() -> None:
    track = Track.begin(1, BODY, 0)
    assert joined(track, BODY, LEGS, 0.5) == [Area(99, 50, 117, 110), NOTHING]


def test_what_comes_under_one_known_for_long_is_another() -> None:
    track = Track.begin(1, BODY, 0)
    assert joined(track, BODY, LEGS, 3) == [BODY, LEGS]


@pytest.mark.parametrize(
    "other",
    [
        Area(112, 85, 124, 110),  # beside
        Area(102, 95, 114, 120),  # too far below
        Area(80, 85, 136, 110),  # much wider: what it stands on, or a vehicle
        Area(102, 82, 114, 130),  # both together are too slim for one
    ],
)
def test_what_cannot_be_its_legs_is_no_piece(other: Area) -> None:
    track = Track.begin(1, BODY, 0)
    assert joined(track, BODY, other, 0.5) == [BODY, other]


def test_what_lies_where_the_thing_is_expected_is_a_piece_of_it() -> None:
    whole = Area(99, 50, 117, 110)
    track = Track.begin(1, whole, 0)
    assert joined(track, BODY, LEGS, 9) == [whole, NOTHING]


def test_what_stays_beside_what_goes_on_is_no_piece_of_it() -> None:
    walker, bag = Area(110, 50, 125, 110), Area(99, 95, 109, 110)
    track = Track.begin(1, Area(99, 50, 125, 110), 0)
    assert with_pieces(at(9), [walker, bag], {0: [track]}) == [walker.joined(bag), NOTHING]
    assert with_pieces(at(9, walker), [walker, bag], {0: [track]}) == [walker, bag]


def test_the_legs_of_who_moves_and_stands_are_a_piece_of_him() -> None:
    whole = Area(99, 50, 117, 110)
    track = Track.begin(1, whole, 0)
    assert with_pieces(at(9, BODY), [BODY, LEGS], {0: [track]}) == [whole, NOTHING]


def test_two_people_side_by_side_are_no_pieces_of_one() -> None:
    track = Track.begin(1, Area(100, 50, 134, 112), 0)
    people = [Area(100, 50, 115, 90), Area(116, 52, 134, 112)]
    assert joined(track, *people, 9) == people


def test_a_blob_of_two_tracks_takes_no_pieces() -> None:
    whole = Area(99, 50, 117, 110)
    group = [Track.begin(number, whole, 0) for number in (1, 2)]
    assert with_pieces(at(9), [BODY, LEGS], {0: group}) == [BODY, LEGS]


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (Area(0, 0, 10, 30), True),
        (Area(0, 0, 10, 20), False),  # not tall enough beside somebody of 50 px
        (Area(0, 0, 30, 30), False),
    ],
)
def test_upright_is_taller_than_wide_and_about_as_tall_as_the_other(
    one: Area, wanted: bool
) -> None:
    assert is_upright(one, 50) is wanted
