"""The one module here that does I/O: a connection on a TCP or TLS socket under asyncio.

`connect` is the client's way in, `serve` the server's; both yield a `WireConnection`.  All of it
runs on the event loop that made it.  TLS: the server has a certificate of its own; the client
trusts it by its SHA-256 fingerprint, not by an authority.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import socket
import ssl
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Final, cast

from protocol.connection import (
    Answered,
    Asked,
    Connection,
    Greeted,
    Happening,
    Noticed,
    Refused,
    Reply,
)
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import Hello, MediaFrame, Message, Request
from protocol.states import Side

log = logging.getLogger(__name__)

# Above this we stop reading from a side that does not read from us, so that its requests cannot
# grow our memory; reading goes on below half of it.
HIGH_WATER_BYTES: Final = 8 << 20
# Replies and notices that nobody reads: the connection is cut.
MAX_OUTBOUND_BYTES: Final = 64 << 20
# Bytes wait to be sent, and none has left for that long: the other side is gone.
NO_PROGRESS_S: Final = 60.0
# The kernel's own queue to one client, so that a slow viewer is seconds late, not minutes.
SEND_BUFFER_BYTES: Final = 512 << 10
HANDSHAKE_S: Final = 10.0
MAX_HANDSHAKES: Final = 64
MAX_CONNECTIONS: Final = 1000
_BACKLOG: Final = 128
_TICK_S: Final = 5.0
_SHUTDOWN_S: Final = 2.0
_ACCEPT_PAUSE_S: Final = 0.5

RequestHandler = Callable[[Asked], Awaitable[Message | tuple[Message, bytes]]]


def _now_us() -> int:
    return time.monotonic_ns() // 1000


def _never(_: Asked) -> Awaitable[Message]:
    raise ProtocolError(ErrorCode.UNKNOWN_REQUEST, "this side answers no requests")


class WireConnection(asyncio.Protocol):
    """A connection that speaks the wire.

    Callbacks, to be set by its owner; all are called on the event loop and must not block:
    `on_request` answers requests (each in a task of its own; a ProtocolError it raises goes to
    the other side), `on_notice(message, payload)`, `on_media(frame)`, and `on_closed(error)` once
    at the end, with None when we closed it.
    """

    def __init__(self, side: Side, hello: Hello) -> None:
        self.core = Connection(side, hello, _now_us())
        self.peer_hello: Hello | None = None
        self.peer_address = ""
        self.peer_port = 0
        self.peer_fingerprint = ""  # SHA-256 of its certificate in hex; "" without TLS
        self.on_request: RequestHandler = _never
        self.on_notice: Callable[[Message, bytes], None] = lambda message, payload: None
        self.on_media: Callable[[MediaFrame], None] = lambda frame: None
        self.on_closed: Callable[[Exception | None], None] = lambda error: None
        self.sent_bytes = 0
        self.closed = False
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._waiting: dict[int, asyncio.Future[tuple[Message, bytes]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._greeted: asyncio.Future[None] = loop.create_future()
        self._gone: asyncio.Future[None] = loop.create_future()
        self._writable = asyncio.Event()
        self._writable.set()
        self._reason: Exception | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._progress = (0, self._loop.time())  # bytes that left, and when that last changed
        self._accept: Callable[[WireConnection], None] = lambda connection: None

    def __repr__(self) -> str:
        return f"<WireConnection {self.core.side.value} {self.peer_address}:{self.peer_port}>"

    # --- what its owner calls ---

    @property
    def outbound_bytes(self) -> int:
        """What was sent but has not left this process yet."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    async def request(
        self, message: Request, payload: bytes = b"", node: str = "", timeout_s: float = 30.0
    ) -> tuple[Message, bytes]:
        """The reply and its payload.

        Raises ProtocolError: the other side's, UNAVAILABLE when the connection ends meanwhile or
        no reply comes in time.
        """
        if self.closed:
            raise self._lost()
        number, data = self.core.request(message, payload, node)
        future: asyncio.Future[tuple[Message, bytes]] = self._loop.create_future()
        self._waiting[number] = future
        try:
            self._write(data)
            async with asyncio.timeout(timeout_s):
                return await future
        except TimeoutError:
            text = f"no reply within {timeout_s:g} s"
            raise ProtocolError(ErrorCode.UNAVAILABLE, text, message.NAME) from None
        finally:
            self._waiting.pop(number, None)
            self.core.forget(number)

    def notify(self, message: Message, payload: bytes = b"", node: str = "") -> None:
        """Send a notice; nothing when the connection is gone."""
        if not self.closed:
            self._write(self.core.notify(message, payload, node))

    def send_media(self, data: bytes) -> None:
        """Send what `connection.pack_media` or `pack_notice` made for many; never changed."""
        if not self.closed:
            self._write(data)

    async def writable(self) -> None:
        """Wait until less than HIGH_WATER_BYTES wait to be sent, or the connection is gone."""
        await self._writable.wait()

    def close(self) -> None:
        """Send what waits, then end; `on_closed` follows."""
        self._end(None)

    def refuse(self, error: ProtocolError) -> None:
        """End the connection with an error that the other side is told."""
        if not self.closed:
            self._write(self.core.last_words(error))
            self._end(error)

    def abort(self, error: Exception | None = None) -> None:
        """End at once; what waits is lost."""
        self.closed = True
        self._reason = self._reason or error
        self.core.close()
        if self._transport is not None:
            self._transport.abort()

    async def greeted(self) -> None:
        """Wait for the other side's hello.  Raises what ended the connection before it."""
        await asyncio.shield(self._greeted)

    async def wait_closed(self) -> None:
        await asyncio.shield(self._gone)

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast(asyncio.Transport, transport)
        transport.set_write_buffer_limits(HIGH_WATER_BYTES, HIGH_WATER_BYTES // 2)
        peer = transport.get_extra_info("peername") or ("", 0)
        self.peer_address, self.peer_port = str(peer[0]), int(peer[1])
        self.peer_fingerprint = _fingerprint(transport)
        self._tick = self._loop.call_later(_TICK_S, self._on_tick)
        try:
            self._accept(self)
            self._write(self.core.greet())
        except Exception as error:  # noqa: BLE001 - the owner refuses it: nothing was said yet
            if self.core.side is Side.SERVER and isinstance(error, ProtocolError):
                self.refuse(error)
            else:
                self.abort(error)

    def data_received(self, data: bytes) -> None:
        if self.closed:
            return
        try:
            for happening in self.core.receive(data, _now_us()):
                self._happen(happening)
        except ProtocolError as error:
            self.refuse(error)

    def pause_writing(self) -> None:
        self._writable.clear()
        if self._transport is not None and self.core.side is Side.SERVER:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._writable.set()
        self.core.heard(_now_us())
        if self._transport is not None and self.core.side is Side.SERVER and not self.closed:
            self._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.core.close()
        reason = self._reason or exc
        if self._tick is not None:
            self._tick.cancel()
        self._writable.set()
        for task in list(self._tasks):
            task.cancel()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(self._lost(reason))
        if not self._greeted.done():
            self._greeted.set_exception(reason or self._lost())
            self._greeted.exception()  # it is no fault when nobody waits for it
        if not self._gone.done():
            self._gone.set_result(None)
        self.on_closed(reason)

    # --- inside ---

    def _happen(self, happening: Happening) -> None:
        match happening:
            case MediaFrame():
                self.on_media(happening)
            case Noticed(message=message, payload=payload):
                self.on_notice(message, payload)
            case Asked():
                self._start(self._answer(happening))
            case Answered(number=number, message=message, payload=payload):
                future = self._waiting.get(number)
                if future is not None and not future.done():
                    future.set_result((message, payload))
            case Reply(data=data):
                self._write(data)
            case Refused(number=0, error=error):
                self._end(error)
            case Refused(number=number, error=error):
                future = self._waiting.get(number)
                if future is not None and not future.done():
                    future.set_exception(error)
            case Greeted(hello=hello):
                self.peer_hello = hello
                if not self._greeted.done():
                    self._greeted.set_result(None)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, asked: Asked) -> None:
        try:
            answer = await self.on_request(asked)
            message, payload = answer if isinstance(answer, tuple) else (answer, b"")
            if not self.closed:
                self._write(self.core.reply(asked.number, message, payload))
        except ProtocolError as error:
            self._refuse_request(asked, error)
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("request %s failed, reference %s", asked.message.NAME, reference)
            text = f"internal error, reference {reference}"
            self._refuse_request(asked, ProtocolError(ErrorCode.INTERNAL, text))

    def _refuse_request(self, asked: Asked, error: ProtocolError) -> None:
        if not self.closed:
            self._write(self.core.refuse(asked.number, error))

    def _write(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        self.sent_bytes += len(data)
        transport.write(data)
        if transport.get_write_buffer_size() > MAX_OUTBOUND_BYTES:
            text = f"{MAX_OUTBOUND_BYTES} bytes wait for a side that does not read"
            self.abort(ProtocolError(ErrorCode.LIMIT, text))

    def _end(self, error: Exception | None) -> None:
        if self.closed:
            return
        self.closed = True
        self._reason = error
        self.core.close()
        if self._transport is not None:
            self._transport.close()

    def _lost(self, reason: Exception | None = None) -> ProtocolError:
        cause = reason or self._reason
        if isinstance(cause, ProtocolError):
            return cause
        text = f"the connection ended: {cause}" if cause else "the connection ended"
        return ProtocolError(ErrorCode.UNAVAILABLE, text)

    def _on_tick(self) -> None:
        if self._transport is None:
            return
        self._tick = self._loop.call_later(_TICK_S, self._on_tick)
        outbound = self.outbound_bytes
        left = self.sent_bytes - outbound
        if left != self._progress[0] or not outbound:
            self._progress = (left, self._loop.time())
        elif self._loop.time() - self._progress[1] >= NO_PROGRESS_S:
            text = f"the other side has read nothing for {NO_PROGRESS_S:g} s"
            self.abort(ProtocolError(ErrorCode.UNAVAILABLE, text))
            return
        if self.closed or not self._writable.is_set():
            return  # it closes, or reads slowly: what it says waits unread
        try:
            if ping := self.core.due(_now_us()):
                self._write(ping)
        except ProtocolError as error:
            self.refuse(error)


def _fingerprint(transport: asyncio.Transport) -> str:
    tls = transport.get_extra_info("ssl_object")
    certificate = tls.getpeercert(binary_form=True) if tls is not None else None
    return hashlib.sha256(certificate).hexdigest() if certificate else ""


# --- the client's way in -------------------------------------------------------------------


async def connect(
    host: str,
    port: int,
    ssl_context: ssl.SSLContext | None,
    hello: Hello,
    check_certificate: Callable[[str], None] | None = None,
    timeout_s: float = 10.0,
) -> WireConnection:
    """A connection on which both hellos were said; log in next.

    `check_certificate` gets the fingerprint of the server's certificate before anything is said
    and raises to refuse it; that error comes out of here.  Raises OSError, ssl.SSLError,
    TimeoutError, ProtocolError.
    """
    made: list[WireConnection] = []

    def factory() -> WireConnection:
        connection = WireConnection(Side.CLIENT, hello)
        if check_certificate is not None:
            connection._accept = lambda it: check_certificate(it.peer_fingerprint)
        made.append(connection)
        return connection

    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            await loop.create_connection(factory, host, port, ssl=ssl_context)
            await made[0].greeted()
    except BaseException:
        for connection in made:
            connection.abort()
        raise
    return made[0]


def client_context() -> ssl.SSLContext:
    """TLS without an authority: the caller pins the certificate's fingerprint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


# --- the server's way in -------------------------------------------------------------------


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Raises OSError, ssl.SSLError when the files are not usable."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.load_cert_chain(certificate, key)
    return context


class WireServer:
    """Accepts connections until closed.  `refused` counts those turned away at the limits."""

    def __init__(
        self,
        listener: socket.socket,
        ssl_context: ssl.SSLContext | None,
        hello: Hello,
        accept: Callable[[WireConnection], None],
        max_connections: int,
    ) -> None:
        self.connections: set[WireConnection] = set()
        self.refused = 0
        self._listener = listener
        self._ssl_context = ssl_context
        self._hello = hello
        self._accept = accept
        self._max_connections = max_connections
        self._handshakes: set[asyncio.Task[None]] = set()
        self._task = asyncio.get_running_loop().create_task(self._run(), name="wire accept")

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    async def close(self) -> None:
        """End listening and all connections."""
        tasks = [self._task, *self._handshakes]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._listener.close()
        connections = list(self.connections)
        for connection in connections:
            connection.close()
        waiting = [asyncio.ensure_future(item.wait_closed()) for item in connections]
        if waiting:
            await asyncio.wait(waiting, timeout=_SHUTDOWN_S)
        for connection in connections:
            connection.abort()
        await asyncio.gather(*waiting)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(self._listener)
            except OSError as error:  # out of file handles, or the client is gone already
                log.warning("accepting a connection failed: %s", error)
                await asyncio.sleep(_ACCEPT_PAUSE_S)
                continue
            total = len(self.connections) + len(self._handshakes)
            if total >= self._max_connections or len(self._handshakes) >= MAX_HANDSHAKES:
                self.refused += 1
                accepted.close()
                continue
            task = loop.create_task(self._greet(accepted))
            self._handshakes.add(task)
            task.add_done_callback(self._handshakes.discard)

    async def _greet(self, accepted: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        accepted.setblocking(False)
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        timeout_s = HANDSHAKE_S if self._ssl_context is not None else None
        try:
            await loop.connect_accepted_socket(
                self._make, accepted, ssl=self._ssl_context, ssl_handshake_timeout=timeout_s
            )
        except (OSError, ValueError) as error:  # also ssl.SSLError and time-outs
            log.info("no TLS with a client: %s", error)
            accepted.close()

    def _make(self) -> WireConnection:
        connection = WireConnection(Side.SERVER, self._hello)
        connection._accept = self._take
        return connection

    def _take(self, connection: WireConnection) -> None:
        self.connections.add(connection)
        connection._gone.add_done_callback(lambda _: self.connections.discard(connection))
        self._accept(connection)


async def serve(
    host: str,
    port: int,
    ssl_context: ssl.SSLContext | None,
    hello: Hello,
    accept: Callable[[WireConnection], None],
    max_connections: int = MAX_CONNECTIONS,
) -> WireServer:
    """Listen on one address; `accept` gets every connection before anything is said on it.

    Raises OSError when the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return WireServer(listener, ssl_context, hello, accept, max_connections)
