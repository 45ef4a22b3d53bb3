"""One TLS connection to a server: certificate checked before anything is said, then greeted."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from importlib import metadata

from axxon_client.net.errors import LinkError, LinkFailure, from_protocol
from axxon_client.net.trust import TrustStore
from axxon_client.net.wire import Wire, WireSink
from protocol.connection import hello
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import MediaFrame, Message, Request
from protocol.transport import WireConnection, client_context, connect

_CONNECT_S = 10.0
# A peer that is there answers the end of TLS at once; one that is not is not waited for.
_GOODBYE_S = 1.0


class _UnknownServer(Exception):  # noqa: N818 - a signal to ask the user, no error
    def __init__(self, shown: str) -> None:
        super().__init__(shown)
        self.shown = shown


class TlsWire:
    """A `WireConnection` behind the link's port."""

    def __init__(self, connection: WireConnection, sink: WireSink, name: str) -> None:
        self._connection = connection
        self._sink = sink
        self._name = name
        self._heard_s = time.monotonic()
        self._lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        connection.on_notice = self._on_notice
        connection.on_media = self._on_media
        connection.on_closed = self._on_closed
        if connection.closed:
            self._on_closed(None)

    @property
    def silent_s(self) -> float:
        return time.monotonic() - self._heard_s

    async def request(
        self, message: Request, payload: bytes = b"", timeout_s: float = 30.0
    ) -> tuple[Message, bytes]:
        try:
            answer = await self._connection.request(message, payload, timeout_s=timeout_s)
        except ProtocolError as error:
            if error.code is ErrorCode.UNAVAILABLE and self._connection.closed:
                raise LinkError(LinkFailure.LOST, self._reason(error)) from error
            if error.code is ErrorCode.UNAVAILABLE and error.obj == message.NAME:
                text = f"{self._name} does not answer: {error.text}."
                raise LinkError(LinkFailure.TIMEOUT, text) from error
            raise
        self._heard_s = time.monotonic()
        return answer

    def send(self, message: Message, payload: bytes = b"") -> None:
        self._connection.notify(message, payload)

    async def lost(self) -> str:
        return await asyncio.shield(self._lost)

    async def close(self) -> None:
        self._connection.on_notice = lambda message, payload: None
        self._connection.on_media = lambda frame: None
        self._connection.close()
        try:
            async with asyncio.timeout(_GOODBYE_S):
                await self._connection.wait_closed()
        except TimeoutError:
            self._connection.abort()

    def _on_notice(self, message: Message, payload: bytes) -> None:
        self._heard_s = time.monotonic()
        self._sink.message(message, payload)

    def _on_media(self, frame: MediaFrame) -> None:
        self._heard_s = time.monotonic()
        self._sink.media(frame)

    def _on_closed(self, error: Exception | None) -> None:
        if not self._lost.done():
            self._lost.set_result(self._reason(error))

    def _reason(self, error: Exception | None) -> str:
        if isinstance(error, ProtocolError) and error.code is not ErrorCode.UNAVAILABLE:
            return f"{self._name} ended the connection: {error.text}."
        return f"The connection to {self._name} is lost."


async def dial(address: str, port: int, trust: TrustStore, sink: WireSink) -> Wire:
    """A greeted connection to a trusted server.

    At first contact the connection is closed while the user decides (a person takes longer than
    a server waits for a log-in), then made anew.  Raises LinkError.
    """
    name = f"{address}:{port}"
    try:
        connection = await _connect(address, port, trust)
    except _UnknownServer as stranger:
        await asyncio.to_thread(trust.check, address, port, stranger.shown)
        connection = await _connect(address, port, trust)
    return TlsWire(connection, sink, name)


async def _connect(address: str, port: int, trust: TrustStore) -> WireConnection:
    def check(shown: str) -> None:
        if trust.known(address, port) is None:
            raise _UnknownServer(shown)
        trust.check(address, port, shown)

    greeting = hello(f"axxon-client {_version()}")
    try:
        return await connect(address, port, client_context(), greeting, check, _CONNECT_S)
    except ProtocolError as error:
        raise from_protocol(error) from error
    except OSError as error:  # also ssl.SSLError and TimeoutError
        raise _unreachable(f"{address}:{port}", error) from error


def _unreachable(name: str, error: OSError) -> LinkError:
    if isinstance(error, ssl.SSLError):
        text = f"{name} answers, but is no server of this kind ({error.reason})."
        return LinkError(LinkFailure.NOT_A_SERVER, text)
    if isinstance(error, TimeoutError):
        return LinkError(LinkFailure.TIMEOUT, f"{name} does not answer.")
    if isinstance(error, socket.gaierror):
        return LinkError(LinkFailure.UNREACHABLE, f"The name of {name} is not known.")
    if isinstance(error, ConnectionRefusedError):
        text = f"{name} refuses connections: no server runs there."
        return LinkError(LinkFailure.UNREACHABLE, text)
    text = f"{name} cannot be reached: {error.strerror or error}."
    return LinkError(LinkFailure.UNREACHABLE, text)


def _version() -> str:
    try:
        return metadata.version("axxon")
    except metadata.PackageNotFoundError:
        return "0"
