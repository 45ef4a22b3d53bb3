"""What viewers get and what they can't do: the first picture's delay, and a client that hangs.

Eight cameras with a GOP of 4 s are recorded.  (1) A new viewer opens a camera at random moments:
time from the request to its first decoded picture.  (2) One client opens every camera and reads
nothing for a minute; beside it a well-behaved client must lose nothing, the recorder must lose
nothing, and the daemon's memory must stay bounded.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from axxon_client.net.channels import ChannelMessage
from axxon_client.net.link import ServerLink
from axxon_client.video.decode import VideoDecoder
from protocol.messages import (
    Change,
    Changed,
    ChangeTree,
    ChannelNotice,
    FormatNotice,
    GetStatus,
    GetTree,
    Hello,
    Login,
    MediaFrame,
    OpenLive,
    ServerStatus,
    Tree,
)
from protocol.transport import WireConnection, client_context, connect
from protocol.types import ObjectKind, StreamRole, VideoFormat
from tests.bench.table import Row
from tests.e2e.harness import PASSWORD, Daemon, Simulator, add_device, cameras, log_in, until

_CAMERAS = 8
_GOP_S = 4
# One picture of 25 a second is missing.
_HOLE_US = 70_000
# What a hung client may cost the server: its bounded queue, TLS buffers, the allocator's slack.
_GROWTH_GOAL_MB = 40.0


class Viewer:
    """Counts what a live channel brings; `picture` is done with the first decoded picture."""

    def __init__(self) -> None:
        self.frames = 0
        self.skipped = 0
        self.holes = 0
        self._last_us = 0
        self._decoder = VideoDecoder()
        self.picture: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def reset(self) -> None:
        self.frames = 0

    def lost(self, reason: str) -> None:
        raise AssertionError(f"the live channel was lost: {reason}")

    def message(self, message: ChannelMessage) -> None:
        if isinstance(message, FormatNotice) and isinstance(message.format, VideoFormat):
            self._decoder.configure(message.format)
        if isinstance(message, ChannelNotice) and message.what == "skipped":
            self.skipped += message.count

    def media(self, frame: MediaFrame) -> None:
        if frame.track == 0:
            self.frames += 1
            self.holes += self.frames > 1 and frame.pts_us - self._last_us > _HOLE_US
            self._last_us = frame.pts_us
        if not self.picture.done() and frame.track == 0:
            assert frame.keyframe or self.frames > 1, "the first packet is no key frame"
            if self._decoder.decode(frame.payload, frame.pts_us, frame.dts_us):
                self.picture.set_result(None)


async def _first_pictures_ms(link: ServerLink, ids: list[str], count: int) -> list[float]:
    delays = []
    for _ in range(count):
        await asyncio.sleep(random.uniform(0.1, 0.9))
        viewer = Viewer()
        begin = time.perf_counter()
        tap = await link.open_live(random.choice(ids), StreamRole.HIGH, False, viewer)
        await asyncio.wait_for(viewer.picture, 10)
        delays.append((time.perf_counter() - begin) * 1000)
        await tap.close()
    return delays


async def _hung_client(port: int, ids: list[str]) -> WireConnection:
    wire = await connect("127.0.0.1", port, client_context(), Hello([1], "hung client"))
    await wire.request(Login("admin", PASSWORD))
    for camera in ids:
        await wire.request(OpenLive(camera))
    assert wire._transport is not None
    wire._transport.pause_reading()
    return wire


async def _status(link: ServerLink) -> ServerStatus:
    return await link.ask(GetStatus(), ServerStatus)


async def _beside_a_hung_client(
    link: ServerLink, daemon: Daemon, ids: list[str], seconds: float
) -> dict[str, float]:
    process = psutil.Process(daemon.pid)
    viewers = [Viewer() for _ in ids]
    taps = [
        await link.open_live(camera, StreamRole.HIGH, False, viewer)
        for camera, viewer in zip(ids, viewers, strict=True)
    ]
    await asyncio.sleep(5)
    before = {status.camera: status for status in (await _status(link)).cameras}
    for viewer in viewers:
        viewer.holes = 0
    memory = process.memory_info().rss
    hung = await _hung_client(daemon.port, ids)
    peak = memory
    for _ in range(int(seconds)):
        await asyncio.sleep(1)
        peak = max(peak, process.memory_info().rss)
    after = {status.camera: status for status in (await _status(link)).cameras}
    result = {
        "growth_mb": (peak - memory) / 1e6,
        "holes": float(sum(viewer.holes for viewer in viewers)),
        "skipped": float(sum(viewer.skipped for viewer in viewers)),
        "lost": float(sum(after[c].lost_packets - before[c].lost_packets for c in ids)),
    }
    for tap in taps:
        await tap.close()
    hung.abort()
    return result


async def _without_detectors(link: ServerLink) -> None:
    """Their decoders start meanwhile, and would be counted as the hung client's memory."""
    tree = await link.ask(GetTree(), Tree)
    detectors = [one for one in tree.objects if one.kind is ObjectKind.DETECTOR]
    changes = [Change(one.id, revision=one.revision, remove=True) for one in detectors]
    await link.ask(ChangeTree(changes), Changed)


async def _measure(quick: bool, folder: Path) -> list[Row]:
    arguments = ("--cameras", str(_CAMERAS), "--gop-seconds", str(_GOP_S), "--cache", str(folder))
    with Simulator(*arguments) as simulator, Daemon(folder / "data") as daemon:
        link = await log_in(daemon.port, folder / "trust.json")
        for camera in simulator.cameras:
            await add_device(link, camera["name"], camera["url"])
        ids = list((await cameras(link)).values())
        await _without_detectors(link)

        async def online() -> bool:
            return all(status.fps > 0 for status in (await _status(link)).cameras)

        await until(online, 30, "all cameras being online")
        await asyncio.sleep(_GOP_S)
        delays = await _first_pictures_ms(link, ids, 10 if quick else 40)
        beside = await _beside_a_hung_client(link, daemon, ids, 15 if quick else 60)
        await link.close()
    p95 = statistics.quantiles(delays, n=20)[-1]
    growth = beside["growth_mb"]
    return [
        Row("first picture, median", "ms", statistics.median(delays), goal="≤ 300",
            ok=statistics.median(delays) <= 300),
        Row("first picture, p95", "ms", p95, goal="≤ 300", ok=p95 <= 300),
        Row("memory beside a hung client", "MB", growth, goal=f"≤ {_GROWTH_GOAL_MB:g}",
            ok=growth <= _GROWTH_GOAL_MB),
        Row("packets other viewers skipped", "", beside["skipped"], goal="0",
            ok=beside["skipped"] == 0),
        Row("pictures other viewers missed", "", beside["holes"], goal="0",
            ok=beside["holes"] == 0),
        Row("packets lost by the server", "", beside["lost"], goal="0", ok=beside["lost"] == 0),
    ]  # fmt: skip


def run(quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(quick, Path(folder)))
