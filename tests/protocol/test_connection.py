from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from protocol import connection as core
from protocol import messages as m
from protocol.codec import pack_reply, pack_value
from protocol.connection import (
    Answered,
    Asked,
    Connection,
    Greeted,
    Noticed,
    Refused,
    Reply,
    TokenBucket,
)
from protocol.errors import ErrorCode, ProtocolError
from protocol.framing import FrameKind, pack
from protocol.states import Side, State

SECOND = 1_000_000
LOGGED_IN = m.LoginReply("admin", "admin", [], "node", "Node", 0)


class Pair:
    """A client's and a server's core with a wire of no length between them."""

    def __init__(self, ready: bool = True) -> None:
        self.now = 0
        self.client = Connection(Side.CLIENT, core.hello("client"), 0)
        self.server = Connection(Side.SERVER, core.hello("server", "node", "Node"), 0)
        if ready:
            self.greet()
            (asked,) = self.to_server(self.client.request(m.Login("admin", "secret"))[1])
            self.to_client(self.server.reply(asked.number, LOGGED_IN))

    def greet(self) -> None:
        self.to_client(self.server.greet())
        self.to_server(self.client.greet())

    def to_server(self, data: bytes):
        return self.server.receive(data, self.now)

    def to_client(self, data: bytes):
        return self.client.receive(data, self.now)

    def raw(self, number: int, name: str, body: object) -> bytes:
        return pack(FrameKind.REQUEST, pack_value([number, "", name, body]))

    def answer_to(self, data: bytes) -> ProtocolError:
        """The error that the server's core answers by itself."""
        self.client._asked[99] = m.GetTree
        (reply,) = self.to_server(data)
        assert isinstance(reply, Reply)
        (refused,) = self.to_client(reply.data)
        assert isinstance(refused, Refused)
        return refused.error


def test_hello_agrees_on_the_highest_common_version() -> None:
    pair = Pair(ready=False)
    pair.server._hello = evolve(pair.server._hello, versions=[1, 2, 3])
    pair.client._hello = evolve(pair.client._hello, versions=[1, 2])
    (greeted,) = pair.to_server(pair.client.greet())
    assert isinstance(greeted, Greeted)
    assert greeted.version == pair.server.version == 2


def test_no_common_version_ends_it_with_both_lists() -> None:
    pair = Pair(ready=False)
    pair.client._hello = evolve(pair.client._hello, versions=[9])
    with pytest.raises(ProtocolError) as caught:
        pair.to_server(pair.client.greet())
    assert caught.value.code is ErrorCode.VERSION
    assert "[1]" in caught.value.text
    assert "[9]" in caught.value.text


def test_replies_find_their_requests_in_any_order() -> None:
    pair = Pair()
    numbers, asked = [], []
    for _ in range(3):
        number, data = pair.client.request(m.GetStatus(), node="node")
        numbers.append(number)
        asked += pair.to_server(data)
    assert [item.node for item in asked] == ["node"] * 3
    for item in reversed(asked):
        data = pair.server.reply(item.number, status(), b"payload")
        (answered,) = pair.to_client(data)
        assert answered == Answered(item.number, status(), b"payload")
    assert numbers == [item.number for item in asked]
    assert pair.server.in_flight == 0


def status() -> m.ServerStatus:
    return m.ServerStatus("n", "N", "s", 0, 0, [], 0.0, 0, 0, 0, 0)


def test_an_error_reaches_who_asked() -> None:
    pair = Pair()
    number, data = pair.client.request(m.GetTree())
    pair.to_server(data)
    error = ProtocolError(ErrorCode.NOT_FOUND, "no such thing", "cam1")
    (refused,) = pair.to_client(pair.server.refuse(number, error))
    assert (refused.number, refused.error.code, refused.error.obj, refused.error.text) == (
        number,
        ErrorCode.NOT_FOUND,
        "cam1",
        "no such thing",
    )


def test_an_answer_that_nobody_waits_for_is_dropped() -> None:
    pair = Pair()
    number, data = pair.client.request(m.GetTree())
    pair.to_server(data)
    pair.client.forget(number)
    assert pair.to_client(pair.server.reply(number, m.Tree(1, []))) == []


