"""Disks in trouble, while a process records 16 cameras of 1.6 Mbit/s to one volume or to two.

*full*: others fill the disk (a tmpfs); *read-only*: the file system gives up (ext4 on a loop
device, aborted as errors=remount-ro does) and is mounted again; *errors*: every call fails with
EIO; *stall*: writes hang for 10 s (and, *long stall*, for 30 s at 8 Mbit/s a camera, which
the queues cannot hold); *pulled out*: the folder is gone, what was open fails for
ever, later it is there again.  The last three by `native/diskshim.c`; mounts need root.

Afterwards every access unit that was given is looked for: with a second volume that is well all
must be there, with one alone the time line must say what is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from attrs import asdict, define, frozen

from axxond.archive.archive import Archive
from axxond.base.clock import SystemClock
from protocol.types import Span
from tests.bench.archive_feed import Orders, Source, checksum, read_source, settings_of
from tests.bench.measure import ROOT
from tests.bench.shim import FAIL_READS, FAIL_WRITES, HANG, Shim
from tests.bench.table import Row

_CAMERAS = 16
_PADDING, _HEAVY_PADDING = 20_000, 100_000  # bytes a picture, at 10 pictures a second
_BEFORE_S, _AFTER_S = 5.0, 14.0
_TOLD_GOAL_S = 5.0
_WELL_GOAL_S = 10.0
# Of a link at most 8 MiB wait in its queue and 8 MiB (and what was cut at once) as clusters; what
# else grows is the interpreter's.
_MEMORY_GOAL_MB = _CAMERAS * 16 * 1.25
_MIB = 1 << 20
_DISK_MIB = 192
_FILL_BYTES = 1 << 30


@frozen
class Trouble:
    name: str
    begin: Callable[[Path, Shim], None]
    end: Callable[[Path, Shim], None]
    disk: str = ""  # "tmpfs" | "ext4": what the volume must be
    kinds: tuple[str, ...] = ()  # one of these is to be told
    lasts_s: float = 10.0
    padding: int = _PADDING
    volumes: tuple[int, ...] = (2, 1)  # how many there are, in turn


@define
class Course:
    """What the process told on the way; times in s."""

    told: list[dict[str, Any]]
    trouble_us: int = 0
    over_us: int = 0

    def after_s(self, since_us: int, over: bool, kinds: tuple[str, ...]) -> float | None:
        """How long until a trouble was told, or told to be over."""
        troubles = self.told[-1]["troubles"] if self.told else []
        found = [
            one["at_us"]
            for one in troubles
            if one["over"] is over and one["kind"] in kinds and one["at_us"] >= since_us
        ]
        return (min(found) - since_us) / 1e6 if found else None  # fmt: skip

    @property
    def memory_mb(self) -> float:
        """Grown since before the trouble."""
        before = [one["rss_mb"] for one in self.told if one["now_us"] < self.trouble_us]
        return max(one["rss_mb"] for one in self.told) - max(before)


@frozen
class Outcome:
    given: int
    deleted: int  # access units that the ring deleted: older than all that is there
    missing: int  # others
    untold: int  # of those, where the time line does not say so
    wrong: int


def _fill(volume: Path, shim: Shim) -> None:
    with contextlib.suppress(OSError), (volume.parent / "others").open("wb", 0) as file:
        for _ in range(_FILL_BYTES // _MIB):
            file.write(bytes(_MIB))


def _unfill(volume: Path, shim: Shim) -> None:
    (volume.parent / "others").unlink()


def _abort(volume: Path, shim: Shim) -> None:
    _call("mount", "-o", "remount,abort", str(volume.parent))


def _mount_again(volume: Path, shim: Shim) -> None:
    """As an administrator does; what was open stays on the dead file system."""
    place = volume.parent
    _call("umount", "-l", str(place))
    _mount_image(place)  # on another loop device: the first one's file system stays read-only


def _mount_image(place: Path) -> None:
    """Its loop device goes when nothing uses it any more."""
    image = str(place.with_suffix(".img"))
    device = subprocess.run(
        ["losetup", "--find", "--show", image], check=True, capture_output=True, text=True
    ).stdout.strip()
    _call("mount", device, str(place))
    _call("losetup", "--detach", device)


def _pull(volume: Path, shim: Shim) -> None:
    shim.trouble(volume, FAIL_WRITES | FAIL_READS, errno.ENODEV, pull=True)
    volume.rename(volume.with_name("away"))
    volume.mkdir()  # the mount point


def _plug(volume: Path, shim: Shim) -> None:
    volume.rmdir()
    volume.with_name("away").rename(volume)
    shim.trouble(volume, 0)


def _well(volume: Path, shim: Shim) -> None:
    shim.trouble(volume, 0)


_TROUBLES = (
    Trouble("full", _fill, _unfill, "tmpfs", ("full",)),
    Trouble("read-only", _abort, _mount_again, "ext4", ("read-only", "io", "index")),
    Trouble(
        "errors",
        lambda volume, shim: shim.trouble(volume, FAIL_WRITES | FAIL_READS, errno.EIO),
        _well,
        kinds=("io",),
    ),
    Trouble("stall", lambda volume, shim: shim.trouble(volume, HANG), _well, kinds=("slow",)),
    Trouble(
        "long stall",
        lambda volume, shim: shim.trouble(volume, HANG),
        _well,
        kinds=("slow",),
        lasts_s=30.0,
        padding=_HEAVY_PADDING,
        volumes=(1,),
    ),
    Trouble("pulled out", _pull, _plug, kinds=("gone", "io")),
)


def _call(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def _disk(place: Path, kind: str) -> Iterator[Path]:
    """A file system of its own for a volume, or a plain folder; the volume's folder on it."""
    place.mkdir()
    if kind == "tmpfs":
        _call("mount", "-t", "tmpfs", "-o", f"size={_DISK_MIB}m", "tmpfs", str(place))
    elif kind == "ext4":
        image = place.with_suffix(".img")
        with image.open("wb") as file:
            file.truncate(_DISK_MIB * _MIB)
        _call("mkfs.ext4", "-q", "-m", "0", str(image))
        _mount_image(place)
    try:
        yield place / "volume"
    finally:
        if kind:
            _call("umount", "-l", str(place))


