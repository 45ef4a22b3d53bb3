"""16 cameras that misbehave at random, recorded by the real daemon, for 20 minutes.

Each camera is a simulated one behind a proxy (`chaos_proxy`) that injects faults: reboots, stalls,
garbage, another resolution or codec, clock jumps, muddled time stamps, 453.  Some are ONVIF
devices whose subscriptions to events are dropped silently besides (`chaos_events`).  What counts
is what is on the disk afterwards (`chaos_judge`): every camera is back within 10 s of a fault's
end, and so are events; the others lose nothing, each outage stands in ledger and journal, memory
stays flat.

    python -m tests.bench.chaos --minutes 20 [--seed N]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import psutil
from attrs import define, field, frozen

from axxon_client.net.link import ServerLink
from protocol.messages import Change, Changed, ChangeTree, GetTree, JournalPage, QueryJournal, Tree
from protocol.types import EventRecord, ObjectKind
from tests.bench import chaos_events
from tests.bench.chaos_events import EventDevice, EventVerdict
from tests.bench.chaos_judge import Outage, Verdict, judge
from tests.bench.chaos_proxy import PICTURE_FAULTS, Camera, Fault, Upstreams
from tests.bench.table import Row, as_text, limited
from tests.e2e import harness

CAMERAS = 16
_ONVIF = (0, 4, 8, 12)  # which of them are
FPS = 12.5
_FRAME_US = round(1_000_000 / FPS)
_LOAD = ("--fps", "12.5", "--cameras", str(CAMERAS))
_PLAIN = ("--bitrate", "300k", "--size", "640x360")
_OTHER_SIZE = ("--bitrate", "150k", "--size", "320x180")
_OTHER_CODEC = ("--bitrate", "200k", "--size", "640x360", "--codec", "h265")
_BACK_S = 10.0
_SETTLE_S = 15.0  # all are calm at the end
_SAMPLE_S = 2.0
# An input changes every 1.4 s at the latest; the daemon is busy with other cameras' returns.
_EVENTS_CALM_S = 4.0
# Of 20 minutes: allocator noise and caches that fill; a leak of one packet in a thousand is more.
_GROWTH_MB = 12.0
_WARM_S = 300.0


@frozen
class Pace:
    """Seconds: `calm` between two faults of a camera, `lasts` by fault."""

    seconds: float
    calm: tuple[float, float]
    lasts: dict[Fault, tuple[float, float]]


_LASTS = {
    Fault.REBOOT: (3, 45),
    Fault.STALL: (3, 30),
    Fault.GARBAGE: (1, 20),
    Fault.RESOLUTION: (4, 20),
    Fault.CODEC: (4, 20),
    Fault.CLOCK: (0.1, 0.2),
    Fault.STAMPS: (3, 15),
    Fault.BUSY: (4, 40),
    Fault.EVENTS: (0.1, 30),
}
_QUICK = Pace(
    24, (1, 6), {fault: (least, min(most, 8)) for fault, (least, most) in _LASTS.items()}
)


def run(quick: bool) -> list[Row]:
    return asyncio.run(_run(_QUICK if quick else Pace(20 * 60, (20, 60), _LASTS), 1))


@define
class Memory:
    """Resident memory of the daemon, in MB, by seconds since the beginning."""

    samples: list[tuple[float, float]] = field(factory=list)

    async def watch(self, pid: int) -> None:
        process, began_s = psutil.Process(pid), time.monotonic()
        while True:
            await asyncio.sleep(_SAMPLE_S)
            rss = process.memory_info().rss / 1e6
            self.samples.append((time.monotonic() - began_s, rss))

    @property
    def growth_mb(self) -> float:
        """From the second fifth of the time (caches are full) to the last, by their medians."""
        size = max(1, len(self.samples) // 5)
        levels = [sorted(mb for _, mb in self.samples[at:][:size]) for at in (size, -size)]
        first, last = (level[len(level) // 2] for level in levels)
        return last - first

    def rows(self) -> list[Row]:
        """A goal only where there was time for caches to fill."""
        grown = limited("memory grown by", "MB", self.growth_mb, _GROWTH_MB)
        if self.samples[-1][0] < _WARM_S:
            grown = Row("memory grown by", "MB", self.growth_mb)
        return [grown, Row("memory at the end", "MB", self.samples[-1][1])]


async def _run(pace: Pace, seed: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        ports = [
            stack.enter_context(harness.Simulator(*_LOAD, *options)).port
            for options in (_PLAIN, _OTHER_SIZE, _OTHER_CODEC)
        ]
        chance = random.Random(seed)
        async with _cameras(Upstreams(*ports), chance) as cameras:
            daemon = stack.enter_context(harness.Daemon(folder / "data"))
            memory = Memory()
            outages, events, ids = await _session(daemon, folder, cameras, pace, memory, chance)
            daemon.stop()
        pictures = [[one for one in row if one.fault is not Fault.EVENTS] for row in outages]
        found = [
            await judge(folder / "data", ids[number], one, events, _FRAME_US)
            for number, one in enumerate(pictures)
        ]
        end_us = max(one.time_us for one in events)
        told = [
            chaos_events.judge(events, ids[number], outages[number], end_us) for number in _ONVIF
        ]
    return [*_rows(pictures, found), *_event_rows(told), *memory.rows()]


@contextlib.asynccontextmanager
async def _cameras(upstreams: Upstreams, chance: random.Random) -> AsyncIterator[list[Camera]]:
    cameras = [
        Camera(f"load/{number}", upstreams, random.Random(chance.random()))
        for number in range(1, CAMERAS + 1)
    ]
    for number in _ONVIF:
        cameras[number].device = EventDevice(random.Random(chance.random()))
    for camera in cameras:
        await camera.start()
    try:
        yield cameras
    finally:
        for camera in cameras:
            await camera.stop()


async def _session(
    daemon: harness.Daemon,
    folder: Path,
    cameras: Sequence[Camera],
    pace: Pace,
    memory: Memory,
    chance: random.Random,
) -> tuple[list[list[Outage]], list[EventRecord], list[str]]:
    """Outages and ids by camera, and the journal of what became of the devices."""
    link = await harness.log_in(daemon.port, folder / "trust.json")
    try:
        ids = await _add(link, cameras)
        await harness.until(lambda: all_online(link), 60, "all cameras online")
        watching = asyncio.create_task(memory.watch(daemon.pid))
        end_s = time.monotonic() + pace.seconds
        deals = _deals(chance)
        outages = await asyncio.gather(
            *(
                _torment(camera, pace, end_s, deals[number])
                for number, camera in enumerate(cameras)
            )
        )
        await asyncio.sleep(_SETTLE_S)
        watching.cancel()
        return list(outages), await _journal(link), ids
    finally:
        await link.close()


def _deals(chance: random.Random) -> list[list[Fault]]:
    """Each camera has its own order; together they begin with every fault twice.  Those with
    events come to theirs as the second one."""
    faults = list(PICTURE_FAULTS)
    chance.shuffle(faults)
    deals = []
    for number in range(CAMERAS):
        rest = [fault for fault in PICTURE_FAULTS if fault is not faults[number % len(faults)]]
        chance.shuffle(rest)
        events = [Fault.EVENTS] if number in _ONVIF else []
        deals.append([faults[number % len(faults)], *events, *rest])
    return deals


async def _torment(
    camera: Camera, pace: Pace, end_s: float, faults: Sequence[Fault]
) -> list[Outage]:
    outages: list[Outage] = []
    while True:
        fault = faults[len(outages) % len(faults)]
        calm_s, lasts_s = (camera.chance.uniform(*of) for of in (pace.calm, pace.lasts[fault]))
        if time.monotonic() + calm_s + lasts_s > end_s:
            return outages
        await asyncio.sleep(calm_s)
        begin_us = _now_us()
        await camera.begin(fault)
        await asyncio.sleep(lasts_s)
        await camera.end()
        outages.append(Outage(fault, begin_us, _now_us()))
        await asyncio.sleep(_BACK_S + 3)


async def _add(link: ServerLink, cameras: Sequence[Camera]) -> list[str]:
    """Recorded continuously, those with events with a sensor; the cameras' ids."""
    ids = await add_cameras(link, [camera.url for camera in cameras])
    changes = [
        chaos_events.sensor(ids[number])
        for number, camera in enumerate(cameras)
        if camera.device is not None
    ]
    await link.ask(ChangeTree(changes), Changed)
    return ids


