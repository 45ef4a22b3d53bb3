"""A small share of `scripts/bench fuzz-wire`, in process, so that a fault shows its traceback."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random

from axxond.server.listener import Server
from protocol.messages import GetStatus
from protocol.transport import client_context
from tests.bench.fuzz_frames import Frames

CONNECTIONS = 40
BURST = 25


async def attack(server: Server, frames: Frames, chance: random.Random) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=client_context())
    writer.write(frames.greeting())
    if chance.random() < 0.9:
        writer.write(frames.login())
        heard = b""
        while b"login.reply" not in heard:
            heard += await reader.read(1 << 16)
    for _ in range(chance.randint(1, BURST)):
        writer.write(frames.own() if chance.random() < 0.6 else frames.odd())
    writer.write(frames.damaged())
    with contextlib.suppress(TimeoutError, ConnectionError):
        await asyncio.wait_for(reader.read(1 << 20), 0.05)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_nothing_that_a_client_may_send_is_a_fault_of_ours(client, server, caplog):
    honest = await client()
    frames, chance = Frames(7), random.Random(7)
    with caplog.at_level(logging.ERROR):
        for _ in range(CONNECTIONS):
            await attack(server, frames, chance)
        await honest.ask(GetStatus())
    assert [record.getMessage() for record in caplog.records] == []
