"""Demo cameras: the simulator as a process of its own, its cameras as devices like any other."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from typing import Any

from axxond.base.errors import AxxonError
from axxond.base.tasks import cancel, spawn
from axxond.config.objects import ConfigObject
from axxond.config.templates import complete
from axxond.config.tree import ConfigTree, new_id
from axxond.devices.demo import DEMO_CAMERAS
from protocol.messages import Change
from protocol.types import ObjectKind

log = logging.getLogger(__name__)

# The first start renders and encodes the footage.
_READY_TIMEOUT_S = 300.0
_STOP_TIMEOUT_S = 5.0
_PATHS = frozenset(camera.path for camera in DEMO_CAMERAS)
_AUTHOR = "demo"
_HOST = "rtsp://127.0.0.1:"


class Simulator:
    """`python -m axxond.devices.demo` on a free port of loopback."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._drain: asyncio.Task[None] | None = None

    async def start(self) -> list[dict[str, Any]]:
        """The ready line's cameras.  Raises AxxonError."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "axxond.devices.demo",
            "--demo",
            "--port",
            "0",
            "--with-stdin",  # it ends with us, even when we are killed
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the server, which stops it when all is flushed
        )
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(_READY_TIMEOUT_S):
                line = await self._process.stdout.readline()
            cameras = json.loads(line)["cameras"]
        except (TimeoutError, ValueError, KeyError) as error:
            await self.stop()
            raise AxxonError("The demo cameras did not start.") from error
        self._drain = spawn(_drained(self._process.stdout), "demo-output")
        return list(cameras)

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(_STOP_TIMEOUT_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        await cancel(self._drain)


async def _drained(stream: asyncio.StreamReader) -> None:
    """So that the process never waits for a reader."""
    while await stream.read(65536):
        log.debug("the demo cameras wrote something")


async def add_cameras(tree: ConfigTree, cameras: list[dict[str, Any]]) -> None:
    """Add what is missing; follow a changed port.  Cameras that a person removed come back at
    the next start: whoever wants none starts without them."""
    assert tree.server is not None
    changes = demo_changes(tree.server.id, tree.of_kind(ObjectKind.DEVICE), cameras)
    if changes:
        await tree.apply(complete(changes, tree.snapshot(), new_id), _AUTHOR)


def demo_changes(
    server: str, devices: list[ConfigObject], cameras: list[dict[str, Any]]
) -> list[Change]:
    """Pure.  A demo device is known by the path of its address on loopback."""
    known = {_path(device["url"]): device for device in devices if _path(device["url"])}
    changes = []
    for camera in cameras:
        urls = {"url": camera["url"], "low_url": camera["low_url"]}
        device = known.get(_path(camera["url"]))
        if device is None:
            changes.append(Change(new_id(), ObjectKind.DEVICE, server, camera["name"], urls))
        elif any(device[name] != url for name, url in urls.items()):
            changes.append(Change(device.id, properties=urls, revision=device.revision))
    return changes


def has_demo_cameras(tree: ConfigTree) -> bool:
    return any(_path(device["url"]) in _PATHS for device in tree.of_kind(ObjectKind.DEVICE))


def _path(url: str) -> str:
    return url.removeprefix(_HOST).partition("/")[2] if url.startswith(_HOST) else ""
