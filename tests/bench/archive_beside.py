"""Recording while two exports run without a pause, beside the same recording alone.

What counts is how old the newest footage is that is on the disk of the camera that is worst off,
looked at fifty times a second: the archive promises two seconds.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from pathlib import Path

from attrs import define, field

from axxond.archive.archive import Archive
from axxond.archive.export.port import CameraOrder
from axxond.archive.link import Mode, RecordingLink
from axxond.archive.model import ArchiveSettings
from axxond.base.tasks import cancel, spawn
from axxond.stream.hub import StreamHub, StreamKey
from protocol.types import StreamRole
from tests.axxond.archive.export.made import export
from tests.bench.archive_made import SECOND, T0, packets_of_second, record, refuse
from tests.bench.table import Row, limited

_CAMERAS, _BPS = 32, 2_000_000
_LOOK_S = 0.02
_LAG_GOAL_S = 2.0


@define
class _Clock:
    """Goes on from where the footage that is exported ends."""

    begin_us: int
    _since: float = field(factory=time.monotonic)

    def now_us(self) -> int:
        return self.begin_us + self.monotonic_us()

    def monotonic_us(self) -> int:
        return round((time.monotonic() - self._since) * SECOND)


async def _feed(hubs: list[StreamHub], clock: _Clock, second: int) -> None:
    size = _BPS // 8 // 31
    payloads = random.randbytes(7 * size), random.randbytes(size), random.randbytes(180)
    while True:
        for packet in packets_of_second(second, *payloads):
            wait_us = packet.pts_us + packet.duration_us - clock.now_us()
            if wait_us > 0:
                await asyncio.sleep(wait_us / SECOND)
            for hub in hubs:
                hub.publish(packet)
        second += 1


async def _export_again_and_again(archive: Archive, order: CameraOrder, place: Path) -> None:
    while True:
        for path in await export(archive, order, place):
            path.unlink()


def _age_s(archive: Archive, now_us: int) -> float:
    """Of the newest footage on the disk, of the camera that is worst off."""
    newest: dict[str, int] = {}
    for live in archive.stores[0].catalog.live.values():
        camera = live.info.identity.camera
        newest[camera] = max(newest.get(camera, 0), live.info.end_us)
    return (now_us - min(newest.values())) / SECOND if len(newest) == _CAMERAS else 0.0


async def _run(folder: Path, stored_s: int, seconds: float, forms: tuple[str, ...]) -> list[float]:
    """Ages; raises AssertionError when a packet was lost."""
    clock = _Clock(T0 + (stored_s + 60) * SECOND)
    archive = await Archive.open(ArchiveSettings("a", folder, 1 << 40), clock, refuse)
    hubs = [StreamHub(StreamKey(f"c{n}", StreamRole.HIGH)) for n in range(_CAMERAS)]
    for n, hub in enumerate(hubs):
        link = RecordingLink(f"l{n}", f"c{n}", f"Camera {n}", Mode.CONTINUOUS)
        archive.recorder.attach(link, hub)
    work = [spawn(_feed(hubs, clock, stored_s + 60), "feed")]
    await asyncio.sleep(3)
    for form in forms:
        place = folder.parent / form
        place.mkdir()
        order = CameraOrder("c0", "", T0, T0 + stored_s * SECOND, form)
        work.append(spawn(_export_again_and_again(archive, order, place), form))
    ages, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        await asyncio.sleep(_LOOK_S)
        ages.append(_age_s(archive, clock.now_us()))
    assert not any(task.done() for task in work), "feed or export ended"
    await cancel(*work)
    await archive.close()
    assert all(archive.recorder.stats(hub.key.camera).lost == 0 for hub in hubs)
    return ages


def beside_exports(quick: bool) -> list[Row]:
    stored_s, seconds = (60, 8.0) if quick else (200, 25.0)
    ages = []
    for forms in ((), ("mkv", "mp4")):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place, "archive")
            asyncio.run(record(folder, 1, stored_s, 8_000_000))
            ages.append(asyncio.run(_run(folder, stored_s, seconds, forms)))
    alone, beside = (statistics.quantiles(one, n=100)[98] for one in ages)
    what = f"age of what {_CAMERAS} cameras have on disk, 2 exports, p99"
    return [limited(what, "s", beside, _LAG_GOAL_S, alone, "without exports; 0 lost in both")]
