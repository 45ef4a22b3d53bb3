"""Our side of `analytics-64`: a process that records cameras' main streams and has their low ones
analysed by others, as the daemon does.

Reads `{"folder", "main": [url], "low": [url]}`; says `{"online": N}` when all streams are there.
On the word `measure` it forgets what it has measured so far and says `{}`; on `stop` it ends and
says what it has measured since.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import uvloop
from attrs import define, field

from axxond.analytics import warm_up
from axxond.analytics.chain import Findings
from axxond.analytics.warmup import prepare
from axxond.archive.archive import Archive
from axxond.archive.link import Mode, RecordingLink
from axxond.archive.model import ArchiveSettings
from axxond.base.clock import SystemClock
from axxond.base.tasks import in_thread
from axxond.base.units import GIB
from axxond.devices.drivers import driver
from axxond.devices.port import StreamSettings
from axxond.devices.supervisor import StreamState, StreamSupervisor
from axxond.media.packet import Packet
from axxond.stream.hub import StreamHub, StreamKey
from axxond.stream.pool import DecodedStream, DecoderPool
from axxond.stream.workers import ProcessCrew
from protocol.types import DeviceState, StreamRole
from tests.bench.analytics_timed import Timed

_KERNELS = Path(tempfile.gettempdir()) / "axxon-bench-kernels"


def _say(found: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


@define
class Lateness:
    """From a packet's arrival at its hub to its result on the event loop."""

    results_ms: list[float] = field(factory=list)
    events: int = 0
    since_s: float = 0.0
    _arrived_s: dict[tuple[str, int], float] = field(factory=dict)

    def arrived(self, camera: str, packet: Packet) -> None:
        if packet.is_video:
            self._arrived_s[camera, packet.pts_us] = asyncio.get_running_loop().time()

    def result(self, camera: str, found: tuple[int, Findings | None]) -> None:
        pts_us, findings = found
        began_s = self._arrived_s.pop((camera, pts_us), None)
        if began_s is not None:
            now_s = asyncio.get_running_loop().time()
            self.results_ms.append(1000 * (now_s - began_s))
        self.events += len(findings.events) if findings is not None else 0

    @property
    def waiting(self) -> int:
        return len(self._arrived_s)

    def clear(self) -> None:
        self.since_s = asyncio.get_running_loop().time()
        self.results_ms.clear()
        self._arrived_s.clear()
        self.events = 0


class Cameras:
    def __init__(self, work: dict[str, Any], archive: Archive, pool: DecoderPool) -> None:
        self.online = asyncio.Event()
        self.lateness = Lateness()
        self.streams: list[DecodedStream[tuple[int, Findings | None]]] = []
        self._before_cpu_s = 0.0
        self._archive = archive
        self._pool = pool
        self._waiting = {*work["main"], *work["low"]}
        self._supervisors: list[StreamSupervisor] = []
        for number, (main, low) in enumerate(zip(work["main"], work["low"], strict=True), 1):
            self._add(str(number), main, low)

    def _add(self, name: str, main: str, low: str) -> None:
        hub = StreamHub(StreamKey(name, StreamRole.HIGH))
        link = RecordingLink(f"link-{name}", name, f"camera {name}", Mode.CONTINUOUS)
        self._archive.recorder.attach(link, hub)
        self._watch(main, hub)
        seen = StreamHub(StreamKey(name, StreamRole.LOW))
        lateness = self.lateness
        stream = self._pool.open(
            seen, Timed(), lambda found: lateness.result(name, found), f"analytics {name}"
        )
        self.streams.append(stream)
        self._watch(low, seen, lambda packet: lateness.arrived(name, packet))

    def _watch(self, url: str, hub: StreamHub, note: Any = None) -> None:
        def on_state(state: StreamState) -> None:
            if state.state is DeviceState.ONLINE:
                self._waiting.discard(url)
                if not self._waiting:
                    self.online.set()
            elif state.failure is not None:
                sys.stderr.write(f"{url}: {state.reason}\n")

        def on_packet(packet: Packet) -> None:
            if note is not None:
                note(packet)
            hub.publish(packet)

        supervisor = StreamSupervisor(
            StreamSettings(url), driver("rtsp"), on_packet, on_state, SystemClock()
        )
        self._supervisors.append(supervisor)
        supervisor.start()

    async def stop(self) -> None:
        await asyncio.gather(*(supervisor.stop() for supervisor in self._supervisors))

    @property
    def cpu_s(self) -> float:
        """Of decoding and detectors so far."""
        return sum(stream.stats.cpu_us for stream in self.streams) / 1e6

    def begin(self) -> None:
        """What is measured begins here."""
        self._before_cpu_s = self.cpu_s
        self.lateness.clear()

    def counters(self) -> dict[str, object]:
        stats = [stream.stats for stream in self.streams]
        return {
            "results_ms": self.lateness.results_ms,
            "events": self.lateness.events,
            "dropped": sum(one.dropped for one in stats),
            "skipped": sum(one.skipped for one in stats),
            "errors": sum(one.errors for one in stats),
            "decode_cpu_s": self.cpu_s - self._before_cpu_s,
            "seconds": asyncio.get_running_loop().time() - self.lateness.since_s,
            "turn_s": self._pool.turn_s,
        }


async def _main() -> None:
    work = json.loads(sys.stdin.readline())
    await warm_up(_KERNELS)
    settings = ArchiveSettings("bench", Path(work["folder"]), 100 * GIB)
    archive = await Archive.open(
        settings, SystemClock(), lambda trouble: sys.stderr.write(f"{trouble}\n")
    )
    pool = DecoderPool(ProcessCrew(prepare=partial(prepare, _KERNELS)))
    cameras = Cameras(work, archive, pool)
    await cameras.online.wait()
    _say({"online": len(work["main"])})
    await in_thread(sys.stdin.readline)
    cameras.begin()
    _say({})
    await in_thread(sys.stdin.readline)
    found = cameras.counters()
    await cameras.stop()
    await pool.close()
    await archive.close()
    _say(found)


if __name__ == "__main__":
    uvloop.run(_main())
