"""The server's way in."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Final

from protocol.messages import Hello
from protocol.states import Side
from protocol.transport.wire import WireConnection

MAX_CONNECTIONS: Final = 1000
# The kernel's own queue to one client, so that a slow viewer is seconds late, not minutes.
SEND_BUFFER_BYTES: Final = 512 << 10
# Connections that the kernel holds while we are busy.
_BACKLOG: Final = 256
_SHUTDOWN_S: Final = 2.0


class _Incoming(WireConnection):
    """Counts itself from the first byte to the last, TLS handshake included."""

    def __init__(self, server: WireServer) -> None:
        super().__init__(Side.SERVER, server.hello, server.accept, server.ssl_context)
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if len(self._server.connections) >= self._server.max_connections:
            self._server.refused += 1
            self._transport = transport  # type: ignore[assignment]
            self.abort()
            return
        self._server.connections.add(self)
        made = transport.get_extra_info("socket")
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        super().connection_lost(exc)


class WireServer:
    """Accepts connections until closed.  `refused` counts those turned away at the limit."""

    def __init__(
        self,
        ssl_context: ssl.SSLContext | None,
        hello: Hello,
        accept: Callable[[WireConnection], None],
        max_connections: int,
    ) -> None:
        self.ssl_context = ssl_context
        self.hello = hello
        self.accept = accept
        self.max_connections = max_connections
        self.connections: set[WireConnection] = set()
        self.refused = 0
        self.port = 0
        self._listening: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(
            lambda: _Incoming(self), host, port, backlog=_BACKLOG
        )
        self.port = int(self._listening.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """End listening and all connections."""
        if self._listening is not None:
            self._listening.close()
        connections = list(self.connections)
        for connection in connections:
            connection.close()
        waiting = [asyncio.ensure_future(item.wait_closed()) for item in connections]
        if waiting:
            await asyncio.wait(waiting, timeout=_SHUTDOWN_S)
        for connection in connections:
            connection.abort()
        await asyncio.gather(*waiting)
        if self._listening is not None:
            await self._listening.wait_closed()


async def serve(
    host: str,
    port: int,
    ssl_context: ssl.SSLContext | None,
    hello: Hello,
    accept: Callable[[WireConnection], None],
    max_connections: int = MAX_CONNECTIONS,
) -> WireServer:
    """Listen on an address; `accept` gets every connection once it has TLS, before anything is
    said on it.

    Raises OSError when the address cannot be had.
    """
    server = WireServer(ssl_context, hello, accept, max_connections)
    await server.start(host, port)
    return server
