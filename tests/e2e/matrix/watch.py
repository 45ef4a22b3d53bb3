"""What comes over a channel, as a client gets it, and whether it can be shown and heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np
from attrs import define, field

from axxon_client.net.channels import PulledChannel
from axxon_client.net.wire import ChannelMessage
from axxon_client.video.decode import AudioDecoder, VideoDecoder
from protocol.messages import ChannelNotice, FormatNotice, MediaFrame
from protocol.types import AudioFormat, VideoFormat

Unit = tuple[VideoFormat | AudioFormat, MediaFrame]
_LOUD = 20  # of 32767: more than the noise of a coder


@define
class Watcher:
    """A channel's listener."""

    units: list[Unit] = field(factory=list)
    parts: list[bytes] = field(factory=list)
    notices: list[ChannelNotice] = field(factory=list)
    formats: dict[int, VideoFormat | AudioFormat] = field(factory=dict)
    channel: PulledChannel | None = None
    changed: asyncio.Event = field(factory=asyncio.Event)

    def reset(self) -> None:
        self.changed.set()

    def lost(self, reason: str) -> None:
        del reason

    def media(self, frame: MediaFrame) -> None:
        known = self.formats.get(frame.track)
        if known is None:
            self.parts.append(frame.payload)  # of a file
        else:
            self.units.append((known, frame))
        if self.channel is not None:
            self.channel.consumed(len(frame.payload))
        self.changed.set()

    def message(self, message: ChannelMessage) -> None:
        if isinstance(message, FormatNotice):
            self.formats[message.track] = message.format
        elif isinstance(message, ChannelNotice):
            self.notices.append(message)
        self.changed.set()

    async def until(self, condition: Callable[[], bool], seconds: float) -> None:
        """Or until the time is over: what came is judged, not how long it took."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            return

    def of(self, track: int) -> list[Unit]:
        return [unit for unit in self.units if unit[1].track == track]


def shown(units: list[Unit]) -> tuple[int, int]:
    """Pictures that a client's decoder makes of it, and errors.  Blocking."""
    decoder, count = VideoDecoder(), 0
    for form, frame in units:
        assert isinstance(form, VideoFormat)
        decoder.configure(form)
        count += len(decoder.decode(frame.payload, frame.pts_us, frame.dts_us))
    return count + len(decoder.flush()), decoder.errors


def heard(units: list[Unit]) -> tuple[float, bool]:
    """Seconds of sound that a client's decoder makes of it, and whether any of it is loud."""
    decoder, seconds, loud = AudioDecoder(), 0.0, False
    for form, frame in units:
        assert isinstance(form, AudioFormat)
        decoder.configure(form)
        for block in decoder.decode(frame.payload, frame.pts_us):
            seconds += block.duration_us / 1e6
            loud = loud or int(np.abs(block.samples).max(initial=0)) > _LOUD
    return seconds, loud