async def add_cameras(link: ServerLink, urls: Sequence[str]) -> list[str]:
    """Recorded continuously, without detectors; the cameras' ids.  The log-in, where there is one,
    is the emulator's."""
    tree = await link.ask(GetTree(), Tree)
    server = next(one.id for one in tree.objects if one.kind is ObjectKind.SERVER)
    archive = next(one for one in tree.objects if one.kind is ObjectKind.ARCHIVE)
    changes, ids = [], []
    for number, url in enumerate(urls, 1):
        device, camera = f"device-{number}", f"camera-{number}"
        ids.append(camera)
        reached: dict[str, object] = {"url": url}
        if url.startswith("onvif"):
            reached |= {"driver": "onvif", "user": "admin", "password": "secret"}
        changes += [
            Change(device, ObjectKind.DEVICE, server, f"Camera {number}", reached),
            Change(camera, ObjectKind.CAMERA, device, f"Camera {number}", {"number": number}),
            Change("", ObjectKind.RECORDING, camera, "Recording", {"archive": archive.id}),
        ]
    await link.ask(ChangeTree(changes), Changed)
    return ids


async def all_online(link: ServerLink) -> bool:
    page = await link.ask(QueryJournal(types=["device.online"], limit=1000), JournalPage)
    return len({event.object_id for event in page.events}) == CAMERAS


