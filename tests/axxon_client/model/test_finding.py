from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve

from axxon_client.model.bridge import Failure
from axxon_client.model.finding import Finder, Step
from axxon_client.model.session import Session
from protocol.devicetypes import Credential, NewCamera, NewDevice
from protocol.messages import (
    AddDevices,
    Changed,
    CloseChannel,
    DeviceTried,
    Discover,
    FoundNotice,
    Opened,
    TryDevice,
)
from protocol.types import FailureKind
from tests.fakes.devices import found, streams
from tests.fakes.requester import FakeRequester, make_session

CHANNEL = 7
ADMIN = Credential("admin", "secret-9")


def works(request: TryDevice) -> DeviceTried:
    offered = streams("192.0.2.101")
    camera = NewCamera("Dome", "1", offered[0].url, offered[1].url)
    new = NewDevice("Dome", request.driver, request.url, "admin", cameras=[camera])
    return DeviceTried(None, "It works.", 0, streams=offered, suggestion=new)


@pytest.fixture
def requester() -> FakeRequester:
    made = FakeRequester()
    made.answers[Discover] = lambda _request: Opened(CHANNEL)
    made.answers[TryDevice] = works
    made.answers[AddDevices] = lambda request: Changed(2, ["d"] * len(request.devices))
    made.answers[CloseChannel] = lambda _request: None
    return made


@pytest.fixture
def session(requester: FakeRequester) -> Session:
    return make_session(requester)


@pytest.fixture
def finder(session: Session) -> Iterator[Finder]:
    made = Finder(session)
    made.start()
    made.set_credentials([ADMIN])
    yield made
    made.close()


def find(session: Session, *numbers: int, channel: int = CHANNEL, **changes: Any) -> list[str]:
    devices = [evolve(found(number), **changes) for number in numbers]
    session.on_notice(FoundNotice(channel, devices))
    return [device.key for device in devices]


def test_found_devices_are_listed_new_ones_first(session: Session, finder: Finder) -> None:
    find(session, 1, device="d1")
    find(session, 2)
    assert [one.step for one in finder.finds()] == [Step.NEW, Step.ADDED]


def test_another_search_is_none_of_ours(session: Session, finder: Finder) -> None:
    find(session, 1, channel=8)
    assert finder.finds() == []


def test_a_device_that_says_more_later_keeps_what_was_chosen(
    session: Session, finder: Finder
) -> None:
    (key,) = find(session, 1)
    finder.tick([key], True)
    find(session, 1, model="Dome 6")
    (one,) = finder.finds()
    assert (one.ticked, one.device.model) == (True, "Dome 6")


def test_ticked_ones_are_tried_with_the_log_ins_and_added_with_the_one_that_was_taken(
    session: Session, finder: Finder, requester: FakeRequester
) -> None:
    keys = find(session, 1, 2, 3)
    finder.tick(keys[:2], True)
    finder.try_ticked()
    assert [request.credentials for request in requester.of(TryDevice)] == [[ADMIN], [ADMIN]]
    assert len(finder.ready) == 2
    added: list[int] = []
    finder.added.connect(added.append)
    finder.add()
    (request,) = requester.of(AddDevices)
    assert {(one.user, one.password) for one in request.devices} == {("admin", "secret-9")}
    assert added == [2]
    assert [one.step for one in finder.finds()] == [Step.NEW, Step.ADDED, Step.ADDED]


def test_name_and_streams_are_the_persons(
    session: Session, finder: Finder, requester: FakeRequester
) -> None:
    (key,) = find(session, 1)
    finder.tick([key], True)
    finder.try_ticked()
    finder.choose(key, name="Gate north", low="")
    finder.add()
    (request,) = requester.of(AddDevices)
    (new,) = request.devices
    assert new.name == "Gate north"
    assert new.cameras == [NewCamera("Gate north", "1", streams("192.0.2.101")[0].url, "")]


