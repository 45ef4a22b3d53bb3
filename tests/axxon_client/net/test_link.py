from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from axxon_client.net import link as link_module
from axxon_client.net.errors import LinkError, LinkFailure
from axxon_client.net.link import ServerLink, waits
from axxon_client.net.states import LinkPhase
from axxon_client.net.trust import TrustStore
from axxon_client.net.wire import ChannelMessage
from protocol.errors import ProtocolError
from protocol.messages import (
    ChangePassword,
    ChannelNotice,
    CloseChannel,
    Credit,
    Done,
    GetTree,
    MediaFrame,
    OpenLive,
    OpenPlayback,
    SeekPlayback,
    Subscribe,
)
from protocol.types import StreamRole
from tests.axxon_client.net.fake_wire import FakeServer, frame


class Ear:
    """A listener that writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def reset(self) -> None:
        self.heard.append("reset")

    def media(self, item: MediaFrame) -> None:
        self.heard.append(item.pts_us)

    def message(self, message: ChannelMessage) -> None:
        self.heard.append(message.NAME)

    def lost(self, reason: str) -> None:
        self.heard.append(f"lost: {reason}")


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def link(server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServerLink:
    monkeypatch.setattr(link_module, "_FIRST_RETRY_S", 0.001)
    return ServerLink("host", 1, TrustStore(tmp_path / "pins.json"), server.dial)


async def until(link: ServerLink, phase: LinkPhase) -> None:
    """Wait for a state by its notice."""
    if link.state.phase is phase:
        return
    reached = asyncio.Event()
    before = link.on_state

    def hear(state: object) -> None:
        before(link.state)
        if link.state.phase is phase:
            reached.set()

    link.on_state = hear
    await reached.wait()
    link.on_state = before


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_log_in_passes_the_states_in_order(link: ServerLink) -> None:
    phases: list[LinkPhase] = []
    link.on_state = lambda state: phases.append(state.phase)
    reply = await link.open("root", "right")
    await link.close()
    assert reply.user == "root"
    assert phases == ["connecting", "logging-in", "ready", "offline"]


async def test_a_wrong_password_is_refused_and_not_tried_again(
    link: ServerLink, server: FakeServer
) -> None:
    with pytest.raises(LinkError) as caught:
        await link.open("root", "wrong", keep_trying=True)
    await settle()
    assert caught.value.failure is LinkFailure.LOGIN
    assert link.state.phase is LinkPhase.REFUSED
    assert len(server.wires) == 1
    assert server.wire.closed
    await link.close()


async def test_an_unreachable_server_is_tried_again_when_asked_to(
    link: ServerLink, server: FakeServer
) -> None:
    server.dial_errors = [LinkError(LinkFailure.UNREACHABLE, "host:1 refuses connections.")] * 3
    with pytest.raises(LinkError, match="refuses connections"):
        await link.open("root", "right", keep_trying=True)
    await until(link, LinkPhase.READY)
    await link.close()


async def test_an_unreachable_server_is_not_tried_again_by_default(
    link: ServerLink, server: FakeServer
) -> None:
    server.dial_errors = [LinkError(LinkFailure.UNREACHABLE, "host:1 refuses connections.")]
    with pytest.raises(LinkError):
        await link.open("root", "right")
    await settle()
    assert not server.wires
    await link.close()


async def test_a_request_without_a_connection_fails_in_words(link: ServerLink) -> None:
    with pytest.raises(LinkError, match="Not connected to host:1"):
        await link.request(GetTree())


async def test_a_lost_link_comes_back_with_topics_and_channels(
    link: ServerLink, server: FakeServer
) -> None:
    await link.open("root", "right")
    await link.subscribe(["tree", "events"])
    ear = Ear()
    await link.open_live("cam", StreamRole.LOW, False, ear)
    server.wire.break_off("Cable pulled.")
    await until(link, LinkPhase.LOST)
    await until(link, LinkPhase.READY)
    await settle()
    assert server.wire.asked[1:] == [
        Subscribe(["tree", "events"]),
        OpenLive("cam", StreamRole.LOW, False),
    ]
    assert ear.heard == [
        "reset", "channel.format", "lost: Cable pulled.", "reset", "channel.format",
    ]  # fmt: skip
    await link.close()


async def test_frames_that_overtake_the_reply_are_delivered(
    link: ServerLink, server: FakeServer
) -> None:
    server.burst = lambda number: [frame(number, 10, keyframe=True), frame(number, 20)]
    await link.open("root", "right")
    ear = Ear()
    await link.open_live("cam", StreamRole.HIGH, False, ear)
    assert ear.heard == ["reset", "channel.format", 10, 20]
    await link.close()


async def test_a_second_viewer_joins_with_the_newest_group_of_pictures(
    link: ServerLink, server: FakeServer
) -> None:
    await link.open("root", "right")
    first, second = Ear(), Ear()
    tap = await link.open_live("cam", StreamRole.HIGH, False, first)
    for item in (frame(1, 10, keyframe=True), frame(1, 20), frame(1, 30, keyframe=True)):
        server.wire.sink.media(item)
    other = await link.open_live("cam", StreamRole.HIGH, False, second)
    server.wire.sink.media(frame(1, 40))
    assert second.heard == ["reset", "channel.format", 30, 40]
    assert sum(isinstance(asked, OpenLive) for asked in server.wire.asked) == 1
    await tap.close()
    assert CloseChannel(1) not in server.wire.asked
    await other.close()
    assert server.wire.asked[-1] == CloseChannel(1)
    await link.close()


async def test_an_unknown_camera_is_refused_and_leaves_nothing(
    link: ServerLink, server: FakeServer
) -> None:
    await link.open("root", "right")
    with pytest.raises(ProtocolError, match="No such camera"):
        await link.open_live("none", StreamRole.HIGH, False, Ear())
    server.wire.break_off()
    await until(link, LinkPhase.LOST)
    await until(link, LinkPhase.READY)
    await settle()
    assert not [asked for asked in server.wire.asked if isinstance(asked, OpenLive)]
    await link.close()


async def test_live_asked_for_while_offline_opens_at_log_in(
    link: ServerLink, server: FakeServer
) -> None:
    server.dial_errors = [LinkError(LinkFailure.UNREACHABLE, "host:1 refuses connections.")]
    with pytest.raises(LinkError):
        await link.open("root", "right", keep_trying=True)
    ear = Ear()
    await link.open_live("cam", StreamRole.HIGH, False, ear)
    await until(link, LinkPhase.READY)
    await settle()
    assert ear.heard == ["lost: host:1 refuses connections.", "reset", "channel.format"]
    await link.close()


async def test_credit_goes_back_in_quarters_of_the_window(
    link: ServerLink, server: FakeServer
) -> None:
    await link.open("root", "right")
    channel = await link.open_pulled(OpenPlayback("cam", 0, credit_bytes=1000), Ear())
    for _ in range(5):
        channel.consumed(100)
    assert server.wire.sent == [Credit(1, 300)]
    await link.close()


async def test_after_a_seek_frames_of_before_are_dropped_but_paid_back(
    link: ServerLink, server: FakeServer
) -> None:
    await link.open("root", "right")
    ear = Ear()
    channel = await link.open_pulled(OpenPlayback("cam", 5, credit_bytes=4), ear)
    await channel.seek(100)
    server.wire.sink.media(frame(1, 7))
    server.wire.sink.media(frame(1, 100, generation=1))
    assert server.wire.asked[-1] == SeekPlayback(1, 100)
    assert ear.heard == ["reset", "channel.format", "reset", 100]
    assert server.wire.sent == [Credit(1, 4)]
    await link.close()


async def test_playback_resumes_where_it_was(link: ServerLink, server: FakeServer) -> None:
    await link.open("root", "right")
    channel = await link.open_pulled(OpenPlayback("cam", 5), Ear())
    channel.resume_us = 77
    server.wire.break_off()
    await until(link, LinkPhase.LOST)
    await until(link, LinkPhase.READY)
    await settle()
    assert server.wire.asked[-1] == OpenPlayback("cam", 77)
    await link.close()


async def test_a_listener_that_fails_does_not_end_the_link(
    link: ServerLink, server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    class Bad(Ear):
        def media(self, item: MediaFrame) -> None:
            raise ValueError("bug")

    await link.open("root", "right")
    await link.open_live("cam", StreamRole.HIGH, False, Bad())
    server.wire.sink.media(frame(1, 10, keyframe=True))
    assert "failed on a media frame" in caplog.text
    assert link.state.phase is LinkPhase.READY
    await link.close()


def test_waits_double_up_to_a_bound() -> None:
    steps = waits(lambda: 0.5)
    assert [next(steps) for _ in range(7)] == [0.5, 1, 2, 4, 8, 15, 15]


async def test_after_a_change_of_password_the_link_comes_back_with_the_new_one(
    link: ServerLink, server: FakeServer
) -> None:
    await link.open("root", "right")
    server.ends_session = True
    reply, _ = await link.request(ChangePassword("new", "right"))
    assert isinstance(reply, Done)
    server.password = "new"
    server.wire.break_off("your account was changed")
    await until(link, LinkPhase.LOST)
    await until(link, LinkPhase.READY)
    await link.close()


async def test_sound_is_switched_while_the_picture_goes_on(
    link: ServerLink, server: FakeServer
) -> None:
    await link.open("root", "right")
    silent, loud = Ear(), Ear()
    tap = await link.open_live("cam", StreamRole.HIGH, False, silent)
    server.wire.sink.media(frame(1, 10, keyframe=True))
    other = await link.open_live("cam", StreamRole.HIGH, True, loud)
    server.wire.sink.media(frame(1, 20))
    await other.close()
    assert server.wire.asked[1:] == [
        OpenLive("cam", StreamRole.HIGH, False),
        OpenLive("cam", StreamRole.HIGH, True),
        CloseChannel(1),
        OpenLive("cam", StreamRole.HIGH, False),
        CloseChannel(1),
    ]
    assert silent.heard.count("reset") == 1
    for ear in (silent, loud):
        assert [item for item in ear.heard if isinstance(item, int)] == [10, 20]
    await tap.close()
    assert server.wire.asked[-1] == CloseChannel(1)
    await link.close()


async def test_a_stream_that_the_server_ended_is_opened_again(
    link: ServerLink, server: FakeServer
) -> None:
    await link.open("root", "right")
    again = asyncio.Event()

    class Waiting(Ear):
        def reset(self) -> None:
            super().reset()
            if self.heard.count("reset") == 2:
                again.set()

    ear = Waiting()
    await link.open_live("cam", StreamRole.HIGH, False, ear)
    server.numbers["cam"] = 9
    server.wire.sink.message(ChannelNotice(1, "closed", text="The camera was changed."), b"")
    await again.wait()
    server.wire.sink.media(frame(9, 10, keyframe=True))
    assert server.wire.asked[-2:] == [
        CloseChannel(1),
        OpenLive("cam", StreamRole.HIGH, False),
    ]
    assert ear.heard[2:] == ["lost: The camera was changed.", "reset", "channel.format", 10]
    await link.close()