async def _journal(link: ServerLink) -> list[EventRecord]:
    events: list[EventRecord] = []
    before: int | None = None
    while True:
        query = QueryJournal(types=["device.", "sensor."], before_id=before, limit=1000)
        page = await link.ask(query, JournalPage)
        events += page.events
        if not page.more:
            return events
        before = page.events[-1].id


def _rows(outages: Sequence[Sequence[Outage]], found: Sequence[Verdict]) -> list[Row]:
    backs: dict[Fault, list[float]] = {fault: [] for fault in PICTURE_FAULTS}
    for camera, verdict in zip(outages, found, strict=True):
        for outage, back_s in zip(camera, verdict.back_s, strict=True):
            backs[outage.fault].append(back_s)
    rows = [
        limited(f"{fault}: back after, worst of {len(times)}", "s", max(times), _BACK_S)
        for fault, times in backs.items()
        if times
    ]
    pictures = sum(one.pictures for one in found)
    lost = sum(one.lost_in_calm for one in found)
    interrupted = sum(one.interrupted for one in found)
    return [
        *rows,
        Row("pictures recorded", "", pictures),
        limited("pictures lost by cameras without a fault", "", lost, 0),
        Row("outages of 2 s and more", "", interrupted),
        limited("of them not in the ledger", "", sum(one.not_in_ledger for one in found), 0),
        limited("of them not in the journal", "", sum(one.not_in_journal for one in found), 0),
    ]


def _event_rows(found: Sequence[EventVerdict]) -> list[Row]:
    backs = [back_s for one in found for back_s in one.back_s]
    what = f"events of an ONVIF device dropped silently: back after, worst of {len(backs)}"
    calm_s = max(one.longest_calm_s for one in found)
    return [
        *([limited(what, "s", max(backs), _BACK_S)] if backs else []),
        Row("events of ONVIF devices", "", sum(one.events for one in found)),
        limited("longest without an event, apart from that", "s", calm_s, _EVENTS_CALM_S),
    ]


def _now_us() -> int:
    return time.time_ns() // 1000


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    asked = Pace(chosen.minutes * 60, (20, 60), _LASTS)
    print(as_text("chaos", asyncio.run(_run(asked, chosen.seed))))