def test_a_refused_log_in_says_so_and_can_be_tried_again(
    session: Session, finder: Finder, requester: FakeRequester
) -> None:
    text = "takes none of the log-ins"
    requester.answers[TryDevice] = lambda _request: DeviceTried(FailureKind.LOGIN, text)
    (key,) = find(session, 1)
    finder.tick([key], True)
    finder.try_ticked()
    failed = finder.get(key)
    assert failed is not None
    assert (failed.step, failed.failure, failed.text) == (Step.FAILED, FailureKind.LOGIN, text)
    requester.answers[TryDevice] = works
    finder.try_ticked()
    assert len(finder.ready) == 1


def test_no_more_than_four_are_tried_at_once(
    session: Session, finder: Finder, requester: FakeRequester
) -> None:
    del requester.answers[TryDevice]
    finder.tick(find(session, *range(1, 11)), True)
    finder.try_ticked()
    assert len(requester.of(TryDevice)) == 4
    request, done, _failed = next(item for item in requester.open if type(item[0]) is TryDevice)
    assert done is not None
    done(works(request), b"")  # type: ignore[arg-type]
    assert len(requester.of(TryDevice)) == 5
    assert finder.busy


def test_compatibility_mode_is_tried_anew(
    session: Session, finder: Finder, requester: FakeRequester
) -> None:
    (key,) = find(session, 1)
    finder.tick([key], True)
    finder.try_ticked()
    finder.choose(key, compatibility=True)
    assert [request.compatibility for request in requester.of(TryDevice)] == [False, True]


@pytest.mark.parametrize(
    ("typed", "url", "driver", "place"),
    [
        ("192.0.2.9", "onvif://192.0.2.9", "onvif", "192.0.2.9"),
        ("dome.local:8000", "onvif://dome.local:8000", "onvif", "dome.local:8000"),
        ("axis://192.0.2.9", "axis://192.0.2.9", "axis", "192.0.2.9"),
        ("rtsp://a:b@192.0.2.9/1", "rtsp://a:b@192.0.2.9/1", "auto", "192.0.2.9"),
    ],
)
def test_a_typed_address_is_tried_by_what_it_says(
    finder: Finder, requester: FakeRequester, typed: str, url: str, driver: str, place: str
) -> None:
    key = finder.by_address(typed)
    (request,) = requester.of(TryDevice)
    assert (request.url, request.driver) == (url, driver)
    (ready,) = finder.ready
    assert (ready.key, ready.place) == (key, place)


def test_names_are_listed_by_their_numbers(session: Session, finder: Finder) -> None:
    for number in (10, 2, 1):
        find(session, number, name=f"Dome {number}")
    assert [one.shown_name for one in finder.finds()] == ["Dome 1", "Dome 2", "Dome 10"]


def test_a_port_of_its_own_is_told_with_the_host(session: Session, finder: Finder) -> None:
    find(session, 1, host="192.0.2.9", url="onvif://192.0.2.9:8080")
    assert [one.place for one in finder.finds()] == ["192.0.2.9:8080"]


def test_a_search_that_cannot_begin_is_told(session: Session, requester: FakeRequester) -> None:
    requester.answers[Discover] = lambda _request: Failure("no network")
    finder = Finder(session)
    told: list[str] = []
    finder.searching.connect(told.append)
    finder.start()
    assert told == ["no network"]
    finder.close()


def test_what_the_server_refuses_to_add_stays_ready(
    session: Session, finder: Finder, requester: FakeRequester
) -> None:
    requester.answers[AddDevices] = lambda _request: Failure("too many cameras")
    (key,) = find(session, 1)
    finder.tick([key], True)
    finder.try_ticked()
    told: list[str] = []
    finder.refused.connect(told.append)
    finder.add()
    assert told == ["too many cameras"]
    assert len(finder.ready) == 1


def test_closing_ends_the_search(session: Session, requester: FakeRequester) -> None:
    finder = Finder(session)
    finder.start()
    finder.close()
    assert requester.of(CloseChannel) == [CloseChannel(CHANNEL)]
    find(session, 1)
