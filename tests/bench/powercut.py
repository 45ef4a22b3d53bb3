"""Power cuts: what a recording process wrote, up to a random moment, as a disk may have kept it.

`native/diskshim.c` records every write, name and sync of a process that records 16 cameras with a
journal and a configuration beside; `disk_log` makes of that a folder as it may be found after the
power went: what was not synced may be missing, out of order or torn.  The folder is opened as the
daemon opens it; then every access unit is compared with what was given, and the index with one
made from the segments alone.

Alone: `python -m tests.bench.powercut [POINTS]`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from bisect import bisect_right
from pathlib import Path
from typing import Any

from attrs import asdict, define, evolve, field, frozen

from axxond.archive.archive import Archive
from axxond.archive.index import Index
from axxond.archive.matroska.cluster import CLUSTER_ID, decode_head
from axxond.archive.matroska.header import decode_header
from axxond.archive.model import SEGMENT_SUFFIX, ArchiveSettings
from axxond.archive.recovery import reconcile
from axxond.archive.segment import INDEX_NAME
from axxond.config.store import ConfigStore
from axxond.events.bus import EventBus
from axxond.journal.journal import Journal
from protocol.messages import QueryJournal
from tests.bench.archive_feed import Orders, Source, checksum, read_source
from tests.bench.disk_log import Kind, Record, Tape, read_log
from tests.bench.measure import ROOT
from tests.bench.shim import Shim
from tests.bench.table import Row, as_text, limited

_POINTS, _QUICK_POINTS = 2_000, 50
_SECONDS, _QUICK_SECONDS = 60.0, 12.0
_CAMERAS, _ON_EVENT = 16, 2
_LOSS_US = 2_000_000
_MIB = 1 << 20
# Small, so that segments are begun, ended and deleted all the time.
_QUOTA_BYTES = 6 * _MIB
_REBUILT_SHARE = 0.5
_DATABASES_EVERY = 4


@define
class Found:
    """What one power cut did."""

    point: int
    seed: int
    took_s: float = 0.0
    lost_us: int = 0  # the worst camera's
    wrong: int = 0  # access units that are not what was given
    missing: int = 0  # older than the promise and not there
    damaged: int = 0
    problems: list[str] = field(factory=list)


@frozen
class Film:
    """A recorded run."""

    root: str
    records: list[Record]
    source: Source


def record(folder: Path, seconds: float) -> Film:
    """Let a process record for so long, and take down what it does to its disk."""
    site, log, source = folder / "site", folder / "disk.log", folder / "source"
    site.mkdir()
    orders = Orders(
        str(site), str(source), cameras=_CAMERAS, seconds=seconds, quota_bytes=_QUOTA_BYTES,
        events=_ON_EVENT, databases=True, restless=True,
    )  # fmt: skip
    told = folder / "orders"
    told.write_text(json.dumps(asdict(orders)))
    with Shim(site, log=log) as shim:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.archive_feed", str(told)],
            env={**os.environ, **shim.environment},
            cwd=ROOT,
            stdin=subprocess.PIPE,  # its end would end the process
            stdout=subprocess.DEVNULL,
        )
        with process:
            if process.wait():
                raise RuntimeError("the recording process failed")
    return Film(str(site), read_log(log), read_source(source))


class _Moment:
    """A clock that stands still."""

    def __init__(self, now_us: int) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        return self._now_us

    def monotonic_us(self) -> int:
        return self._now_us


@define
class _Segment:
    """`begin_us` of its first cluster; `gone`: the number of the record that removed its name."""

    camera: str
    begin_us: int = 0
    gone: int = sys.maxsize


def segments_of(records: list[Record]) -> list[_Segment]:
    """The segments that the recording process made, as it saw them."""
    by_inode: dict[int, _Segment] = {}
    by_path: dict[str, _Segment] = {}
    found = []
    for number, record in enumerate(records):
        if record.kind is Kind.OPEN and record.path.endswith(SEGMENT_SUFFIX):
            found.append(_Segment(""))
            by_inode[record.inode] = by_path[record.path] = found[-1]
        elif record.kind is Kind.OPEN:
            by_inode.pop(record.inode, None)
        elif record.kind is Kind.UNLINK and record.path in by_path:
            by_path.pop(record.path).gone = number
        elif record.kind is Kind.WRITE and (one := by_inode.get(record.inode)):
            _note_write(one, record.data)
    return [one for one in found if one.begin_us]


def _note_write(one: _Segment, data: bytes) -> None:
    if not one.camera:
        one.camera = decode_header(data).header.camera
    elif not one.begin_us and data.startswith(CLUSTER_ID):
        one.begin_us = decode_head(data).start_us


class Judge:
    """Examines power cuts of one film in rising order."""

    def __init__(self, film: Film, folder: Path) -> None:
        self._film = film
        self._folder = folder
        self._tape = Tape(film.records)
        self._segments = segments_of(film.records)
        self._times = {camera: sorted(at for _, at in given)
                       for camera, given in film.source.given.items()}  # fmt: skip

    def examine(self, point: int, seed: int) -> Found:
        """The power goes after record `point`, at the last moment before the next one."""
        dice = random.Random(seed)
        self._tape.advance(point + 1)
        records = self._film.records
        cut_us = records[min(point + 1, len(records) - 1)].time_us
        disk = self._tape.crashed(dice)
        found = Found(point, seed)
        site = self._folder / "site"
        disk.materialise(self._film.root, site)
        began = time.perf_counter()
        try:
            asyncio.run(self._open(site, cut_us, found))
        except Exception as error:  # noqa: BLE001 - whatever it is, the point has failed
            found.problems.append(f"{type(error).__name__}: {error}")
        found.took_s = time.perf_counter() - began
        if not found.problems and dice.random() < _REBUILT_SHARE:
            found.problems += _differences(site / "archive", self._folder / "rebuilt.sqlite3")
        if point % _DATABASES_EVERY == 0:
            found.problems += asyncio.run(_databases(site, self._film.source, cut_us))
        shutil.rmtree(site)
        return found

    async def _open(self, site: Path, cut_us: int, found: Found) -> None:
        troubles: list[Any] = []
        settings = ArchiveSettings("a", site / "archive", 1 << 40)
        archive = await Archive.open(settings, _Moment(cut_us), troubles.append)
        try:
            if troubles or not archive.ready:
                found.problems.append(f"the archive did not open: {troubles}")
                return
            if archive.recovery is not None:
                found.damaged = archive.recovery.damaged
            for camera in self._film.source.given:
                await self._compare(archive, camera, found, cut_us)
        finally:
            await archive.close()

    async def _compare(self, archive: Archive, camera: str, found: Found, cut_us: int) -> None:
        given = self._film.source.given[camera]
        got = set()
        async for gop in archive.reader.gops(camera, 0):
            for packet in gop:
                name = packet.is_video, packet.pts_us
                if given.get(name) != checksum(packet.data):
                    found.wrong += 1
                    found.problems.append(f"{camera}: not what was given at {packet.pts_us}")
                got.add(name)
        if camera in self._film.source.wanted:
            self._promised(camera, got, found, cut_us)

    def _promised(
        self, camera: str, got: set[tuple[bool, int]], found: Found, cut_us: int
    ) -> None:
        """What was given since the oldest footage that was not deleted, and not in the end."""
        oldest = min(
            (one.begin_us for one in self._segments
             if one.camera == camera and one.gone > found.point),
            default=0,
        )  # fmt: skip
        given = self._film.source.given[camera]
        due = [name for name in given if oldest <= name[1] < cut_us - _LOSS_US]
        missing = [at for kind, at in due if (kind, at) not in got]
        found.missing += len(missing)
        if missing:
            count = len(missing)
            early = (cut_us - min(missing)) / 1e6
            found.problems.append(
                f"{camera}: {count} missing from {early:.2f} s before the cut on"
            )
        times = self._times[camera]
        begin = min(times[0], cut_us)
        newest = max((at for _, at in got), default=begin)
        last_given = times[max(0, bisect_right(times, cut_us) - 1)]
        found.lost_us = max(found.lost_us, last_given - newest)


def _differences(folder: Path, other: Path) -> list[str]:
    """Between the folder's index and one that is made from its segments alone."""
    with contextlib.closing(Index(folder / INDEX_NAME)) as index:
        known = _held(index)
    with contextlib.closing(Index(other)) as index:
        reconcile(folder, index)
        rebuilt = _held(index)
    for suffix in ("", "-wal", "-shm"):
        other.with_name(other.name + suffix).unlink(missing_ok=True)
    return [f"the index differs from a rebuilt one: {path}"
            for path in known.keys() | rebuilt.keys()
            if known.get(path) != rebuilt.get(path)]  # fmt: skip


