"""Recorded time stamps against the source's true clock, with ±200 ms of network jitter.

Two ways.  The clock alone (`StreamClock`), simulated for long: each packet late by 0 to 400 ms of
its own, arriving in any order (UDP), or in order (TCP: a late packet holds up those behind it).
And the whole way: simulator, a proxy that delays what it passes on, our RTSP client, recorder,
archive; there the camera's clock also jumps by an hour.  Peer: times of arrival, as
`ffmpeg -use_wallclock_as_timestamps` takes them, of the same packets.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from attrs import define, field

from axxond.archive.archive import Archive
from axxond.archive.link import Mode, RecordingLink
from axxond.archive.model import ArchiveSettings
from axxond.base.clock import SystemClock
from axxond.base.units import GIB, MS_US, SECOND_US
from axxond.devices.drivers import driver
from axxond.devices.port import StreamSettings
from axxond.devices.rtsp.track import HEAD_START_US
from axxond.devices.supervisor import StreamSupervisor
from axxond.media.timeline import StreamClock
from axxond.stream.hub import StreamHub, StreamKey
from protocol.types import StreamRole
from tests.bench.chaos_wire import Splitter, Spoiler
from tests.bench.table import Row, limited
from tests.e2e import harness

_GOAL_MS = 40.0
_JITTER_US = 400 * MS_US
_FPS = 25
_FRAME_US = SECOND_US // _FPS
_RATE = 90_000
_SLACK_US = 10 * MS_US  # as the RTSP client's
_START_US = 1_795_000_000 * SECOND_US
_WARM_S = 60  # how long jitter over TCP takes to be known
_APART_S = 1e-6  # timers of one moment have no order
_PEER = "times of arrival"


def run(quick: bool) -> list[Row]:
    seeds, minutes = (2, 10) if quick else (6, 30)
    rows = [*_simulated(seeds, minutes, False), *_simulated(seeds, minutes, True), _jump()]
    return [*rows, *asyncio.run(_whole_way(30 if quick else 150))]


# The clock alone


def _errors(
    seed: int, minutes: int, in_order: bool, jump_at: int = -1
) -> tuple[list[int], list[int]]:
    """Ours and the peer's: time stamp minus true time, in us, picture by picture."""
    chance = random.Random(seed)
    clock = StreamClock(_RATE, head_start_us=HEAD_START_US, slack_us=_SLACK_US)
    came_us = 0
    ours, peer = [], []
    for n in range(_FPS * 60 * minutes):
        true_us = _START_US + n * _FRAME_US
        own_us = true_us + chance.randrange(_JITTER_US)
        came_us = max(came_us, own_us) if in_order else own_us
        ticks = n * _RATE // _FPS + (3600 * _RATE if 0 <= jump_at <= n else 0)
        ours.append(clock.stamp(ticks % (1 << 32), came_us).pts_us - true_us)
        peer.append(came_us - true_us)
    return ours, peer


def _simulated(seeds: int, minutes: int, in_order: bool) -> list[Row]:
    warm = _WARM_S * _FPS
    whole, settled, peers = [], [], []
    for seed in range(seeds):
        ours, peer = _errors(seed, minutes, in_order)
        whole.append(_p99_ms(ours))
        settled.append(_p99_ms(ours[warm:]))
        peers.append(_p99_ms(peer))
    name = "TCP, in order" if in_order else "each packet on its own"
    what = f"p99 error, {name}, worst of {seeds} × {minutes} min"
    return [
        limited(f"{what}, after 1 min", "ms", max(settled), _GOAL_MS, max(peers), _PEER),
        Row(f"{what}, from the first packet on", "ms", max(whole), max(peers), _PEER),
    ]


def _jump() -> Row:
    """The camera's clock is set by an hour in the middle: what that changes in any time stamp."""
    plain, _ = _errors(1, 4, in_order=True)
    jumped, _ = _errors(1, 4, in_order=True, jump_at=_FPS * 120)
    shift_us = max(abs(a - b) for a, b in zip(plain, jumped, strict=True))
    return limited("a clock set by 1 h moves time stamps by", "ms", shift_us / 1000, _GOAL_MS)


