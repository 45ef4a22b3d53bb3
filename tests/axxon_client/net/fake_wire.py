"""A whole connection in memory, for the link's tests: scripted answers, no network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from axxon_client.net.errors import LinkError, LinkFailure
from axxon_client.net.trust import TrustStore
from axxon_client.net.wire import WireSink
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import (
    ChangePassword,
    Done,
    FormatNotice,
    Login,
    LoginReply,
    MediaFrame,
    Message,
    Opened,
    OpenLive,
    OpenPlayback,
    Request,
)
from protocol.types import Codec, Right, VideoFormat

FORMAT = VideoFormat(Codec.H264, 640, 360, b"x")


def frame(channel: int, pts_us: int, keyframe: bool = False, generation: int = 0) -> MediaFrame:
    return MediaFrame(channel, generation, 0, keyframe, False, pts_us, pts_us, 40_000, b"data")


class FakeServer:
    """What all connections of a test talk to; `dial` is handed to the link."""

    def __init__(self) -> None:
        self.wires: list[FakeWire] = []
        self.dial_errors: list[LinkError] = []
        self.password = "right"
        self.ends_session = False  # as a server does when an account is changed
        self.numbers: dict[str, int] = {}
        self.burst: Callable[[int], list[MediaFrame]] = lambda number: []

    async def dial(self, host: str, port: int, trust: TrustStore, sink: WireSink) -> FakeWire:
        await asyncio.sleep(0)
        if self.dial_errors:
            raise self.dial_errors.pop(0)
        wire = FakeWire(self, sink)
        self.wires.append(wire)
        return wire

    @property
    def wire(self) -> FakeWire:
        return self.wires[-1]


class FakeWire:
    def __init__(self, server: FakeServer, sink: WireSink) -> None:
        self.server = server
        self.sink = sink
        self.asked: list[Request] = []
        self.sent: list[Message] = []
        self.closed = False
        self.silent_s = 0.0
        self._lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def break_off(self, reason: str = "The connection broke.") -> None:
        self._lost.set_result(reason)

    async def request(
        self, message: Request, payload: bytes = b"", timeout_s: float = 30.0
    ) -> tuple[Message, bytes]:
        if self._lost.done():
            raise LinkError(LinkFailure.LOST, self._lost.result())
        self.asked.append(message)
        reply = self._answer(message)
        await asyncio.sleep(0)
        return reply, b""

    def _answer(self, message: Request) -> Message:
        if isinstance(message, Login):
            if message.password != self.server.password:
                raise ProtocolError(ErrorCode.LOGIN_FAILED, "Wrong user name or password.")
            return LoginReply(message.user, "admin", list(Right), "n", "server", 0)
        if isinstance(message, OpenLive | OpenPlayback):
            if message.camera == "none":
                raise ProtocolError(ErrorCode.NOT_FOUND, "No such camera.", "none")
            number = self.server.numbers.setdefault(message.camera, len(self.server.numbers) + 1)
            # The first frames overtake the reply's reader, as they do on a real connection.
            self.sink.message(FormatNotice(number, 0, FORMAT), b"")
            for item in self.server.burst(number):
                self.sink.media(item)
            return Opened(number)
        if isinstance(message, ChangePassword) and self.server.ends_session:
            raise ProtocolError(ErrorCode.NOT_LOGGED_IN, "your account was changed")
        return Done()

    def send(self, message: Message, payload: bytes = b"") -> None:
        self.sent.append(message)

    async def lost(self) -> str:
        return await asyncio.shield(self._lost)

    async def close(self) -> None:
        self.closed = True
