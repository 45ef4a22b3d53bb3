"""Exports: footage of one camera and period as one file.

`period` (pure: cuts GOPs to the period, closes holes up), `mkv` (our own writer, any codec), `mp4`
(libav remuxes that; sound that MP4 cannot hold becomes AAC), `frames` (decoded pictures, zipped).
Reading runs on the event loop, making the file in a thread of its own; of an export that fails or
is cancelled nothing is left.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from attrs import frozen

from axxond.archive.errors import ExportError
from axxond.archive.export.frames import FramesSink
from axxond.archive.export.mkv import MkvSink
from axxond.archive.export.mp4 import Mp4Sink
from axxond.archive.export.period import Clipper
from axxond.archive.reader import Reader
from axxond.base.tasks import Worker
from axxond.media.packet import Packet

__all__ = ["FORMS", "ExportOrder", "export"]

FORMS = ("mkv", "mp4", "jpeg", "png")
_PART_SUFFIX = ".part"


class Sink(Protocol):
    """Makes the file; all calls on one thread."""

    def add(self, packets: list[Packet]) -> None:
        """A GOP or the end of one, in decoding order.  Raises ExportError, OSError."""

    def finish(self) -> None: ...

    def abort(self) -> None:
        """Close and remove whatever there is; never raises."""


@frozen
class ExportOrder:
    """Footage of a camera in [begin; end).  `form` is one of FORMS; `every_us` is the distance of
    pictures in a zip of them (0: each)."""

    camera: str
    begin_us: int
    end_us: int
    form: str = "mkv"
    audio: bool = True
    every_us: int = 0


async def export(
    reader: Reader,
    order: ExportOrder,
    path: Path,
    progress: Callable[[float], None] = lambda share: None,
) -> None:
    """Make the file `path`; it appears when it is whole.

    "mkv", "mp4": video is never re-encoded, so the file begins with the key frame before
    `begin_us`; holes of more than 2 s are closed up.  "jpeg", "png": a zip of pictures.
    `progress` gets shares [0; 1] on the event loop.  Cancelling the call stops the work.  Raises
    ExportError (no footage, or the container cannot hold it), OSError.
    """
    part = path.with_name(path.name + _PART_SUFFIX)
    worker = Worker("archive-export")
    sink: Sink | None = None
    try:
        sink = await worker.call(_sink, order, part)
        clipper = Clipper(order.begin_us, order.end_us)
        sound = order.audio and order.form in ("mkv", "mp4")
        written: Future[None] | None = None  # the next GOP is read while this one is written
        async for gop in reader.gops(order.camera, order.begin_us, audio=sound):
            packets = clipper.clip(gop)
            if written is not None:
                await asyncio.wrap_future(written)
            written = worker.submit(sink.add, packets) if packets else None
            progress(clipper.share)
            if clipper.done:
                break
        if written is not None:
            await asyncio.wrap_future(written)
        if not clipper.found:
            raise ExportError("there is no footage of that camera in that period")
        await worker.call(sink.finish)
        await worker.call(part.replace, path)
        sink = None
        progress(1.0)
    finally:
        if sink is not None:
            await worker.call(sink.abort)
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        worker.close()


def _sink(order: ExportOrder, part: Path) -> Sink:
    if order.form == "mkv":
        return MkvSink(part)
    if order.form == "mp4":
        return Mp4Sink(part)
    if order.form in ("jpeg", "png"):
        return FramesSink(part, order.form, order.begin_us, order.every_us)
    raise ExportError(f"cannot export as {order.form!r}: choose one of {', '.join(FORMS)}")
