"""The trajectory database of one server: what cameras' objects did, within limits.

Blocks.  One thread calls `open`, `append`, `limit`, `close`; any thread reads.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from attrs import define, field, frozen

from axxond.base.units import DAY_US, HOUR_US
from axxond.trajectories import block, log
from axxond.trajectories.block import Block, Header, What, Where
from axxond.trajectories.files import CameraFiles, Place
from axxond.trajectories.log import Log
from axxond.trajectories.points import POINT, Points

_FOLDER = "c-"
# When what is in no block yet becomes blocks: what a start has to read again.
_MAX_LOG_BYTES = 8 << 20
_MAX_LOG_US = HOUR_US
# So many points of a camera become a block at once; the rest of it is for those carried over.
_FULL = block.MAX_POINTS - 384
# A clock that jumps further begins another block: its times count from its first.
_MAX_SPAN_US = DAY_US
# While the disk takes nothing: some minutes of 64 busy cameras, then the oldest points go.
_MAX_WAITING = 500_000
# First parts of blocks that stay in memory for the next search: a month of ten million points
# is 50 MB, and a search of it takes milliseconds.
_CACHE_BYTES = 64 << 20


@frozen
class Limits:
    """`days` 0: as long as there is room."""

    max_bytes: int = 10_000_000_000
    days: int = 30


@define
class StoreStats:
    """Since the start, but for `bytes`: on disk."""

    points: int = 0
    lost: int = 0
    blocks: int = 0
    damaged: int = 0
    bytes: int = 0
    deleted_files: int = 0


@define(eq=False)
class _Head:
    """A camera's points that are in no block; `carried` are in the last one too."""

    next_object: int = 1
    through: int = 0
    carried: Points = field(factory=lambda: np.zeros(0, POINT))
    parts: list[Points] = field(factory=list)
    count: int = 0

    def points(self) -> Points:
        return np.concatenate([self.carried, *self.parts])

    def add(self, rows: Points) -> None:
        self.parts.append(rows)
        self.count += len(rows)
        self.next_object = max(self.next_object, int(rows["object"].max()) + 1)

    def spans(self, rows: Points) -> int:
        """How long it would be with them, in microseconds."""
        times = [rows["time_us"], *(part["time_us"] for part in self.parts)]
        return int(max(one.max() for one in times) - min(one.min() for one in times))


@frozen(eq=False)
class Stored:
    """One block to read: on disk, or (`made`) still in memory.  Its parts: OSError,
    DamagedBlockError."""

    header: Header
    place: Place | None = None
    made: Block | None = None
    cache: Cache | None = None

    def where(self) -> Where:
        if self.made is not None:
            return self.made.where
        assert self.place is not None
        return self.cache.where(self.place) if self.cache is not None else self.place.where()

    def what(self) -> What:
        if self.made is not None:
            return self.made.what
        assert self.place is not None
        return self.place.what()


