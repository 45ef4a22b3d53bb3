"""The archive's folder on its disk: one writer thread, one for deleting, troubles told once.

The writer thread runs `_write`; nothing else touches a `SegmentWriter`.  A hung disk blocks that
thread only.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from attrs import define, field, frozen

from axxond.archive.cutter import Cluster
from axxond.archive.errors import Trouble, TroubleKind, describe, kind_of
from axxond.archive.model import Identity
from axxond.archive.segment import Appended, DiskEvent, SegmentWriter
from axxond.base.clock import Clock
from axxond.base.tasks import Worker

# With clusters of a second this keeps what a power cut can take below two.
_SYNC_EVERY_US = 500_000


@frozen
class Job:
    """Clusters to append by one writer, and whether its file is to be closed after them."""

    writer: SegmentWriter
    clusters: Sequence[Cluster]
    close: bool = False


@define
class JobResult:
    """`events` in order; `written` says how many clusters made it, `appended` each one's event."""

    events: list[DiskEvent] = field(factory=list)
    appended: list[Appended] = field(factory=list)
    error: OSError | None = None


class Volume:
    def __init__(self, folder: Path, clock: Clock, first_id: int = 1) -> None:
        self.folder = folder
        self._clock = clock
        self._ids = itertools.count(first_id)
        self._writer = Worker("archive-write")
        self._janitor = Worker("archive-delete")
        self._synced_us = 0

    def numbers_from(self, first_id: int) -> None:
        """Before any writer is made."""
        self._ids = itertools.count(first_id)

    def writer(self, identity: Identity) -> SegmentWriter:
        return SegmentWriter(self.folder, identity, _Later(self))

    def next_id(self) -> int:
        return next(self._ids)

    async def write(self, jobs: Sequence[Job]) -> list[JobResult]:
        """Do the jobs in order; errors are in the results."""
        return await self._writer.call(self._write, jobs)

    async def delete(self, path: str) -> None:
        """Remove a segment file, and its day's folder when that is empty.  Raises OSError."""
        await self._janitor.call(self._delete, path)

    def close(self) -> None:
        self._writer.close()
        self._janitor.close()

    def _write(self, jobs: Sequence[Job]) -> list[JobResult]:
        results = [_run(job) for job in jobs]
        now = self._clock.monotonic_us()
        if now - self._synced_us >= _SYNC_EVERY_US:
            for job, result in zip(jobs, results, strict=True):
                try:
                    job.writer.sync()
                except OSError as error:
                    result.error = result.error or error
            self._synced_us = self._clock.monotonic_us()
        return results

    def _delete(self, path: str) -> None:
        whole = self.folder / path
        whole.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # other segments are in it
            whole.parent.rmdir()


class _Later(Iterator[int]):
    """Segment numbers of a volume whose index may be opened later."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume

    def __next__(self) -> int:
        return self._volume.next_id()


def _run(job: Job) -> JobResult:
    result = JobResult()
    try:
        for cluster in job.clusters:
            events = job.writer.write(cluster)
            result.events += events
            appended = events[-1]
            assert isinstance(appended, Appended)
            result.appended.append(appended)
        if job.close:
            result.events += job.writer.close()
    except OSError as error:
        result.error = error
        result.events += job.writer.take_events()
    return result


class Health:
    """Tells each trouble once when it begins and once when it is over.  On the event loop."""

    def __init__(
        self, archive: str, folder: Path, clock: Clock, tell: Callable[[Trouble], None]
    ) -> None:
        self._archive = archive
        self._folder = folder
        self._clock = clock
        self._tell = tell
        self.troubles: dict[TroubleKind, Trouble] = {}

    def error(self, error: OSError) -> None:
        self.trouble(kind_of(error), error.strerror or str(error))

    def trouble(self, kind: TroubleKind, detail: str) -> None:
        if kind in self.troubles:
            return
        text = describe(kind, str(self._folder), detail)
        trouble = Trouble(self._archive, kind, text, self._clock.now_us())
        self.troubles[kind] = trouble
        self._tell(trouble)

    def well(self, *kinds: TroubleKind) -> None:
        """These are over; without kinds: all."""
        for kind in kinds or tuple(self.troubles):
            trouble = self.troubles.pop(kind, None)
            if trouble is not None:
                text = f"Recording to {self._folder} works again."
                now = self._clock.now_us()
                self._tell(Trouble(self._archive, kind, text, now, over=True))

    @property
    def text(self) -> str:
        """What is wrong with the disk; "" when nothing."""
        return next((one.text for one in self.troubles.values()), "")
