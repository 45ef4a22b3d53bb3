"""Detectors where their stream is decoded: what they are told between two packets."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from axxond.analytics.port import DetectorSettings
from axxond.analytics.watching import (
    Change,
    Close,
    Discard,
    Listening,
    LookAway,
    Looking,
    Thrift,
    Trying,
)
from axxond.media.packet import Packet
from axxond.stream.stage import Recipe, Stage
from protocol.types import Phase
from tests.fakes.coded import packets
from tests.fakes.scene import Mover, SceneScript, shots

BEGIN_US = 1_700_000_000_000_000
PERSON = Mover(at=(-20, 70), speed=(60, 0), size=(18, 44), grey=190, enter_s=3, leave_s=9)
MOTION = (DetectorSettings("d1", "motion", {"hold_s": 1}),)


@pytest.fixture(scope="module")
def walk() -> list[Packet]:
    """12 s at 10 pictures a second: a person from 3 s to 8.7 s."""
    script = SceneScript(movers=(PERSON,))
    return packets((shot.time_us, shot.luma) for shot in shots(script, 12, BEGIN_US))


def made(recipe: Recipe[Any]) -> Stage[Any]:
    """As in another process."""
    travelled: Recipe[Any] = pickle.loads(pickle.dumps(recipe))
    return travelled.stage()


def fed(stage: Stage[Any], given: list[Packet]) -> list[Any]:
    return [result for packet in given for result in stage.feed(packet)]


def test_a_detector_that_is_tried_out_gives_way_too(walk: list[Packet]) -> None:
    stage = made(Trying(MOTION))
    all_of_them = len(fed(stage, walk[:40]))
    stage.told(Thrift(4))
    few = len(fed(stage, walk[40:80]))
    stage.told(Thrift())
    again = len(fed(stage, walk[80:]))
    assert all_of_them == 40
    assert 9 <= few <= 11
    assert 36 <= again <= 40, "the next was not due for a moment"
    stage.told(Thrift(1, Discard.NON_KEY))
    fed(stage, walk[80:])
    assert stage.stats.frames < 40 + 120


def test_a_detector_that_is_tried_out_may_change(walk: list[Packet]) -> None:
    stage = made(Trying(MOTION))
    fed(stage, walk[:60])
    stage.told(Change((DetectorSettings("d2", "motion", {"hold_s": 1}),)))
    events = [event for glimpse in fed(stage, walk[60:]) for event in glimpse.events]
    assert [(event.detector_id, event.phase) for event in events] == [
        ("d1", Phase.END),
        ("d2", Phase.BEGIN),
        ("d2", Phase.END),
    ]


def test_the_last_word_ends_what_is_going_on(walk: list[Packet]) -> None:
    stage = made(Looking(MOTION))
    fed(stage, walk[:60])
    (findings,) = stage.told(Close(BEGIN_US + 6_500_000))
    assert [(one.phase, one.time_us) for one in findings.events] == [
        (Phase.END, BEGIN_US + 6_500_000)
    ]


def test_nothing_is_seen_while_the_camera_turns(walk: list[Packet]) -> None:
    stage = made(Looking(MOTION))
    stage.told(LookAway(BEGIN_US + 20_000_000))
    assert not [event for found in fed(stage, walk) for event in found.events]


def test_ears_need_not_be_told_what_eyes_are() -> None:
    stage = made(Listening((DetectorSettings("d1", "audio_noise", {}),)))
    assert list(stage.told(Thrift(4))) == list(stage.told(LookAway(5))) == []
    assert list(stage.told(Close(BEGIN_US))) == []


@pytest.mark.parametrize("recipe", [Looking(MOTION), Listening(()), Trying(MOTION)])
def test_an_unknown_word_is_an_error(recipe: Recipe[Any]) -> None:
    with pytest.raises(TypeError, match="does not know"):
        made(recipe).told("what?")
