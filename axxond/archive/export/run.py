"""One run of a job: each camera's files, then one file of them.

On the event loop; files are made on a thread of its own, of low priority.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

from attrs import evolve, frozen

from axxond.archive.errors import ExportError
from axxond.archive.export import evidence
from axxond.archive.export.camera import (
    NoFootageError,
    Source,
    export_camera,
    lower_priority,
)
from axxond.archive.export.disk import sync_file
from axxond.archive.export.evidence import Slices
from axxond.archive.export.job import Job
from axxond.archive.export.key import EvidenceKey
from axxond.archive.export.names import instant, safe, suffix, unique
from axxond.archive.export.packing import Pack
from axxond.archive.export.store import JobStore
from axxond.archive.stored import Piece
from axxond.base.clock import Clock
from axxond.base.tasks import Worker, in_thread
from protocol.evidence import CameraEntry, Manifest
from protocol.types import EventRecord, Span

# What packing is of the whole work.
_PACKING_SHARE = 0.1


class Footage(Source, Protocol):
    """All that exports need of the running system."""

    def gops(
        self, camera: str, from_us: int, key_frames_only: bool, audio: bool
    ) -> AsyncIterator[Piece]: ...

    def busy(self) -> bool: ...

    def camera_name(self, camera: str) -> str | None:
        """None: there is no such camera."""

    async def ledger(self, camera: str, begin_us: int, end_us: int) -> list[Span]:
        """Footage and gaps that touch [begin; end)."""

    async def journal(self, cameras: list[str], begin_us: int, end_us: int) -> list[EventRecord]:
        """What happened to these cameras and to the server, oldest first."""


@frozen
class Server:
    """Who vouches for evidence."""

    id: str
    name: str
    software: str
    key: EvidenceKey


class Run:
    """`save(job)` is called whenever the job has gone on, `tell(share)` in between."""

    def __init__(
        self,
        job: Job,
        store: JobStore,
        footage: Footage,
        server: Server,
        save: Callable[[Job], Awaitable[None]],
        tell: Callable[[float], None],
    ) -> None:
        self.job = job
        self._store = store
        self._footage = footage
        self._server = server
        self._save = save
        self._tell = tell

    async def run(self, clock: Clock) -> Job:
        """The job with the name and the size of its result.  Cancelling stops it.  Raises
        ExportError, OSError."""
        worker = Worker("export")
        try:
            await worker.call(lower_priority)
            self.job = await worker.call(self._sound)
            for number in range(len(self.job.notes), len(self.job.order.cameras)):
                await self._camera(number, worker)
            if all(self.job.notes):
                raise ExportError("there is no footage of that period")
            await self._pack(worker, clock)
        finally:
            await in_thread(worker.close)
        return self.job

    def _sound(self) -> Job:
        """The job without the cameras whose files a crash has taken.  Blocks."""
        job, store = self.job, self._store
        done = 0
        for number, note in enumerate(job.notes):
            if not note and not store.files(job.id, number):
                break
            done += 1
        return evolve(job, notes=job.notes[:done]).put(cameras_done=done)

    async def _camera(self, number: int, worker: Worker) -> None:
        job, store = self.job, self._store
        folder = await worker.call(store.clear, job.id, number)
        order = job.camera_order(number)

        def progress(share: float) -> None:
            self._tell((number + share) / len(job.order.cameras) * (1 - _PACKING_SHARE))

        note = ""
        try:
            files = await export_camera(self._footage, order, folder, worker, progress)
            await worker.call(_sync_all, files)
        except NoFootageError:
            note = "no footage in that period"
        done = evolve(job, notes=(*job.notes, note))
        self.job = done.put(cameras_done=number + 1)
        await self._save(self.job)

    # --- packing ---------------------------------------------------------------------------

    async def _pack(self, worker: Worker, clock: Clock) -> None:
        job, store = self.job, self._store
        result = store.result(job)
        found = [
            await worker.call(store.files, job.id, number) if not note else []
            for number, note in enumerate(job.notes)
        ]
        files = [path for paths in found for path in paths]
        alone = len(files) == 1 and not job.order.evidence and not job.secret
        if alone and job.order.form not in ("jpeg", "png"):
            name = files[0].name
            await worker.call(os.replace, files[0], result)
        else:
            name = self._zip_name()
            slices = await self._slices() if job.order.evidence else None
            await self._zip(worker, found, slices, clock.now_us())
        size = (await worker.call(result.stat)).st_size
        await worker.call(store.drop_work, job.id)
        missing = [
            name for name, note in zip(job.record.camera_names, job.notes, strict=True) if note
        ]
        text = f"No footage of {', '.join(missing)}." if missing else ""
        self.job = job.put(file_name=name, file_bytes=size, text=text)

    def _zip_name(self) -> str:
        record = self.job.record
        what = "evidence" if record.evidence else "export"
        who = (
            record.camera_names[0]
            if len(record.cameras) == 1
            else f"{len(record.cameras)} cameras"
        )
        return f"{safe(f'{what} {who} {instant(record.begin_us)}', what)}.zip"

    async def _slices(self) -> Slices:
        order, names = self.job.order, self.job.record.camera_names
        period = (order.begin_us, order.end_us)
        ledger = [
            (camera, name, await self._footage.ledger(camera, *period))
            for camera, name in zip(order.cameras, names, strict=True)
        ]
        return Slices(ledger, await self._footage.journal(order.cameras, *period))

    async def _zip(
        self, worker: Worker, found: list[list[Path]], slices: Slices | None, now_us: int
    ) -> None:
        job = self.job
        password = await worker.call(self._server.key.show, job.secret)
        pack = await worker.call(Pack, self._store.result(job), password)
        loop, total = asyncio.get_running_loop(), await worker.call(_total, found)

        def on_piece() -> None:
            share = 1 - _PACKING_SHARE * (1 - pack.packed_bytes / total)
            loop.call_soon_threadsafe(self._tell, min(share, 1.0))

        pack.on_piece = on_piece
        work = worker.submit(self._fill, pack, found, slices, now_us)
        try:
            await asyncio.wrap_future(work)
        except BaseException:
            pack.stop()
            await worker.call(pack.abort)
            raise

    def _fill(
        self, pack: Pack, found: list[list[Path]], slices: Slices | None, now_us: int
    ) -> None:
        """On the export's thread."""
        cameras = self._add_media(pack, found)
        if slices is None:
            pack.close()
        else:
            evidence.add_slices(pack, slices)
            evidence.finish(pack, self._server.key, self._manifest(cameras, now_us))
        sync_file(pack.path)

    def _add_media(self, pack: Pack, found: list[list[Path]]) -> list[CameraEntry]:
        """Pictures of a camera lie in a folder; so does all of evidence."""
        job = self.job
        bare = job.order.form not in ("jpeg", "png") and not job.order.evidence
        taken: set[str] = set()
        cameras = []
        for number, paths in enumerate(found):
            name = job.record.camera_names[number]
            folder = unique(safe(name, job.order.cameras[number]), taken)
            taken.add(folder.casefold())
            names = []
            for path in paths:
                inside = path.name if bare else f"{folder}/{path.name}"
                if bare:
                    inside = f"{unique(path.stem, taken)}.{suffix(job.order.form)}"
                    taken.add(inside.rpartition(".")[0].casefold())
                elif job.order.evidence:
                    inside = f"media/{inside}"
                pack.add_file(inside, path)
                names.append(inside)
            cameras.append(CameraEntry(job.order.cameras[number], name, names, job.notes[number]))
        return cameras

    def _manifest(self, cameras: list[CameraEntry], now_us: int) -> Manifest:
        job, server = self.job, self._server
        return Manifest(
            job=job.id,
            made_us=now_us,
            user=job.record.user,
            comment=job.order.comment,
            server=server.id,
            server_name=server.name,
            software=server.software,
            key=server.key.fingerprint,
            begin_us=job.order.begin_us,
            end_us=job.order.end_us,
            changes=job.changes(),
            cameras=cameras,
            files=[],
        )


def _sync_all(files: list[Path]) -> None:
    """A camera that counts as done is on the disk."""
    for path in files:
        sync_file(path)


def _total(found: list[list[Path]]) -> int:
    return max(1, sum(path.stat().st_size for paths in found for path in paths))
