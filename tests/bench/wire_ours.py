"""Our side of `wire`: one process that sends media frames to clients over protocol.transport.

Reads one line of JSON, says `{"port"}`, waits for the clients and for the word `go`, sends, and
says `{"cpu_s", "bytes"}`: its own processor time from the first frame until all has left.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import uvloop

from axxond.base.tasks import in_thread
from protocol.connection import pack_media
from protocol.messages import PROTOCOL_VERSION, Hello, MediaFrame
from protocol.transport import WireConnection, serve, server_context

# What may wait for one client: a credit window's worth, as playback and exports have it.
_AHEAD_BYTES = 1 << 20


def _say(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def _frame(number: int, payload: bytes) -> bytes:
    time_us = 1_700_000_000_000_000 + number * 40_000
    return pack_media(
        MediaFrame(1, 0, 0, number % 50 == 0, False, time_us, time_us, 40_000, payload)
    )


async def _below(clients: list[WireConnection], most_bytes: int) -> None:
    """Until no more than that waits for any client; nothing tells, so it is looked at."""
    while any(client.outbound_bytes > most_bytes for client in clients):  # noqa: ASYNC110
        await asyncio.sleep(0.001)


async def _send(clients: list[WireConnection], packets: int, payload: bytes) -> int:
    """As a live relay does it: packed once, the same bytes to all."""
    for number in range(packets):
        data = _frame(number, payload)
        for client in clients:
            client.send_media(data)
        await asyncio.sleep(0)
        await _below(clients, _AHEAD_BYTES)
    await _below(clients, 0)
    return sum(client.sent_bytes for client in clients)


async def _main() -> None:
    work = json.loads(sys.stdin.readline())
    clients: list[WireConnection] = []
    ssl_context = None
    if work["tls"]:
        ssl_context = server_context(Path(work["certificate"]), Path(work["key"]))
    hello = Hello([PROTOCOL_VERSION], "bench")
    complete = asyncio.Event()

    def accept(client: WireConnection) -> None:
        clients.append(client)
        if len(clients) == work["clients"]:
            complete.set()

    server = await serve("127.0.0.1", 0, ssl_context, hello, accept)
    _say({"port": server.port})
    await complete.wait()
    for client in clients:
        await client.greeted()
    _say({"ready": len(clients)})
    await in_thread(sys.stdin.readline)
    payload = os.urandom(work["payload_bytes"])
    began_s = time.process_time()
    sent = await _send(clients, work["packets"], payload)
    _say({"cpu_s": time.process_time() - began_s, "bytes": sent})
    await server.close()


if __name__ == "__main__":
    uvloop.run(_main())
