"""A server over the fake system, on a real TLS socket, and clients for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from axxond.server.listener import Server
from axxond.server.shared import ServerSettings
from protocol.connection import hello
from protocol.messages import Login, MediaFrame, Message
from protocol.transport import WireConnection, client_context, connect
from tests.fakes.system import FakeSystem

M = TypeVar("M", bound=Message)
# Generous: a machine that is busy makes no test fail.
WAIT_S = 20.0


class Client:
    """A connection that keeps all it was sent, in order."""

    def __init__(self, wire: WireConnection) -> None:
        self.wire = wire
        self.heard: list[Message | MediaFrame] = []
        self.ended: list[Exception | None] = []
        self._news = asyncio.Event()
        wire.on_notice = lambda message, payload: self._hear(message)
        wire.on_media = self._hear
        wire.on_closed = self.ended.append

    def _hear(self, what: Message | MediaFrame) -> None:
        self.heard.append(what)
        self._news.set()

    async def ask(self, message: Message) -> Message:
        reply, _ = await self.wire.request(message, timeout_s=WAIT_S)  # type: ignore[arg-type]
        return reply

    @property
    def frames(self) -> list[MediaFrame]:
        return [item for item in self.heard if isinstance(item, MediaFrame)]

    def notices(self, kind: type[M]) -> list[M]:
        return [item for item in self.heard if isinstance(item, kind)]

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something heard has made it true."""
        async with asyncio.timeout(WAIT_S):
            while not true():
                self._news.clear()
                await self._news.wait()


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem()


@pytest.fixture
async def server(system: FakeSystem, tmp_path: Path) -> AsyncIterator[Server]:
    system.exports.folder = tmp_path
    server = Server(system.ports(), ServerSettings("127.0.0.1", 0, tmp_path))
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def stranger(server: Server) -> AsyncIterator[Callable[[], object]]:
    """Call it for a client that is greeted but not logged in."""
    clients: list[Client] = []

    async def make() -> Client:
        made: list[str] = []
        wire = await connect(
            "127.0.0.1", server.port, client_context(), hello("test"), made.append, WAIT_S
        )
        assert made == [server.fingerprint]
        clients.append(Client(wire))
        return clients[-1]

    yield make
    for client in clients:
        client.wire.close()
        await client.wire.wait_closed()


@pytest.fixture
def client(stranger: Callable[[], object]) -> Callable[..., object]:
    """Call it with a user's name for a client that is logged in."""

    async def make(user: str = "admin") -> Client:
        client = await stranger()  # type: ignore[misc]
        await client.ask(Login(user, user * 2))
        assert isinstance(client, Client)
        return client

    return make
