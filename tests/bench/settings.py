"""Changing one camera's settings, again and again, while 15 others are recorded: what they lose.

Peer: none needed, the others' loss is to be nothing.  What is on the disk counts: each picture
must follow the one before in the clip that all cameras play.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from pathlib import Path
from typing import Any

from axxon_client.net.link import ServerLink
from axxond.archive.segment import scan
from protocol import messages as m
from protocol.types import ObjectKind, ObjectRecord
from tests.bench.chaos import CAMERAS, add_cameras, all_online
from tests.bench.crash import broken, read_units
from tests.bench.table import Row, limited
from tests.e2e import harness

_EVERY_S = 0.5
_SETTLE_S = 3.0
_LOAD = ("--fps", "12.5", "--bitrate", "300k", "--cameras", str(CAMERAS))
DEVICE, CAMERA = "device-1", "camera-1"


def run(quick: bool) -> list[Row]:
    return asyncio.run(_run(20 if quick else 90))


async def _run(seconds: float) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        return await _measure(Path(name), seconds)


async def _measure(folder: Path, seconds: float) -> list[Row]:
    cache = folder / "cache"
    with harness.Simulator(*_LOAD, "--cache", str(cache)) as simulator:
        clip = read_units(next(cache.rglob("*.mp4"), None) or next(cache.rglob("*.mkv")))
        urls = [camera["url"] for camera in simulator.cameras]
        with harness.Daemon(folder / "data") as daemon:
            link = await harness.log_in(daemon.port, folder / "trust.json")
            try:
                ids = await add_cameras(link, urls)
                await harness.until(lambda: all_online(link), 60, "all cameras online")
                changes = await _change(link, urls, seconds)
                await asyncio.sleep(_SETTLE_S)
            finally:
                await link.close()
    films = _films(folder / "data")
    others = [films[id_] for id_ in ids[1:]]
    return [
        Row("changes of one camera's settings", "", changes),
        Row("pictures of the 15 others", "", sum(map(len, others))),
        limited("of them missing or wrong", "", sum(broken(one, clip) for one in others), 0),
        Row("places in the changed camera's film", "", broken(films[ids[0]], clip)),
    ]


def _films(data: Path) -> dict[str, list[bytes]]:
    """By camera its pictures, of all its segments in the order of their beginnings."""
    segments = [(scan(path), path) for path in data.rglob("*.mkv")]
    films: dict[str, list[bytes]] = {}
    for found, path in sorted(segments, key=lambda one: one[0].header.origin_us):
        films.setdefault(found.header.camera, []).extend(read_units(path))
    return films


async def _change(link: ServerLink, urls: list[str], seconds: float) -> int:
    """All that one can change of a camera, in turn; how often it was."""
    end_s = time.monotonic() + seconds
    count = 0
    for kind, properties in itertools.cycle(_changes(urls)):
        if time.monotonic() > end_s:
            return count
        tree = await link.ask(m.GetTree(), m.Tree)
        found = next(one for one in tree.objects if one.kind is kind and _is_of_first(one))
        change = m.Change(found.id, properties=properties, revision=found.revision)
        await link.ask(m.ChangeTree([change]), m.Changed)
        count += 1
        await asyncio.sleep(_EVERY_S)
    return count


def _is_of_first(one: ObjectRecord) -> bool:
    return one.id in (DEVICE, CAMERA) or one.parent == CAMERA


def _changes(urls: list[str]) -> list[tuple[ObjectKind, dict[str, Any]]]:
    device, camera, recording = ObjectKind.DEVICE, ObjectKind.CAMERA, ObjectKind.RECORDING
    return [
        (device, {"stall_timeout_s": 7.0}),
        (device, {"url": urls[1]}),
        (camera, {"armed": False}),
        (device, {"low_url": urls[2]}),
        (recording, {"pre_event_s": 9.0}),
        (device, {"url": urls[0], "low_url": ""}),
        (recording, {"mode": "event"}),
        (device, {"driver": "rtsp"}),
        (camera, {"armed": True, "number": 77}),
        (recording, {"mode": "continuous", "stream": "low"}),
        (device, {"enabled": False}),
        (device, {"enabled": True, "driver": "auto", "stall_timeout_s": 5.0}),
        (device, {"user": "somebody", "password": "secret"}),
        (device, {"user": "", "password": ""}),
    ]
