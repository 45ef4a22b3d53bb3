"""The server under `fuzz_wire`: the real one over the fake system, in a process of its own.

Says `{"tls_port", "plain_port"}`; to each line it reads it answers with what it has counted.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import Any

import uvloop

from axxond.base.tasks import in_thread
from axxond.server.listener import Server
from axxond.server.shared import ServerSettings
from protocol.errors import ProtocolError
from protocol.framing import Frame, FrameParser
from tests.fakes.system import FakeSystem, video


class _Faults(logging.Handler):
    """Whatever is logged as an error: a fault that escaped, a task that died."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


class _Count:
    """Frames that the parsers of all connections saw, refused ones included."""

    frames = 0
    refused = 0


def _count_frames() -> None:
    feed = FrameParser.feed

    def counted(self: FrameParser, data: bytes) -> list[Frame]:
        try:
            found = feed(self, data)
        except ProtocolError:
            _Count.frames += 1
            _Count.refused += 1
            raise
        _Count.frames += len(found)
        return found

    FrameParser.feed = counted  # type: ignore[assignment,method-assign]


def _say(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


async def _main(folder: Path) -> None:
    faults = _Faults()
    logging.getLogger().addHandler(faults)
    _count_frames()
    system = FakeSystem()
    ports = system.ports()
    servers = [Server(ports, ServerSettings("127.0.0.1", 0, folder, tls)) for tls in (True, False)]
    for server in servers:
        await server.start()
    for number in range(30):
        system.cameras.high().publish(video(number))
    _say({"tls_port": servers[0].port, "plain_port": servers[1].port})
    while await in_thread(sys.stdin.readline):
        system.events.clear()
        system.tree.applied.clear()
        system.cameras.controlled.clear()
        system.alarms.taken.clear()
        system.alarms.evaluated.clear()
        system.archives.export_paths.clear()
        gc.collect()
        _say(
            {
                "frames": _Count.frames,
                "refused": _Count.refused,
                "faults": faults.texts,
                "sessions": sum(len(server._sessions) for server in servers),
                "channels": sum(len(server._shared.relays) for server in servers),
            }
        )
    for server in servers:
        await server.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        uvloop.run(_main(Path(name)))