def _record(orders: Orders, folder: Path, trouble: Trouble, shim: Shim) -> Course:
    """Let a process record through the trouble."""
    told = folder / "orders"
    told.write_text(json.dumps(asdict(orders)))
    course = Course([])
    volume = Path(orders.volumes[0])
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.archive_feed", str(told)],
        env={**os.environ, **shim.environment},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdin is not None
        listener = threading.Thread(target=_listen, args=(process.stdout, course))
        listener.start()
        while not course.told:
            time.sleep(0.05)
        time.sleep(_BEFORE_S)
        course.trouble_us = time.time_ns() // 1000
        trouble.begin(volume, shim)
        time.sleep(trouble.lasts_s)
        trouble.end(volume, shim)
        course.over_us = time.time_ns() // 1000
        time.sleep(_AFTER_S)
        process.stdin.write("end\n")
        process.stdin.flush()
        listener.join()
        if process.wait():
            raise RuntimeError("the recording process failed")
    return course


def _listen(stream: Any, course: Course) -> None:
    for line in stream:
        course.told.append(json.loads(line))


async def _outcome(orders: Orders, source: Source) -> Outcome:
    """What is on the volumes, against what was given; opened anew, as after a restart."""
    archive = await Archive.open(settings_of(orders), SystemClock(), lambda trouble: None)
    deleted = missing = untold = wrong = 0
    for camera in source.wanted:
        given = source.given[camera]
        got = set()
        async for gop in archive.reader.gops(camera, 0):
            for packet in gop:
                got.add((packet.is_video, packet.pts_us))
                wrong += given.get((packet.is_video, packet.pts_us)) != checksum(packet.data)
        oldest = min((at for _, at in got), default=0)
        gone = sorted(at for _, at in given.keys() - got)
        lost = [at for at in gone if at >= oldest]
        deleted += len(gone) - len(lost)
        missing += len(lost)
        if lost:
            spans = await archive.reader.timeline(camera, lost[0] - 1, lost[-1] + 1, 0)
            untold += sum(not _is_told(at, spans) for at in lost)
    await archive.close()
    return Outcome(sum(map(len, source.given.values())), deleted, missing, untold, wrong)


