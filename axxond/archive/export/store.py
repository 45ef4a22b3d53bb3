"""Where jobs are kept: a folder each, with `job.json`, `work/` and the result.  Blocks."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

from axxond.archive.export.job import Job
from axxond.base.files import write_private
from protocol.codec import from_plain, to_plain
from protocol.errors import ProtocolError
from protocol.messages import ExportNotice, StartExport

log = logging.getLogger(__name__)

_JOB_FILE = "job.json"
_WORK = "work"


class JobStore:
    """All raise OSError."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, job: str) -> Path:
        return self._root / job

    def work(self, job: str, camera: int) -> Path:
        """Where one camera's files are made."""
        return self._root / job / _WORK / str(camera)

    def result(self, job: Job) -> Path:
        """Named by the job, not by the user: no name can be wrong for this disk."""
        return self._root / job.id / "result"

    def open(self) -> list[Job]:
        """All jobs; what cannot be read, and what nobody wants to keep, is removed."""
        self._root.mkdir(parents=True, exist_ok=True)
        jobs = []
        for folder in sorted(self._root.iterdir()):
            job = _read(folder) if folder.is_dir() else None
            if job is not None and job.keep and job.id == folder.name:
                jobs.append(job)
            elif folder.is_dir():
                shutil.rmtree(folder)
            else:
                folder.unlink()
        return jobs

    def save(self, job: Job) -> None:
        folder = self.folder(job.id)
        folder.mkdir(mode=0o700, exist_ok=True)
        body = {
            "order": to_plain(job.order),
            "job": to_plain(ExportNotice(job.record)),
            "secret": job.secret,
            "keep": job.keep,
            "notes": list(job.notes),
        }
        write_private(folder / _JOB_FILE, json.dumps(body).encode())

    def clear(self, job: str, camera: int) -> Path:
        """An empty folder for one camera's files."""
        folder = self.work(job, camera)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def files(self, job: str, camera: int) -> list[Path]:
        folder = self.work(job, camera)
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def drop_work(self, job: str) -> None:
        shutil.rmtree(self._root / job / _WORK, ignore_errors=True)

    def remove(self, job: str) -> None:
        """The entry goes first: half a removal is no job."""
        folder = self.folder(job)
        (folder / _JOB_FILE).unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def _read(folder: Path) -> Job | None:
    try:
        body: dict[str, Any] = json.loads((folder / _JOB_FILE).read_bytes())
        return Job(
            from_plain(ExportNotice, body["job"], strict=False).job,
            from_plain(StartExport, body["order"], strict=False),
            str(body["secret"]),
            bool(body["keep"]),
            tuple(str(note) for note in body["notes"]),
        )
    except (OSError, ValueError, KeyError, TypeError, ProtocolError) as error:
        log.warning("the export in %s cannot be read and is removed: %s", folder, error)
        return None
