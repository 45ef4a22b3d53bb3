"""The archive's folder on its disk: a thread each to write, to sync, to delete.

The writer thread runs `_write`; nothing else touches a `SegmentWriter`.  A hung disk blocks that
thread only.
"""

from __future__ import annotations

import contextlib
import itertools
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import define, field, frozen

from axxond.archive.cutter import Cluster
from axxond.archive.disk import sync, write_probe
from axxond.archive.errors import EbmlError
from axxond.archive.model import Identity
from axxond.archive.segment import INDEX_NAME, Appended, DiskEvent, SegmentWriter
from axxond.base.tasks import Worker

PROBE_NAME = ".probe"


@frozen
class Job:
    """Clusters to append by one writer, and whether its file is to be closed after them.

    `take_back`: (segment, offset) from where on its file is to be cut off and closed instead:
    the same footage was written to another volume meanwhile.
    """

    writer: SegmentWriter
    clusters: Sequence[Cluster]
    close: bool = False
    take_back: tuple[int, int] | None = None


@define
class JobResult:
    """`events` in order; `appended` has one for each cluster that made it, from the first on.
    `refused`: the next cluster cannot be written by any disk, and why."""

    events: list[DiskEvent] = field(factory=list)
    appended: list[Appended] = field(factory=list)
    error: OSError | None = None
    refused: str = ""


class Volume:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ids = itertools.count(1)
        self._written: set[Path] = set()  # since the newest sync began
        self._writer = Worker("archive-write")
        self._janitor = Worker("archive-delete")
        self._syncer = Worker("archive-sync")

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

    def close(self, wait: bool) -> None:
        """`wait` False: a write hangs, and is not waited for."""
        self._writer.close(wait)
        self._janitor.close(wait)
        self._syncer.close(wait)

    def _write(self, jobs: Sequence[Job]) -> list[JobResult]:
        self._note(jobs)  # a file that is finished in this batch
        results = [_run(job) for job in jobs]
        self._note(jobs)  # one that was begun
        return results

    def _note(self, jobs: Sequence[Job]) -> None:
        self._written.update(file for job in jobs if (file := job.writer.file) is not None)

    async def probe(self) -> OSError | None:
        """Whether a file can be written and kept there now."""
        return await self._writer.call(self._probe)

    def _probe(self) -> OSError | None:
        try:
            if not (self.folder / INDEX_NAME).exists():
                raise FileNotFoundError(2, "the volume's index is not there", str(self.folder))
            write_probe(self.folder / PROBE_NAME)
        except OSError as error:
            return error
        return None

    async def sync(self) -> None:
        """Have the disk keep what was written.  Raises OSError."""
        written, self._written = self._written, set()
        await self._syncer.call(sync, self.folder, written)

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
    if job.take_back is not None:
        result.events += job.writer.take_back(*job.take_back)
    try:
        for cluster in job.clusters:
            events = job.writer.write(cluster)
            result.events += events
            appended = events[-1]
            assert isinstance(appended, Appended)
            result.appended.append(appended)
    except OSError as error:
        result.error = error
        result.events += job.writer.take_events()
    except (EbmlError, ValueError, OverflowError, KeyError, struct.error) as error:
        # What a camera sends must not stop the others: numbers that fit in no header field.
        result.refused = f"{type(error).__name__}: {error}"
        result.events += job.writer.take_events()
    if job.close:  # also after an error: on a full disk it is what can be deleted next
        result.events += job.writer.close()
    return result
