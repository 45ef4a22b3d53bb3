"""Live and playback channels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from axxond.media.packet import Packet
from axxond.server.errors import invalid
from axxond.server.playback import Position
from protocol.messages import (
    CloseChannel,
    Done,
    Opened,
    OpenLive,
    OpenPlayback,
    SeekPlayback,
)

if TYPE_CHECKING:
    from axxond.server.session import Session


async def open_live(session: Session, request: OpenLive) -> Opened:
    await session.system.cameras.started(request.camera)
    channel, live = session.channels.open_live(request.camera, request.role, request.audio)
    if live is not None:
        # After the reply: a client does not know the channel before it.
        asyncio.get_running_loop().call_soon(session.channels.start_live, live)
    return Opened(channel)


async def open_playback(session: Session, request: OpenPlayback) -> Opened:
    if request.credit_bytes < 0:
        raise invalid("credit_bytes", f"{request.credit_bytes} is below 0")

    def gops(position: Position) -> AsyncIterator[list[Packet]]:
        return session.system.archives.gops(
            request.camera,
            request.archive,
            position.from_us,
            position.reverse,
            position.key_frames_only,
            request.audio,
        )

    position = Position(request.from_us, request.reverse, request.key_frames_only)
    return Opened(session.channels.open_playback(gops, position, request.credit_bytes))


async def seek_playback(session: Session, request: SeekPlayback) -> Done:
    position = Position(request.from_us, request.reverse, request.key_frames_only)
    await session.channels.seek(request.channel, position)
    return Done()


async def close_channel(session: Session, request: CloseChannel) -> Done:
    await session.channels.close(request.channel)
    return Done()
