"""`kill -9` at random moments while 16 cameras are recorded, and power cuts (`powercut`).

After each restart, which must need no one: how much each camera lost at the moment of the kill
(what the server's own time line says against the moment it was killed), and whether every
segment, read by libav's demuxer, holds an unbroken run of the clip that the simulator plays,
access unit by access unit, equal to the clip's own, with all that stood there before.  Now and
then also whether the index that was left, once it is brought up to date, says the same as one that
is made from the segments alone.

Another number of kills: `python -m tests.bench.crash KILLS`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import av
from attrs import define, evolve, field

from axxon_client.net.link import ServerLink
from axxond.archive.index import Index
from axxond.archive.recovery import reconcile
from axxond.archive.segment import INDEX_NAME
from protocol.messages import GetStatus, GetTimeLine, ServerStatus, TimeLine
from tests.bench.powercut import power_cuts
from tests.bench.table import Row, as_text, limited
from tests.e2e.harness import Daemon, Simulator, add_device, log_in, until

_CAMERAS = 16
_KILLS, _QUICK_KILLS = 300, 3
_LIVES_S = 0.3, 4.0  # between recording on all cameras and the kill
_COMPARED_EVERY = 10
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


def read_units(path: Path) -> list[bytes]:
    """Digests of the video packets, as an ordinary demuxer sees them."""
    with av.open(str(path)) as container:
        return [_digest(bytes(packet)) for packet in container.demux(video=0) if packet.size]


def read_segments(folder: Path) -> dict[Path, list[bytes]]:
    """Of every segment the digests of its video packets, as an ordinary demuxer sees them."""
    return {path: read_units(path) for path in sorted(folder.rglob("*.mkv"))}


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


async def _recording(link: ServerLink) -> dict[str, int]:
    """Wait for all cameras; when each was first seen to send."""
    seen: dict[str, int] = {}

    async def online() -> bool:
        cameras = (await link.ask(GetStatus(), ServerStatus)).cameras
        now_us = time.time_ns() // 1000
        for one in cameras:
            if one.fps > 0:
                seen.setdefault(one.camera, now_us)
        return bool(cameras) and len(seen) == len(cameras)

    await until(online, 30, "recording on all cameras")
    return seen


def _recorded_since(folder: Path, since_s: float) -> dict[Path, list[bytes]]:
    """Of segments that were written to in this life; what is older is read again at the end."""
    paths = [path for path in folder.rglob("*.mkv") if path.stat().st_mtime >= since_s]
    return {path: read_units(path) for path in sorted(paths)}


@define
class _Kills:
    """What came of them."""

    losses_s: list[float] = field(factory=list)
    restarts_s: list[float] = field(factory=list)
    damage: int = 0
    differing: int = 0
    compared: int = 0

    async def one(
        self, daemon: Daemon, trust: Path, online: dict[str, int], since_s: float
    ) -> dict[str, int]:
        """`online`: when each camera was seen to send in this life; gives the same of the next."""
        await asyncio.sleep(random.uniform(*_LIVES_S))
        killed_us = time.time_ns() // 1000
        daemon.kill()
        standing = _recorded_since(daemon.data, since_s)
        if len(self.restarts_s) % _COMPARED_EVERY == 0:
            self.compared += 1
            self.differing += index_differs(next(daemon.data.rglob(INDEX_NAME)).parent)
        begin = time.monotonic()
        daemon.start()
        link = await log_in(daemon.port, trust)
        for camera, seen_us in online.items():
            end_us = await _footage_end_us(link, camera, killed_us)
            # Where nothing of this life is on the disk, all of it is lost.
            self.losses_s.append((killed_us - max(end_us, seen_us)) / 1e6)
        online = await _recording(link)
        self.restarts_s.append(time.monotonic() - begin)
        await link.close()
        now = {path: read_units(path) for path in standing if path.exists()}
        self.damage += _damage(standing, now)
        return online

    def tell(self) -> None:
        """How it goes, for who waits for hundreds of them."""
        done = len(self.restarts_s)
        if done % _COMPARED_EVERY == 0:
            worst, back = max(self.losses_s), max(self.restarts_s)
            text = f"{done} kills: worst loss {worst:.2f} s, slowest return {back:.1f} s"
            print(f"{text}, packets gone {self.damage}", file=sys.stderr, flush=True)


def index_differs(folder: Path) -> bool:
    """Whether the index of a folder that nobody uses, brought up to date, and one made from its
    segments alone are not the same.  Nothing in the folder is changed."""
    with tempfile.TemporaryDirectory() as place:
        for path in folder.glob(f"{INDEX_NAME}*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, place)
        held = [_held(folder, Path(place, name)) for name in (INDEX_NAME, "rebuilt.sqlite3")]
    return held[0] != held[1]


def _held(folder: Path, path: Path) -> dict[str, object]:
    with contextlib.closing(Index(path)) as index:
        reconcile(folder, index, mend=False)
        return {one.path: (evolve(one, id=0), index.entries(one.id)) for one in index.segments()}


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


async def _measure(count: int, folder: Path) -> list[Row]:
    kills = _Kills()
    cache = folder / "cache"
    with Simulator("--cameras", str(_CAMERAS), "--cache", str(cache)) as simulator:
        clip_path = next(cache.rglob("*.mp4"), None) or next(cache.rglob("*.mkv"))
        clip = read_units(clip_path)
        daemon = Daemon(folder / "data").start()
        trust = folder / "trust.json"
        link = await log_in(daemon.port, trust)
        for camera in simulator.cameras:
            await add_device(link, camera["name"], camera["url"])
        online = await _recording(link)
        await link.close()
        since_s = 0.0
        for _ in range(count):
            begun_s = time.time()
            online = await kills.one(daemon, trust, online, since_s)
            since_s = begun_s
            kills.tell()
        daemon.stop()
        segments = read_segments(daemon.data)
    wrong = Counter({path: broken(units, clip) for path, units in segments.items()})
    return _rows(kills, count, wrong.total(), len(segments))


def _rows(kills: _Kills, count: int, wrong: int, segments: int) -> list[Row]:
    worst, survived = max(kills.losses_s), len(kills.restarts_s)
    return [
        Row("kills survived", "", float(survived), goal=f"{count}", ok=survived == count),
        limited("worst loss of a camera", "s", worst, _LOSS_GOAL_S),
        Row("slowest return to recording", "s", max(kills.restarts_s)),
        Row("packets gone after recovery", "", float(kills.damage), goal="0",
            ok=kills.damage == 0),
        Row("access units wrong or missing within a segment", "", float(wrong), goal="0",
            ok=wrong == 0),
        Row("segments read", "", float(segments), goal="", ok=segments > 0),
        Row("indexes that differ from a rebuilt one", f"of {kills.compared}",
            float(kills.differing), goal="0", ok=kills.differing == 0),
    ]  # fmt: skip


def kill_rows(count: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(count, Path(folder)))


def run(quick: bool) -> list[Row]:
    return [*kill_rows(_QUICK_KILLS if quick else _KILLS), *power_cuts(quick)]


if __name__ == "__main__":
    print(as_text("crash", kill_rows(int(sys.argv[1]) if len(sys.argv) > 1 else _KILLS)))