def test_a_wrong_request_is_refused_and_the_connection_goes_on() -> None:
    pair = Pair()
    assert pair.answer_to(pair.raw(99, "tree.burn", {})).code is ErrorCode.UNKNOWN_REQUEST
    error = pair.answer_to(pair.raw(99, "live.open", {"camera": 3}))
    assert (error.code, error.obj) == (ErrorCode.BAD_REQUEST, "camera")
    assert pair.answer_to(pair.raw(99, "tree.changed", {})).code is ErrorCode.UNKNOWN_REQUEST
    (asked,) = pair.to_server(pair.client.request(m.GetTree())[1])
    assert isinstance(asked, Asked)


def test_requests_before_the_log_in_are_refused() -> None:
    pair = Pair(ready=False)
    pair.greet()
    assert pair.answer_to(pair.raw(99, "tree.get", {})).code is ErrorCode.NOT_LOGGED_IN


def test_a_client_may_not_ask_before_log_in_either() -> None:
    pair = Pair(ready=False)
    pair.greet()
    with pytest.raises(ProtocolError):
        pair.client.request(m.GetTree())


@pytest.mark.parametrize(
    "data",
    [
        pack(FrameKind.REQUEST, pack_value([1, "", "tree.get"])),
        pack(FrameKind.REQUEST, pack_value([True, "", "tree.get", {}])),
        pack(FrameKind.REQUEST, pack_value([0, "", "tree.get", {}])),
        pack(FrameKind.REPLY, pack_value([5, "done", {}])),
        pack(FrameKind.ERROR, pack_value([5, "limit", "", ""])),
        pack(FrameKind.MEDIA, pack_value([1, 0, 0, 0, 0, 0, 0])),
        pack(FrameKind.NOTICE, pack_value(["", "event", {}])),
        pack(FrameKind.NOTICE, pack_value(["", "nonsense", {}])),
        pack(FrameKind.HELLO, pack_value({})),
    ],
)
def test_what_no_client_of_ours_says_ends_the_connection(data: bytes) -> None:
    pair = Pair()
    with pytest.raises(ProtocolError) as caught:
        pair.to_server(data)
    words = pair.server.last_words(caught.value)
    (refused,) = pair.to_client(words)
    assert refused.number == 0
    assert pair.client.state is pair.server.state is State.CLOSED


def test_a_number_still_unanswered_cannot_be_used_again() -> None:
    pair = Pair()
    data = pair.raw(7, "tree.get", {})
    pair.to_server(data)
    with pytest.raises(ProtocolError):
        pair.to_server(data)


def test_only_so_many_requests_at_once() -> None:
    pair = Pair()
    for _ in range(core.MAX_IN_FLIGHT):
        pair.to_server(pair.client.request(m.GetTree())[1])
    assert pair.answer_to(pair.raw(99, "tree.get", {})).code is ErrorCode.LIMIT
    pair.server.reply(2, m.Tree(1, []))
    (asked,) = pair.to_server(pair.client.request(m.GetTree())[1])
    assert isinstance(asked, Asked)


def test_two_log_ins_at_once_are_one_too_many() -> None:
    pair = Pair(ready=False)
    pair.greet()
    body = {"user": "a", "password": "b"}
    pair.to_server(pair.raw(1, "login", body))
    assert pair.answer_to(pair.raw(99, "login", body)).code is ErrorCode.LIMIT


def test_too_many_requests_a_second_are_refused_and_more_end_it() -> None:
    pair = Pair()
    codes = set()
    ping = pair.raw(99, "ping", {})
    for _ in range(core.MAX_BURST + 10):
        (reply,) = pair.to_server(ping)
        codes.add(reply.data[3])
    assert codes == {FrameKind.REPLY, FrameKind.ERROR}
    with pytest.raises(ProtocolError) as caught:
        pair.to_server(ping * core.MAX_OVERDRAFT)
    assert caught.value.code is ErrorCode.THROTTLED
    assert pair.server.last_words(caught.value)


