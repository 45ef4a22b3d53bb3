"""The suite's machinery, and a few of its scenes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from axxond.analytics.kinds import is_of_sound
from axxond.analytics.offline_config import KINDS
from tests.bench.synthetic import disturbances, situations, states
from tests.bench.synthetic.__main__ import chosen
from tests.bench.synthetic.catalogue import DEVELOPMENT, HELD_OUT, Entry, entries
from tests.bench.synthetic.runner import outcome, scores

ENTRIES = list(entries(DEVELOPMENT))
QUIET = disturbances.MAKERS
SAMPLE = ("line_crossing", "appearance", "loitering", "shadows", "signal_loss", "noise")


def first(name: str, fits: Callable[[Entry], bool] = lambda _: True) -> Entry:
    return next(one for one in ENTRIES if one.name == name and fits(one))


def test_there_are_two_hundred_scenes_and_each_kind_of_detector_is_asked() -> None:
    assert len(ENTRIES) >= 200
    asked = {kind for one in ENTRIES[::7] for kind, _ in one.case().asked}
    assert asked == {kind for kind in KINDS if not is_of_sound(kind)}


def test_every_action_has_something_to_find_somewhere() -> None:
    for make in (*situations.MAKERS, *states.MAKERS):
        cases = [one.case() for one in ENTRIES if one.name == make.__name__]
        assert sum(len(case.expected) for case in cases) >= 5, make.__name__


def test_a_case_is_the_same_each_time_and_another_in_another_block() -> None:
    entry = first("line_crossing")
    assert entry.case() == entry.case()
    other = next(one for one in entries(HELD_OUT) if one.name == "line_crossing")
    assert other.case().script.seed != entry.case().script.seed


@pytest.mark.parametrize("name", SAMPLE)
def test_the_first_scene_of_a_kind_is_told_right(name: str) -> None:
    found = outcome(first(name))
    assert (found.missed, found.false) == ((), ())
    (score,) = (one for kind, one in scores([found]).items() if kind == found.asked[0])
    assert (score.recall, score.false_an_hour) == (1, 0)


def test_scenes_are_chosen_by_name_number_and_detector() -> None:
    assert [one.name for one in chosen(HELD_OUT, ["clouds", "lamp/3"])] == ["clouds"] * 7 + [
        "lamp"
    ]
    asked = {one.name for one in chosen(DEVELOPMENT, ["abandoned_object", "appearance_in_area"])}
    assert asked == {"abandoned_object", "appearance", *(make.__name__ for make in QUIET)}
    assert len(chosen(DEVELOPMENT, [])) == len(ENTRIES)
    with pytest.raises(ValueError, match="nothing_such"):
        chosen(DEVELOPMENT, ["nothing_such"])