def _is_told(at_us: int, spans: list[Span]) -> bool:
    return any(span.kind == "gap" and span.begin_us <= at_us <= span.end_us for span in spans)


def _run(trouble: Trouble, volumes: int) -> tuple[Course, Outcome]:
    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as stack:
        folder = Path(place)
        kinds = [trouble.disk, *[""] * (volumes - 1)]
        paths = [stack.enter_context(_disk(folder / f"disk{number}", kind))
                 for number, kind in enumerate(kinds)]  # fmt: skip
        shim = stack.enter_context(Shim(*paths))
        source = folder / "source"
        orders = Orders(place, str(source), [str(path) for path in paths], _CAMERAS,
                        seconds=600, padding=trouble.padding)  # fmt: skip
        course = _record(orders, folder, trouble, shim)
        return course, asyncio.run(_outcome(orders, read_source(source)))


def _rows(trouble: Trouble, volumes: int) -> list[Row]:
    course, outcome = _run(trouble, volumes)
    name = f"{trouble.name}, {volumes} volume{'s' if volumes > 1 else ''}"
    told = course.after_s(course.trouble_us, over=False, kinds=trouble.kinds)
    well = course.after_s(course.over_us, over=True, kinds=trouble.kinds)
    lost = outcome.missing if volumes > 1 else outcome.untold
    what = "access units lost" if volumes > 1 else "access units lost and not in the ledger"
    rows = [
        Row(f"{name}: {what}", f"of {outcome.given}", float(lost), goal="0", ok=lost == 0),
        _within(f"{name}: told after", told, _TOLD_GOAL_S),
        Row(f"{name}: memory grew by", "MB", course.memory_mb, goal=f"≤ {_MEMORY_GOAL_MB:g}",
            ok=course.memory_mb <= _MEMORY_GOAL_MB),
    ]  # fmt: skip
    if trouble.disk != "tmpfs":  # a full disk is told to be well a minute later
        rows.append(_within(f"{name}: well after", well, _WELL_GOAL_S))
    if volumes == 1:
        rows.append(Row(f"{name}: access units lost, as the ledger says", "",
                        float(outcome.missing - outcome.untold)))  # fmt: skip
    if outcome.deleted:
        rows.append(Row(f"{name}: access units that the ring deleted", "",
                        float(outcome.deleted)))  # fmt: skip
    if outcome.wrong:
        rows.append(Row(f"{name}: access units not as given", "", float(outcome.wrong),
                        goal="0", ok=False))  # fmt: skip
    return rows


def _within(metric: str, took_s: float | None, goal_s: float) -> Row:
    """What was never told took as long as it was waited for."""
    value = _AFTER_S if took_s is None else took_s
    return Row(metric, "s", value, goal=f"≤ {goal_s:g}", ok=value <= goal_s)


def run(quick: bool) -> list[Row]:
    """Without root only what needs no mounts."""
    rows: list[Row] = []
    for trouble in _TROUBLES:
        if trouble.disk and os.geteuid() != 0:
            print(f"{trouble.name}: left out, mounting needs root", file=sys.stderr)
            continue
        for volumes in set(trouble.volumes) - ({1} if quick else set()):
            rows += _rows(trouble, volumes)
    return rows
