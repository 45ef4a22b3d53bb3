"""The one place here that does I/O: connections on TCP sockets, TLS inside, under asyncio.

- `wire`: `WireConnection`, the asyncio protocol of both sides over the sans-I/O core.
- `tls`: TLS as bytes in, bytes out, so that what waits for a slow side is counted exactly (the
  event loops' own TLS hides a second buffer of any size).
- `dial`: `connect`, the client's way in.  `listen`: `serve`, the server's.

TLS: the server has a certificate of its own; the client trusts it by its SHA-256 fingerprint, not
by an authority.
"""

from __future__ import annotations

from protocol.transport.dial import connect
from protocol.transport.listen import WireServer, serve
from protocol.transport.tls import client_context, server_context
from protocol.transport.wire import WireConnection

__all__ = [
    "WireConnection",
    "WireServer",
    "client_context",
    "connect",
    "serve",
    "server_context",
]
