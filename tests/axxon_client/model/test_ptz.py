from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from axxon_client.model.bridge import Failure
from axxon_client.model.ptz import Steering, centring, framing
from axxon_client.model.session import Session
from protocol.devicetypes import Preset, PtzHolder
from protocol.messages import (
    Change,
    Done,
    GetPtz,
    GoPreset,
    MovePtz,
    PtzNotice,
    PtzState,
    SetPreset,
    StopPtz,
)
from protocol.types import Capability, ObjectKind
from tests.fakes.requester import FakeRequester, accept_changes, make_session, record

CAMERA = "camera1"


@pytest.fixture
def requester() -> FakeRequester:
    made = FakeRequester()
    capabilities = [Capability.PTZ, Capability.PRESETS]
    made.answers[GetPtz] = lambda request: PtzState(
        PtzHolder(request.camera), None, [Preset("p1", "Door")], capabilities
    )
    for kind in (MovePtz, StopPtz, GoPreset, SetPreset):
        made.answers[kind] = lambda _request: Done()
    return made


@pytest.fixture
def session(requester: FakeRequester) -> Session:
    made = make_session(requester)
    made.on_notice(PtzNotice([PtzHolder(CAMERA)]))
    return made


@pytest.fixture
def steering(qtbot: QtBot, session: Session) -> Steering:
    made = Steering(session)
    made.show(CAMERA)
    return made


def moves(requester: FakeRequester) -> list[Any]:
    return [one for one in requester.asked if isinstance(one, MovePtz | StopPtz)]


def test_what_the_camera_can_is_asked_once_it_is_shown(steering: Steering) -> None:
    assert steering.can(Capability.PTZ)
    assert not steering.can(Capability.HOME)
    assert [preset.name for preset in steering.presets] == ["Door"]


def test_a_camera_without_telemetry_is_not_asked(
    session: Session, requester: FakeRequester
) -> None:
    Steering(session).show("camera2")
    assert requester.of(GetPtz) == []


def test_a_moving_stick_says_no_more_than_ten_words_a_second_and_the_last_one(
    qtbot: QtBot, steering: Steering, requester: FakeRequester
) -> None:
    steering.speed = 1.0
    for step in range(1, 11):
        steering.move(step / 10, 0.0, 0.0)
    assert moves(requester) == [MovePtz(CAMERA, 0.1, 0.0, 0.0)]
    qtbot.waitUntil(lambda: len(moves(requester)) == 2)
    assert moves(requester)[-1] == MovePtz(CAMERA, 1.0, 0.0, 0.0)


def test_a_held_stick_is_said_again_before_the_server_stops_the_camera(
    qtbot: QtBot, steering: Steering, requester: FakeRequester
) -> None:
    steering.speed = 0.5
    steering.move(1.0, 0.0, 0.0)
    qtbot.waitUntil(lambda: len(moves(requester)) >= 3, timeout=3000)
    assert set(moves(requester)) == {MovePtz(CAMERA, 0.5, 0.0, 0.0)}


def test_letting_go_stops_at_once_and_only_once(
    steering: Steering, requester: FakeRequester
) -> None:
    steering.move(0.0, 1.0, 0.0)
    steering.move(0.0, 0.0, 0.0)
    steering.move(0.0, 0.0, 0.0)
    assert [type(one) for one in moves(requester)] == [MovePtz, StopPtz]


def test_another_camera_is_not_left_moving(steering: Steering, requester: FakeRequester) -> None:
    steering.move(1.0, 0.0, 0.0)
    steering.show("")
    assert moves(requester)[-1] == StopPtz(CAMERA)


def test_a_refusal_is_told_and_ends_the_moving(
    steering: Steering, requester: FakeRequester
) -> None:
    requester.answers[MovePtz] = lambda _request: Failure("anna steers it now", "conflict")
    told: list[str] = []
    steering.told.connect(told.append)
    steering.move(1.0, 0.0, 0.0)
    assert told == ["anna steers it now"]
    steering.move(0.0, 0.0, 0.0)
    assert [type(one) for one in moves(requester)] == [MovePtz]


def test_who_steers_is_known_until_it_is_free(steering: Steering, session: Session) -> None:
    later_us = session.clock.now_us() + 10_000_000
    session.on_notice(PtzNotice([PtzHolder(CAMERA, "anna", 50, later_us)]))
    assert steering.held_by_other == "anna"
    session.on_notice(PtzNotice([PtzHolder(CAMERA, session.user, 50, later_us)]))
    assert steering.held_by_other == ""


def test_a_saved_place_is_in_the_list_at_once(
    steering: Steering, requester: FakeRequester
) -> None:
    before = len(requester.of(GetPtz))
    steering.set_preset("Till")
    assert requester.of(SetPreset) == [SetPreset(CAMERA, "Till", "")]
    assert len(requester.of(GetPtz)) == before + 1


def test_a_patrol_is_planned_stop_by_stop(
    steering: Steering, session: Session, requester: FakeRequester
) -> None:
    telemetry = record("ptz1", ObjectKind.TELEMETRY, CAMERA, "PTZ", patrol=[])
    session.store.update(9, [telemetry], [])
    taken = accept_changes(requester, session)
    steering.plan("p1", 10)
    wanted = {"patrol": [{"preset": "p1", "dwell_s": 10}]}
    assert taken == [Change("ptz1", properties=wanted, revision=1)]
    assert steering.stops == {"p1": 10}
    steering.plan("p1", None)
    assert taken[-1].properties == {"patrol": []}


def test_points_and_rectangles_become_shifts() -> None:
    assert centring(0.5, 0.5) == (0.0, 0.0)
    assert centring(1.0, 0.0) == (0.5, 0.5)
    assert framing(0.25, 0.25, 0.5, 0.5) == (0.0, 0.0, 2.0)
    assert framing(0.0, 0.0, 0.0, 0.0)[2] == 100.0
