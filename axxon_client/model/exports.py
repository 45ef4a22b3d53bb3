"""The server's export jobs, and the files that come to this machine."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from attrs import evolve, frozen
from PyQt5.QtCore import QObject, Qt, pyqtSignal

from axxon_client.model.bridge import Failure, Post, Requester
from axxon_client.model.exporting import ended
from axxon_client.model.preferences import Preferences
from axxon_client.net.fetch import fetch_export
from axxon_client.net.link import ServerLink
from protocol.messages import (
    CancelExport,
    DeleteExport,
    ExportJobs,
    ExportStarted,
    ListExports,
    StartExport,
)
from protocol.types import ExportRecord, ExportState

_TELL_S = 0.1  # progress of a transfer, at most ten times a second
_MAX_WISHES = 100  # files to be saved as soon as they are ready; older ones are forgotten


class ExportBook(QObject):
    """Jobs of all users, newest first, as the server tells them.

    Signals: `changed()`; `ready(ExportRecord)` when a job that was under way is done or failed.
    """

    changed = pyqtSignal()
    ready = pyqtSignal(object)

    def __init__(self, requester: Requester, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requester = requester
        self._jobs: dict[str, ExportRecord] = {}
        self.used_bytes = 0
        self.limit_bytes = 0
        self.loaded = False

    @property
    def jobs(self) -> list[ExportRecord]:
        return sorted(self._jobs.values(), key=lambda job: job.created_us, reverse=True)

    @property
    def running(self) -> int:
        return sum(not ended(job) for job in self._jobs.values())

    def get(self, key: str) -> ExportRecord | None:
        return self._jobs.get(key)

    def refresh(self) -> None:
        self._requester.request(ListExports(), self._on_list, None, self)

    def start(
        self,
        order: StartExport,
        started: Callable[[ExportRecord], object],
        failed: Callable[[Failure], None],
    ) -> None:
        def done(reply: ExportStarted, _payload: bytes) -> None:
            self.update(reply.job)
            started(reply.job)

        self._requester.request(order, done, failed, self)

    def cancel(self, key: str) -> None:
        self._requester.request(CancelExport(key), None, self._on_refused, self)

    def delete(self, key: str) -> None:
        """The job and its file on the server."""
        self._requester.request(DeleteExport(key), None, self._on_refused, self)

    def update(self, job: ExportRecord) -> None:
        """What ended does not go on: a notice may overtake the answer to the order."""
        old = self._jobs.get(job.id)
        removed = job.state is ExportState.REMOVED
        if old is not None and ended(old) and not ended(job) and not removed:
            return
        if removed:
            self._jobs.pop(job.id, None)
        else:
            self._jobs[job.id] = job
        self.changed.emit()
        if old is not None and not ended(old) and ended(job):
            self.ready.emit(job)

    def _on_list(self, reply: ExportJobs, _payload: bytes) -> None:
        before, self._jobs = self._jobs, {job.id: job for job in reply.jobs}
        self.used_bytes, self.limit_bytes = reply.used_bytes, reply.limit_bytes
        self.loaded = True
        self.changed.emit()
        for key, old in before.items():
            job = self._jobs.get(key)
            if job is not None and not ended(old) and ended(job):
                self.ready.emit(job)

    def _on_refused(self, _failure: Failure) -> None:
        """It was gone, or ended meanwhile: the list says how it is."""
        self.refresh()


class Fetch(Protocol):
    """Brings a job's file to a path; see `LinkFetch`."""

    def __call__(
        self,
        job: ExportRecord,
        path: Path,
        told: Callable[[int], None],
        done: Callable[[Any], None],
        failed: Callable[[Failure], None],
    ) -> concurrent.futures.Future[None]: ...


class LinkFetch:
    """By a server's link.  `told` is called on the network thread."""

    def __init__(self, post: Post, link: ServerLink) -> None:
        self._post = post
        self._link = link

    def __call__(
        self,
        job: ExportRecord,
        path: Path,
        told: Callable[[int], None],
        done: Callable[[Any], None],
        failed: Callable[[Failure], None],
    ) -> concurrent.futures.Future[None]:
        work = fetch_export(self._link, job, path, told)
        return self._post.run(work, done, failed, self._post)


@frozen
class Download:
    """A file on its way (`error` "", `done` False), here, or not to be had."""

    path: Path
    received_bytes: int = 0
    done: bool = False
    error: str = ""

    @property
    def under_way(self) -> bool:
        return not self.done and not self.error


