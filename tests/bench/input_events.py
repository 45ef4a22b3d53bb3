"""From the change of a camera's digital input to its event at a client, through the real daemon.

The camera is our strict ONVIF emulator (PullPoint events), added as a person adds a found device:
tried, then added with what was suggested.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import tempfile
import time
from pathlib import Path

from axxon_client.net.link import ServerLink
from protocol import messages as m
from protocol.devicetypes import Credential, NewDevice
from protocol.types import DeviceState
from tests.bench import measure
from tests.bench.table import Row, limited
from tests.e2e import harness

_GOAL_MS = 300.0
_QUIET_S = (0.1, 0.4)  # between two changes: beyond the debounce time
_LIMIT_S = 10.0


def run(quick: bool) -> list[Row]:
    return asyncio.run(_run(40 if quick else 300))


async def _run(changes: int) -> list[Row]:
    with (
        tempfile.TemporaryDirectory() as name,
        measure.module("tests.fakes.onvif", "--cameras", "1", "--no-discovery") as camera,
    ):
        (url,) = (await asyncio.to_thread(measure.line, camera))["cameras"]
        with harness.Daemon(Path(name) / "data") as daemon:
            link = await harness.log_in(daemon.port, Path(name) / "trust.json")
            try:
                events, states = await _measure(link, camera, url, changes)
            finally:
                await link.close()
    rows = []
    for what, times in (("event", events), ("live state", states)):
        times.sort()
        rows += [
            Row(f"{what} at the client, median of {len(times)}", "ms", times[len(times) // 2]),
            limited(f"{what} at the client, p95", "ms", times[len(times) * 95 // 100], _GOAL_MS),
        ]
    return [*rows, limited("changes without an event", "", changes - len(events), 0)]


async def _measure(
    link: ServerLink, camera: subprocess.Popen[str], url: str, changes: int
) -> tuple[list[float], list[float]]:
    """Milliseconds from the change to the event, and to the live state."""
    heard: asyncio.Queue[tuple[float, m.Message]] = asyncio.Queue()
    link.on_notice = lambda message, _: heard.put_nowait((time.monotonic(), message))
    await link.subscribe(["events", "io"])
    tried = await link.ask(
        m.TryDevice(url, "onvif", [Credential("admin", "wrong"), Credential("admin", "secret")]),
        m.DeviceTried,
    )
    assert tried.suggestion is not None, tried.text
    assert tried.used == 1
    await link.ask(m.AddDevices([_with_password(tried.suggestion)]), m.Changed)
    while not _is_ready((await _next(heard))[1]):
        pass
    events: list[float] = []
    states: list[float] = []
    chance = random.Random(1)
    for number in range(changes):
        await asyncio.sleep(chance.uniform(*_QUIET_S))
        began_s = time.monotonic()
        measure.tell(camera, f"input 1 {'off' if number % 2 else 'on'}")
        wanted = {"event": events, "io": states}
        while wanted:
            at_s, message = await _next(heard)
            kind = _kind(message)
            if kind in wanted:
                wanted.pop(kind).append((at_s - began_s) * 1000)
    return events, states


def _with_password(suggestion: NewDevice) -> NewDevice:
    return NewDevice(
        suggestion.name,
        suggestion.driver,
        suggestion.url,
        "admin",
        "secret",
        suggestion.compatibility,
        suggestion.cameras,
        suggestion.inputs[:1],
    )


async def _next(heard: asyncio.Queue[tuple[float, m.Message]]) -> tuple[float, m.Message]:
    async with asyncio.timeout(_LIMIT_S):
        return await heard.get()


def _is_ready(message: m.Message) -> bool:
    """The camera's events arrive."""
    return isinstance(message, m.DeviceStateNotice) and any(
        one.state is DeviceState.ONLINE and one.events for one in message.devices
    )


def _kind(message: m.Message) -> str:
    if isinstance(message, m.EventNotice) and message.event.type == "sensor.active":
        return "event"
    return "io" if isinstance(message, m.IoNotice) else ""
