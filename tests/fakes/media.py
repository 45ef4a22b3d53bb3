"""A fake server's live video, playback, pictures and export."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from fractions import Fraction

import av
from attrs import evolve

from protocol.connection import pack_media
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import (
    ChannelNotice,
    CloseChannel,
    Credit,
    DetectionNotice,
    Done,
    Export,
    ExportProgress,
    FormatNotice,
    GetPicture,
    GetTimeLine,
    MediaFrame,
    Message,
    Opened,
    OpenLive,
    OpenPlayback,
    Picture,
    SeekPlayback,
    TimeLine,
)
from protocol.types import Box, SeenObject, Span, StreamRole
from tests.fakes import footage
from tests.fakes.footage import FRAME_US, GOP_US
from tests.fakes.objects import camera_of
from tests.fakes.session import AUDIO, SIZES, Answer, Session, now_us
from tests.fakes.world import Camera, World

_FIRST_PULLED = 10_000
_PIECE_BYTES = 16 << 10
# As a real server: what the footage of a minute ago is made of was written already.
_WRITE_DELAY_US = 2_000_000


class Pulled:
    """A playback or export channel's credit and place."""

    def __init__(self, number: int, credit: int) -> None:
        self.number = number
        self.credit = credit
        self.generation = 0
        self.task: asyncio.Task[None] | None = None
        self.more = asyncio.Event()

    def add_credit(self, amount: int) -> None:
        self.credit += amount
        self.more.set()

    async def spend(self, amount: int) -> None:
        """Sends while there is any credit; a large packet may overdraw it."""
        while self.credit <= 0:
            self.more.clear()
            await self.more.wait()
        self.credit -= amount

    def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()


