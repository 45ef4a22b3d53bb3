"""Export jobs of the client's fake server: made at once, of one camera, without sound."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

from attrs import evolve

from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import (
    CancelExport,
    DeleteExport,
    Done,
    Export,
    ExportJobs,
    ExportNotice,
    ExportStarted,
    FetchExport,
    ListExports,
    Message,
    StartExport,
)
from protocol.types import ExportRecord, ExportState
from tests.fakes.media import Media
from tests.fakes.session import Answer, Session, now_us

Publish = Callable[[str, Message], None]


class Exports:
    """`hold` keeps jobs from ending, until `finish` does it."""

    def __init__(self, media: Media, publish: Publish) -> None:
        self.hold = False
        self._media = media
        self._publish = publish
        self._numbers = itertools.count(1)
        self._jobs: dict[str, ExportRecord] = {}
        self._files: dict[str, bytes] = {}
        self._orders: dict[str, StartExport] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def file(self, job: str) -> bytes:
        return self._files[job]

    def start(self, session: Session, message: StartExport) -> Answer:
        job = ExportRecord(
            id=f"{next(self._numbers):08x}",
            user=session.user,
            state=ExportState.RUNNING,
            created_us=now_us(),
            ended_us=None,
            cameras=message.cameras,
            camera_names=[self._media.name(camera) for camera in message.cameras],
            begin_us=message.begin_us,
            end_us=message.end_us,
            form=message.form,
            evidence=message.evidence,
            encrypted=bool(message.password),
            stamp=message.stamp,
            masked=bool(message.masks),
            comment=message.comment,
            share=0.0,
            cameras_done=0,
        )
        self.put(job)
        self._orders[job.id] = message
        if not self.hold:
            task = asyncio.create_task(self._make(job, message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return ExportStarted(job)

    async def finish(self, key: str) -> None:
        """A job that was held."""
        await self._make(self._jobs[key], self._orders[key])

    def list(self, session: Session, message: ListExports) -> Answer:
        jobs = list(self._jobs.values())[::-1]
        return ExportJobs(jobs, sum(map(len, self._files.values())), 20_000_000_000)

    def cancel(self, session: Session, message: CancelExport) -> Answer:
        job = self._find(message.job)
        if job.ended_us is not None:
            raise ProtocolError(ErrorCode.CONFLICT, "It has ended already.", message.job)
        self.put(evolve(job, state=ExportState.CANCELLED, ended_us=now_us()))
        return Done()

    def delete(self, session: Session, message: DeleteExport) -> Answer:
        job = self._find(message.job)
        del self._jobs[job.id]
        self._files.pop(job.id, None)
        self._publish("exports", ExportNotice(evolve(job, state=ExportState.REMOVED)))
        return Done()

    def fetch(self, session: Session, message: FetchExport) -> Answer:
        job = self._find(message.job)
        if job.state is not ExportState.DONE:
            raise ProtocolError(ErrorCode.CONFLICT, "It has no file.", message.job)
        data = self._files[job.id][message.offset_bytes :]
        return self._media.send(session, data, message.credit_bytes)

    async def _make(self, job: ExportRecord, message: StartExport) -> None:
        form = "mp4" if message.form == "mp4" else "mkv"
        request = Export(message.cameras[0], message.begin_us, message.end_us, form)
        try:
            data = await self._media.file(request)
        except ProtocolError as error:
            failed = evolve(job, state=ExportState.FAILED, text=error.text, ended_us=now_us())
            self.put(failed)
            return
        if self._jobs[job.id].state is not ExportState.RUNNING:
            return
        zipped = message.form in ("jpeg", "png") or message.evidence or message.password
        name = f"{job.camera_names[0]}.{'zip' if zipped else message.form}"
        self._files[job.id] = data
        self.put(
            evolve(
                job,
                state=ExportState.DONE,
                share=1.0,
                cameras_done=len(job.cameras),
                ended_us=now_us(),
                file_name=name,
                file_bytes=len(data),
            )
        )

    def put(self, job: ExportRecord) -> None:
        """As the server tells of a job that is new or has gone on."""
        self._jobs[job.id] = job
        self._publish("exports", ExportNotice(job))

    def _find(self, job: str) -> ExportRecord:
        if job not in self._jobs:
            raise ProtocolError(ErrorCode.NOT_FOUND, "There is no such export.", job)
        return self._jobs[job]
