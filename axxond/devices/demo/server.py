"""The RTSP server of the simulated cameras: TCP interleaved, on the event loop.

One connection is one session at most, as cameras' clients do it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import cast
from urllib.parse import unquote, urlsplit

from attrs import define, field, frozen

from axxond.devices.demo import sdp
from axxond.devices.demo.player import Outlet, Pacer, StreamStats, TrackPlayer
from axxond.devices.demo.requests import (
    BadRequestError,
    DigestLogin,
    RequestReader,
    RtspRequest,
)
from axxond.devices.demo.track import Track

log = logging.getLogger(__name__)

_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
_BACKCHANNEL = "www.onvif.org/ver20/backchannel"
_RTP_HEADER_BYTES = 12
_SESSION_TIMEOUT_S = 60  # RFC 2326, 12.37: the default; a vanished client is noticed by TCP
# The kernel's part of what a client may leave unread.
_SEND_BUFFER_BYTES = 512 << 10
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
}


@define
class Stream:
    """What one RTSP address serves.  `offset_us` lets cameras with one clip show different
    moments of it.  `from_start`: each session begins with the clip's first picture, like a film,
    instead of where all sessions are by now.  `heard` gets what is said to the camera, in the
    encoding `ear` (`sdp.EARS`); None: it is deaf."""

    name: str
    path: str
    tracks: Sequence[Track]
    offset_us: int = 0
    from_start: bool = False
    stats: StreamStats = field(factory=StreamStats)
    heard: Callable[[bytes], None] | None = None
    ear: str = "PCMU"


@frozen
class Reply:
    status: int
    headers: dict[str, str] = field(factory=dict)
    body: bytes = b""


class CameraServer:
    """Listens; `port` is known after `start`."""

    def __init__(
        self, streams: Mapping[str, Stream], pacer: Pacer, login: DigestLogin | None = None
    ) -> None:
        self.streams = streams
        self.pacer = pacer
        self.login = login
        self.start_us = pacer.now_us()
        self.port = 0
        self._connections: set[CameraConnection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, port: int, host: str = "127.0.0.1") -> None:
        """Port 0 takes a free one.  The clips begin now."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: CameraConnection(self), host, port, backlog=256
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self.start_us = self.pacer.now_us()

    async def close(self) -> None:
        self.pacer.stop()
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.abort()
        if self._server is not None:
            await self._server.wait_closed()

    def opened(self, connection: CameraConnection) -> None:
        self._connections.add(connection)

    def closed(self, connection: CameraConnection) -> None:
        self._connections.discard(connection)

    def find(self, url: str) -> tuple[Stream, int | None] | None:
        """The stream of a request's address, and the number of its track if it names one."""
        path = unquote(urlsplit(url).path).strip("/")
        if path in self.streams:
            return self.streams[path], None
        stem, _, last = path.rpartition("/")
        stream = self.streams.get(stem)
        if stream is None:
            return None
        for number in range(len(stream.tracks)):
            if last == sdp.control(number):
                return stream, number
        return None


