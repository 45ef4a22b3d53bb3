"""An export channel: sends the file of an export job by credit.

The file is that of a job which is done (`FetchExport`), or of one which was started for this
channel, is told of while it runs, and ends with it (`Export`).  On the event loop; the executor
reads the file.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from pathlib import Path

from attrs import frozen

from axxond.archive.export.job import Author
from axxond.base.errors import AxxonError
from axxond.base.tasks import cancel, in_thread, spawn
from axxond.base.units import KIB
from axxond.server.credit import Credit
from axxond.server.ports import Exports
from protocol.connection import pack_media
from protocol.errors import ProtocolError
from protocol.messages import ChannelNotice, ExportProgress, MediaFrame, StartExport
from protocol.transport import WireConnection
from protocol.types import ExportState

log = logging.getLogger(__name__)

_PIECE_BYTES = 128 * KIB
_PROGRESS_EVERY_S = 0.25
# A client that asks for no more holds a channel and a file: not for longer than this.
STALL_S = 600.0


@frozen
class Wanted:
    """A job's file from `offset_bytes` on; or `order`: a job of the channel's own."""

    job: str = ""
    offset_bytes: int = 0
    order: StartExport | None = None


class ExportChannel:
    """Begins at once; `close` ends it at any point, and a job of its own with it."""

    def __init__(
        self,
        channel: int,
        connection: WireConnection,
        exports: Exports,
        wanted: Wanted,
        by: Author,
        credit_bytes: int,
    ) -> None:
        self.channel = channel
        self.credit = Credit(credit_bytes)
        self._connection = connection
        self._exports = exports
        self._wanted = wanted
        self._by = by
        self._task = spawn(self._run(), f"export channel {channel}")

    @property
    def ended(self) -> bool:
        return self._task.done()

    async def close(self) -> None:
        await cancel(self._task)

    async def _run(self) -> None:
        what, text = "end", ""
        try:
            await (self._make() if self._wanted.order is not None else self._fetch())
        except (AxxonError, ProtocolError) as error:
            what, text = "closed", getattr(error, "text", "") or str(error)
        except TimeoutError:
            what, text = "closed", f"nothing was taken for {STALL_S:g} s"
        except OSError as error:
            what, text = "closed", f"the export file: {error.strerror}"
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("export failed, reference %s", reference)
            what, text = "closed", f"internal error, reference {reference}"
        self._connection.notify(ChannelNotice(self.channel, what, text=text))

    async def _make(self) -> None:
        """Start the channel's own job, tell how far it is, send its file."""
        assert self._wanted.order is not None
        exports, by = self._exports, self._by
        record = await exports.start(self._wanted.order, by, keep=False)
        try:
            waiting = spawn(exports.wait(record.id), f"export {record.id} wait")
            try:
                while not waiting.done():
                    self._tell(min(exports.share(record.id), 1.0), 0)
                    await asyncio.wait([waiting], timeout=_PROGRESS_EVERY_S)
            finally:
                await cancel(waiting)
            record = waiting.result()
            if record.state is not ExportState.DONE:
                raise AxxonError(record.text)
            await self._send(exports.result(record.id), 0)
        finally:
            await exports.discard(record.id, by)

    async def _fetch(self) -> None:
        exports, job = self._exports, self._wanted.job
        path = exports.result(job)
        exports.reading(job, True)
        try:
            await self._send(path, self._wanted.offset_bytes)
            exports.fetched(job, self._by)
        finally:
            exports.reading(job, False)

    async def _send(self, path: Path, offset_bytes: int) -> None:
        size_bytes = (await in_thread(path.stat)).st_size
        self._tell(1.0, size_bytes)
        for at in range(offset_bytes, size_bytes, _PIECE_BYTES):
            piece = await in_thread(_read, path, at)
            async with asyncio.timeout(STALL_S):
                await self.credit.spend(len(piece))
                await self._connection.writable()
            frame = MediaFrame(self.channel, 0, 0, False, False, 0, 0, 0, piece)
            self._connection.send_media(pack_media(frame))

    def _tell(self, share: float, size_bytes: int) -> None:
        self._connection.notify(ExportProgress(self.channel, max(share, 0.0), size_bytes))


def _read(path: Path, at: int) -> bytes:
    """One piece; opened for it alone, so that a cancelled job leaves no open file behind."""
    with path.open("rb") as file:
        file.seek(at)
        return file.read(_PIECE_BYTES)