def _held(index: Index) -> dict[str, Any]:
    return {one.path: (evolve(one, id=0), index.entries(one.id)) for one in index.segments()}


async def _databases(site: Path, source: Source, cut_us: int) -> list[str]:
    """Configuration: every change that was acknowledged; journal: a beginning without holes."""
    problems = []
    store = ConfigStore(site / "config.sqlite3")
    journal = Journal(site / "journal.sqlite3", _Moment(cut_us))
    troubles: list[Any] = []
    bus = EventBus()
    bus.listen(troubles.append)
    try:
        await store.open()
        known = {one.id for one in (await store.load())[1]}
        lost = [name for at, name in source.acknowledged if at < cut_us and name not in known]
        if lost:
            problems.append(f"changes that were acknowledged are lost: {lost}")
        await journal.open(bus)
        page = await journal.query(QueryJournal(limit=1000))
        numbers = sorted(one.id for one in page.events)
        if troubles or numbers != list(range(1, len(numbers) + 1)):
            problems.append(f"the journal is damaged: {troubles}")
    finally:
        await journal.close()
        await store.close()
    return problems


def _points(film: Film, count: int) -> list[tuple[int, int]]:
    """Half at random records, half at random times; with seeds."""
    dice = random.Random()
    times = [record.time_us for record in film.records]
    found = [dice.randrange(len(times)) for _ in range(count // 2)]
    while len(found) < count:
        found.append(bisect_right(times, dice.randrange(times[0], times[-1])) - 1)
    return [(point, dice.randrange(1 << 32)) for point in sorted(found)]


def _examine(film: Film, points: list[tuple[int, int]]) -> list[Found]:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        judge = Judge(film, Path(folder))
        return [judge.examine(*point) for point in points]


def examine(film: Film, count: int) -> list[Found]:
    """In as many processes as there are processors."""
    points = _points(film, count)
    workers = max(1, min(os.cpu_count() or 1, count // 50))
    size = -(-count // workers)
    parts = [points[at : at + size] for at in range(0, count, size)]
    with concurrent.futures.ProcessPoolExecutor(
        workers, multiprocessing.get_context("fork")
    ) as pool:
        results = pool.map(_examine, [film] * len(parts), parts)
        return [found for part in results for found in part]


def power_cuts(quick: bool, count: int = 0) -> list[Row]:
    count = count or (_QUICK_POINTS if quick else _POINTS)
    with tempfile.TemporaryDirectory() as place:
        film = record(Path(place), _QUICK_SECONDS if quick else _SECONDS)
        found = examine(film, count)
    bad = [one for one in found if one.problems]
    for one in bad[:20]:
        print(f"power cut {one.point} (seed {one.seed}): {'; '.join(one.problems[:4])}",
              file=sys.stderr)  # fmt: skip
    syncs = sum(record.kind is Kind.SYNC_END for record in film.records)
    worst = max(one.lost_us for one in found) / 1e6
    took = sorted(one.took_s for one in found)
    whole = len(found) == count
    return [
        Row("power cuts: points examined", "", float(count), goal=f"{count}", ok=whole),
        Row("power cuts: points with anything wrong", "", float(len(bad)), goal="0", ok=not bad),
        limited("power cuts: worst loss of a camera", "s", worst, _LOSS_US / 1e6),
        _none("power cuts: older access units missing", sum(one.missing for one in found)),
        _none("power cuts: access units not as given", sum(one.wrong for one in found)),
        Row("power cuts: slowest recovery, with reading all", "s", took[-1]),
        Row("power cuts: changes recorded", "", float(len(film.records))),
        Row("power cuts: syncs among them", "", float(syncs)),
    ]  # fmt: skip


def _none(metric: str, count: int) -> Row:
    return Row(metric, "", float(count), goal="0", ok=count == 0)


if __name__ == "__main__":
    print(as_text("power cuts", power_cuts(False, int(sys.argv[1]) if len(sys.argv) > 1 else 0)))
