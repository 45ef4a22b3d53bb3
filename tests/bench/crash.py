"""`kill -9` at random moments while eight cameras are recorded.

After each restart, which must need no one: how much each camera lost at the moment of the kill
(what the server's own time line says against the moment it was killed), and whether every
segment, read by libav's demuxer, holds an unbroken run of the clip that the simulator plays,
access unit by access unit, equal to the clip's own, with all that stood there before.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import tempfile
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import av

from axxon_client.net.link import ServerLink
from protocol.messages import GetStatus, GetTimeLine, ServerStatus, TimeLine
from tests.bench.table import Row
from tests.e2e.harness import Daemon, Simulator, add_device, cameras, log_in, until

_CAMERAS = 8
_LOSS_GOAL_S = 2.0
_HOUR_US = 3_600_000_000


def _digest(data: bytes) -> bytes:
    """Of the slices (NAL types 1 and 5) behind their 4-byte lengths: cameras add parameter sets
    to what a file holds."""
    digest = hashlib.blake2b(digest_size=12)
    place = 0
    while place + 4 < len(data):
        end = place + 4 + int.from_bytes(data[place : place + 4])
        if data[place + 4] & 31 in (1, 5):
            digest.update(data[place + 4 : end])
        place = end
    return digest.digest()


def _read(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [_digest(bytes(packet)) for packet in container.demux(video=0) if packet.size]


def read_segments(folder: Path) -> dict[Path, list[bytes]]:
    """Of every segment the digests of its video packets, as an ordinary demuxer sees them."""
    return {path: _read(path) for path in sorted(folder.rglob("*.mkv"))}


def broken(segment: list[bytes], clip: list[bytes]) -> int:
    """Access units that are not the clip's, or do not follow the one before."""
    place = {digest: number for number, digest in enumerate(clip)}
    numbers = [place.get(digest, -1) for digest in segment]
    strangers = sum(number < 0 for number in numbers)
    jumps = sum(
        (after - before) % len(clip) != 1
        for before, after in pairwise(numbers)
        if before >= 0 and after >= 0
    )
    return strangers + jumps


async def _footage_end_us(link: ServerLink, camera: str, before_us: int) -> int:
    """Where the footage that was recorded before a moment ends."""
    line = await link.ask(GetTimeLine(camera, before_us - _HOUR_US, before_us, 200_000), TimeLine)
    return max((span.end_us for span in line.spans if span.kind == "footage"), default=0)


async def _recording(link: ServerLink) -> None:
    async def online() -> bool:
        return all(s.fps > 0 for s in (await link.ask(GetStatus(), ServerStatus)).cameras)

    await until(online, 30, "recording on all cameras")


async def _crash_once(
    daemon: Daemon, trust: Path, ids: list[str]
) -> tuple[list[float], float, dict[Path, list[bytes]]]:
    """Loss of each camera in s, the restart's time in s, and what stood on disk at the kill."""
    await asyncio.sleep(random.uniform(2.0, 7.0))
    killed_us = time.time_ns() // 1000
    daemon.kill()
    standing = read_segments(daemon.data)
    begin = time.monotonic()
    daemon.start()
    link = await log_in(daemon.port, trust)
    losses = [(killed_us - await _footage_end_us(link, camera, killed_us)) / 1e6 for camera in ids]
    await _recording(link)
    took = time.monotonic() - begin
    await link.close()
    return losses, took, standing


def _damage(standing: dict[Path, list[bytes]], now: dict[Path, list[bytes]]) -> int:
    """Packets that an ordinary demuxer saw before the restart and does not see after it.

    The last ones of a torn cluster (at most one per segment that was open) are not counted: the
    demuxer shows pieces of a cluster that recovery cuts off as a whole.
    """
    lost = 0
    for path, before in standing.items():
        after = now.get(path, [])
        kept = sum(b == a for b, a in zip(before, after, strict=False))
        lost += 0 if before[: len(after)] == after else len(before) - kept
    return lost


async def _measure(kills: int, folder: Path) -> list[Row]:
    losses: list[float] = []
    restarts: list[float] = []
    damage = 0
    cache = folder / "cache"
    with Simulator("--cameras", str(_CAMERAS), "--cache", str(cache)) as simulator:
        clip_path = next(cache.rglob("*.mp4"), None) or next(cache.rglob("*.mkv"))
        clip = _read(clip_path)
        daemon = Daemon(folder / "data").start()
        trust = folder / "trust.json"
        link = await log_in(daemon.port, trust)
        for camera in simulator.cameras:
            await add_device(link, camera["name"], camera["url"])
        ids = list((await cameras(link)).values())
        await _recording(link)
        await link.close()
        for _ in range(kills):
            lost, took, standing = await _crash_once(daemon, trust, ids)
            losses += lost
            restarts.append(took)
            damage += _damage(standing, read_segments(daemon.data))
        daemon.stop()
        segments = read_segments(daemon.data)
    wrong = Counter({path: broken(units, clip) for path, units in segments.items()})
    return [
        Row("kills survived", "", float(kills), goal=f"{kills}", ok=len(restarts) == kills),
        Row("worst loss of a camera", "s", max(losses), goal=f"≤ {_LOSS_GOAL_S:g}",
            ok=max(losses) <= _LOSS_GOAL_S),
        Row("slowest return to recording", "s", max(restarts), goal="", ok=True),
        Row("packets gone after recovery", "", float(damage), goal="0", ok=damage == 0),
        Row("access units wrong or missing within a segment", "", float(wrong.total()),
            goal="0", ok=wrong.total() == 0),
        Row("segments read", "", float(len(segments)), goal="", ok=bool(segments)),
    ]  # fmt: skip


def run(quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(3 if quick else 30, Path(folder)))