def test_a_payload_is_limited_by_who_sends_it() -> None:
    pair = Pair()
    large = bytes(65 << 10)
    (noticed,) = pair.to_client(pair.server.notify(m.Done(), large))
    assert noticed == Noticed("", m.Done(), large)
    with pytest.raises(ProtocolError):
        pair.to_server(pair.client.request(m.GetTree(), large)[1])


def test_a_reply_too_large_for_the_other_side_is_not_sent() -> None:
    pair = Pair()
    pair.to_server(pair.raw(7, "tree.get", {}))
    with pytest.raises(ProtocolError) as caught:
        pair.server.reply(7, m.Tree(1, []), bytes((32 << 20) + 1))
    assert caught.value.code is ErrorCode.LIMIT


def test_a_reply_of_the_wrong_kind_ends_the_connection() -> None:
    pair = Pair()
    number, _ = pair.client.request(m.GetTree())
    with pytest.raises(ProtocolError):
        pair.to_client(pack(FrameKind.REPLY, pack_reply(number, m.Done())))


def test_notices_of_a_newer_server_are_passed_over() -> None:
    pair = Pair()
    assert pair.to_client(pack(FrameKind.NOTICE, pack_value(["", "weather", {}]))) == []


def test_media_is_packed_once_for_all() -> None:
    one, two = Pair(), Pair()
    frame = m.MediaFrame(3, 1, 0, True, False, 10, 9, 40_000, b"picture")
    data = core.pack_media(frame)
    assert one.to_client(data) == two.to_client(data) == [frame]


# --- keep-alive ---


def test_a_silent_side_is_pinged_and_its_answer_counts() -> None:
    pair = Pair()
    pair.now = core.PING_AFTER_US + 1
    ping = pair.server.due(pair.now)
    (reply,) = pair.to_client(ping)
    assert pair.to_server(reply.data) == []
    assert pair.server.due(pair.now + core.PING_AFTER_US) == b""


def test_a_ping_is_sent_once_an_interval() -> None:
    pair = Pair()
    assert pair.client.due(core.PING_AFTER_US + 1)
    assert not pair.client.due(core.PING_AFTER_US + 2)
    assert pair.client.due(2 * core.PING_AFTER_US + 2)


def test_a_dead_side_is_given_up() -> None:
    pair = Pair()
    with pytest.raises(ProtocolError) as caught:
        pair.server.due(core.DEAD_AFTER_US + 1)
    assert caught.value.code is ErrorCode.UNAVAILABLE


def test_a_stranger_must_log_in_in_time() -> None:
    pair = Pair(ready=False)
    pair.greet()
    assert pair.server.due(SECOND) == b""
    pair.now = core.LOGIN_WITHIN_US - 1
    pair.to_server(pair.raw(1, "ping", {}))
    with pytest.raises(ProtocolError) as caught:
        pair.server.due(core.LOGIN_WITHIN_US + 1)
    assert caught.value.code is ErrorCode.NOT_LOGGED_IN


# --- fuzz ---


@given(st.lists(st.binary(max_size=60), max_size=10), st.booleans())
def test_no_bytes_make_the_core_fail(pieces: list[bytes], ready: bool) -> None:
    pair = Pair(ready)
    for piece in pieces:
        try:
            pair.to_server(piece)
        except ProtocolError:
            return


@given(st.data())
def test_no_change_of_good_bytes_makes_the_core_fail(data: st.DataObject) -> None:
    pair = Pair()
    good = bytearray(
        pair.client.request(m.ChangeTree([m.Change("cam1", properties={"a": [1, 2]})]))[1]
        + pair.client.notify(m.Credit(1, 5))
        + pair.client.request(m.QueryJournal(phrase="x"))[1]
    )
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        happenings = pair.to_server(bytes(good))
    except ProtocolError:
        return
    assert all(isinstance(item, (Asked, Noticed, Reply)) for item in happenings)


@given(st.lists(st.integers(0, 3 * SECOND), max_size=300))
def test_a_bucket_gives_no_more_than_rate_and_burst(steps: list[int]) -> None:
    bucket, now, given_ = TokenBucket(5, 10), 0, 0
    for step in steps:
        now += step
        given_ += bucket.take(now)
    assert given_ <= 10 + 5 * now / SECOND + 1e-6
