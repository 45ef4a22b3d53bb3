"""A real daemon that records simulated cameras, and somebody who is logged in, in both ways."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
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


@frozen
class Site:
    """A daemon that has recorded two cameras for RECORDED_S and goes on; nobody is logged in."""

    folder: Path
    daemon: Daemon
    simulator: Simulator


@contextmanager
def recording_site(folder: Path) -> Iterator[Site]:
    with Simulator("--cameras", "2") as simulator, Daemon(folder / "data") as daemon:
        site = Site(folder, daemon, simulator)
        with asyncio.Runner() as runner:
            runner.run(_equip(site))
        time.sleep(RECORDED_S)  # footage takes the time that it takes
        yield site


async def _equip(site: Site) -> None:
    link = await log_in(site.daemon.port, site.folder / "trust.json")
    for number, camera in enumerate(site.simulator.cameras):
        await add_device(link, f"Gate {number}", camera["url"])
    await until(lambda: _recorded(link, 2), 60, "recording of two cameras")
    await link.close()


@asynccontextmanager
async def logged_in(site: Site) -> AsyncIterator[Place]:
    config = site.folder / "config"
    env = {**os.environ, "XDG_CONFIG_HOME": str(config), "AXXON_PASSWORD": PASSWORD}
    link = await log_in(site.daemon.port, site.folder / "trust.json")
    known = await cameras(link)
    place = Place(site.daemon, site.simulator, link, known, env, link.server_now_us())
    login = await place.ctl("login", f"127.0.0.1:{site.daemon.port}", "--yes", "--no-save")
    assert login.returncode == 0, login.stderr
    yield place
    await link.close()


async def _recorded(link: ServerLink, count: int) -> bool:
    status = await link.ask(GetStatus(), ServerStatus)
    return len(status.cameras) == count and all(one.recording for one in status.cameras)
