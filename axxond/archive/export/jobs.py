"""The exports of a server: queue, states, events, what is kept for how long.

On the event loop.  A job that runs when the server stops, by a signal or by a crash, goes on
with the next start, with the camera that was not finished.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from pathlib import Path

from attrs import evolve

from axxond.archive.export.job import Author, Job
from axxond.archive.export.names import instant
from axxond.archive.export.run import Footage, Run, Server
from axxond.archive.export.store import JobStore
from axxond.base.clock import Clock
from axxond.base.errors import AxxonError
from axxond.base.tasks import cancel, in_thread, spawn
from axxond.base.units import DAY_US, GIB, MS_US
from axxond.events.bus import EventBus
from axxond.events.types import (
    EXPORT_CANCELLED,
    EXPORT_DONE,
    EXPORT_FAILED,
    EXPORT_FETCHED,
    EXPORT_REMOVED,
    EXPORT_STARTED,
    Event,
    EventType,
)
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import StartExport
from protocol.types import ExportRecord, ExportState, Phase

log = logging.getLogger(__name__)

# They read and write the disks that record: the others wait.
_AT_ONCE = 2
MAX_WAITING = 100
MAX_CAMERAS = 64
_TELL_EVERY_US = 500 * MS_US
_TIDY_EVERY_S = 3600.0
_DEFAULT_DAYS, _DEFAULT_BYTES = 7, 20 * GIB

Listener = Callable[[ExportRecord], None]


class Exports:
    """`open`, then everything else; `close` leaves what is unfinished for the next start."""

    def __init__(
        self, folder: Path, footage: Footage, server: Server, bus: EventBus, clock: Clock
    ) -> None:
        self.limit_days = _DEFAULT_DAYS  # 0: for ever
        self.limit_bytes = _DEFAULT_BYTES
        self._store = JobStore(folder)
        self._footage = footage
        self._server = server
        self._bus = bus
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._listeners: list[Listener] = []
        self._told_us: dict[str, int] = {}
        self._reading: dict[str, int] = {}  # results that are being sent, and how often
        self._tidier: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Go on with what was unfinished.  Raises OSError."""
        jobs = await in_thread(self._store.open)
        for job in sorted(jobs, key=lambda job: job.record.created_us):
            self._jobs[job.id] = job
            if not job.ended:
                self._jobs[job.id] = job.put(state=ExportState.WAITING)
                # Again: a crash may have taken the newest lines of the journal.
                text = f"{_words(job)} goes on after a restart"
                by = Author(job.record.user)
                self._publish(EXPORT_STARTED, job, text, Phase.BEGIN, by)
                self._begin(job.id)
        self._tidier = spawn(self._tidy_for_ever(), "exports tidier")

    async def close(self) -> None:
        await cancel(self._tidier, *self._tasks.values())

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Called on every change of a job; progress at most twice a second."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def records(self) -> list[ExportRecord]:
        """Newest first."""
        kept = [job.record for job in self._jobs.values() if job.keep]
        return sorted(kept, key=lambda record: record.created_us, reverse=True)

    @property
    def used_bytes(self) -> int:
        return sum(job.record.file_bytes for job in self._jobs.values())

    async def start(self, order: StartExport, by: Author, keep: bool = True) -> ExportRecord:
        """Queue a job.  Raises ProtocolError NOT_FOUND, INVALID or LIMIT, OSError."""
        names = self._names(order)
        if len(self._tasks) >= MAX_WAITING:
            raise ProtocolError(ErrorCode.LIMIT, f"{MAX_WAITING} exports are waiting already")
        record = ExportRecord(
            id=uuid.uuid4().hex,
            user=by.user,
            state=ExportState.WAITING,
            created_us=self._clock.now_us(),
            ended_us=None,
            cameras=list(order.cameras),
            camera_names=names,
            begin_us=order.begin_us,
            end_us=order.end_us,
            form=order.form,
            evidence=order.evidence,
            encrypted=bool(order.password),
            stamp=order.stamp,
            masked=bool(order.masks),
            comment=order.comment,
            share=0.0,
            cameras_done=0,
        )
        secret = self._server.key.hide(order.password)
        job = Job(record, evolve(order, password=""), secret, keep)
        self._jobs[job.id] = job
        try:
            await in_thread(self._store.save, job)
        except OSError:
            del self._jobs[job.id]
            raise
        self._publish(EXPORT_STARTED, job, f"{_words(job)} was started", Phase.BEGIN, by)
        self._begin(job.id)
        self._tell(job)
        return record

    async def cancel(self, job_id: str, by: Author) -> None:
        """Raises ProtocolError NOT_FOUND, or CONFLICT when it has ended."""
        job = self._find(job_id)
        if not job.ended:
            await cancel(self._tasks.get(job_id))
            job = self._find(job_id)
        if job.ended:
            text = f"this export is {job.record.state.value} already"
            raise ProtocolError(ErrorCode.CONFLICT, text, job_id)
        await in_thread(self._clean, job)
        await self._end(job, ExportState.CANCELLED, f"Cancelled by {by.user}", by)

    async def delete(self, job_id: str, by: Author) -> None:
        """Raises ProtocolError NOT_FOUND, or CONFLICT while it waits or runs."""
        job = self._find(job_id)
        if not job.ended:
            raise ProtocolError(ErrorCode.CONFLICT, "cancel this export first", job_id)
        await self._remove(job, f"{_words(job)} was removed", by)

    async def discard(self, job_id: str, by: Author) -> None:
        """Whoever started it no longer wants it: stop and forget it, in whatever state."""
        job = self._jobs.get(job_id)
        if job is not None and not job.ended:
            await self.cancel(job_id, by)
        if (job := self._jobs.get(job_id)) is not None:
            await self._remove(job, f"{_words(job)} was removed", by)

    async def wait(self, job_id: str) -> ExportRecord:
        """Until it has ended.  Raises ProtocolError NOT_FOUND."""
        while (task := self._tasks.get(job_id)) is not None:
            await asyncio.wait([task])
        return self._find(job_id).record

    def share(self, job_id: str) -> float:
        """How far it is, [0; 1].  Raises ProtocolError NOT_FOUND."""
        return self._find(job_id).record.share

    def result(self, job_id: str) -> Path:
        """The file of a job that is done.  Raises ProtocolError NOT_FOUND or CONFLICT."""
        job = self._find(job_id)
        if job.record.state is not ExportState.DONE:
            text = f"this export is {job.record.state.value}: it has no file"
            raise ProtocolError(ErrorCode.CONFLICT, text, job_id)
        return self._store.result(job)

    def reading(self, job_id: str, on: bool) -> None:
        """Somebody begins or ends to take a result: it is not tidied away meanwhile."""
        self._reading[job_id] = self._reading.get(job_id, 0) + (1 if on else -1)
        if self._reading[job_id] <= 0:
            del self._reading[job_id]

    def fetched(self, job_id: str, by: Author) -> None:
        """A result has left the house: the journal says who took it."""
        if (job := self._jobs.get(job_id)) is not None and job.keep:
            text = f"{_words(job)} ({job.record.file_bytes} bytes) was taken"
            self._publish(EXPORT_FETCHED, job, text, Phase.INSTANT, by)

    # --- running ---------------------------------------------------------------------------

    def _begin(self, job_id: str) -> None:
        task = self._tasks[job_id] = spawn(self._work(job_id), f"export {job_id}")
        task.add_done_callback(lambda _task: self._tasks.pop(job_id, None))

    async def _work(self, job_id: str) -> None:
        async with self._turns:
            job = self._jobs[job_id]
            await self._keep(job.put(state=ExportState.RUNNING))
            state, text, by = ExportState.DONE, "", Author(job.record.user)
            try:
                job = await self._run(job_id)
                text = job.record.text
            except (AxxonError, ProtocolError) as error:
                state, text = ExportState.FAILED, str(error)
            except OSError as error:
                state, text = ExportState.FAILED, f"the server's disk: {error.strerror or error}"
            except Exception:
                reference = uuid.uuid4().hex[:8]
                log.exception("export failed, reference %s", reference)
                state, text = ExportState.FAILED, f"internal error, reference {reference}"
            job = self._jobs[job_id]
            if state is ExportState.FAILED:
                await in_thread(self._clean, job)
            await self._end(job, state, text, by)
        await self._tidy()

    async def _run(self, job_id: str) -> Job:
        job = self._jobs[job_id]
        run = Run(
            job,
            self._store,
            self._footage,
            self._server,
            self._went_on,
            lambda share: self._progress(job_id, share),
        )
        done = await run.run(self._clock)
        self._jobs[job_id] = done.put(share=1.0)
        return done

    async def _went_on(self, job: Job) -> None:
        await self._keep(job.put(share=self._jobs[job.id].record.share))

    async def _keep(self, job: Job) -> None:
        """On the disk, then in the list, then told."""
        await in_thread(self._store.save, job)
        self._jobs[job.id] = job
        self._tell(job)

    def _progress(self, job_id: str, share: float) -> None:
        job = self._jobs.get(job_id)
        if job is None or job.ended:
            return
        job = self._jobs[job_id] = job.put(share=max(share, job.record.share))
        now_us = self._clock.monotonic_us()
        if now_us - self._told_us.get(job_id, -_TELL_EVERY_US) >= _TELL_EVERY_US:
            self._told_us[job_id] = now_us
            self._tell(job)

    async def _end(self, job: Job, state: ExportState, text: str, by: Author) -> None:
        now_us = self._clock.now_us()
        job = evolve(job.put(state=state, text=text, ended_us=now_us), secret="")
        self._told_us.pop(job.id, None)
        try:
            await self._keep(job)
        except OSError:  # the disk is full or gone; it is told all the same
            log.exception("the end of export %s cannot be stored", job.id)
            self._jobs[job.id] = job
            self._tell(job)
        kinds = {
            ExportState.DONE: (EXPORT_DONE, "is done"),
            ExportState.FAILED: (EXPORT_FAILED, "failed"),
            ExportState.CANCELLED: (EXPORT_CANCELLED, "was cancelled"),
        }
        kind, words = kinds[state]
        said = f"{_words(job)} {words}" + (f": {text}" if text else "")
        self._publish(kind, job, said, Phase.END, by)

    # --- the list --------------------------------------------------------------------------

    def _names(self, order: StartExport) -> list[str]:
        if not order.cameras:
            raise ProtocolError(ErrorCode.INVALID, "name at least one camera", "cameras")
        if len(order.cameras) > MAX_CAMERAS:
            raise ProtocolError(ErrorCode.LIMIT, f"at most {MAX_CAMERAS} cameras", "cameras")
        if len(set(order.cameras)) < len(order.cameras):
            raise ProtocolError(ErrorCode.INVALID, "a camera is named twice", "cameras")
        names = []
        for camera in order.cameras:
            name = self._footage.camera_name(camera)
            if name is None:
                raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such camera", camera)
            names.append(name)
        return names

    def _find(self, job_id: str) -> Job:
        job = self._jobs.get(job_id)
        if job is None:
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such export", job_id)
        return job

    def _clean(self, job: Job) -> None:
        """Nothing is left but the entry.  Blocks."""
        self._store.drop_work(job.id)
        self._store.result(job).unlink(missing_ok=True)

    async def _remove(self, job: Job, text: str, by: Author) -> None:
        if self._jobs.pop(job.id, None) is None:
            return
        await in_thread(self._store.remove, job.id)
        self._tell(job.put(state=ExportState.REMOVED, file_bytes=0))
        if job.keep:
            self._publish(EXPORT_REMOVED, job, text, Phase.INSTANT, by)

    async def _tidy_for_ever(self) -> None:
        while True:
            await self._tidy()
            await asyncio.sleep(_TIDY_EVERY_S)

    async def _tidy(self) -> None:
        """Remove what is too old, then the oldest while there is too much."""
        now_us = self._clock.now_us()
        ended = sorted(
            (job for job in self._jobs.values() if job.ended and job.id not in self._reading),
            key=lambda job: job.record.created_us,
        )
        for job in ended:
            age_us = now_us - (job.record.ended_us or now_us)
            if self.limit_days and age_us > self.limit_days * DAY_US:
                text = f"{_words(job)} was removed after {self.limit_days} days"
            elif self.used_bytes > self.limit_bytes and job.record.file_bytes:
                text = f"{_words(job)} was removed to make room"
            else:
                continue
            await self._remove(job, text, Author(""))

    def _tell(self, job: Job) -> None:
        if job.keep:
            for listener in list(self._listeners):
                listener(job.record)

    def _publish(self, kind: EventType, job: Job, text: str, phase: Phase, by: Author) -> None:
        """One event a camera: a search by camera finds whatever left the house."""
        now_us = self._clock.now_us()
        record = job.record
        details = {
            "job": job.id,
            "cameras": record.cameras,
            "begin_us": record.begin_us,
            "end_us": record.end_us,
            "form": record.form,
            "evidence": record.evidence,
            "comment": record.comment,
        }
        for camera, name in zip(record.cameras, record.camera_names, strict=True):
            self._bus.publish(
                Event(
                    kind,
                    now_us,
                    camera,
                    name,
                    text,
                    phase,
                    group=f"{job.id}/{camera}" if phase is not Phase.INSTANT else "",
                    user=by.user,
                    address=by.address,
                    details=details,
                )
            )


def _words(job: Job) -> str:
    record = job.record
    what = "Evidence" if record.evidence else "Export"
    seconds = (record.end_us - record.begin_us) / 1_000_000
    many = f"{len(record.cameras)} cameras, " if len(record.cameras) > 1 else ""
    return f"{what} ({many}{instant(record.begin_us)}, {seconds:.0f} s, {record.form})"
