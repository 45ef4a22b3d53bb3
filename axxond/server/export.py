"""An export channel: the file is made in the data folder, sent by credit, and removed.

On the event loop; the archive makes the file and the executor reads it in threads.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

from axxond.base.clock import Clock
from axxond.base.errors import AxxonError
from axxond.base.tasks import cancel, in_thread, spawn
from axxond.base.units import KIB, MS_US
from axxond.server.credit import Credit
from axxond.server.ports import Archives
from protocol.connection import pack_media
from protocol.errors import ProtocolError
from protocol.messages import ChannelNotice, Export, ExportProgress, MediaFrame
from protocol.transport import WireConnection

log = logging.getLogger(__name__)

_PIECE_BYTES = 128 * KIB
_PROGRESS_EVERY_US = 250 * MS_US
# A client that asks for no more keeps a file on our disk: not for longer than this.
STALL_S = 600.0
EXPORT_FOLDER = "export"


def remove_leftovers(folder: Path) -> None:
    """Files of exports that a crash cut off.  Blocking.  Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("export-*"):
        path.unlink(missing_ok=True)


class ExportJob:
    """Waits its turn at `turns`, makes the file, sends it; `close` cancels at any point."""

    def __init__(  # noqa: PLR0913, PLR0917 - a job is all of these
        self,
        channel: int,
        connection: WireConnection,
        archives: Archives,
        request: Export,
        folder: Path,
        turns: asyncio.Semaphore,
        clock: Clock,
        done: Callable[[int], None],
    ) -> None:
        self.channel = channel
        self.credit = Credit(request.credit_bytes)
        self._connection = connection
        self._archives = archives
        self._request = request
        self._path = folder / f"export-{uuid.uuid4().hex}"
        self._turns = turns
        self._clock = clock
        self._done = done
        self._told_us = 0
        self._task = spawn(self._run(), f"export {channel}")

    @property
    def ended(self) -> bool:
        return self._task.done()

    async def close(self) -> None:
        await cancel(self._task)

    async def _run(self) -> None:
        what, text = "closed", ""
        try:
            what, text = await self._work()
        finally:
            # Freeing a large file takes the disk a while.
            await in_thread(partial(self._path.unlink, missing_ok=True))
        self._connection.notify(ChannelNotice(self.channel, what, text=text))

    async def _work(self) -> tuple[str, str]:
        """How it ended, in the words of `ChannelNotice`."""
        try:
            async with self._turns:
                await self._archives.export(self._request, self._path, self._progress)
            size_bytes = (await in_thread(self._path.stat)).st_size
            self._connection.notify(ExportProgress(self.channel, 1.0, size_bytes))
            await self._send(size_bytes)
        except (AxxonError, ProtocolError) as error:
            return "closed", str(error)
        except TimeoutError:
            return "closed", f"nothing was taken for {STALL_S:g} s"
        except OSError as error:
            return "closed", f"the export file: {error.strerror}"
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("export failed, reference %s", reference)
            return "closed", f"internal error, reference {reference}"
        self._done(size_bytes)
        return "end", ""

    async def _send(self, size_bytes: int) -> None:
        for at in range(0, size_bytes, _PIECE_BYTES):
            piece = await in_thread(_read, self._path, at)
            async with asyncio.timeout(STALL_S):
                await self.credit.spend(len(piece))
                await self._connection.writable()
            frame = MediaFrame(self.channel, 0, 0, False, False, 0, 0, 0, piece)
            self._connection.send_media(pack_media(frame))

    def _progress(self, share: float) -> None:
        now_us = self._clock.monotonic_us()
        if now_us - self._told_us >= _PROGRESS_EVERY_US:
            self._told_us = now_us
            told = ExportProgress(self.channel, min(max(share, 0.0), 1.0), 0)
            self._connection.notify(told)


def _read(path: Path, at: int) -> bytes:
    """One piece; opened for it alone, so that a cancelled job leaves no open file behind."""
    with path.open("rb") as file:
        file.seek(at)
        return file.read(_PIECE_BYTES)
