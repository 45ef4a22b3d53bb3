"""A probe: does a camera answer, and with what?"""

from __future__ import annotations

import asyncio

from attrs import define, field, frozen

from axxond.base import tasks
from axxond.devices import failures
from axxond.devices.port import DeviceError, Driver, Sink, Source, StreamSettings
from axxond.media.packet import Packet
from protocol.types import AudioFormat, VideoFormat

# After the first key frame, sound is waited for no longer than that.
_SOUND_WAIT_S = 0.5


@frozen
class Probe:
    """What a camera offers.  `key_frame`: its first, for a preview."""

    video: VideoFormat | None
    audio: AudioFormat | None
    key_frame: Packet | None


@define
class _ProbeSink:
    video: VideoFormat | None = None
    audio: AudioFormat | None = None
    key_frame: Packet | None = None
    seen_picture: asyncio.Event = field(factory=asyncio.Event)
    seen_sound: asyncio.Event = field(factory=asyncio.Event)

    def packet(self, packet: Packet) -> None:
        if isinstance(packet.format, AudioFormat):
            self.audio = packet.format
            self.seen_sound.set()
            return
        self.video = packet.format
        if packet.keyframe and self.key_frame is None:
            self.key_frame = packet
            self.seen_picture.set()

    def clock_offset(self, offset_us: int) -> None:
        """Of no interest here."""


async def probe(settings: StreamSettings, with_driver: Driver, timeout_s: float) -> Probe:
    """Connect, take the first key frame, leave.  Raises DeviceError.

    A stream that flows without a key frame within `timeout_s` gives `key_frame` None.
    """
    sink = _ProbeSink()
    source = tasks.spawn(_run(with_driver.source(settings), sink), "probe")
    try:
        seen = tasks.spawn(sink.seen_picture.wait(), "probe picture")
        await asyncio.wait((source, seen), timeout=timeout_s, return_when="FIRST_COMPLETED")
        seen.cancel()
        if source.done() and (error := source.result()) is not None:
            raise error
        if sink.video is None:
            raise failures.timed_out(settings.url, "send a picture", timeout_s)
        if settings.audio and sink.audio is None:
            await asyncio.wait(
                (source, sound := tasks.spawn(sink.seen_sound.wait(), "probe sound")),
                timeout=_SOUND_WAIT_S,
                return_when="FIRST_COMPLETED",
            )
            sound.cancel()
        return Probe(sink.video, sink.audio, sink.key_frame)
    finally:
        await tasks.cancel(source)


async def _run(source: Source, sink: Sink) -> DeviceError | None:
    """The failure as a value: it is expected."""
    try:
        await source.run(sink)
    except DeviceError as error:
        return error
    return None
