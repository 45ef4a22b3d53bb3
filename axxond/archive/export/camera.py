"""One camera's part of an export: reading on the event loop, making files on a thread."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from axxond.archive.errors import ExportError
from axxond.archive.export.disk import DiskGuard
from axxond.archive.export.line import Line
from axxond.archive.export.period import Clipper
from axxond.archive.export.port import FORMS, CameraOrder
from axxond.archive.stored import Piece, StoredGops
from axxond.base.tasks import Worker
from axxond.media.packet import Packet

_NICE = 15
_BUSY_WAIT_S = 0.5


class NoFootageError(ExportError):
    """There is nothing of that camera in that period."""


class Source(Protocol):
    """Where footage comes from."""

    def gops(
        self, camera: str, from_us: int, key_frames_only: bool, audio: bool
    ) -> AsyncIterator[Piece]:
        """Forwards: as `archive.reader.Reader.stored`, or its `gops` for key frames only."""

    def busy(self) -> bool:
        """Whether recording has trouble to keep up: exports wait meanwhile."""


def lower_priority() -> None:
    """For an export's own thread: everything else comes first."""
    if sys.platform == "linux":  # there, a thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


async def export_camera(
    source: Source,
    order: CameraOrder,
    folder: Path,
    worker: Worker,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Path]:
    """Make a camera's files in `folder`, which is empty; `worker` is this export's thread.

    "mkv", "mp4": holes of more than 2 s are closed up; where the camera's encoding changes, a new
    file begins.  `progress` gets shares [0; 1] on the event loop.  Cancelling the call stops the
    work.  Raises NoFootageError, ExportError, OSError.
    """
    if order.form not in FORMS:
        raise ExportError(f"cannot export as {order.form!r}: choose one of {', '.join(FORMS)}")
    line = await worker.call(Line, folder, order)
    guard = DiskGuard()
    sound = order.audio and order.is_film
    clipper = Clipper(order.begin_us, order.end_us, sound)
    written: Future[None] | None = None  # the next piece is read while this one is written
    finished = False
    try:
        async for piece in source.gops(order.camera, order.begin_us, order.form == "pdf", sound):
            while source.busy():  # noqa: ASYNC110 - disks have no event for "well again"
                await asyncio.sleep(_BUSY_WAIT_S)
            if written is not None:
                await asyncio.wrap_future(written)
            progress(clipper.share)
            if clipper.done:
                break
            written = worker.submit(_add, line, guard, clipper, piece)
        if written is not None:
            await asyncio.wrap_future(written)
        if not clipper.found:
            raise NoFootageError("there is no footage of that camera in that period")
        files = await worker.call(line.finish)
        finished = True
    finally:
        if not finished:
            await worker.call(line.abort)
    progress(1.0)
    return files


def _add(line: Line, guard: DiskGuard, clipper: Clipper, piece: Piece) -> None:
    for part in clipper.clip(piece):
        size = part.bytes if isinstance(part, StoredGops) else _bytes(part)
        guard.passed(size, line.folder)
        line.add(part)


def _bytes(packets: list[Packet]) -> int:
    return sum(len(one.data) for one in packets)