def _p99_ms(errors: list[int]) -> float:
    found = sorted(abs(one) for one in errors)
    return found[int(0.99 * (len(found) - 1))] / 1000


# The whole way


@define(eq=False)
class _Way:
    """A proxy that passes on what a camera sends up to 400 ms later, in order; `true_us`: when
    each picture came from the camera, by its place."""

    upstream: int
    chance: random.Random = field(factory=lambda: random.Random(1))
    spoiler: Spoiler = field(factory=Spoiler)
    true_us: list[int] = field(factory=list)
    came_us: list[int] = field(factory=list)
    port: int = 0

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        down = asyncio.create_task(self._down(up_reader, writer))
        try:
            while data := await reader.read(65536):
                up_writer.write(data)
        except OSError:
            pass
        finally:
            down.cancel()
            up_writer.transport.abort()
            writer.transport.abort()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop, splitter = asyncio.get_running_loop(), Splitter()
        due_s = 0.0
        while data := await reader.read(65536):
            late_s = self.chance.randrange(_JITTER_US) / SECOND_US if self.true_us else 0.0
            due_s = max(due_s, loop.time() + late_s)
            for kind, piece in splitter.feed(data):
                due_s += _APART_S
                if kind == "data" and piece[1] == 0:
                    if piece[5] & 0x80:
                        self.true_us.append(time.time_ns() // 1000)
                        self.came_us.append(0)
                        loop.call_at(due_s, self._came, len(self.came_us) - 1)
                    piece = self.spoiler.rtp(piece)
                elif kind == "data" and piece[1] == 1:
                    piece = self.spoiler.rtcp(piece)
                loop.call_at(due_s, writer.write, piece)

    def _came(self, place: int) -> None:
        self.came_us[place] = time.time_ns() // 1000


async def _whole_way(seconds: float) -> list[Row]:
    with (
        tempfile.TemporaryDirectory() as name,
        harness.Simulator("--cameras", "1", "--bitrate", "400k") as simulator,
    ):
        way = _Way(simulator.port)
        async with way.open():
            times = await _record(Path(name), way, seconds)
    count = min(len(times), len(way.true_us))
    pairs = list(zip(times[:count], way.true_us[:count], way.came_us[:count], strict=True))
    ours = [recorded - true for recorded, true, _ in pairs]
    peer = [came - true for _, true, came in pairs if came]
    middle = count // 2
    before, after = sorted(ours[middle - 100 : middle]), sorted(ours[middle : middle + 100])
    return [
        Row(
            f"p99 error, recorded, {seconds:g} s from the first packet on",
            "ms",
            _p99_ms(ours),
            _p99_ms(peer),
            _PEER,
        ),
        Row(
            "p99 error, recorded, the second half",
            "ms",
            _p99_ms(ours[middle:]),
            _p99_ms(peer[middle:]),
            _PEER,
        ),
        limited(
            "recorded, a clock set by 1 h moves time stamps by (median of 4 s)",
            "ms",
            abs(after[50] - before[50]) / 1000,
            _GOAL_MS,
        ),
        limited("pictures missing in the archive", "", max(0, len(way.true_us) - count - 50), 0),
    ]


async def _record(folder: Path, way: _Way, seconds: float) -> list[int]:
    """Times of the pictures in the archive, in order; the clock jumps half way."""
    clock = SystemClock()
    archive = await Archive.open(
        ArchiveSettings("bench", folder, GIB), clock, lambda trouble: None
    )
    hub = StreamHub(StreamKey("camera", StreamRole.HIGH))
    archive.recorder.attach(RecordingLink("link", "camera", "camera", Mode.CONTINUOUS), hub)
    supervisor = StreamSupervisor(
        StreamSettings(f"rtsp://127.0.0.1:{way.port}/load/1"),
        driver("rtsp"),
        hub.publish,
        lambda state: None,
        clock,
    )
    supervisor.start()
    await asyncio.sleep(seconds / 2)
    way.spoiler.shift_s = 3600
    await asyncio.sleep(seconds / 2)
    await supervisor.stop()
    await archive.flush()
    times = [
        packet.pts_us
        async for gop in archive.reader.gops("camera", 0, audio=False)
        for packet in gop
    ]
    await archive.close()
    return times
