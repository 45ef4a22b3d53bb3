from __future__ import annotations

import asyncio
import logging

import attrs
import pytest

from axxond.base.errors import ConfigError
from axxond.events.types import USER_DENIED, USER_LOGOUT
from axxond.server.handlers import HANDLERS
from axxond.server.listener import Server
from protocol import messages as m
from protocol.codec import REQUESTS
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import AlarmState, ObjectKind, ObjectRecord, Right
from tests.axxond.server.examples import EXAMPLES
from tests.fakes.system import RIGHTS, FakeSystem, camera_status

# What needs a right although its class says none.
EXTRA_RIGHTS = {m.ChangePassword: Right.USERS}
# No such channel or job: refused, but not for want of a right.
NOT_FOUND = {
    m.SeekPlayback,
    m.CloseChannel,
    m.CancelExport,
    m.DeleteExport,
    m.FetchExport,
    m.ChangePreview,
}


async def refusal(client, message) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        await client.ask(message)
    return caught.value


def test_every_request_has_a_handler_and_an_example() -> None:
    assert set(HANDLERS) == set(REQUESTS.values()) - {m.Ping}
    assert set(EXAMPLES) == set(REQUESTS.values())


async def test_log_in_tells_who_one_is(client, stranger, server: Server) -> None:
    somebody = await stranger()
    reply = await somebody.ask(m.Login("viewer", "viewerviewer"))
    assert (reply.user, reply.role, reply.node) == ("viewer", "viewer", "node-1")
    assert set(reply.rights) == RIGHTS["viewer"]
    assert somebody.wire.peer_hello.node_name == "Test server"
    assert server.clients == 1


async def test_a_wrong_password_and_a_wrong_name_read_the_same(stranger) -> None:
    somebody = await stranger()
    name = await refusal(somebody, m.Login("nobody", "nobodynobody"))
    password = await refusal(somebody, m.Login("admin", "nimda"))
    assert name.code is password.code is ErrorCode.LOGIN_FAILED
    assert name.text == password.text


async def test_one_connection_has_few_log_ins(stranger) -> None:
    somebody = await stranger()
    codes = [(await refusal(somebody, m.Login("admin", "x"))).code for _ in range(6)]
    assert codes == [ErrorCode.LOGIN_FAILED] * 5 + [ErrorCode.THROTTLED]


@pytest.mark.parametrize("cls", set(EXAMPLES) - {m.Ping, m.Login}, ids=lambda cls: cls.NAME)
async def test_nothing_is_answered_before_log_in(stranger, cls) -> None:
    assert (await refusal(await stranger(), EXAMPLES[cls])).code is ErrorCode.NOT_LOGGED_IN


@pytest.mark.parametrize("user", RIGHTS)
@pytest.mark.parametrize("cls", set(EXAMPLES) - {m.Ping, m.Login}, ids=lambda cls: cls.NAME)
async def test_a_request_takes_its_right(client, system: FakeSystem, cls, user: str) -> None:
    somebody = await client(user)
    right = EXTRA_RIGHTS.get(cls, cls.RIGHT)
    if right is not None and right not in RIGHTS[user]:
        error = await refusal(somebody, EXAMPLES[cls])
        assert error.code is ErrorCode.FORBIDDEN
        assert right.value in error.text
        denied = [event for event in system.events if event.type is USER_DENIED]
        assert [(event.user, cls.NAME in event.text) for event in denied] == [(user, True)]
    elif cls in NOT_FOUND:
        assert (await refusal(somebody, EXAMPLES[cls])).code is ErrorCode.NOT_FOUND
    else:
        assert isinstance(await somebody.ask(EXAMPLES[cls]), cls.REPLY)


async def test_denials_are_journalled_but_flood_nothing(client, system: FakeSystem) -> None:
    somebody = await client("viewer")
    for _ in range(50):
        await refusal(somebody, m.ControlCamera("cam1", "arm"))
    denied = [event for event in system.events if event.type is USER_DENIED]
    assert 20 <= len(denied) < 50


async def test_one_changes_ones_own_password_without_a_right(client, system: FakeSystem) -> None:
    somebody = await client("viewer")
    await somebody.ask(m.ChangePassword("new-secret", old="viewerviewer"))
    assert system.auth.changed == [("viewer", "new-secret")]


async def test_users_are_changed_by_their_own_right_only(client, system, monkeypatch) -> None:
    rights = {"admin": frozenset(Right) - {Right.USERS}}
    monkeypatch.setattr("tests.fakes.system.RIGHTS", rights)
    somebody = await client("admin")
    for change in (
        m.Change("user1", name="root"),
        m.Change("", kind="role", parent="node", name="gods"),
        m.Change("user1", kind="camera", remove=True),
    ):
        assert (await refusal(somebody, m.ChangeTree([change]))).code is ErrorCode.FORBIDDEN
    assert system.tree.applied == []


async def test_a_guard_sees_no_accounts(client, system: FakeSystem) -> None:
    admin, viewer = await client("admin"), await client("viewer")
    kinds = [{obj.kind for obj in (await who.ask(m.GetTree())).objects} for who in (admin, viewer)]
    assert kinds[0] - kinds[1] == {ObjectKind.USER}
    for who in (admin, viewer):
        await who.ask(m.Subscribe(["tree"]))
    await admin.ask(m.ChangeTree([m.Change("cam1", name="Door")]))
    told: list[list[ObjectRecord]] = []
    for who in (admin, viewer):
        await who.until(lambda who=who: who.notices(m.TreeChanged))
        told.append(who.notices(m.TreeChanged)[0].changed)
    assert len(told[0]) == 3
    assert len(told[1]) == 2


