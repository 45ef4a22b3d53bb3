"""Our side of `ingest`: one process that records cameras as the daemon does, and nothing else.

Says `{"online": N}` when all cameras are there; on the word `stop` (standard input) it ends the
sessions, closes the archive and says `{"received": …, "recorded": …, "lost": …}` by camera.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import uvloop

from axxond.archive.archive import Archive
from axxond.archive.link import Mode, RecordingLink
from axxond.archive.model import ArchiveSettings
from axxond.base.clock import SystemClock
from axxond.base.tasks import in_thread
from axxond.base.units import GIB
from axxond.devices.drivers import driver
from axxond.devices.port import StreamSettings
from axxond.devices.supervisor import StreamState, StreamSupervisor
from axxond.stream.hub import StreamHub, StreamKey
from protocol.types import DeviceState, StreamRole


def _say(found: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


class Cameras:
    """One hub and one supervisor each."""

    def __init__(self, urls: list[str], archive: Archive) -> None:
        self.online = asyncio.Event()
        self._archive = archive
        self._waiting = set(urls)
        self._hubs: dict[str, StreamHub] = {}
        self._supervisors = [self._add(url) for url in urls]

    def _add(self, url: str) -> StreamSupervisor:
        name = url.rpartition("/")[2]
        hub = self._hubs[name] = StreamHub(StreamKey(name, StreamRole.HIGH))
        self._archive.recorder.attach(
            RecordingLink(f"link-{name}", name, f"camera {name}", Mode.CONTINUOUS), hub
        )

        def on_state(state: StreamState) -> None:
            if state.state is DeviceState.ONLINE:
                self._waiting.discard(url)
                if not self._waiting:
                    self.online.set()
            elif state.failure is not None:
                sys.stderr.write(f"{url}: {state.reason}\n")

        supervisor = StreamSupervisor(
            StreamSettings(url), driver("rtsp"), hub.publish, on_state, SystemClock()
        )
        supervisor.start()
        return supervisor

    async def stop(self) -> None:
        await asyncio.gather(*(supervisor.stop() for supervisor in self._supervisors))

    def counters(self) -> dict[str, object]:
        stats = {name: self._archive.recorder.stats(name) for name in self._hubs}
        return {
            "received": {name: hub.received_packets for name, hub in self._hubs.items()},
            "network_lost": sum(hub.lost_packets for hub in self._hubs.values()),
            "recorded": {name: one.packets for name, one in stats.items()},
            "lost": sum(one.lost for one in stats.values()),
        }


async def _main() -> None:
    work = json.loads(sys.stdin.readline())
    settings = ArchiveSettings("bench", Path(work["folder"]), 100 * GIB)
    archive = await Archive.open(
        settings, SystemClock(), lambda trouble: sys.stderr.write(f"{trouble}\n")
    )
    cameras = Cameras(work["urls"], archive)
    await cameras.online.wait()
    _say({"online": len(work["urls"])})
    await in_thread(sys.stdin.readline)
    await cameras.stop()
    await archive.close()
    _say(cameras.counters())


if __name__ == "__main__":
    uvloop.run(_main())
