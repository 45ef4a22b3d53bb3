"""The archive alone: writing, seeking in a large index, a year's time line, rebuilding, exporting.

Writing: processor time of recorder, writer and index for a camera-second of 25 fps with AAC,
beside libav's Matroska muxer for the same packets and beside `ffmpeg -c copy` from file to file.
Seeking: from the request to the GOP in hand, at random times, with an index of millions of GOPs
around.  Export: beside `cp` of the same bytes (MKV), beside `ffmpeg -c copy` (MP4).
"""

from __future__ import annotations

import asyncio
import random
import resource
import statistics
import subprocess
import tempfile
import time
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av

from axxond.archive.archive import Archive
from axxond.archive.export.port import CameraOrder
from axxond.archive.index import Index, put_entries, put_segment
from axxond.archive.matroska.cluster import Mark
from axxond.archive.model import ArchiveSettings, Entry, Identity, SegmentInfo
from axxond.archive.recovery import open_index, reconcile
from axxond.archive.segment import INDEX_NAME
from protocol.types import StreamRole
from tests.axxond.archive.export.made import export
from tests.bench import measure
from tests.bench.archive_beside import beside_exports
from tests.bench.archive_made import SECOND, T0, Clock, packets_of_second, record, refuse
from tests.bench.archive_year import time_line
from tests.bench.table import Row, against, limited

_GOPS_A_SEGMENT = 300
# What `ffmpeg -c copy` takes for a camera-second, network and all (BENCHMARKS.md: 3.5 ms), times
# the 0.35 that is the aim for the daemon; the archive may take a fifth of that.
_WRITE_GOAL_MS = 0.25
_SEEK_GOAL_MS = 30.0
_REBUILD_GOAL_MB_S = 500.0
# MKV passes stored clusters on; MP4 enters every packet in tables, as the field's remuxer does.
_EXPORT_GOALS = {"cp": 2.0, "ffmpeg -c copy": 1.0}


def _by_libav(folder: Path, cameras: int, seconds: int, bps: int) -> float:
    """Processor time to mux the same packets with libav, one file a camera."""
    size = bps // 8 // 31
    payloads = random.randbytes(7 * size), random.randbytes(size), random.randbytes(180)
    outs = []
    for n in range(cameras):
        made = av.open(str(folder / f"{n}.mkv"), "w", format="matroska")
        video, audio = made.add_stream("libx264", rate=25), made.add_stream("aac", rate=16000)
        video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
        made.start_encoding()
        outs.append((made, video, audio))
    began = time.process_time()
    for second in range(seconds):
        for packet in packets_of_second(second, *payloads):
            for made, video, audio in outs:
                given = av.Packet(packet.data)
                given.pts = given.dts = (packet.pts_us - T0) // 1000
                given.time_base = Fraction(1, 1000)
                given.stream = video if packet.is_video else audio
                given.is_keyframe = packet.keyframe
                made.mux_one(given)
    for made, _, _ in outs:
        made.close()
    return time.process_time() - began


