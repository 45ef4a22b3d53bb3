"""A playback channel: footage read ahead only as far as the client's credit goes.

On the event loop; the archive reads in threads of its own.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from attrs import define, evolve, field, frozen

from axxond.base.clock import Clock
from axxond.base.errors import AxxonError
from axxond.base.tasks import cancel, spawn
from axxond.base.units import SECOND_US
from axxond.media.packet import Packet
from axxond.server.credit import Credit
from axxond.server.live import AUDIO, VIDEO
from protocol.connection import pack_media
from protocol.errors import ProtocolError
from protocol.messages import ChannelNotice, FormatNotice, MediaFrame
from protocol.transport import WireConnection
from protocol.types import Format

log = logging.getLogger(__name__)

# A hole in the footage that a viewer is told of; key frames alone may stand further apart.
_HOLE_US = 2 * SECOND_US
_KEYFRAME_HOLE_US = 15 * SECOND_US
# Footage that ends so near to now goes on: it is read again until there is more.
_GOES_ON_US = 10 * SECOND_US
_LOOK_S = 0.5


@frozen
class Position:
    """Where and how to read; the same words as `OpenPlayback`."""

    from_us: int
    reverse: bool = False
    key_frames_only: bool = False


Gops = Callable[[Position], AsyncIterator[list[Packet]]]


@define
class _Sent:
    """`edge_us`: where footage should go on; the last packets' decoding times, by medium."""

    edge_us: int
    dts_us: dict[bool, int] = field(factory=dict)

    def note(self, gop: list[Packet], edge_us: int) -> None:
        self.edge_us = edge_us
        self.dts_us.update({packet.is_video: packet.dts_us for packet in gop})


class Playback:
    """Begins at once; `seek` begins elsewhere with the next generation; `close` ends it."""

    def __init__(
        self,
        channel: int,
        connection: WireConnection,
        gops: Gops,
        position: Position,
        credit_bytes: int,
        clock: Clock,
    ) -> None:
        self.channel = channel
        self.generation = 0
        self.credit = Credit(credit_bytes)
        self._connection = connection
        self._gops = gops
        self._clock = clock
        self._formats: dict[int, Format] = {}
        self._closed = False
        self._task = self._begin(position)

    async def seek(self, position: Position) -> None:
        """Of several seeks at once only the last is read."""
        self.generation += 1
        wanted = self.generation
        await cancel(self._task)
        if wanted == self.generation and not self._closed:
            self._task = self._begin(position)

    async def close(self) -> None:
        self._closed = True
        await cancel(self._task)

    def _begin(self, position: Position) -> asyncio.Task[None]:
        return spawn(self._run(position), f"playback {self.channel}")

    async def _run(self, position: Position) -> None:
        try:
            await self._read(position)
            self._tell("end")
        except (AxxonError, ProtocolError) as error:
            self._tell("closed", text=str(error))
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("playback failed, reference %s", reference)
            self._tell("closed", text=f"internal error, reference {reference}")

    async def _read(self, position: Position) -> None:
        sent = _Sent(position.from_us)
        await self._read_once(position, sent)
        while not position.reverse and self._goes_on(sent):
            await asyncio.sleep(_LOOK_S)
            await self._read_once(evolve(position, from_us=sent.edge_us), sent)
        if not sent.dts_us:
            self._tell("no-footage")

    def _goes_on(self, sent: _Sent) -> bool:
        """It is being recorded: a viewer who is a little behind is not to be stopped."""
        return bool(sent.dts_us) and self._clock.now_us() - sent.edge_us < _GOES_ON_US

    async def _read_once(self, position: Position, sent: _Sent) -> None:
        """Send all that there is now."""
        gops = self._gops(position)
        try:
            await self._follow(gops, position, sent)
        finally:
            if isinstance(gops, AsyncGenerator):
                await gops.aclose()  # now, not when the collector comes by: it holds a file

    async def _follow(
        self, gops: AsyncIterator[list[Packet]], position: Position, sent: _Sent
    ) -> None:
        hole_us = _KEYFRAME_HOLE_US if position.key_frames_only else _HOLE_US
        known = dict(sent.dts_us)  # reading begins with the GOP that was sent last
        async for whole in gops:
            gop = [one for one in whole if one.dts_us > known.get(one.is_video, one.dts_us - 1)]
            if not gop:
                continue
            begin_us, end_us = _bounds(gop)
            jump_us = _jump(sent.edge_us, (begin_us, end_us), position.reverse, hole_us)
            if jump_us is not None:
                self._tell("no-footage", time_us=jump_us)
            sent.note(gop, begin_us if position.reverse else end_us)
            await self._send(gop)

    async def _send(self, gop: list[Packet]) -> None:
        for packet in gop:
            await self.credit.spend(len(packet.data))
            await self._connection.writable()
            track = VIDEO if packet.is_video else AUDIO
            if self._formats.get(track) != packet.format:
                self._formats[track] = packet.format
                self._connection.notify(FormatNotice(self.channel, track, packet.format))
            frame = MediaFrame(
                self.channel,
                self.generation,
                track,
                packet.keyframe,
                packet.discontinuity,
                packet.pts_us,
                packet.dts_us,
                packet.duration_us,
                packet.data,
            )
            self._connection.send_media(pack_media(frame))

    def _tell(self, what: str, time_us: int = 0, text: str = "") -> None:
        notice = ChannelNotice(self.channel, what, time_us, text=text, generation=self.generation)
        self._connection.notify(notice)


def _bounds(gop: list[Packet]) -> tuple[int, int]:
    """Beginning and end of a GOP's footage, whatever the order of its packets."""
    begin_us = min(packet.pts_us for packet in gop)
    return begin_us, max(packet.pts_us + packet.duration_us for packet in gop)


def _jump(edge_us: int, bounds_us: tuple[int, int], reverse: bool, hole_us: int) -> int | None:
    """Where playback goes on when there is a hole before this GOP, else None."""
    begin_us, end_us = bounds_us
    if reverse:
        return end_us if edge_us - end_us > hole_us else None
    return begin_us if begin_us - edge_us > hole_us else None
