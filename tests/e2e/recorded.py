"""A real daemon that records simulated cameras, and somebody who is logged in, in both ways."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from axxon_client.net.link import ServerLink
from protocol.messages import GetStatus, ServerStatus
from tests.e2e.harness import PASSWORD, ROOT, Daemon, Simulator, add_device, cameras, log_in, until

SECOND = 1_000_000
RECORDED_S = 14


@frozen
class Place:
    """`now_us`: about when so much was recorded."""

    daemon: Daemon
    simulator: Simulator
    link: ServerLink
    cameras: dict[str, str]
    env: dict[str, str]
    now_us: int

    async def ctl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(run, "axxon_client.cli", *arguments, env=self.env)

    async def told(self, *arguments: str) -> Any:
        """What a command says to scripts."""
        done = await self.ctl(*arguments, "--json")
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return json.loads(done.stdout)

    async def logged_in_again(self) -> None:
        async def ready() -> bool:
            return self.link.state.phase.value == "ready"

        await until(ready, 30, "the reconnect")

    async def recording(self) -> None:
        await until(lambda: _recorded(self.link, len(self.cameras)), 60, "recording of all")


def run(module: str, *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=ROOT,
        env=env,
    )


@asynccontextmanager
async def recorded(folder: Path) -> AsyncIterator[Place]:
    """Two cameras."""
    env = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"), "AXXON_PASSWORD": PASSWORD}
    simulator = await asyncio.to_thread(Simulator, "--cameras", "2")
    daemon = Daemon(folder / "data")
    try:
        await asyncio.to_thread(daemon.start)
        link = await log_in(daemon.port, folder / "trust.json")
        for number, camera in enumerate(simulator.cameras):
            await add_device(link, f"Gate {number}", camera["url"])
        await until(lambda: _recorded(link, 2), 60, "recording of two cameras")
        await asyncio.sleep(RECORDED_S)  # footage takes the time that it takes
        known = await cameras(link)
        place = Place(daemon, simulator, link, known, env, link.server_now_us())
        login = await place.ctl("login", f"127.0.0.1:{daemon.port}", "--yes", "--no-save")
        assert login.returncode == 0, login.stderr
        yield place
        await link.close()
    finally:
        await asyncio.to_thread(daemon.stop)
        await asyncio.to_thread(simulator.stop)


async def _recorded(link: ServerLink, count: int) -> bool:
    status = await link.ask(GetStatus(), ServerStatus)
    return len(status.cameras) == count and all(one.recording for one in status.cameras)
