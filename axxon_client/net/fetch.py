"""Brings the file of an export job to this machine; a broken transfer goes on where it was."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from axxon_client.net.errors import LinkError, LinkFailure
from axxon_client.net.link import ServerLink
from axxon_client.net.states import LinkPhase
from axxon_client.net.wire import ChannelMessage
from protocol.messages import ChannelNotice, FetchExport, MediaFrame
from protocol.types import ExportRecord

# Nothing for that long: the server is lost or stuck.
_PATIENCE_S = 60.0
# A server that restarts is back sooner; one that is gone is told of.
_COME_BACK_S = 300.0
_ASK_AGAIN_S = 0.5

Told = Callable[[int], None]  # bytes that are here


class _Inbox:
    """A channel's listener; credit bounds the queue."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[MediaFrame | ChannelMessage | str] = asyncio.Queue()

    def reset(self) -> None:
        """Nothing was received before."""

    def media(self, frame: MediaFrame) -> None:
        self._items.put_nowait(frame)

    def message(self, message: ChannelMessage) -> None:
        self._items.put_nowait(message)

    def lost(self, reason: str) -> None:
        self._items.put_nowait(reason)

    async def next(self) -> MediaFrame | ChannelMessage | str:
        """Raises TimeoutError."""
        async with asyncio.timeout(_PATIENCE_S):  # wait_for may swallow a cancellation
            return await self._items.get()


async def fetch_export(link: ServerLink, job: ExportRecord, path: Path, told: Told) -> None:
    """Save the file of a job that is done; `path` appears when it is whole, its folder when it is
    missing.

    On the network thread; files are written in threads.  Survives the loss of the connection for
    some minutes.  Raises LinkError, ProtocolError, OSError; nothing is left then, nor when
    cancelled.
    """
    draft = path.with_name(path.name + ".part")
    try:
        with await asyncio.to_thread(_begin, draft) as file:
            written = 0
            while (written := await _receive(link, job, file, written, told)) < job.file_bytes:
                await _connected(link)
        await asyncio.to_thread(draft.replace, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            await asyncio.to_thread(draft.unlink)


def _begin(draft: Path) -> BinaryIO:
    draft.parent.mkdir(parents=True, exist_ok=True)  # a fresh desktop may have no folder for films
    return draft.open("wb")


async def _receive(
    link: ServerLink, job: ExportRecord, file: BinaryIO, written: int, told: Told
) -> int:
    """Bytes that are here when it ends, or when the connection breaks."""
    inbox = _Inbox()
    channel = await link.open_pulled(FetchExport(job.id, written), inbox)
    try:
        while True:
            item = await _next(inbox)
            if isinstance(item, str):
                return written
            if isinstance(item, MediaFrame):
                written += await asyncio.to_thread(file.write, item.payload)
                channel.consumed(len(item.payload))
                told(written)
            elif isinstance(item, ChannelNotice) and item.what == "closed":
                raise LinkError(LinkFailure.SERVER, item.text)
            elif isinstance(item, ChannelNotice) and item.what == "end":
                return _whole(written, job)
    finally:
        with contextlib.suppress(LinkError):
            await channel.close()


async def _next(inbox: _Inbox) -> MediaFrame | ChannelMessage | str:
    try:
        return await inbox.next()
    except TimeoutError:
        raise LinkError(LinkFailure.TIMEOUT, "The server sends nothing any more.") from None


def _whole(written: int, job: ExportRecord) -> int:
    if written != job.file_bytes:
        text = f"{written} of {job.file_bytes} bytes came."
        raise LinkError(LinkFailure.SERVER, text)
    return written


async def _connected(link: ServerLink) -> None:
    """Wait for the link to come back by itself.  Raises LinkError."""
    for _ in range(round(_COME_BACK_S / _ASK_AGAIN_S)):
        await asyncio.sleep(_ASK_AGAIN_S)
        if link.state.phase is LinkPhase.READY:
            return
        if link.state.phase is LinkPhase.OFFLINE:
            break
    raise LinkError(LinkFailure.LOST, link.state.reason or "The connection was lost.")