class Downloads(QObject):
    """Saves files of jobs; what is wished for is saved as soon as it is ready, also after the
    client was started anew.

    Signals: `changed(str job)`; `saved(str job, str path)`; `failed(str job, str sentence)`.
    """

    changed = pyqtSignal(str)
    saved = pyqtSignal(str, str)
    failed = pyqtSignal(str, str)
    _received = pyqtSignal(str, "qint64")

    def __init__(
        self,
        book: ExportBook,
        fetch: Fetch | None,
        preferences: Preferences,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._book = book
        self._fetch = fetch
        self._preferences = preferences
        self._downloads: dict[str, Download] = {}
        self._futures: dict[str, concurrent.futures.Future[None]] = {}
        self._wishes = _read_wishes(preferences)
        self._received.connect(self._on_received, Qt.QueuedConnection)  # type: ignore[call-arg]
        book.changed.connect(self._grant)

    def get(self, job: str) -> Download | None:
        return self._downloads.get(job)

    @property
    def under_way(self) -> int:
        return sum(one.under_way for one in self._downloads.values())

    def wish(self, job: str, folder: Path) -> None:
        """Save it there when it is done."""
        self._wishes[job] = folder
        self._keep_wishes()
        self._grant()

    def wished(self, job: str) -> Path | None:
        return self._wishes.get(job)

    def start(self, job: ExportRecord, folder: Path) -> None:
        known = self._downloads.get(job.id)
        if self._fetch is None or (known is not None and known.under_way):
            return
        path = free_path(folder, Path(job.file_name).name or f"export-{job.id}")
        self._downloads[job.id] = Download(path)
        key, last = job.id, [0.0]

        def told(received: int) -> None:
            """Network thread."""
            now = time.monotonic()
            if now - last[0] >= _TELL_S or received >= job.file_bytes:
                last[0] = now
                self._received.emit(key, received)

        self._futures[key] = self._fetch(
            job, path, told, lambda _none: self._on_done(job), lambda f: self._on_failed(key, f)
        )
        self.changed.emit(key)

    def cancel(self, job: str) -> None:
        """What came is removed."""
        future = self._futures.pop(job, None)
        self._downloads.pop(job, None)
        if future is not None:
            future.cancel()
        self.changed.emit(job)

    def close(self) -> None:
        """Cancel all; what was wished for is fetched anew next time."""
        for key, one in self._downloads.items():
            if one.under_way:
                self._wishes.setdefault(key, one.path.parent)
                self._futures[key].cancel()
        self._keep_wishes()

    def _grant(self) -> None:
        """Fetch what was wished for and is ready; forget what will never be."""
        for key, folder in list(self._wishes.items()):
            job = self._book.get(key)
            if job is None or not ended(job):
                continue
            del self._wishes[key]
            self._keep_wishes()
            if job.state is ExportState.DONE:
                self.start(job, folder)

    def _keep_wishes(self) -> None:
        kept = list(self._wishes.items())[-_MAX_WISHES:]
        lines = "\n".join(f"{job}\t{folder}" for job, folder in kept)
        self._preferences.set_text("exports/wishes", lines)

    def _on_received(self, key: str, received: int) -> None:
        one = self._downloads.get(key)
        if one is not None and one.under_way:
            self._downloads[key] = evolve(one, received_bytes=received)
            self.changed.emit(key)

    def _on_done(self, job: ExportRecord) -> None:
        self._futures.pop(job.id, None)
        one = self._downloads.get(job.id)
        if one is not None:
            self._downloads[job.id] = evolve(one, received_bytes=job.file_bytes, done=True)
            self.changed.emit(job.id)
            self.saved.emit(job.id, str(one.path))

    def _on_failed(self, key: str, failure: Failure) -> None:
        self._futures.pop(key, None)
        one = self._downloads.get(key)
        if one is not None:
            text = _reason(failure, one.path)
            self._downloads[key] = evolve(one, error=text)
            self.changed.emit(key)
            self.failed.emit(key, text)


def _reason(failure: Failure, path: Path) -> str:
    if isinstance(failure.cause, OSError):
        return f"{path.parent}: {failure.cause.strerror or failure.cause}."
    return failure.text


def _read_wishes(preferences: Preferences) -> dict[str, Path]:
    lines = preferences.text("exports/wishes").splitlines()
    pairs = [line.partition("\t") for line in lines]
    return {job: Path(folder) for job, _, folder in pairs if job and folder}


def free_path(folder: Path, name: str) -> Path:
    """A name in the folder that nothing has yet: `case.mkv`, `case (2).mkv`."""
    path, number = folder / name, 1
    while path.exists() or path.with_name(path.name + ".part").exists():
        number += 1
        stem, suffix = Path(name).stem, Path(name).suffix
        path = folder / f"{stem} ({number}){suffix}"
    return path