class Media:
    def __init__(self, world: World, sessions: list[Session], stalled: Callable[[], bool]) -> None:
        self._world = world
        self._sessions = sessions
        self._stalled = stalled
        self._requests: dict[int, OpenPlayback] = {}
        self.piece_s = 0.0  # between two pieces of a file
        self._next_pulled = _FIRST_PULLED
        self._sent_us = now_us() // FRAME_US * FRAME_US

    # --- live ---

    def open_live(self, session: Session, message: OpenLive) -> Answer:
        camera = camera_of(self._world, message.camera)
        number = self._live_number(camera, message.role)
        loop = footage.loop(camera.number, *SIZES[message.role])
        connection = session.connection
        again = number in session.live
        session.live[number] = message.audio
        session.opened[number] = session.opened.get(number, 0) + 1
        if again:
            return Opened(number)
        if not camera.online:
            text = self._world.status(camera).reason
            connection.notify(ChannelNotice(number, "no-signal", now_us(), text=text))
            return Opened(number)
        connection.notify(FormatNotice(number, 0, loop.format))
        connection.notify(FormatNotice(number, 1, AUDIO))
        begin_us = self._sent_us // GOP_US * GOP_US
        for time_us in range(begin_us, self._sent_us + 1, FRAME_US):
            connection.send_media(pack_media(_video(number, loop, time_us)))
        return Opened(number)

    def tick(self) -> None:
        """Send what is due on all live channels, each packet packed once."""
        due_us = now_us() // FRAME_US * FRAME_US
        while self._sent_us < due_us:
            self._sent_us += FRAME_US
            if not self._stalled():
                self._send_live(self._sent_us)

    def _live_number(self, camera: Camera, role: StreamRole) -> int:
        return camera.number * 2 + (role is StreamRole.LOW)

    def _send_live(self, time_us: int) -> None:
        wanted = {number for session in self._sessions for number in session.live}
        for camera in self._world.cameras.values():
            for role in StreamRole:
                number = self._live_number(camera, role)
                if number in wanted and camera.online:
                    self._send_camera(camera, role, number, time_us)

    def _send_camera(self, camera: Camera, role: StreamRole, number: int, time_us: int) -> None:
        loop = footage.loop(camera.number, *SIZES[role])
        video = pack_media(_video(number, loop, time_us))
        audio = pack_media(_audio(number, time_us))
        index = time_us // FRAME_US % footage.LOOP_FRAMES
        boxes = DetectionNotice(
            number, time_us, [SeenObject(Box(*footage.box_at(index)), 1, True)]
        )
        for session in self._sessions:
            if number in session.live:
                session.connection.send_media(video)
                if session.live[number]:
                    session.connection.send_media(audio)
                if index % 5 == 0:
                    session.connection.notify(boxes)

    # --- playback ---

    def open_playback(self, session: Session, message: OpenPlayback) -> Answer:
        camera_of(self._world, message.camera)
        pulled = self._new_pulled(session, message.credit_bytes)
        self._requests[pulled.number] = message
        pulled.task = asyncio.create_task(self._play(session, pulled, message))
        return Opened(pulled.number)

    def seek(self, session: Session, message: SeekPlayback) -> Answer:
        pulled = session.pulled.get(message.channel)
        if pulled is None:
            raise ProtocolError(ErrorCode.NOT_FOUND, "No such channel.", str(message.channel))
        pulled.stop()
        pulled.generation += 1
        request = evolve(
            self._requests[pulled.number],
            from_us=message.from_us,
            reverse=message.reverse,
            key_frames_only=message.key_frames_only,
        )
        pulled.task = asyncio.create_task(self._play(session, pulled, request))
        return Done()

    async def _play(self, session: Session, pulled: Pulled, request: OpenPlayback) -> None:
        camera = camera_of(self._world, request.camera)
        loop = footage.loop(camera.number, *SIZES[StreamRole.HIGH])
        connection = session.connection
        connection.notify(FormatNotice(pulled.number, 0, loop.format))
        if request.audio:
            connection.notify(FormatNotice(pulled.number, 1, AUDIO))
        first_us = next(self._gops(camera, request), None)
        away = first_us is not None and abs(first_us - request.from_us) > GOP_US
        if away:
            connection.notify(_told(pulled, "no-footage", first_us or 0))
        previous_us = first_us
        for gop_us in self._gops(camera, request):
            jump = previous_us is not None and abs(gop_us - previous_us) > GOP_US
            previous_us = gop_us
            if jump:
                connection.notify(_told(pulled, "no-footage", gop_us))
            await self._send_gop(session, pulled, loop, gop_us, request, jump)
        connection.notify(_told(pulled, "end"))

    async def _send_gop(
        self,
        session: Session,
        pulled: Pulled,
        loop: footage.Loop,
        gop_us: int,
        request: OpenPlayback,
        jump: bool,
    ) -> None:
        end_us = gop_us + (FRAME_US if request.key_frames_only else GOP_US)
        await session.connection.writable()
        await asyncio.sleep(0)
        for time_us in range(gop_us, end_us, FRAME_US):
            frames = [_video(pulled.number, loop, time_us)]
            if request.audio and not request.key_frames_only:
                frames.append(_audio(pulled.number, time_us))
            for frame in frames:
                await pulled.spend(len(frame.payload))
                mark = jump and frame.keyframe and time_us == gop_us
                full = evolve(frame, generation=pulled.generation, discontinuity=mark)
                session.connection.send_media(pack_media(full))

    def _gops(self, camera: Camera, request: OpenPlayback) -> Iterator[int]:
        if request.reverse:
            at_us: int | None = request.from_us
            while at_us is not None and (span := camera.before(at_us)) is not None:
                gop_us = min(at_us, span.end_us - 1) // GOP_US * GOP_US
                while gop_us >= span.begin_us:
                    yield gop_us
                    gop_us -= GOP_US
                at_us = span.begin_us - 1
            return
        gop_us = request.from_us // GOP_US * GOP_US
        while (ahead := self._footage_at(camera, gop_us)) is not None:
            yield ahead
            gop_us = ahead + GOP_US

    def _footage_at(self, camera: Camera, time_us: int) -> int | None:
        """The GOP at a time or the next one after it; None at the end of what is recorded."""
        written_us = now_us() - _WRITE_DELAY_US
        span = camera.holds(time_us)
        if span is None:
            last = camera.footage[-1] if camera.footage else None
            recording = camera.recording and camera.online and last is not None
            still = recording and last is not None and last.end_us > self._world.started_us
            return time_us if still and time_us + GOP_US <= written_us else None
        gop_us = max(time_us, -(-span.begin_us // GOP_US) * GOP_US)
        return gop_us if gop_us + GOP_US <= written_us else None

    # --- archive ---

    def timeline(self, session: Session, message: GetTimeLine) -> Answer:
        camera = camera_of(self._world, message.camera)
        spans = self._spans(camera)
        found = [
            span
            for span in spans
            if span.begin_us < message.end_us and span.end_us > message.begin_us
        ]
        whole = [span for span in spans if span.kind == "footage"]
        first = whole[0].begin_us if whole else None
        return TimeLine(first, whole[-1].end_us if whole else None, found)

    def _spans(self, camera: Camera) -> list[Span]:
        spans = list(camera.footage)
        if spans and spans[-1].end_us > self._world.started_us - GOP_US and camera.recording:
            spans[-1] = evolve(spans[-1], end_us=max(spans[-1].end_us, now_us()))
        return spans + camera.marks

    def picture(self, session: Session, message: GetPicture) -> Answer:
        camera = camera_of(self._world, message.camera)
        if message.time_us is None:
            time_us = now_us() if camera.online else None
        else:
            span = camera.before(message.time_us)
            time_us = min(message.time_us, span.end_us) if span else None
        if time_us is None:
            return Picture(0, None), b""
        loop = footage.loop(camera.number, *SIZES[StreamRole.HIGH])
        gop_us = time_us // GOP_US * GOP_US
        return Picture(gop_us, loop.format), loop.at(gop_us)

    def export(self, session: Session, message: Export) -> Answer:
        gops = self._gops_of(message)
        pulled = self._new_pulled(session, message.credit_bytes)
        pulled.task = asyncio.create_task(self._export(session, pulled, gops, message))
        return Opened(pulled.number)

    def name(self, camera: str) -> str:
        return camera_of(self._world, camera).name

    async def file(self, message: Export) -> bytes:
        """Raises ProtocolError."""
        camera = camera_of(self._world, message.camera)
        gops = self._gops_of(message)
        loop = footage.loop(camera.number, *SIZES[StreamRole.HIGH])
        return await asyncio.to_thread(_mux, loop, gops, message.form)

    def send(self, session: Session, data: bytes, credit_bytes: int) -> Answer:
        """A file on a channel of its own."""
        pulled = self._new_pulled(session, credit_bytes)
        pulled.task = asyncio.create_task(self._send_file(session, pulled, data))
        return Opened(pulled.number)

    def _gops_of(self, message: Export) -> list[int]:
        camera = camera_of(self._world, message.camera)
        if message.form not in ("mkv", "mp4"):
            raise ProtocolError(ErrorCode.INVALID, "The fake exports mkv and mp4 only.")
        gops = []
        for gop_us in self._gops(camera, OpenPlayback(camera.id, message.begin_us)):
            if gop_us >= message.end_us:
                break
            gops.append(gop_us)
        if not gops:
            text = "There is no footage of that period."
            raise ProtocolError(ErrorCode.NOT_FOUND, text, camera.id)
        return gops

    async def _export(
        self, session: Session, pulled: Pulled, gops: list[int], message: Export
    ) -> None:
        camera = camera_of(self._world, message.camera)
        loop = footage.loop(camera.number, *SIZES[StreamRole.HIGH])
        data = await asyncio.to_thread(_mux, loop, gops, message.form)
        await self._send_file(session, pulled, data)

    async def _send_file(self, session: Session, pulled: Pulled, data: bytes) -> None:
        for begin in range(0, len(data), _PIECE_BYTES):
            piece = data[begin : begin + _PIECE_BYTES]
            await pulled.spend(len(piece))
            await asyncio.sleep(self.piece_s)
            frame = MediaFrame(
                pulled.number, pulled.generation, 0, False, False, 0, 0, 0, piece
            )  # fmt: skip
            session.connection.send_media(pack_media(frame))
            share = (begin + len(piece)) / len(data)
            session.connection.notify(ExportProgress(pulled.number, share, len(data)))
        session.connection.notify(_told(pulled, "end"))

    # --- channels ---

    def credit(self, session: Session, message: Message) -> None:
        if isinstance(message, Credit) and message.channel in session.pulled:
            session.pulled[message.channel].add_credit(message.bytes)

    def close_channel(self, session: Session, message: CloseChannel) -> Answer:
        if message.channel in session.pulled:
            session.pulled.pop(message.channel).stop()
        elif message.channel not in session.live:
            raise ProtocolError(ErrorCode.NOT_FOUND, "No such channel.", str(message.channel))
        else:
            session.opened[message.channel] -= 1
            if not session.opened[message.channel]:
                del session.live[message.channel], session.opened[message.channel]
        return Done()

    def _new_pulled(self, session: Session, credit: int) -> Pulled:
        pulled = Pulled(self._next_pulled, credit)
        self._next_pulled += 1
        session.pulled[pulled.number] = pulled
        return pulled


def _told(pulled: Pulled, what: str, time_us: int = 0) -> ChannelNotice:
    return ChannelNotice(pulled.number, what, time_us, generation=pulled.generation)


def _video(channel: int, loop: footage.Loop, time_us: int) -> MediaFrame:
    key = footage.is_key(time_us)
    data = loop.at(time_us)
    return MediaFrame(channel, 0, 0, key, False, time_us, time_us, FRAME_US, data)


def _audio(channel: int, time_us: int) -> MediaFrame:
    data = footage.tone_at(time_us)
    return MediaFrame(channel, 0, 1, True, False, time_us, time_us, FRAME_US, data)


def _mux(loop: footage.Loop, gops: list[int], form: str) -> bytes:
    times = [at for gop in gops for at in range(gop, gop + GOP_US, FRAME_US)]
    raw = io.BytesIO(b"".join(footage.annexb(loop.at(at)) for at in times))
    file = io.BytesIO()
    made = "matroska" if form == "mkv" else "mp4"
    with av.open(raw, format="h264") as source, av.open(file, "w", format=made) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for at, packet in zip(times, source.demux(video=0), strict=False):
            packet.stream = stream
            packet.time_base = Fraction(1, 1_000_000)
            packet.pts = packet.dts = at - times[0]
            target.mux(packet)
    return file.getvalue()
