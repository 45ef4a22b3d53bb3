"""The event loop's side of the trajectory database: frames in, a thread that writes them.

`tracked` is called on the event loop and only notes; every FLUSH_S a thread of its own thins the
frames of all cameras and writes them.  A disk in trouble is told once, and again when it is over;
meanwhile the points wait in memory, within the store's bound.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from axxond.analytics.objects import Tracked
from axxond.base.clock import Clock
from axxond.base.tasks import Worker, cancel, spawn
from axxond.base.units import MINUTE_US
from axxond.trajectories.points import Points, Row, array
from axxond.trajectories.store import Limits, Store, StoreStats
from axxond.trajectories.thinner import Thinner

log = logging.getLogger(__name__)

# What a crash may cost.
FLUSH_S = 2.0
_LIMIT_EVERY_US = MINUTE_US
# Frames that wait for the thread: a minute of 64 cameras at 10 frames a second.
_MAX_FRAMES = 38_400


class TrajectoryRecorder:
    """`store` may be read by any thread.  `on_trouble(text)`: on the event loop; "" when it is
    over.  `missed`: frames that were not stored, because the thread was stuck or the folder could
    not be opened."""

    def __init__(self, folder: Path, clock: Clock, on_trouble: Callable[[str], None]) -> None:
        self.store = Store(folder)
        self.missed = 0
        self._folder = folder
        self._clock = clock
        self._on_trouble = on_trouble
        self._worker: Worker | None = None
        self._task: asyncio.Task[None] | None = None
        self._frames: list[tuple[str, Tracked]] = []
        self._thinners: dict[str, Thinner] = {}
        self._opened = False
        self._trouble = ""
        self._limited_us: int | None = None

    @property
    def stats(self) -> StoreStats:
        return self.store.stats

    @property
    def trouble(self) -> str:
        """What keeps it from storing now, or ""."""
        return self._trouble

    def limit(self, limits: Limits) -> None:
        """From the next round on."""
        self.store.limits = limits
        self._limited_us = None

    async def start(self) -> None:
        """Take up what the last run left; a disk in trouble is tried again."""
        self._worker = Worker("trajectories")
        await self._round()
        self._task = spawn(self._run(), "trajectories")

    async def close(self) -> None:
        """All that was noted is on the disk, or told as trouble."""
        if self._worker is None:
            return
        await cancel(self._task)
        await self.flush()
        worker, self._worker = self._worker, None
        try:
            await worker.call(self._close)
        except OSError as error:
            self._tell(error)
        worker.close()

    async def flush(self) -> None:
        """Now, for those who want to read what was just seen."""
        await self._round()

    def tracked(self, camera: str, frame: Tracked) -> None:
        """Note a frame."""
        if len(self._frames) >= _MAX_FRAMES:
            self.missed += 1
            return
        self._frames.append((camera, frame))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            await self._round()

    async def _round(self) -> None:
        frames, self._frames = self._frames, []
        now_us, monotonic_us = self._clock.now_us(), self._clock.monotonic_us()
        assert self._worker is not None
        try:
            await self._worker.call(self._work, frames, now_us, monotonic_us)
        except OSError as error:
            self._tell(error)
        except Exception:  # the edge: the next round must come
            log.exception("storing trajectories failed")
        else:
            self._tell(None)

    def _tell(self, error: OSError | None) -> None:
        where = f"Storing trajectories in {self._folder} failed"
        text = f"{where}: {error.strerror or error}" if error is not None else ""
        if text != self._trouble:
            self._trouble = text
            self._on_trouble(text)

    # In the thread.

    def _work(self, frames: list[tuple[str, Tracked]], now_us: int, monotonic_us: int) -> None:
        if not self._opened:
            self.missed += len(frames)  # should it fail again
            self._open()
            self.missed -= len(frames)
        points = self._thinned(frames)
        if points or self.store.behind:
            self.store.append(points, now_us)
        limited_us = self._limited_us
        if limited_us is None or monotonic_us - limited_us >= _LIMIT_EVERY_US:
            self.store.limit(now_us)
            self._limited_us = monotonic_us

    def _open(self) -> None:
        limits, self.store = self.store.limits, Store(self._folder)
        self.store.limits = limits
        self.store.open()
        self._opened = True

    def _thinned(self, frames: list[tuple[str, Tracked]]) -> dict[str, Points]:
        rows: dict[str, list[Row]] = {}
        for camera, frame in frames:
            thinner = self._thinners.get(camera)
            if thinner is None:
                thinner = self._thinners[camera] = Thinner(self.store.next_object(camera))
            found = rows.setdefault(camera, [])
            if frame.cut:
                found += thinner.cut()
            if frame.objects or not frame.cut:
                found += thinner.feed(frame.time_us, frame.objects)
        return {camera: array(found) for camera, found in rows.items() if found}

    def _close(self) -> None:
        if not self._opened:
            return
        now_us = self._clock.now_us()
        rows = {camera: thinner.cut() for camera, thinner in self._thinners.items()}
        points = {camera: array(found) for camera, found in rows.items() if found}
        try:
            if points:
                self.store.append(points, now_us)
        finally:
            self.store.close()
