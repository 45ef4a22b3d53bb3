"""Recorded time stamps against the source's true clock, with ±200 ms of network jitter.

Two ways.  The clock alone (`StreamClock`), simulated for long: each packet late by 0 to 400 ms of
its own, arriving in any order (UDP), or in order (TCP: a late packet holds up those behind it);
from cameras that send sender reports (with the first packet, then every 5 s; their clock 10 ms
ahead), and from those that send none.  And the whole way: simulator, a proxy that delays what it
passes on, our RTSP client, recorder, archive; there the camera's clock also jumps by an hour.
Peer: times of arrival, as `ffmpeg -use_wallclock_as_timestamps` takes them, of the same packets.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from attrs import define, field, frozen

from axxond.archive.archive import Archive
from axxond.archive.link import Mode, RecordingLink
from axxond.archive.model import ArchiveSettings
from axxond.base.clock import SystemClock
from axxond.base.units import GIB, MS_US, SECOND_US
from axxond.devices.drivers import driver
from axxond.devices.port import StreamSettings
from axxond.devices.rtsp import rtcp
from axxond.devices.rtsp.track import HEAD_START_US
from axxond.devices.supervisor import StreamSupervisor
from axxond.media.timeline import CameraClock, StreamClock
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
_REPORT_EVERY = 5 * _FPS  # RFC 3550 §6.2
_AHEAD_US = 10 * MS_US
_WARM_S = 60  # how long jitter over TCP takes to be known
_SEEN_MS = 20.0  # what the simulator's clock may seem to differ by on a busy machine
_APART_S = 1e-6  # timers of one moment have no order
_PEER = "times of arrival"


def run(quick: bool) -> list[Row]:
    seeds, minutes = (2, 10) if quick else (6, 30)
    rows = [
        *_simulated(seeds, minutes, _Stream(in_order=False)),
        *_simulated(seeds, minutes, _Stream(in_order=True)),
        *_simulated(seeds, 1, _Stream(in_order=True, ahead_us=_AHEAD_US)),
        *_simulated(seeds, minutes, _Stream(in_order=True, ahead_us=_AHEAD_US)),
    ]
    return [*rows, _jump(), *asyncio.run(_whole_way(30 if quick else 150))]


# The clock alone


@frozen
class _Stream:
    """`in_order`: as over TCP.  `ahead_us`: what the camera's clock in its sender reports is ahead
    by; None: it sends none.  `jump_at`: the packet before which that clock is set by an hour."""

    in_order: bool
    ahead_us: int | None = None
    jump_at: int = -1


def _errors(seed: int, minutes: int, stream: _Stream) -> tuple[list[int], list[int]]:
    """Ours and the peer's: time stamp minus true time, in us, picture by picture."""
    chance = random.Random(seed)
    clock = StreamClock(_RATE, head_start_us=HEAD_START_US, slack_us=_SLACK_US)
    reports = CameraClock(clock)
    asked_us = _START_US - chance.randrange(_FRAME_US)
    clock.asked(asked_us)
    came_us = 0
    ours, peer = [], []
    for n in range(_FPS * 60 * minutes):
        true_us = _START_US + n * _FRAME_US
        own_us = true_us + chance.randrange(_JITTER_US)
        came_us = max(came_us, own_us) if stream.in_order else own_us
        set_us = 3600 * SECOND_US if 0 <= stream.jump_at <= n else 0
        raw = (n * _RATE // _FPS + set_us * _RATE // SECOND_US) % (1 << 32)
        ours.append(clock.stamp(raw, came_us).pts_us - true_us)
        peer.append(came_us - true_us)
        if stream.ahead_us is not None and n % _REPORT_EVERY == 0:
            reports.report(raw, true_us + stream.ahead_us + set_us)
    return ours, peer


def _simulated(seeds: int, minutes: int, stream: _Stream) -> list[Row]:
    warm = _WARM_S * _FPS if stream.ahead_us is None else 0
    whole, settled, peers = [], [], []
    for seed in range(seeds):
        ours, peer = _errors(seed, minutes, stream)
        whole.append(_p99_ms(ours))
        settled.append(_p99_ms(ours[warm:]))
        peers.append(_p99_ms(peer))
    name = "TCP, in order" if stream.in_order else "each packet on its own"
    what = f"p99 error, {name}, worst of {seeds} × {minutes} min"
    if stream.ahead_us is not None:
        what = f"{what}, sender reports, from the first packet on"
        return [limited(what, "ms", max(whole), _GOAL_MS, max(peers), _PEER)]
    return [
        limited(f"{what}, after 1 min", "ms", max(settled), _GOAL_MS, max(peers), _PEER),
        Row(f"{what}, from the first packet on", "ms", max(whole), max(peers), _PEER),
    ]


def _jump() -> Row:
    """The camera's clock is set by an hour in the middle: what that changes in any time stamp."""
    shifts_us = []
    for ahead_us in (None, _AHEAD_US):
        plain, _ = _errors(1, 4, _Stream(True, ahead_us))
        jumped, _ = _errors(1, 4, _Stream(True, ahead_us, jump_at=_FPS * 120))
        shifts_us += [abs(a - b) for a, b in zip(plain, jumped, strict=True)]
    shift_us = max(shifts_us)
    return limited("a clock set by 1 h moves time stamps by", "ms", shift_us / 1000, _GOAL_MS)


def _p99_ms(errors: list[int]) -> float:
    found = sorted(abs(one) for one in errors)
    return found[int(0.99 * (len(found) - 1))] / 1000


# The whole way


@define(eq=False)
class _Way:
    """A proxy that passes on media up to 400 ms later, in order.

    By place of the picture: its time stamp at the camera, when it was seen here and when it was
    passed on.  `tie`: RTP time stamp and UTC of the camera's first sender report.
    """

    upstream: int
    reports: bool = True  # whether sender reports are passed on
    chance: random.Random = field(factory=lambda: random.Random(1))
    spoiler: Spoiler = field(factory=Spoiler)
    ticks: list[int] = field(factory=list)
    seen_us: list[int] = field(factory=list)
    tie: tuple[int, int] | None = None
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
            pieces = list(splitter.feed(data))
            is_media = any(kind == "data" for kind, _ in pieces)
            late_s = self.chance.randrange(_JITTER_US) / SECOND_US if is_media else 0.0
            due_s = max(due_s, loop.time() + late_s)
            for kind, piece in pieces:
                due_s += _APART_S
                if kind == "data" and piece[1] == 0:
                    if piece[5] & 0x80:
                        self._saw(int.from_bytes(piece[8:12], "big"))
                        loop.call_at(due_s, self._came, len(self.came_us) - 1)
                    piece = self.spoiler.rtp(piece)
                elif kind == "data" and piece[1] == 1:
                    self._told(piece)
                    if not self.reports:
                        continue
                    piece = self.spoiler.rtcp(piece)
                loop.call_at(due_s, writer.write, piece)

    def _saw(self, ticks: int) -> None:
        self.ticks.append(ticks)
        self.seen_us.append(time.time_ns() // 1000)
        self.came_us.append(0)

    def _told(self, frame: bytes) -> None:
        for part in rtcp.parse(frame[4:]):
            if isinstance(part, rtcp.SenderReport) and part.ntp_us and self.tie is None:
                self.tie = part.rtp_time, part.ntp_us

    @property
    def true_us(self) -> list[int]:
        """By the simulator's clock, which is this machine's: right whatever the load."""
        assert self.tie is not None
        base, utc_us = self.tie
        since = [(one - base + (1 << 31)) % (1 << 32) - (1 << 31) for one in self.ticks]
        return [utc_us + one * SECOND_US // _RATE for one in since]

    def _came(self, place: int) -> None:
        self.came_us[place] = time.time_ns() // 1000


async def _whole_way(seconds: float) -> list[Row]:
    with (
        tempfile.TemporaryDirectory() as told,
        tempfile.TemporaryDirectory() as silent,
        harness.Simulator("--cameras", "1", "--bitrate", "400k") as simulator,
    ):
        ways = _Way(simulator.port), _Way(simulator.port, reports=False)
        async with ways[0].open(), ways[1].open():
            reporting, mute = await asyncio.gather(
                *(
                    _record(Path(folder), way, seconds)
                    for folder, way in zip((told, silent), ways, strict=True)
                )
            )
    return [*_recorded(reporting, ways[0], seconds), _unreported(mute, ways[1], seconds)]


def _errors_of(times: list[int], way: _Way) -> tuple[list[int], list[int]]:
    """Ours and the peer's, as `_errors`."""
    # Not strict: the last pictures are not in the archive.
    pairs = list(zip(times, way.true_us, way.came_us, strict=False))
    ours = [recorded - true for recorded, true, _ in pairs]
    return ours, [came - true for _, true, came in pairs if came]


def _recorded(times: list[int], way: _Way, seconds: float) -> list[Row]:
    ours, peer = _errors_of(times, way)
    seen = sorted(seen - true for seen, true in zip(way.seen_us, way.true_us, strict=True))
    middle = len(ours) // 2
    before, after = sorted(ours[middle - 100 : middle]), sorted(ours[middle : middle + 100])
    what = "p99 error, recorded"
    return [
        limited(
            f"{what}, {seconds:g} s from the first packet on",
            "ms",
            _p99_ms(ours),
            _GOAL_MS,
            _p99_ms(peer),
            _PEER,
        ),
        limited(
            f"{what}, the second half",
            "ms",
            _p99_ms(ours[middle:]),
            _GOAL_MS,
            _p99_ms(peer[middle:]),
            _PEER,
        ),
        limited(
            "recorded, a clock set by 1 h moves time stamps by (median of 4 s)",
            "ms",
            abs(after[50] - before[50]) / 1000,
            _GOAL_MS,
        ),
        limited(
            "for the record: pictures seen in the network after their time (median)",
            "ms",
            seen[len(seen) // 2] / 1000,
            _SEEN_MS,
        ),
        limited("pictures missing in the archive", "", max(0, len(seen) - len(ours) - 50), 0),
    ]


def _unreported(times: list[int], way: _Way, seconds: float) -> Row:
    ours, peer = _errors_of(times, way)
    what = f"p99 error, recorded, no sender reports, {seconds:g} s from the first packet on"
    return Row(what, "ms", _p99_ms(ours), _p99_ms(peer), _PEER)


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
