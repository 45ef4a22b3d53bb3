from __future__ import annotations

from axxon_client.model.bridge import Failure
from axxon_client.model.session import ServerClock, Session
from axxon_client.net.states import LinkPhase, LinkState
from protocol.messages import (
    ControlCamera,
    EventNotice,
    GetTree,
    Ping,
    StatusNotice,
    SystemNotice,
    TreeChanged,
)
from protocol.types import EventRecord, ObjectKind, Phase, Right, Severity
from tests.fakes.requester import NOW_US, FakeRequester, make_session, no_signal, status


def test_after_log_in_tree_schema_and_alarms_are_there(session: Session) -> None:
    assert session.loaded
    assert len(session.store.cameras()) == 3
    assert ObjectKind.DETECTOR in session.store.schema
    assert session.may(Right.CONFIGURE)


def test_a_viewer_may_less(requester: FakeRequester) -> None:
    session = make_session(requester, rights=frozenset({Right.LIVE}))
    assert not session.may(Right.CONFIGURE)


def test_notices_reach_their_models(session: Session) -> None:
    session.on_notice(StatusNotice([no_signal("camera1")]))
    session.on_notice(SystemNotice(NOW_US, 12.0, 1, 2, 3, 1))
    session.on_notice(TreeChanged(2, [], ["camera3"], "admin"))
    assert session.statuses.totals().no_signal == ["camera1"]
    assert session.statuses.system is not None
    assert [camera.id for camera in session.store.cameras()] == ["camera1", "camera2"]


def test_events_are_passed_on(session: Session) -> None:
    heard: list[EventRecord] = []
    session.happened.connect(heard.append)
    event = EventRecord(1, NOW_US, "a.b", Severity.INFO, Phase.INSTANT, "x", "X", "text")
    session.on_notice(EventNotice(event))
    assert heard == [event]


def test_a_delta_older_than_the_tree_is_ignored(session: Session) -> None:
    session.store.update(5, [], [])
    session.on_notice(TreeChanged(4, [], ["camera3"], "admin"))
    assert session.store.get("camera3") is not None


def test_a_server_that_comes_back_is_asked_for_everything_anew(
    requester: FakeRequester, session: Session
) -> None:
    assert len(requester.of(GetTree)) == 1
    session.on_link(LinkState(LinkPhase.LOST, "cable"))
    assert session.lost
    session.on_link(LinkState(LinkPhase.CONNECTING))
    session.on_link(LinkState(LinkPhase.READY))
    assert not session.lost
    assert len(requester.of(GetTree)) == 2


def test_a_refusal_that_nobody_waits_for_is_told(
    requester: FakeRequester, session: Session
) -> None:
    told: list[Failure] = []
    session.trouble.connect(told.append)
    requester.answers[ControlCamera] = lambda _m: Failure("Your role lacks the right.")
    requester.answers[Ping] = lambda _m: Failure("heard by its asker")
    session.control("camera1", "arm")
    session.request(Ping(), None, lambda _f: None)
    assert [failure.text for failure in told] == ["Your role lacks the right."]


def test_totals_count_what_the_top_bar_shows(session: Session) -> None:
    session.statuses.update([no_signal("camera1"), status("camera2", alarm=True)])
    totals = session.statuses.totals()
    assert (totals.cameras, totals.online, totals.recording) == (3, 2, 2)
    assert totals.alarms == ["camera2"]


def test_only_states_that_differ_are_told(session: Session) -> None:
    told: list[frozenset[str]] = []
    session.statuses.changed.connect(told.append)
    session.statuses.update([status("camera1"), no_signal("camera2")])
    assert told == [frozenset({"camera2"})]


def test_the_servers_clock_goes_on_between_its_notices() -> None:
    clock = ServerClock()
    clock.set(NOW_US)
    first = clock.now_us()
    assert NOW_US <= first <= clock.now_us() < NOW_US + 60_000_000