def _by_ffmpeg(folder: Path, cameras: int, seconds: int) -> float:
    """Processor time of `ffmpeg -c copy` for as many files of 1 Mbit/s with AAC, each so long."""
    clip, whole = folder / "clip.mkv", folder / "whole.mkv"
    made = "-f lavfi -i testsrc2=s=640x360:r=25:d=20 -f lavfi -i sine=r=16000:d=20"
    how = "-c:v libx264 -preset ultrafast -b:v 1M -maxrate 1M -bufsize 1M -g 25 -c:a aac"
    _ffmpeg(*made.split(), *how.split(), str(clip))
    _ffmpeg("-stream_loop", str(seconds // 20 - 1), "-i", str(clip), "-c", "copy", str(whole))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(cameras):
        _ffmpeg("-i", str(whole), "-c", "copy", str(folder / "copy.mkv"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _ffmpeg(*arguments: str) -> None:
    command = ["ffmpeg", "-y", "-v", "error", "-nostdin", *arguments]
    subprocess.run(command, check=True, timeout=120)


def write(quick: bool) -> list[Row]:
    cameras, seconds, bps = 64, 10 if quick else 40, 1_000_000
    measure.forget_peak()
    held = measure.peak_mb()
    with tempfile.TemporaryDirectory() as place:
        ours, _ = asyncio.run(record(Path(place), cameras, seconds, bps))
    grown = measure.peak_mb() - held
    with tempfile.TemporaryDirectory() as place:
        theirs = _by_libav(Path(place), cameras, seconds, bps)
    of = cameras * seconds / 1000
    name = "libav's muxer, no index, no CRC, no sync"
    rows = [limited("write", "ms/camera-s", ours / of, _WRITE_GOAL_MS, theirs / of, name)]
    length = 60 if quick else 600
    with tempfile.TemporaryDirectory() as place:
        copied = _by_ffmpeg(Path(place), 16, length) / 16 / length * 1000
    name = "ffmpeg -c copy, file to file"
    rows.append(Row("write", "ms/camera-s", ours / of, copied, name))
    return [*rows, Row(f"memory of writing {cameras} cameras, packets apart", "MB", grown)]


def _fill(index: Index, segments: int) -> None:
    """Rows of other cameras and years, as a large archive has them."""
    entries = [
        Entry(n * SECOND, (n + 1) * SECOND, 500 + n * 120_000, 120_000, 30_000, Mark(3))
        for n in range(_GOPS_A_SEGMENT)
    ]
    statement, (_, packed) = put_entries(0, entries)
    ops = []
    for number in range(segments):
        begin = T0 - (1 + number // 64) * _GOPS_A_SEGMENT * SECOND
        who = Identity(f"c{number % 64}", "name", StreamRole.HIGH, f"l{number % 64}")
        end = begin + _GOPS_A_SEGMENT * SECOND
        info = SegmentInfo(1_000_000 + number, f"gone/{number}.mkv", who, begin, end, 36 << 20)
        ops += [put_segment(info), (statement, (info.id, packed))]
    index.apply(ops)


async def _seek(folder: Path, seconds: int) -> list[float]:
    clock = Clock()
    archive = Archive(ArchiveSettings("a", folder, 1 << 60), clock, refuse)
    await archive.stores[0].source.open(folder / INDEX_NAME)
    took = []
    for _ in range(400):
        camera, at = f"c{random.randrange(8)}", T0 + random.randrange(seconds * SECOND)
        began = time.perf_counter()
        async for _gop in archive.reader.gops(camera, at):
            took.append((time.perf_counter() - began) * 1000)
            break
    await archive.close()
    return took


def read_back(quick: bool) -> list[Row]:
    seconds, segments = (30, 3_400) if quick else (120, 34_000)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "archive")
        asyncio.run(record(folder, 8, seconds, 4_000_000))
        rows = [_rebuild(folder)]
        rows += [
            asyncio.run(_export(folder, Path(place), seconds, form, peer))
            for form, peer in (("mkv", "cp"), ("mp4", "ffmpeg -c copy"))
        ]
        with closing(Index(folder / INDEX_NAME)) as index:
            _fill(index, segments)
        took = asyncio.run(_seek(folder, seconds))
    p95 = statistics.quantiles(took, n=20)[-1]
    gops = (segments * _GOPS_A_SEGMENT + 8 * seconds) / 1e6
    return [*rows, limited(f"seek in {gops:.1f} M GOPs, p95", "ms", p95, _SEEK_GOAL_MS)]


def _rebuild(folder: Path) -> Row:
    size = sum(file.stat().st_size for file in folder.glob("*/*.mkv"))
    for file in folder.glob(f"{INDEX_NAME}*"):
        file.unlink()
    began = time.perf_counter()
    with closing(open_index(folder)[0]) as index:
        assert reconcile(folder, index).added
    speed = size / 1e6 / (time.perf_counter() - began)
    goal = f"≥ {_REBUILD_GOAL_MB_S:g}"
    return Row("rebuild of the index", "MB/s", speed, goal=goal, ok=speed >= _REBUILD_GOAL_MB_S)


async def _export(folder: Path, place: Path, seconds: int, form: str, peer: str) -> Row:
    clock = Clock()
    clock.time_us += seconds * SECOND
    archive = await Archive.open(ArchiveSettings("a", folder, 1 << 40), clock, refuse)
    order = CameraOrder("c3", "", T0, T0 + seconds * SECOND, form)
    ours, theirs, size = [], [], 0.0
    made = place / "exports"
    made.mkdir(exist_ok=True)
    for _ in range(5):
        began = time.perf_counter()
        (target,) = await export(archive, order, made)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        copy = place / f"copy.{form}"
        command = ["cp", str(target), str(copy)]
        if peer != "cp":
            command = ["ffmpeg", "-v", "error", "-i", str(target), "-c", "copy", str(copy)]
        await asyncio.to_thread(subprocess.run, command, check=True)
        theirs.append(time.perf_counter() - began)
        size = target.stat().st_size / 1e6
        copy.unlink()
        target.unlink()
    await archive.close()
    what = f"export, {form}"
    name = f"{peer}, the same {size:.0f} MB"
    return against(what, "s", min(ours), min(theirs), name, _EXPORT_GOALS[peer])


def run(quick: bool) -> list[Row]:
    return [*write(quick), *read_back(quick), *time_line(quick), *beside_exports(quick)]
