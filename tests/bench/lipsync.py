"""How far apart a flash is seen and the beep of the same instant is heard, end to end.

A camera (`tests.fakes.clapper`, over RTSP, with G.711 and with AAC) → the real daemon → the
client's own feeds, tile surface and sound, live and from the archive.  Seen: when the surface has
painted the first bright picture.  Heard: when the sound card (a null device, which keeps a real
one's pace) comes to the first loud sample that was handed to it; it starts with its first call.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from attrs import frozen

from axxond.base.clock import SystemClock
from axxond.devices.demo.player import Pacer
from axxond.devices.demo.server import CameraServer, Stream
from protocol.types import Codec
from tests.bench import measure
from tests.bench.table import Row, limited
from tests.e2e import harness
from tests.fakes import clapper

_GOAL_MS = 40.0
_NAMES = {Codec.PCMU: "G.711", Codec.AAC: "AAC"}
_BEGUN_S = 4.0  # of the recording, before anything is asked of it
_END_S = 60.0


@frozen
class Orders:
    """For the client's window (`lipsync_window`).  `from_us`: of the archive; 0: live."""

    port: int
    password: str
    camera: str
    seconds: float
    from_us: int = 0


def run(quick: bool) -> list[Row]:
    return asyncio.run(_run(16.0 if quick else 60.0))


async def _run(seconds: float) -> list[Row]:
    played = {codec: await asyncio.to_thread(clapper.tracks, codec) for codec in _NAMES}
    clock = SystemClock()
    streams = {name: Stream(name, name, played[codec]) for codec, name in _NAMES.items()}
    server = CameraServer(streams, Pacer(clock.monotonic_us, clock.now_us))
    await server.start(0)
    try:
        with tempfile.TemporaryDirectory(prefix="axxon-lips-") as place:
            daemon = await asyncio.to_thread(harness.Daemon(Path(place) / "data").start)
            try:
                return await _measured(daemon, Path(place), server.port, seconds)
            finally:
                await asyncio.to_thread(daemon.stop)
    finally:
        await server.close()


async def _measured(
    daemon: harness.Daemon, place: Path, camera_port: int, seconds: float
) -> list[Row]:
    link = await harness.log_in(daemon.port, place / "trust.json")
    for name in _NAMES.values():
        await harness.add_device(link, name, f"rtsp://127.0.0.1:{camera_port}/{name}")
    ids = await harness.cameras(link)
    await link.close()
    begun_us = time.time_ns() // 1000
    await asyncio.sleep(_BEGUN_S)
    rows = []
    for name in _NAMES.values():
        orders = Orders(daemon.port, harness.PASSWORD, ids[name], seconds)
        rows += _rows(f"live, {name}", await asyncio.to_thread(_window, place, orders))
    for name in _NAMES.values():
        from_us = begun_us + round(_BEGUN_S * 1e6)
        orders = Orders(daemon.port, harness.PASSWORD, ids[name], seconds, from_us)
        rows += _rows(f"archive, {name}", await asyncio.to_thread(_window, place, orders))
    return rows


def _window(place: Path, orders: Orders) -> dict[str, Any]:
    file = place / "orders.json"
    told = {name: getattr(orders, name) for name in Orders.__annotations__}
    file.write_text(json.dumps(told))
    with measure.module("tests.bench.lipsync_window", str(file)) as window:
        return measure.line(window)


def _rows(what: str, found: dict[str, Any]) -> list[Row]:
    late = [one / 1000 for one in pairs(found["seen_us"], found["heard_us"])]
    wide = sorted(abs(one) for one in late)
    expected = min(len(found["seen_us"]), len(found["heard_us"]))
    p95 = wide[int(0.95 * (len(wide) - 1))]
    rows = [
        limited(f"{what}: sound apart from picture, p95 of {len(late)}", "ms", p95, _GOAL_MS),
        Row(f"{what}: the most", "ms", wide[-1]),
        Row(f"{what}: sound after picture, median", "ms", statistics.median(late)),
        limited(f"{what}: flashes without a beep", "", max(0, expected - len(late)), 1),
    ]
    if what.startswith("live"):
        rows.append(Row(f"{what}: picture after the source", "ms", found["behind_us"] / 1000))
    return rows


def pairs(seen_us: list[int], heard_us: list[int]) -> list[int]:
    """Heard minus seen, of each flash and the beep next to it, half a period away at most."""
    most_us = clapper.EVERY_S * 500_000
    nearest = [min((one - at for one in heard_us), key=abs, default=most_us) for at in seen_us]
    return [one for one in nearest if abs(one) < most_us]
