"""MxPEG over HTTP (`…/control/faststream.jpg?stream=MxPEG` of the cameras that have it), and from
files, which are played at their own pace, over and over.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import BinaryIO

from axxond.base import tasks
from axxond.base.units import KIB, SECOND_US
from axxond.devices import failures
from axxond.devices.address import file_of, with_login
from axxond.devices.bitstream import jpegscan, mxpeg
from axxond.devices.control import ControlSettings
from axxond.devices.port import DeviceError, Sink, Source, StreamSettings
from axxond.devices.web.client import WebClient, chunks, shown
from axxond.media.arrival import ArrivalClock
from axxond.media.packet import Packet
from axxond.media.timeline import LipSync, StreamClock
from protocol.types import AudioFormat, Codec, FailureKind, VideoFormat

_RATE = SECOND_US  # the cameras stamp in microseconds
_WRAP = 1 << 32
_READ_BYTES = 64 * KIB
_MAX_WASTE_BYTES = jpegscan.MAX_IMAGE_BYTES
# A file whose stamps jump further is played on without a pause.
_MAX_PAUSE_US = 10 * SECOND_US
_SOUND = AudioFormat(Codec.PCMA, mxpeg.SOUND_RATE, 1, 8)


class MxpegDriver:
    name = "mxpeg"

    def source(self, settings: StreamSettings) -> Source:
        if file_of(settings.url) is not None:
            return MxpegFile(settings)
        return MxpegSource(settings)

    def control(self, settings: ControlSettings) -> None:
        """A stream is all there is."""


class MxpegSource:
    """One attempt over HTTP."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings

    async def run(self, sink: Sink) -> None:
        given = self._settings
        url, user, password = with_login(given.url, given.user, given.password)
        web = WebClient(url, user, password, given.connect_timeout_s)
        stream, tracks = mxpeg.MxpegStream(), LiveTracks(sink, given.audio)
        try:
            async with web.open(url) as reply:
                async for data in chunks(reply):
                    arrival_us = time.time_ns() // 1000
                    for unit in stream.units(data):
                        if isinstance(unit, mxpeg.Sound):
                            tracks.sound(unit, arrival_us)
                        else:
                            tracks.picture(unit.data, arrival_us)
                    if stream.waste_bytes > _MAX_WASTE_BYTES:
                        raise failures.garbage(shown(reply), "no picture any more", "MxPEG")
            raise failures.closed(url) if tracks.begun else _no_picture(url)
        finally:
            await web.close()


