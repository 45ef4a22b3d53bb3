"""Synchronous playback of 16 cameras: how far apart what their tiles show at the same moment is.

A real axxond with footage of 16 cameras (640×360 at 25 pictures/s, 1 Mbit/s, neither their
pictures nor their key frames at the same times) and the client's whole window, all tiles on one
clock, at 1×, 4× and backwards.  Every 10 ms the times of the pictures that stand on the tiles are
compared.  `skew`: newest minus oldest, in footage.  `late`: first painted more than the time of
one picture after its moment, in real time.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from attrs import frozen

from axxond.app.wanted import ARCHIVES_FOLDER
from axxond.archive.archive import Archive
from axxond.archive.link import Mode, RecordingLink
from axxond.archive.model import ArchiveSettings
from axxond.devices.demo.catalog import load_clip
from axxond.devices.demo.clips import Encoding
from axxond.media.packet import Packet
from axxond.stream.hub import StreamHub, StreamKey
from protocol.messages import GetTree, Tree
from protocol.types import Codec, ObjectKind, StreamRole, VideoFormat
from tests.bench import measure
from tests.bench.table import Row, limited
from tests.e2e.harness import PASSWORD, Daemon, add_device, cameras, log_in

CAMERAS = 16
FRAME_US = 40_000
MODES = (1.0, 4.0, -1.0)
_ENCODING = Encoding(640, 360, Fraction(25), rate_bps=1_000_000)
_SECOND = 1_000_000
_APART_US = 137_000  # of the cameras' first pictures: no multiple of a picture's time
_AGO_US = 600 * _SECOND  # of the newest footage
_MARGIN_S = 12  # footage beyond what is played, at either end
_FLUSH_S = 2


def run(quick: bool) -> list[Row]:
    seconds = 12.0 if quick else 60.0
    with (
        tempfile.TemporaryDirectory(prefix="axxon-sync-") as place,
        site(Path(place), round(seconds * 4) + 2 * _MARGIN_S) as (port, begin_us),
    ):
        found = _window(Path(place), port, begin_us, seconds)
    return [row for mode in found["modes"] for row in _rows(mode)]


def _rows(mode: dict[str, Any]) -> list[Row]:
    name = f"{mode['speed']:g}×"
    skews = sorted(mode["skews_us"])
    rows = [
        limited(f"{name}: skew, {what}", "ms", skews[place] / 1000, FRAME_US / 1000)
        for what, place in (
            ("median", len(skews) // 2), ("p95", int(len(skews) * 0.95)), ("max", -1),
        )
    ]  # fmt: skip
    late = 100 * mode["late"] / max(1, mode["painted"])
    return [
        *rows,
        Row(f"{name}: shown late", "% of pictures", late),
        Row(f"{name}: speed reached", "×", mode["reached"]),
        Row(f"{name}: painted a tile", "pictures/s", mode["painted"] / mode["wall_s"] / CAMERAS),
        Row(f"{name}: behind the clock, p95", "ms", _p95(mode["lags_us"]) / 1000),
    ]


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _window(place: Path, port: int, begin_us: int, seconds: float) -> dict[str, Any]:
    orders = {"port": port, "password": PASSWORD, "begin_us": begin_us, "seconds": seconds}
    file = place / "orders.json"
    file.write_text(json.dumps(orders))
    with measure.module("tests.bench.playback_window", str(file)) as window:
        return measure.line(window)


# --- the server and its footage


class site:  # noqa: N801 - read as a function
    """A daemon with that much footage of 16 cameras; gives its port and where footage begins."""

    def __init__(self, place: Path, seconds: int) -> None:
        self._place = place
        self._seconds = seconds
        self._daemon = Daemon(place / "data")

    def __enter__(self) -> tuple[int, int]:
        begin_us = time.time_ns() // 1000 - _AGO_US - self._seconds * _SECOND
        with self._daemon:
            made = asyncio.run(_prepare(self._daemon.port, self._place / "trust.json"))
        asyncio.run(record(made, self._place, begin_us, self._seconds))
        self._daemon.start()
        return self._daemon.port, begin_us + _MARGIN_S * _SECOND

    def __exit__(self, *_: object) -> None:
        self._daemon.stop()


@frozen
class _Made:
    """What the daemon has: its archive's id, its cameras' ids by name."""

    archive: str
    cameras: dict[str, str]


async def _prepare(port: int, trust: Path) -> _Made:
    """Cameras that are switched off: only their footage counts."""
    link = await log_in(port, trust)
    for number in range(CAMERAS):
        url = f"rtsp://192.0.2.1/{number}"
        await add_device(link, f"Camera {number + 1:02}", url, enabled=False)
    tree = await link.ask(GetTree(), Tree)
    archive = next(one for one in tree.objects if one.kind is ObjectKind.ARCHIVE)
    made = _Made(archive.id, await cameras(link))
    await link.close()
    return made


class _Clock:
    def __init__(self, time_us: int) -> None:
        self.time_us = time_us

    def now_us(self) -> int:
        return self.time_us

    def monotonic_us(self) -> int:
        return self.time_us


async def record(made: _Made, place: Path, begin_us: int, seconds: int) -> None:
    """Through the real recorder, faster than in reality."""
    clip = list(_packets(load_clip(place / "clips", _ENCODING)))
    clock = _Clock(begin_us)
    folder = place / "data" / ARCHIVES_FOLDER / made.archive
    settings = ArchiveSettings(made.archive, folder, 1 << 40)
    archive = await Archive.open(settings, clock, _refuse)
    feeds = []
    for number, (name, camera) in enumerate(sorted(made.cameras.items())):
        hub = StreamHub(StreamKey(camera, StreamRole.HIGH))
        archive.recorder.attach(RecordingLink(f"l{number}", camera, name, Mode.CONTINUOUS), hub)
        feeds.append((hub, begin_us + number * _APART_US % (2 * _SECOND)))
    for picture in range(seconds * 25):
        clock.time_us = begin_us + picture * FRAME_US
        one = clip[picture % len(clip)]
        for hub, first_us in feeds:
            at_us = first_us + picture * FRAME_US
            hub.publish(Packet(one.format, one.data, at_us, at_us, FRAME_US, one.keyframe))
        if picture % (25 * _FLUSH_S) == 0:
            await archive.recorder.flush()
    await archive.flush()
    await archive.close()


def _packets(path: Path) -> Iterator[Packet]:
    with av.open(str(path)) as given:
        stream = given.streams.video[0]
        extra = stream.codec_context.extradata or b""
        form = VideoFormat(Codec.H264, stream.width, stream.height, extra)
        for packet in given.demux(stream):
            if packet.size:
                yield Packet(form, bytes(packet), 0, 0, FRAME_US, packet.is_keyframe)


def _refuse(trouble: object) -> None:
    raise AssertionError(trouble)