async def test_a_request_for_another_server_is_refused(client) -> None:
    somebody = await client()
    with pytest.raises(ProtocolError) as caught:
        await somebody.wire.request(m.GetTree(), node="node-2")
    assert caught.value.code is ErrorCode.NOT_FOUND
    await somebody.wire.request(m.GetTree(), node="node-1")


async def test_errors_of_the_house_name_object_and_field(client, system: FakeSystem) -> None:
    system.journal.fault = ConfigError("3 is too small", "cam1", "number")
    error = await refusal(await client(), m.QueryJournal())
    assert (error.code, error.obj, error.text) == (
        ErrorCode.INVALID,
        "cam1.number",
        "3 is too small",
    )


async def test_our_faults_are_logged_with_the_reference_told(client, system, caplog) -> None:
    somebody = await client()
    system.journal.fault = RuntimeError("secret detail")
    with caplog.at_level(logging.ERROR):
        error = await refusal(somebody, m.QueryJournal())
    assert error.code is ErrorCode.INTERNAL
    assert "secret" not in error.text
    assert error.text.split()[-1] in caplog.text
    system.journal.fault = None
    await somebody.ask(m.QueryJournal())


async def test_sessions_end_when_their_user_is_changed(client, system: FakeSystem) -> None:
    admin, viewer = await client("admin"), await client("viewer")
    system.auth.revoked.tell("viewer")
    await viewer.wire.wait_closed()
    assert viewer.ended[0].code is ErrorCode.NOT_LOGGED_IN
    await admin.ask(m.GetTree())


async def test_a_log_out_is_published(client, system: FakeSystem, server: Server) -> None:
    somebody = await client("viewer")
    out = asyncio.Event()
    system.bus.listen(lambda event: out.set())
    somebody.wire.close()
    await asyncio.wait_for(out.wait(), 10)
    assert [event.user for event in system.events if event.type is USER_LOGOUT] == ["viewer"]
    assert server.clients == 0


async def test_only_so_many_strangers_from_one_address(stranger, server: Server) -> None:
    server._settings = attrs.evolve(server._settings, max_strangers=2)
    await stranger()
    await stranger()
    with pytest.raises(ProtocolError) as caught:
        await stranger()
    assert caught.value.code is ErrorCode.LIMIT


@pytest.mark.parametrize(
    "message",
    [
        m.GetTimeLine("cam1", 5, 5),
        m.QueryJournal(limit=0),
        m.QueryJournal(before_id=-1),
        m.QueryJournal(begin_us=-1),
        m.GetPicture("cam1", 1 << 62),
        m.QueryAlarms(limit=1001),
        m.EvaluateAlarm("alarm1", AlarmState.PENDING),
        m.EvaluateAlarm("alarm1", AlarmState.FALSE, "x" * 2001),
        m.ControlCamera("cam1", "explode"),
        m.Export("cam1", 0, 1, form="gif"),
        m.Export("cam1", 1, 1),
        m.Export("cam1", 0, 1, every_us=-1),
        m.OpenPlayback("cam1", 0, credit_bytes=-1),
        m.Subscribe(["weather"]),
    ],
    ids=repr,
)
async def test_values_out_of_range_are_refused(client, message: m.Request) -> None:
    assert (await refusal(await client(), message)).code is ErrorCode.INVALID


async def test_subscribing_sends_the_present_and_then_the_changes(client, system) -> None:
    somebody = await client()
    await somebody.ask(m.Subscribe(["status", "alarms"]))
    await somebody.until(lambda: somebody.notices(m.AlarmNotice))
    assert len(somebody.notices(m.StatusNotice)[0].cameras) == 2
    system.cameras.status.tell(camera_status("cam2"))
    system.cameras.status.tell(camera_status("cam2", recording=True))
    await somebody.until(lambda: len(somebody.notices(m.StatusNotice)) == 2)
    (changed,) = somebody.notices(m.StatusNotice)[1].cameras
    assert (changed.camera, changed.recording) == ("cam2", True)
    await somebody.until(lambda: somebody.notices(m.SystemNotice))


async def test_who_is_behind_gets_the_whole_state_later(client, system, server, monkeypatch):
    somebody = await client()
    await somebody.ask(m.Subscribe(["status"]))
    await somebody.until(lambda: somebody.notices(m.StatusNotice))
    monkeypatch.setattr("axxond.server.feeds._BEHIND_BYTES", -1)
    system.cameras.status.tell(camera_status("cam2", recording=True))
    (session,) = server._sessions
    async with asyncio.timeout(10):
        while not session.status_stale:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.01)
    monkeypatch.undo()
    await somebody.until(lambda: len(somebody.notices(m.StatusNotice)) == 2)
    assert len(somebody.notices(m.StatusNotice)[1].cameras) == 2


async def test_events_need_the_right_to_the_journal(client, monkeypatch) -> None:
    monkeypatch.setattr("tests.fakes.system.RIGHTS", {"viewer": frozenset({Right.LIVE})})
    error = await refusal(await client("viewer"), m.Subscribe(["status", "events"]))
    assert error.code is ErrorCode.FORBIDDEN


async def test_a_client_says_no_notice_but_credit(client) -> None:
    somebody = await client()
    somebody.wire.notify(m.ChannelNotice(1, "end"))
    await somebody.wire.wait_closed()
    assert somebody.ended[0].code is ErrorCode.BAD_REQUEST