class Cache:
    """First parts of blocks, those read last."""

    def __init__(self, max_bytes: int = _CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Path, int], Where] = OrderedDict()
        self._bytes = 0

    def where(self, place: Place) -> Where:
        key = place.path, place.offset
        with self._lock:
            if (known := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return known
        read = place.where()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = read
                self._bytes += read.nbytes
            while self._bytes > self._max_bytes:
                _, old = self._kept.popitem(last=False)
                self._bytes -= old.nbytes
        return read


class Store:
    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.stats = StoreStats()
        self._folder = folder
        self._lock = threading.Lock()
        self._cameras: dict[str, CameraFiles] = {}
        self._heads: dict[str, _Head] = {}
        self._cache = Cache()
        self._log: Log | None = None
        self._log_since_us: int | None = None
        self._number = 1  # of the next record

    def open(self) -> None:
        """Take up what the last run left.  OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for folder in sorted(self._folder.glob(f"{_FOLDER}*")):
            if folder.is_dir():
                self._cameras[folder.name.removeprefix(_FOLDER)] = CameraFiles(folder)
        through = {}
        for camera, files in self._cameras.items():
            newest = files.newest()
            if newest is not None:
                through[camera] = int(newest["through"])
                head = self._head(camera)
                head.next_object, head.through = int(newest["next_object"]), through[camera]
        self._number = max(through.values(), default=0) + 1
        old = log.logs(self._folder)
        for path in old:
            self._take_up(path, through)
        self._begin_log()
        self._seal(list(self._heads))
        _unlink(old)
        self._count_bytes()

    def append(self, points: Mapping[str, Points], now_us: int) -> None:
        """Keep these; on the disk when it returns.  OSError: they are in memory, and will be
        written with the next ones."""
        fresh = {camera: self._sane(rows) for camera, rows in points.items()}
        try:
            jumped = [name for name, rows in fresh.items() if self._jumps(name, rows)]
            self._seal(jumped)
        finally:
            for camera, rows in fresh.items():
                self._add(camera, rows)
        self._write(fresh, now_us)

    def _sane(self, rows: Points) -> Points:
        """Those about as late as the last of them."""
        times = rows["time_us"]
        kept: Points = rows[np.abs(times - times[-1]) <= _MAX_SPAN_US]
        self.stats.lost += len(rows) - len(kept)
        return kept

    def _jumps(self, camera: str, rows: Points) -> bool:
        head = self._head(camera)
        return head.count > 0 and head.spans(rows) > _MAX_SPAN_US

    def _add(self, camera: str, rows: Points) -> None:
        head = self._head(camera)
        with self._lock:
            if head.count and head.spans(rows) > _MAX_SPAN_US:  # it could not be written
                self.stats.lost += head.count
                head.parts, head.count = [], 0
            head.add(rows)
        self.stats.points += len(rows)

    @property
    def behind(self) -> bool:
        """Something could not be written: it waits for the next `append`, even of nothing."""
        return self._log is None

    def next_object(self, camera: str) -> int:
        """The number that a camera's next object gets."""
        return self._head(camera).next_object

    def limit(self, now_us: int) -> None:
        """Delete the oldest of what is too much or too old.  OSError."""
        days = self.limits.days
        for files in self._cameras.values():
            while days and files.ends_before(now_us - days * DAY_US):
                self._delete(files)
        while self.stats.bytes > self.limits.max_bytes:
            having = [one for one in self._cameras.values() if one.first_us is not None]
            if not having:
                return
            self._delete(min(having, key=lambda one: one.first_us or 0))

    def close(self) -> None:
        """OSError: what could not be written is in the log, as after a crash."""
        try:
            if self._log is not None:
                self._seal(list(self._heads))
        finally:
            self._end_log()
            with contextlib.suppress(OSError):
                if not any(head.count for head in self._heads.values()):
                    _unlink(log.logs(self._folder))

    def cameras(self) -> list[str]:
        """Those that have any points."""
        with self._lock:
            waiting = {camera for camera, head in self._heads.items() if head.count}
            known = dict(self._cameras)
        return sorted(waiting | {name for name, one in known.items() if one.first_us is not None})

    def first_us(self, camera: str) -> int | None:
        """Of a camera's oldest point, about; None when there is none."""
        with self._lock:
            files, head = self._cameras.get(camera), self._heads.get(camera)
            waiting = head.points()["time_us"] if head is not None and head.count else ()
        first_us = files.first_us if files is not None else None
        if first_us is None and len(waiting):
            first_us = int(min(waiting))
        return first_us

    def stored(self) -> list[tuple[str, int, int, int]]:
        """Of each camera with points: when they begin and end, and bytes on disk.  OSError."""
        found = []
        for camera in self.cameras():
            first_us = self.first_us(camera)
            if first_us is not None:
                with self._lock:
                    files = self._cameras.get(camera)
                    head = self._heads.get(camera)
                    waiting = head.points() if head is not None and head.count else None
                newest = files.newest() if files is not None else None
                last_us = int(newest["last_us"]) if newest is not None else first_us
                if waiting is not None:
                    last_us = max(last_us, int(waiting["time_us"].max()))
                found.append((camera, first_us, last_us, files.used_bytes if files else 0))
        return found

    def blocks(self, camera: str, begin_us: int, end_us: int) -> list[Stored]:
        """Those with points in [begin; end), oldest first; the last may be in memory.  OSError."""
        with self._lock:
            files, head = self._cameras.get(camera), self._heads.get(camera)
            waiting = head.points() if head is not None and head.count else None
        places = files.places(begin_us, end_us) if files is not None else []
        found = [Stored(place.header, place, cache=self._cache) for place in places]
        if waiting is not None:
            made = block.build(waiting)
            if made.header["first_us"] < end_us and made.header["last_us"] >= begin_us:
                found.append(Stored(made.header, made=made))
        return found

    def _head(self, camera: str) -> _Head:
        with self._lock:
            return self._heads.setdefault(camera, _Head())

    def _files(self, camera: str) -> CameraFiles:
        with self._lock:
            known = self._cameras.get(camera)
            if known is None:
                known = self._cameras[camera] = CameraFiles(self._folder / (_FOLDER + camera))
            return known

    def _write(self, points: Mapping[str, Points], now_us: int) -> None:
        try:
            if self._log is None:
                self._write_again()
            else:
                self._log.append(self._number, points)
                self._number += 1
            self._seal_in_time(now_us)
        except OSError:
            self._end_log()
            self._forget_oldest()
            raise

    def _write_again(self) -> None:
        """All that is in no block, after a failure: to a new log."""
        old = log.logs(self._folder)
        self._begin_log()
        assert self._log is not None
        waiting = {name: one.points() for name, one in self._heads.items() if one.count}
        self._log.append(self._number, waiting)
        self._number += 1
        _unlink(old)

    def _seal_in_time(self, now_us: int) -> None:
        assert self._log is not None
        if self._log_since_us is None:
            self._log_since_us = now_us
        late = not 0 <= now_us - self._log_since_us < _MAX_LOG_US
        if late or self._log.bytes > _MAX_LOG_BYTES:
            self._seal(list(self._heads))
            old = log.logs(self._folder)
            self._end_log()
            self._begin_log()
            _unlink(old)
        else:
            self._seal([name for name, one in self._heads.items() if one.count >= _FULL])

    def _begin_log(self) -> None:
        known = log.logs(self._folder)
        number = int(known[-1].stem[4:]) + 1 if known else 1
        self._log = Log(self._folder / f"log-{number}{log.SUFFIX}")
        self._log_since_us = None

    def _end_log(self) -> None:
        if self._log is not None:
            self._log.close()
            self._log = None

    def _seal(self, cameras: list[str]) -> None:
        """Their points to blocks."""
        for camera in cameras:
            head = self._heads[camera]
            while head.count:
                self._seal_one(camera, head)
        self._count_bytes()

    def _seal_one(self, camera: str, head: _Head) -> None:
        points = np.concatenate(head.parts)
        fits = block.MAX_POINTS - len(head.carried)
        first, rest = np.concatenate([head.carried, points[:fits]]), points[fits:]
        last = len(rest) == 0
        head.through = self._number - 1 if last else head.through
        made = block.build(first, head.through, head.next_object)
        self._files(camera).append(made)
        self.stats.blocks += 1
        with self._lock:
            head.carried = block.carried(first)
            head.parts, head.count = ([], 0) if last else ([rest], len(rest))

    def _forget_oldest(self) -> None:
        count = sum(head.count for head in self._heads.values())
        for head in self._heads.values():
            while count > _MAX_WAITING and head.parts:
                with self._lock:
                    gone = len(head.parts.pop(0))
                    head.count -= gone
                count -= gone
                self.stats.lost += gone

    def _take_up(self, path: Path, through: Mapping[str, int]) -> None:
        for number, points in log.records(path.read_bytes()):
            self._number = max(self._number, number + 1)
            for camera, rows in points.items():
                if number > through.get(camera, 0) and len(rows):
                    if self._jumps(camera, rows):
                        self._seal([camera])
                    self._head(camera).add(rows)

    def _delete(self, files: CameraFiles) -> None:
        files.delete_oldest()
        self.stats.deleted_files += 1
        self._count_bytes()

    def _count_bytes(self) -> None:
        log_bytes = self._log.bytes if self._log is not None else 0
        self.stats.bytes = log_bytes + sum(one.used_bytes for one in self._cameras.values())


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
