"""The client's way in."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from protocol.messages import Hello
from protocol.states import Side
from protocol.transport.wire import WireConnection


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

    def accept(connection: WireConnection) -> None:
        if check_certificate is not None:
            check_certificate(connection.peer_fingerprint)

    connection = WireConnection(Side.CLIENT, hello, accept, ssl_context)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            await loop.create_connection(lambda: connection, host, port)
            await connection.greeted()
    except BaseException:
        connection.abort()
        raise
    return connection