class CameraConnection(asyncio.Protocol):
    """One client."""

    def __init__(self, server: CameraServer) -> None:
        self._server = server
        self._reader = RequestReader(self._frame)
        self._ear: int | None = None  # the channel of what is said to the camera
        self._transport: asyncio.Transport | None = None
        self._stream: Stream | None = None
        self._session = ""
        self._players: dict[int, TrackPlayer] = {}
        self._playing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is not a subclass
        connected = transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self._server.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_session()
        self._server.closed(self)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        try:
            requests = self._reader.feed(data)
        except BadRequestError as error:
            log.info("closing a connection: %s", error)
            self._transport.write(b"RTSP/1.0 400 Bad Request\r\n\r\n")
            self._transport.close()
            return
        for request in requests:
            self._answer(request)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _answer(self, request: RtspRequest) -> None:
        assert self._transport is not None
        reply = self._reply(request)
        headers = {"CSeq": request.headers.get("cseq", "0"), **reply.headers}
        if reply.body:
            headers["Content-Length"] = str(len(reply.body))
        lines = [f"RTSP/1.0 {reply.status} {_REASONS[reply.status]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._transport.write("\r\n".join([*lines, "", ""]).encode() + reply.body)
        if request.method == "PLAY" and reply.status == 200:
            self._begin()
        elif request.method == "TEARDOWN" and reply.status == 200:
            self._end_session()

    def _reply(self, request: RtspRequest) -> Reply:
        if request.method == "OPTIONS":
            return Reply(200, {"Public": _METHODS})
        login = self._server.login
        if login is not None and not login.accepts(
            request.method, request.headers.get("authorization", "")
        ):
            return Reply(401, {"WWW-Authenticate": login.challenge})
        if request.method == "DESCRIBE":
            return self._describe(request)
        if request.method == "SETUP":
            return self._setup(request)
        if request.method not in ("PLAY", "GET_PARAMETER", "TEARDOWN"):
            return Reply(405, {"Allow": _METHODS})
        session = request.headers.get("session", "").partition(";")[0].strip()
        if request.method == "GET_PARAMETER" and not session:
            return Reply(200)
        if not self._session or session != self._session:
            return Reply(454)
        return self._play() if request.method == "PLAY" else Reply(200, self._session_header())

    def _describe(self, request: RtspRequest) -> Reply:
        found = self._server.find(request.url)
        if found is None or found[1] is not None:
            return Reply(404)
        stream = found[0]
        headers = {
            "Content-Base": request.url.rstrip("/") + "/",
            "Content-Type": "application/sdp",
        }
        ear = stream.ear if stream.heard is not None and _asks_to_talk(request) else ""
        return Reply(200, headers, sdp.describe(stream.name, stream.tracks, ear))

    def _setup(self, request: RtspRequest) -> Reply:
        if _asks_to_talk(request) and request.url.endswith(f"/{sdp.SPEAKER}"):
            return self._setup_ear(request)
        found = self._server.find(request.url)
        if found is None:
            return Reply(404)
        stream, number = found
        if number is None or self._playing or self._stream not in (None, stream):
            return Reply(455)
        channel = _channel(request, 2 * number)
        if channel is None:
            return Reply(461)
        self._open_session(stream)
        self._players[number] = player = self._player(stream, number, channel)
        transport = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
        headers = {"Transport": f"{transport};ssrc={player.ssrc:08X}", **self._session_header()}
        return Reply(200, headers)

    def _setup_ear(self, request: RtspRequest) -> Reply:
        found = self._server.find(request.url.rpartition("/")[0])
        channel = _channel(request, 0)
        if found is None or found[0].heard is None:
            return Reply(404)
        if channel is None:
            return Reply(461)
        self._open_session(found[0])
        self._ear = channel
        transport = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
        return Reply(200, {"Transport": transport, **self._session_header()})

    def _open_session(self, stream: Stream) -> None:
        if not self._session:
            self._session = secrets.token_hex(8)
            self._stream = stream
            stream.stats.sessions += 1

    def _frame(self, channel: int, packet: bytes) -> None:
        heard = self._stream.heard if self._stream is not None else None
        if heard is not None and channel == self._ear and self._playing:
            heard(packet[_RTP_HEADER_BYTES:])

    def _player(self, stream: Stream, number: int, channel: int) -> TrackPlayer:
        transport = self._transport
        assert transport is not None
        return TrackPlayer(
            stream.tracks[number],
            stream.stats,
            Outlet(transport.write, transport.get_write_buffer_size, self.abort),
            channel,
            self._server.start_us - stream.offset_us,
        )

    def _session_header(self) -> dict[str, str]:
        return {"Session": f"{self._session};timeout={_SESSION_TIMEOUT_S}"}

    def _play(self) -> Reply:
        now_us = self._server.pacer.now_us()
        infos = []
        if not self._playing:
            for number, player in self._players.items():
                if self._stream is not None and self._stream.from_start:
                    player.start_us = now_us
                player.begin(now_us)
                infos.append(
                    f"url={self._base_url()}/{sdp.control(number)};seq={player.sequence};"
                    f"rtptime={player.next_timestamp}"
                )
        headers = {"Range": "npt=now-", **self._session_header()}
        if infos:
            headers["RTP-Info"] = ",".join(infos)
        return Reply(200, headers)

    def _base_url(self) -> str:
        assert self._stream is not None
        return f"rtsp://127.0.0.1:{self._server.port}/{self._stream.path}"

    def _begin(self) -> None:
        if self._playing or self._stream is None:
            return
        self._playing = True
        self._stream.stats.playing += 1
        for player in self._players.values():
            self._server.pacer.add(player)

    def _end_session(self) -> None:
        for player in self._players.values():
            player.closed = True
        if self._playing and self._stream is not None:
            self._stream.stats.playing -= 1
        self._players.clear()
        self._ear = None
        self._playing = False
        self._session = ""
        self._stream = None


def _asks_to_talk(request: RtspRequest) -> bool:
    return _BACKCHANNEL in request.headers.get("require", "")


def _channel(request: RtspRequest, default: int) -> int | None:
    """The RTP channel that a SETUP asks for; None: it does not ask for one over TCP."""
    transport = request.headers.get("transport", "")
    asked = re.search(r"interleaved\s*=\s*(\d{1,3})", transport)
    channel = int(asked.group(1)) if asked else default
    return channel if "RTP/AVP/TCP" in transport.upper() and channel <= 254 else None
