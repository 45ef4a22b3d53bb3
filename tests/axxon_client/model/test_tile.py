from __future__ import annotations

import pytest
from attrs import evolve

from axxon_client.model.tile import Action, Frame, Mode, TileState, absence, frame
from protocol.types import DeviceState, FailureKind
from tests.fakes.requester import NOW_US, no_signal, status

LIVE = TileState("camera1", "1 Door", status=status("camera1"), has_picture=True, now_us=NOW_US)


def test_the_frame_tells_armed_from_disarmed() -> None:
    assert frame(LIVE) is Frame.ARMED
    assert frame(evolve(LIVE, status=status("camera1", armed=False))) is Frame.DISARMED
    assert frame(TileState()) is Frame.NONE


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("frozen", [True, False])
def test_alarm_wins_over_archive_and_snapshot(mode: Mode, frozen: bool) -> None:
    assert frame(evolve(LIVE, mode=mode, frozen=frozen, alarm=True)) is Frame.ALARM


def test_a_snapshot_wins_over_archive() -> None:
    archive = evolve(LIVE, mode=Mode.ARCHIVE)
    assert frame(archive) is Frame.ARCHIVE
    assert frame(evolve(archive, frozen=True)) is Frame.SNAPSHOT


def test_with_a_picture_there_is_nothing_to_explain() -> None:
    assert absence(LIVE) is None
    assert absence(TileState()) is None


def test_a_wrong_password_is_named_with_its_time_and_the_way_to_enter_it() -> None:
    said = absence(evolve(LIVE, status=no_signal("camera1"), has_picture=False))
    assert said is not None
    assert said.title.startswith("No signal since ")
    assert "Wrong user name or password" in said.detail
    assert said.action is Action.SETTINGS
    assert said.label == "Enter password"


@pytest.mark.parametrize("failure", list(FailureKind))
def test_every_failure_has_a_remedy(failure: FailureKind) -> None:
    said = absence(evolve(LIVE, status=no_signal("camera1", failure), has_picture=False))
    assert said is not None
    assert said.detail.count(".") >= 2


def test_waiting_for_the_first_picture_turns_a_spinner() -> None:
    said = absence(evolve(LIVE, has_picture=False))
    assert said is not None
    assert said.busy
    assert said.title == "Connecting…"


def test_a_hole_in_the_archive_offers_the_nearest_recording() -> None:
    said = absence(evolve(LIVE, mode=Mode.ARCHIVE, no_footage=True, has_picture=False))
    assert said is not None
    assert said.title == "No recording at this time"
    assert said.action is Action.NEAREST


def test_a_device_that_is_off_can_be_switched_on() -> None:
    off = status("camera1", state=DeviceState.DISABLED)
    said = absence(evolve(LIVE, status=off, has_picture=False))
    assert said is not None
    assert said.action is Action.ENABLE


def test_a_lost_server_is_said_even_over_an_old_picture() -> None:
    said = absence(evolve(LIVE, link_lost=True))
    assert said is not None
    assert said.title == "Server lost"


def test_a_snapshot_stays_to_be_studied_when_the_camera_goes() -> None:
    frozen = evolve(LIVE, frozen=True, status=no_signal("camera1"), link_lost=True)
    assert absence(frozen) is None
