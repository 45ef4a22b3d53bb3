"""A process that records: archive and recorder, fed with really encoded streams in real time.

`python -m tests.bench.archive_feed FILE` reads its orders (JSON, see `Orders`) from a file.  It
tells how it is on stdout, a line of JSON twice a second, and leaves a pickle of all that was given
to the recorder.  A line on stdin, or its end, ends it.  With `databases` it also keeps a journal
and a configuration.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import pickle
import random
import sys
import time
import zlib
from collections import deque
from pathlib import Path
from typing import Any

import psutil
from attrs import asdict, define, evolve, field

from axxond.archive.archive import Archive
from axxond.archive.errors import Trouble
from axxond.archive.link import Mode, RecordingLink
from axxond.archive.model import ArchiveSettings, VolumeSettings
from axxond.base.clock import SystemClock
from axxond.config.objects import ConfigObject
from axxond.config.store import Commit, ConfigStore
from axxond.events.bus import EventBus
from axxond.events.types import SERVER_STARTED, Event
from axxond.journal.journal import Journal
from axxond.media.packet import Packet
from axxond.stream.hub import StreamHub, StreamKey
from protocol.types import Codec, ObjectKind, StreamRole
from tests.axxond.archive.encoded import audio, video

_TURN_S = 0.02
_TICKS_US = 100  # times of the container: what is read back is exact
_MIB = 1 << 20


@define
class Orders:
    folder: str  # of the databases
    source: str  # the pickle
    volumes: list[str] = field(factory=list)  # none: `archive` in the folder
    cameras: int = 16
    seconds: float = 60.0
    fps: int = 10
    padding: int = 0  # bytes added to every picture, as a load
    quota_bytes: int = 1 << 40
    events: int = 0  # the last so many cameras are recorded on event only
    databases: bool = False
    restless: bool = False  # links are taken off and attached again


@define
class Source:
    """What was given: by camera and (kind, pts) the checksum of the bytes.  `wanted`: cameras that
    are recorded all the time.  `acknowledged`: (time, object id) of configuration changes."""

    given: dict[str, dict[tuple[bool, int], int]] = field(factory=dict)
    wanted: list[str] = field(factory=list)
    acknowledged: list[tuple[int, str]] = field(factory=list)
    begun_us: int = 0


def settings_of(orders: Orders) -> ArchiveSettings:
    first, *more = map(Path, orders.volumes or [f"{orders.folder}/archive"])
    quota = orders.quota_bytes
    others = tuple(VolumeSettings(path, quota) for path in more)
    return ArchiveSettings("a", first, quota, more=others)


def checksum(data: bytes) -> int:
    return zlib.crc32(data)


class _Camera:
    """A clip again and again; the next packet is due at its own time."""

    def __init__(self, number: int, orders: Orders, begin_us: int) -> None:
        self.name = f"c{number}"
        self.hub = StreamHub(StreamKey(self.name, StreamRole.HIGH))
        self.given: dict[tuple[bool, int], int] = {}
        clip = _clip(number)
        self._padding = random.Random(number).randbytes(orders.padding)
        sums = [checksum(one.data + self._padding) for one in clip]
        step_us = 1_000_000 // orders.fps
        self._tracks = [(clip, sums, step_us)]
        if number % 4 == 0:
            sound = audio(Codec.PCMU, 4)
            self._tracks.append((sound, [checksum(one.data) for one in sound], 20_000))
        begin_us = (begin_us + number * 137_000) // _TICKS_US * _TICKS_US
        self._due = deque((begin_us, track, 0) for track in range(len(self._tracks)))

    def turn(self, now_us: int) -> None:
        """Publish what is due."""
        while True:
            at_us, track, number = min(self._due)
            clip, sums, step_us = self._tracks[track]
            if at_us + step_us > now_us:
                return
            self._due.remove((at_us, track, number))
            self._due.append((at_us + step_us, track, number + 1))
            place = number % len(clip)
            self.given[track == 0, at_us] = sums[place]
            one = clip[place]
            # As from a network each packet has memory of its own.
            fresh = bytes(memoryview(one.data)) if track else one.data + self._padding
            self.hub.publish(Packet(one.format, fresh, at_us, at_us, step_us, one.keyframe))


def _give_back_memory() -> None:
    """What the encoders had would hide what the archive takes."""
    with contextlib.suppress(AttributeError):  # not glibc
        ctypes.CDLL(None).malloc_trim(0)


def _clip(number: int) -> list[Packet]:
    if number % 8 == 7:
        return video(Codec.MJPEG, 2)
    return video(Codec.H264, 10, gop=(10, 10, 20, 5, 10, 100, 10)[number % 8])


class _Site:
    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.source = Source()
        self.troubles: list[dict[str, Any]] = []
        self.clock = SystemClock()
        self.cameras: list[_Camera] = []
        self._dice = random.Random(1)

    async def run(self) -> None:
        folder = Path(self.orders.folder)
        settings = settings_of(self.orders)
        for number in range(min(8, self.orders.cameras)):
            _clip(number)  # encoding takes seconds: not while cameras send
        audio(Codec.PCMU, 4)
        _give_back_memory()
        archive = await Archive.open(settings, self.clock, self._trouble)
        self.source.begun_us = self.clock.now_us()
        self.cameras = [
            _Camera(n, self.orders, self.source.begun_us) for n in range(self.orders.cameras)
        ]
        for camera in self.cameras:
            self._attach(archive, camera)
        databases = _Databases(folder, self.source, self.clock) if self.orders.databases else None
        if databases:
            await databases.open()
        stop = asyncio.Event()
        asyncio.get_running_loop().add_reader(sys.stdin, stop.set)
        await self._feed(archive, databases, stop)
        if databases:
            await databases.close()
        await archive.close()
        self.source.given = {camera.name: camera.given for camera in self.cameras}

    def _attach(self, archive: Archive, camera: _Camera) -> None:
        number = int(camera.name[1:])
        on_event = number >= self.orders.cameras - self.orders.events
        mode = Mode.EVENT if on_event else Mode.CONTINUOUS
        link = RecordingLink(f"l{number}", camera.name, f"Camera {number}", mode,
                             pre_event_us=2_000_000, post_event_us=2_000_000)  # fmt: skip
        archive.recorder.attach(link, camera.hub)
        if not on_event and camera.name not in self.source.wanted:
            self.source.wanted.append(camera.name)

    async def _feed(
        self, archive: Archive, databases: _Databases | None, stop: asyncio.Event
    ) -> None:
        end = time.monotonic() + self.orders.seconds
        told = changed = 0.0
        while (now := time.monotonic()) < end and not stop.is_set():
            for camera in self.cameras:
                camera.turn(self.clock.now_us())
            if now - changed > 0.3:
                changed = now
                if databases:
                    await databases.work()
                if self.orders.restless:
                    self._be_restless(archive)
            if now - told > 0.5:
                told = now
                self._tell(archive)
            await asyncio.sleep(_TURN_S)

    def _be_restless(self, archive: Archive) -> None:
        """Events begin and end, streams break off, links change."""
        camera = self._dice.choice(self.cameras)
        archive.recorder.trigger(camera.name, self._dice.random() < 0.5, self.clock.now_us())
        chance = self._dice.random()
        if chance < 0.02:
            archive.recorder.detach(f"l{camera.name[1:]}")
            self._attach(archive, camera)
        elif chance < 0.04:
            archive.recorder.rotate(f"l{camera.name[1:]}")

    def _trouble(self, trouble: Trouble) -> None:
        told = asdict(evolve(trouble, kind=trouble.kind))
        self.troubles.append({**told, "kind": trouble.kind.value, "at_us": self.clock.now_us()})

    def _tell(self, archive: Archive) -> None:
        stats = [archive.recorder.stats(camera.name) for camera in self.cameras]
        told = {
            "now_us": self.clock.now_us(),
            "rss_mb": psutil.Process().memory_info().rss / _MIB,
            "cpu_s": time.process_time(),
            "received": sum(one.received for one in stats),
            "packets": sum(one.packets for one in stats),
            "lost": sum(one.lost for one in stats),
            "recorded": {camera.name: one.packets
                         for camera, one in zip(self.cameras, stats, strict=True)},
            "troubles": self.troubles,
        }  # fmt: skip
        print(json.dumps(told), flush=True)


class _Databases:
    """A configuration that changes and a journal that grows."""

    def __init__(self, folder: Path, source: Source, clock: SystemClock) -> None:
        self._store = ConfigStore(folder / "config.sqlite3")
        self._journal = Journal(folder / "journal.sqlite3", clock)
        self._bus = EventBus()
        self._source = source
        self._clock = clock
        self._number = 0

    async def open(self) -> None:
        await self._store.open()
        await self._journal.open(self._bus)

    async def work(self) -> None:
        self._number += 1
        now = self._clock.now_us()
        self._bus.publish(Event(SERVER_STARTED, now, "s", "server", f"number {self._number}"))
        one = ConfigObject(
            f"o{self._number}", ObjectKind.ROLE, "server", "a role", self._number, {}
        )
        await self._store.append(Commit(self._number, (one,), (), "admin", now))
        self._source.acknowledged.append((self._clock.now_us(), one.id))

    async def close(self) -> None:
        await self._journal.close()
        await self._store.close()


def main(orders: Path) -> None:
    site = _Site(Orders(**json.loads(orders.read_text())))
    asyncio.run(site.run())
    Path(site.orders.source).write_bytes(pickle.dumps(asdict(site.source, recurse=False)))


def read_source(path: Path) -> Source:
    """What a process of ours has left."""
    return Source(**pickle.loads(path.read_bytes()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