class MxpegFile:
    """One attempt to play a file."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings

    async def run(self, sink: Sink) -> None:
        path = file_of(self._settings.url)
        assert path is not None
        tracks = FileTracks(sink, self._settings.audio, time.time_ns() // 1000)
        try:
            while await self._play(path, tracks):
                tracks.again()
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            text = f"The file {path} cannot be read: {why}."
            raise DeviceError(FailureKind.UNREACHABLE, text) from error
        raise _no_picture(str(path))

    async def _play(self, path: Path, tracks: FileTracks) -> bool:
        """Once through; whether there was a picture in it."""
        stream = mxpeg.MxpegStream()
        file: BinaryIO = await tasks.in_thread(lambda: path.open("rb"))
        try:
            while data := await tasks.in_thread(file.read, _READ_BYTES):
                for unit in stream.units(data):
                    if isinstance(unit, mxpeg.Sound):
                        tracks.sound(unit)
                    else:
                        await _sleep_until(tracks.next_us)
                        tracks.picture(unit.data)
        finally:
            await asyncio.shield(_closed(file))
        return tracks.begun


class _Tracks:
    """The formats of both tracks; `begun`: a picture was delivered."""

    def __init__(self, sink: Sink, audio: bool) -> None:
        self.begun = False
        self._sink = sink
        self._audio = audio
        self._format: VideoFormat | None = None

    def _known(self, frame: mxpeg.Frame) -> VideoFormat | None:
        """Partial updates need not say their size."""
        if frame.size is not None:
            wanted = VideoFormat(Codec.MXPEG, *frame.size)
            if wanted != self._format:
                self._format = wanted
        return self._format

    def _deliver(self, packet: Packet) -> None:
        self.begun = self.begun or packet.is_video
        self._sink.packet(packet)


class LiveTracks(_Tracks):
    """Times from the camera's clock, freed of jitter, the sound on that of the picture."""

    def __init__(self, sink: Sink, audio: bool) -> None:
        super().__init__(sink, audio)
        self._video_clock, self._audio_clock = StreamClock(_RATE), StreamClock(_RATE)
        self._lips = LipSync(self._video_clock, self._audio_clock)
        self._arrivals = ArrivalClock()

    def picture(self, image: bytes, arrival_us: int) -> None:
        frame = mxpeg.look(image)
        known = self._known(frame)
        if known is None:
            return
        if frame.time_us is None:
            pts_us, jumped = self._arrivals.stamp(arrival_us), False
            interval_us = self._arrivals.interval_us
        else:
            stamp = self._video_clock.stamp(frame.time_us % _WRAP, arrival_us)
            pts_us, jumped = stamp.pts_us, stamp.discontinuity
            interval_us = self._video_clock.interval_us
            self._tie(self._video_clock, frame.time_us)
        packet = Packet(known, image, pts_us, pts_us, interval_us, frame.is_key, jumped)
        self._deliver(packet)

    def sound(self, sound: mxpeg.Sound, arrival_us: int) -> None:
        if not self._audio:
            return
        stamp = self._audio_clock.stamp(sound.time_us % _WRAP, arrival_us)
        self._tie(self._audio_clock, sound.time_us)
        duration_us = len(sound.data) * SECOND_US // mxpeg.SOUND_RATE
        self._deliver(
            Packet(
                _SOUND, sound.data, stamp.pts_us, stamp.pts_us, duration_us, True,
                stamp.discontinuity,
            )
        )  # fmt: skip

    def _tie(self, clock: StreamClock, time_us: int) -> None:
        """Every stamp is what a sender report would be: both tracks share the camera's clock."""
        self._lips.report(clock, time_us % _WRAP, time_us)


class FileTracks(_Tracks):
    """Times of a recording, moved to now; each round follows the one before."""

    def __init__(self, sink: Sink, audio: bool, begin_us: int) -> None:
        super().__init__(sink, audio)
        self.next_us = begin_us  # when the next picture is due
        self._origin_us: int | None = None  # what is added to the file's times
        self._file_us = 0
        self._interval_us = SECOND_US // 10
        self._sound_us = 0

    def again(self) -> None:
        self._origin_us = None

    def picture(self, image: bytes) -> None:
        frame = mxpeg.look(image)
        known = self._known(frame)
        if known is None:
            return
        time_us = self._file_us + self._interval_us if frame.time_us is None else frame.time_us
        step_us = time_us - self._file_us
        if self._origin_us is None or not 0 < step_us < _MAX_PAUSE_US:
            self._origin_us = self.next_us - time_us
        else:
            self._interval_us = step_us
        self._file_us = time_us
        pts_us = self._origin_us + time_us
        self.next_us = pts_us + self._interval_us
        self._deliver(Packet(known, image, pts_us, pts_us, self._interval_us, frame.is_key))

    def sound(self, sound: mxpeg.Sound) -> None:
        if not self._audio or self._origin_us is None:
            return
        pts_us = max(self._origin_us + sound.time_us, self._sound_us)
        duration_us = len(sound.data) * SECOND_US // mxpeg.SOUND_RATE
        self._sound_us = pts_us + duration_us
        self._deliver(Packet(_SOUND, sound.data, pts_us, pts_us, duration_us, True))


async def _sleep_until(time_us: int) -> None:
    await asyncio.sleep(max(0.0, time_us / SECOND_US - time.time()))


async def _closed(file: BinaryIO) -> None:
    await tasks.in_thread(file.close)


def _no_picture(where: str) -> DeviceError:
    text = f"{where} holds no MxPEG picture. Check the address, or choose another driver."
    return DeviceError(FailureKind.NOT_VIDEO, text)
