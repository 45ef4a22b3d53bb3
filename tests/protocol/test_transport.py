"""Both sides of the transport on real sockets of this machine, with and without TLS."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from protocol.connection import Asked, hello, pack_media
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import (
    Done,
    GetStatus,
    GetTree,
    Login,
    LoginReply,
    MediaFrame,
    Message,
    Tree,
)
from protocol.transport import (
    WireConnection,
    WireServer,
    client_context,
    connect,
    serve,
    server_context,
    wire,
)
from tests.fakes.certificate import make_certificate

PICTURE = pack_media(MediaFrame(1, 0, 0, True, False, 1, 1, 1, bytes(20_000)))


class Bench:
    """A server that answers log-ins, and whatever `answers` says for the rest."""

    def __init__(self, context: ssl.SSLContext | None, client: ssl.SSLContext | None) -> None:
        self.context = context
        self.client_context = client
        self.connections: list[WireConnection] = []
        self.clients: list[WireConnection] = []
        self.answers: Callable[[Asked], Awaitable[Message]] = self._tree
        self.server: WireServer | None = None

    async def start(self, max_connections: int = 10) -> None:
        self.server = await serve(
            "127.0.0.1", 0, self.context, hello("server"), self._accept, max_connections
        )

    async def client(self) -> WireConnection:
        assert self.server is not None
        client = await connect("127.0.0.1", self.server.port, self.client_context, hello("client"))
        self.clients.append(client)
        await client.request(Login("admin", "secret"))
        return client

    async def stop(self) -> None:
        for client in self.clients:
            client.close()
        assert self.server is not None
        await self.server.close()
        for client in self.clients:
            await client.wait_closed()

    def _accept(self, connection: WireConnection) -> None:
        self.connections.append(connection)
        connection.on_request = self._answer

    async def _answer(self, asked: Asked) -> Message:
        if isinstance(asked.message, Login):
            return LoginReply("admin", "admin", [], "n", "N", 0)
        return await self.answers(asked)

    async def _tree(self, asked: Asked) -> Message:
        return Tree(1, [])


@pytest.fixture(params=["tls", "plain"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    if request.param == "tls":
        files = make_certificate(tmp_path)
        bench = Bench(server_context(*files), client_context())
    else:
        bench = Bench(None, None)
    await bench.start()
    yield bench
    await bench.stop()


async def test_both_greet_and_answer(bench: Bench) -> None:
    client = await bench.client()
    reply, payload = await client.request(GetTree())
    assert (reply, payload) == (Tree(1, []), b"")
    assert client.peer_hello is not None
    assert client.peer_hello.software == "server"


async def test_the_client_sees_the_certificate_before_it_says_anything(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    bench = Bench(server_context(certificate, key), client_context())
    await bench.start()
    assert bench.server is not None
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text())

    def refuse(fingerprint: str) -> None:
        assert fingerprint == hashlib.sha256(der).hexdigest()
        raise PermissionError("not the one we know")

    with pytest.raises(PermissionError):
        await connect(
            "127.0.0.1", bench.server.port, bench.client_context, hello("client"), refuse
        )
    await bench.stop()
    assert [item.peer_hello for item in bench.connections] in ([], [None])


async def test_media_arrives_in_order_with_notices_between(bench: Bench) -> None:
    client = await bench.client()
    heard: list[object] = []
    done = asyncio.Event()
    client.on_media = heard.append

    def on_notice(message: Message, _: bytes) -> None:
        heard.append(message)
        done.set()

    client.on_notice = on_notice
    for _ in range(200):
        bench.connections[0].send_media(PICTURE)
    bench.connections[0].notify(Done())
    await asyncio.wait_for(done.wait(), 20)
    assert len(heard) == 201
    assert heard[-1] == Done()


async def test_requests_are_answered_side_by_side(bench: Bench) -> None:
    first = asyncio.Event()

    async def answers(asked: Asked) -> Message:
        if asked.number == 2:
            await first.wait()
        else:
            first.set()
        return Tree(asked.number, [])

    bench.answers = answers
    client = await bench.client()
    replies = await asyncio.gather(client.request(GetTree()), client.request(GetTree()))
    assert [reply.revision for reply, _ in replies] == [2, 3]


async def test_a_reply_that_does_not_come_is_a_time_out(bench: Bench) -> None:
    async def never(asked: Asked) -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    bench.answers = never
    client = await bench.client()
    with pytest.raises(ProtocolError) as caught:
        await client.request(GetTree(), timeout_s=0.01)
    assert caught.value.code is ErrorCode.UNAVAILABLE


async def test_the_end_of_the_connection_ends_all_that_wait(bench: Bench) -> None:
    asked = asyncio.Event()
    cancelled = asyncio.Event()

    async def answers(_: Asked) -> Message:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError

    bench.answers = answers
    client = await bench.client()
    ended: list[Exception | None] = []
    client.on_closed = ended.append
    request = asyncio.ensure_future(client.request(GetTree()))
    await asked.wait()
    bench.connections[0].refuse(ProtocolError(ErrorCode.CANCELLED, "closing time"))
    with pytest.raises(ProtocolError) as caught:
        await request
    assert caught.value.text == "closing time"
    await client.wait_closed()
    await cancelled.wait()
    assert str(ended[0]) == "closing time"
    with pytest.raises(ProtocolError):
        await client.request(GetTree())
    client.notify(Done())  # nothing happens


async def test_a_fault_of_ours_is_told_by_reference_only(bench: Bench, caplog) -> None:
    async def answers(_: Asked) -> Message:
        raise ValueError("inside")

    bench.answers = answers
    client = await bench.client()
    with pytest.raises(ProtocolError) as caught:
        await client.request(GetTree())
    assert caught.value.code is ErrorCode.INTERNAL
    assert "inside" not in str(caught.value)
    assert caught.value.text.split()[-1] in caplog.text


async def test_who_does_not_read_is_no_longer_read_from(bench: Bench) -> None:
    """Its requests wait in its own kernel instead of growing our memory."""
    client = await bench.client()
    assert client._transport is not None
    client._transport.pause_reading()
    server = bench.connections[0]
    while server.outbound_bytes < wire.HIGH_WATER_BYTES:
        server.send_media(PICTURE)
        await asyncio.sleep(0)
    for _ in range(10):
        client._write(client.core.request(GetStatus())[1])
    await asyncio.sleep(0.05)
    assert server.core.in_flight == 0
    waiting = asyncio.ensure_future(server.writable())
    await asyncio.sleep(0)
    assert not waiting.done()
    client._transport.resume_reading()
    await asyncio.wait_for(waiting, 20)


async def test_memory_for_who_never_reads_is_bounded(bench: Bench, monkeypatch) -> None:
    monkeypatch.setattr(wire, "MAX_OUTBOUND_BYTES", 1 << 20)
    client = await bench.client()
    assert client._transport is not None
    client._transport.pause_reading()
    server = bench.connections[0]
    for _ in range(1000):
        server.send_media(PICTURE)
    assert server.closed
    await server.wait_closed()


async def test_no_progress_for_long_cuts_the_connection(bench: Bench, monkeypatch) -> None:
    monkeypatch.setattr(wire, "NO_PROGRESS_S", 0.0)
    client = await bench.client()
    assert client._transport is not None
    client._transport.pause_reading()
    server = bench.connections[0]
    for _ in range(200):
        server.send_media(PICTURE)
    server._progresses()
    server._on_tick()
    await server.wait_closed()
    assert "read nothing" in str(server._reason)


async def test_who_never_shakes_hands_is_dropped(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(wire, "HANDSHAKE_S", -1.0)
    bench = Bench(server_context(*make_certificate(tmp_path)), None)
    await bench.start()
    assert bench.server is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.server.port)
    writer.write(b"\x16\x03\x01")  # the beginning of a hello, and no more
    while not bench.server.connections:  # noqa: ASYNC110 - nobody is told before TLS
        await asyncio.sleep(0)
    (stranger,) = bench.server.connections
    stranger._on_tick()
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    assert bench.connections == []
    await bench.stop()


async def test_an_error_said_with_the_goodbye_is_heard(bench: Bench) -> None:
    client = await bench.client()
    bench.connections[0].refuse(ProtocolError(ErrorCode.NOT_LOGGED_IN, "you were changed"))
    await client.wait_closed()
    assert str(client._reason) == "you were changed"


async def test_silence_is_answered_by_a_ping(bench: Bench, monkeypatch) -> None:
    client = await bench.client()
    server = bench.connections[0]
    monkeypatch.setattr("protocol.connection.PING_AFTER_US", -1)
    sent = server.sent_bytes
    server._on_tick()
    assert server.sent_bytes > sent
    monkeypatch.setattr("protocol.connection.DEAD_AFTER_US", -2)
    server._on_tick()
    await client.wait_closed()
    assert "silent" in str(client._reason)


async def test_only_so_many_connections(bench: Bench) -> None:
    assert bench.server is not None
    bench.server.max_connections = 1
    await bench.client()
    with pytest.raises((OSError, ProtocolError)):
        await bench.client()
    assert bench.server.refused == 1


async def test_a_port_in_use_is_an_error(bench: Bench) -> None:
    assert bench.server is not None
    with pytest.raises(OSError, match="in use"):
        await serve("127.0.0.1", bench.server.port, None, hello("x"), lambda _: None)


async def test_nobody_there_is_an_error() -> None:
    with pytest.raises(OSError, match="Connect"):
        await connect("127.0.0.1", 1, None, hello("x"))


async def test_a_port_that_says_nothing_is_a_time_out() -> None:
    gone = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        gone.set()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(TimeoutError):
        await connect("127.0.0.1", port, None, hello("x"), timeout_s=0.05)
    await gone.wait()
    server.close()
    await server.wait_closed()


async def test_a_client_without_tls_does_not_trouble_a_server_with_it(tmp_path: Path) -> None:
    bench = Bench(server_context(*make_certificate(tmp_path)), None)
    await bench.start()
    with pytest.raises((OSError, ProtocolError)):
        await bench.client()
    bench.client_context = client_context()
    await bench.client()
    await bench.stop()
