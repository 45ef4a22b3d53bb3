"""The link against a whole server, over TLS on loopback."""

from __future__ import annotations

import asyncio
import itertools
import socket
from pathlib import Path

import pytest

from axxon_client.net import link as link_module
from axxon_client.net.errors import (
    CertificateChanged,
    CertificateRefused,
    LinkError,
    LinkFailure,
)
from axxon_client.net.link import ServerLink
from axxon_client.net.states import LinkPhase
from axxon_client.net.trust import TrustStore, accept_all
from axxon_client.net.wire import ChannelMessage
from protocol.messages import FormatNotice, GetTree, MediaFrame, OpenPlayback, Tree
from protocol.types import StreamRole
from tests.axxon_client.net.test_link import until
from tests.fakes.server import FakeServer


class Counter:
    """A listener that resolves when it has heard so many media frames."""

    def __init__(self, wanted: int) -> None:
        self.frames: list[MediaFrame] = []
        self.formats: list[FormatNotice] = []
        self.losses: list[str] = []
        self.enough = asyncio.Event()
        self._wanted = wanted

    def reset(self) -> None:
        self.frames.clear()

    def media(self, frame: MediaFrame) -> None:
        self.frames.append(frame)
        if len(self.frames) >= self._wanted:
            self.enough.set()

    def message(self, message: ChannelMessage) -> None:
        if isinstance(message, FormatNotice):
            self.formats.append(message)

    def lost(self, reason: str) -> None:
        self.losses.append(reason)
        self.enough.clear()


def link_to(server: FakeServer, tmp_path: Path) -> ServerLink:
    return ServerLink("127.0.0.1", server.port, TrustStore(tmp_path / "pins", accept_all))


async def test_log_in_and_ask_for_the_tree(fake_server: FakeServer, tmp_path: Path) -> None:
    link = link_to(fake_server, tmp_path)
    await link.open("admin", fake_server.password)
    tree = await link.ask(GetTree(), Tree)
    assert "camera-1" in [item.id for item in tree.objects]
    await link.close()


async def test_live_frames_begin_with_format_and_key_frame(
    fake_server: FakeServer, tmp_path: Path
) -> None:
    link = link_to(fake_server, tmp_path)
    await link.open("admin", fake_server.password)
    ear = Counter(30)
    await link.open_live("camera-1", StreamRole.LOW, False, ear)
    await ear.enough.wait()
    assert ear.formats
    assert ear.frames[0].keyframe
    times = [frame.pts_us for frame in ear.frames]
    assert [after - before for before, after in itertools.pairwise(times)] == [40_000] * (
        len(times) - 1
    )
    await link.close()


async def test_playback_goes_on_as_credit_comes_back(
    fake_server: FakeServer, tmp_path: Path
) -> None:
    link = link_to(fake_server, tmp_path)
    await link.open("admin", fake_server.password)
    ear = Counter(200)
    begin_us = fake_server.world.cameras["camera-1"].footage[0].begin_us
    channel = await link.open_pulled(OpenPlayback("camera-1", begin_us, credit_bytes=2_000), ear)
    taken = 0
    while not ear.enough.is_set():
        await asyncio.sleep(0)
        for frame in ear.frames[taken:]:
            channel.consumed(len(frame.payload))
            taken += 1
    assert ear.frames[0].pts_us == begin_us
    await channel.close()
    await link.close()


async def test_a_broken_connection_comes_back_with_live_video(
    fake_server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "_FIRST_RETRY_S", 0.01)
    link = link_to(fake_server, tmp_path)
    await link.open("admin", fake_server.password)
    ear = Counter(5)
    await link.open_live("camera-1", StreamRole.LOW, False, ear)
    await ear.enough.wait()
    fake_server.drop()
    await until(link, LinkPhase.LOST)
    await until(link, LinkPhase.READY)
    await ear.enough.wait()
    assert ear.losses == [f"The connection to 127.0.0.1:{fake_server.port} is lost."]
    await link.close()


async def test_a_server_that_hangs_is_noticed(
    fake_server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "_PROBE_AFTER_S", 0.05)
    monkeypatch.setattr(link_module, "_PROBE_TIMEOUT_S", 0.05)
    link = link_to(fake_server, tmp_path)
    await link.open("admin", fake_server.password)
    fake_server.stalled = True
    await until(link, LinkPhase.LOST)
    assert "does not answer" in link.state.reason
    fake_server.stalled = False
    await link.close()


async def test_a_changed_certificate_is_refused(fake_server: FakeServer, tmp_path: Path) -> None:
    link = link_to(fake_server, tmp_path)
    await link.open("admin", fake_server.password)
    await link.close()
    port = fake_server.port
    await fake_server.stop()
    await fake_server.start(port, new_certificate=True)
    with pytest.raises(CertificateChanged):
        await link.open("admin", fake_server.password)
    assert link.state.phase is LinkPhase.REFUSED
    assert not fake_server.sessions
    await link.close()


async def test_no_password_is_sent_to_a_server_that_was_not_accepted(
    fake_server: FakeServer, tmp_path: Path
) -> None:
    link = ServerLink("127.0.0.1", fake_server.port, TrustStore(tmp_path / "pins"))
    with pytest.raises(CertificateRefused):
        await link.open("admin", fake_server.password)
    assert not [session for session in fake_server.sessions if session.user]
    await link.close()


async def test_a_wrong_password_is_said(fake_server: FakeServer, tmp_path: Path) -> None:
    link = link_to(fake_server, tmp_path)
    with pytest.raises(LinkError, match="Wrong user name or password") as caught:
        await link.open("admin", "wrong")
    assert caught.value.failure is LinkFailure.LOGIN
    await link.close()


async def test_nobody_listening_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        link = ServerLink("127.0.0.1", port, TrustStore(tmp_path / "pins", accept_all))
        with pytest.raises(LinkError, match="no server runs there") as caught:
            await link.open("admin", "x")
    assert caught.value.failure is LinkFailure.UNREACHABLE
    await link.close()


async def test_a_server_that_speaks_no_tls_is_said(tmp_path: Path) -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(shout, "127.0.0.1", 0) as plain:
        port = plain.sockets[0].getsockname()[1]
        link = ServerLink("127.0.0.1", port, TrustStore(tmp_path / "pins", accept_all))
        with pytest.raises(LinkError, match="is no server of this kind") as caught:
            await link.open("admin", "x")
        assert caught.value.failure is LinkFailure.NOT_A_SERVER
        await link.close()


async def test_what_was_opened_is_closed_whatever_the_sound(
    fake_server: FakeServer, tmp_path: Path
) -> None:
    link = link_to(fake_server, tmp_path)
    await link.open("admin", fake_server.password)
    ears = [Counter(10) for _ in range(3)]
    taps = [
        await link.open_live("camera-1", StreamRole.LOW, audio, ear)
        for audio, ear in zip((False, True, False), ears, strict=True)
    ]
    for ear in ears:
        await ear.enough.wait()
    session = fake_server.sessions[0]
    assert list(session.live.values()) == [True]
    await taps[1].close()
    assert list(session.live.values()) == [False]
    await taps[0].close()
    await taps[2].close()
    assert not session.live
    assert not session.opened
    await link.close()
