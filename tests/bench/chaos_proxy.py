"""A camera that misbehaves: a TCP proxy before a simulated one.  On the event loop.

Faults have a begin and an end; what the server sees between is the fault's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import os
import random
from collections.abc import Awaitable, Callable
from typing import Protocol

from attrs import define, field, frozen

from tests.bench.chaos_wire import Splitter, Spoiler, begins_picture


class Fault(enum.StrEnum):
    REBOOT = "reboot"  # connections reset, refused until the end
    STALL = "stall"  # connected and silent until the end
    GARBAGE = "garbage"  # random bytes among the camera's until the end
    RESOLUTION = "resolution"  # another size in the middle of the stream
    CODEC = "codec"  # it begins anew with another codec
    CLOCK = "clock"  # its clock is set, hours back or forward; for good
    STAMPS = "stamps"  # repeated and reversed time stamps
    BUSY = "busy"  # its session ends, and new ones are refused: 453
    EVENTS = "events"  # subscriptions to its events are dropped silently, its pictures go on


PICTURE_FAULTS = tuple(fault for fault in Fault if fault is not Fault.EVENTS)


@frozen
class Upstreams:
    """Ports of simulators with the same cameras: plain, another resolution, another codec."""

    plain: int
    other_size: int
    other_codec: int


class Device(Protocol):
    """What tells events beside the pictures: `chaos_events.EventDevice`."""

    @property
    def url(self) -> str: ...

    async def start(self, stream: str) -> None: ...

    async def stop(self) -> None: ...

    def drop(self) -> None: ...

    def recover(self) -> None: ...


@define(eq=False)
class Camera:
    """`path`: of the camera at the simulators.  `device`: whose pictures these are, when it has
    events.  `start`, then `port`; `stop`."""

    path: str
    upstreams: Upstreams
    chance: random.Random
    fault: Fault | None = None
    device: Device | None = None
    port: int = 0
    sessions: set[_Session] = field(factory=set)
    clock_s: int = 0
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return self._stream if self.device is None else self.device.url

    @property
    def _stream(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{self.path}"

    async def start(self) -> None:
        await self._open()
        if self.device is not None:
            await self.device.start(self._stream)

    async def stop(self) -> None:
        await self._close()
        if self.device is not None:
            await self.device.stop()

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self.reset()

    def reset(self) -> None:
        for session in list(self.sessions):
            session.abort()

    async def begin(self, fault: Fault) -> None:
        self.fault = fault
        match fault:
            case Fault.REBOOT:
                await self._close()
            case Fault.CODEC | Fault.BUSY:
                self.reset()
            case Fault.CLOCK:
                self.clock_s += self.chance.choice((-1, 1)) * self.chance.randrange(3600, 14_400)
            case Fault.RESOLUTION:
                for session in list(self.sessions):
                    await session.splice(self.upstreams.other_size, self.path)
            case Fault.EVENTS if self.device is not None:
                self.device.drop()

    async def end(self) -> None:
        fault, self.fault = self.fault, None
        if fault is Fault.REBOOT:
            await self._open()
        elif fault is Fault.EVENTS and self.device is not None:
            self.device.recover()
        elif fault is Fault.CODEC:
            self.reset()
        elif fault is Fault.RESOLUTION:
            for session in self.sessions:
                session.unsplice()
        elif fault is Fault.STALL:
            for session in self.sessions:
                session.resume()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other = self.fault is Fault.CODEC
        port = self.upstreams.other_codec if other else self.upstreams.plain
        session = _Session(self, reader, writer)
        self.sessions.add(session)
        try:
            await session.run(port)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.sessions.discard(session)
            session.abort()


class _Session:
    def __init__(
        self, camera: Camera, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._camera = camera
        self._reader = reader
        self._writer = writer
        self._up: asyncio.StreamWriter | None = None
        self._flow = asyncio.Event()
        self._flow.set()
        self._spoiler = Spoiler(camera.clock_s, False, camera.chance)
        self._substitute: asyncio.Task[None] | None = None
        self._source = 0  # whose packets are sent: 0 the camera's own
        self._back = False  # the camera's own from its next key frame on

    async def run(self, port: int) -> None:
        up_reader, self._up = await asyncio.open_connection("127.0.0.1", port)
        down = asyncio.create_task(self._down(up_reader))
        try:
            await self._upwards()
        finally:
            down.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await down

    def abort(self) -> None:
        if self._substitute is not None:
            self._substitute.cancel()
        for writer in (self._writer, self._up):
            if writer is not None:
                writer.transport.abort()

    def resume(self) -> None:
        self._flow.set()

    async def splice(self, port: int, path: str) -> None:
        """Another stream takes the place of the camera's own."""
        self._substitute = asyncio.create_task(self._play(port, path))

    def unsplice(self) -> None:
        self._back = True

    async def _upwards(self) -> None:
        """The server's requests; with BUSY every SETUP is refused here."""
        splitter = Splitter()
        assert self._up is not None
        while data := await self._reader.read(65536):
            for kind, piece in splitter.feed(data):
                await self._gate()
                if kind == "text" and self._camera.fault is Fault.BUSY and piece[:5] == b"SETUP":
                    self._refuse(piece)
                else:
                    self._up.write(piece)

    def _refuse(self, request: bytes) -> None:
        lines = [line for line in request.split(b"\r\n") if line.lower().startswith(b"cseq")]
        self._writer.write(
            b"RTSP/1.0 453 Not Enough Bandwidth\r\n" + b"".join(lines) + b"\r\n\r\n"
        )

    async def _gate(self) -> None:
        if self._camera.fault is Fault.STALL:
            self._flow.clear()
            await self._flow.wait()

    async def _down(self, reader: asyncio.StreamReader) -> None:
        splitter = Splitter()
        while data := await reader.read(65536):
            await self._gate()
            for kind, piece in splitter.feed(data):
                self._forward(kind, piece)
            await self._writer.drain()
        self.abort()

    def _forward(self, kind: str, piece: bytes) -> None:
        if self._writer.transport.is_closing():
            return
        if self._camera.fault is Fault.GARBAGE:
            self._writer.write(os.urandom(self._camera.chance.randrange(1, 400)))
        if kind == "text":
            self._writer.write(piece)
            return
        self._spoiler.shift_s = self._camera.clock_s
        self._spoiler.muddle = self._camera.fault is Fault.STAMPS
        if piece[1] == 1:
            self._writer.write(self._spoiler.rtcp(piece))
        elif piece[1] == 0 and self._is_own(piece):
            self._writer.write(self._spoiler.rtp(piece))

    def _is_own(self, frame: bytes) -> bool:
        if self._source == 0:
            return True
        if self._back and begins_picture(frame):
            self._source, self._back = 0, False
            if self._substitute is not None:
                self._substitute.cancel()
            return True
        return False

    async def _play(self, port: int, path: str) -> None:
        """A viewer of the other stream, whose first track is passed on."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await _open(reader, writer, f"rtsp://127.0.0.1:{port}/{path}", self._other)
        finally:
            writer.transport.abort()

    async def _other(self, frame: bytes) -> None:
        if self._source == 0 and begins_picture(frame):
            self._source = 1
        if self._source == 1 and not self._writer.transport.is_closing():
            self._writer.write(self._spoiler.rtp(frame, 1))
            await self._writer.drain()


async def _open(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    url: str,
    deliver: Callable[[bytes], Awaitable[None]],
) -> None:
    """Play the first track of an RTSP stream until it ends."""
    splitter = Splitter()
    session = b""
    requests = [
        (
            f"SETUP {url}/{{track}} RTSP/1.0\r\nCSeq: 2\r\n"
            "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
        ),
        f"PLAY {url} RTSP/1.0\r\nCSeq: 3\r\nSession: {{session}}\r\n\r\n",
    ]
    writer.write(f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
    track = "track0"
    while data := await reader.read(65536):
        for kind, piece in splitter.feed(data):
            if kind == "data":
                if piece[1] == 0:
                    await deliver(piece)
                continue
            for line in piece.decode().splitlines():
                name, _, value = line.partition(":")
                if name.lower() == "session":
                    session = value.split(";")[0].strip().encode()
                if line.startswith("a=control:") and "=" not in value and value.strip() != "*":
                    track = value.strip().rpartition("/")[2]
            if requests:
                text = requests.pop(0).format(track=track, session=session.decode())
                writer.write(text.encode())
