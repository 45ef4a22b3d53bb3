"""RTSP of the emulated camera: the demo server's pictures and sound, and its own events."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from axxond.devices.demo.player import Pacer
from axxond.devices.demo.requests import DigestLogin, RtspRequest
from axxond.devices.demo.server import CameraConnection, CameraServer, Reply, Stream
from tests.fakes.axis.device import AxisDevice

PATH = "axis-media/media.amp"
_PAYLOAD_TYPE = 98
_PACKET_BYTES = 400  # small, so that documents span packets
_SDP = (
    "v=0\r\ns=Session streamed with GStreamer\r\nt=0 0\r\na=control:*\r\n"
    f"m=application 0 RTP/AVP {_PAYLOAD_TYPE}\r\n"
    f"a=rtpmap:{_PAYLOAD_TYPE} vnd.onvif.metadata/90000\r\n"
    "a=control:stream=0\r\n"
)


class AxisStream(CameraServer):
    """`asked`: the arguments of each DESCRIBE."""

    def __init__(
        self, device: AxisDevice, stream: Stream, pacer: Pacer, login: DigestLogin | None
    ) -> None:
        super().__init__({PATH: stream}, pacer, login)
        self.device = device
        self.asked: list[dict[str, list[str]]] = []

    async def start(self, port: int, host: str = "127.0.0.1") -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), host, port)
        self.port = self._server.sockets[0].getsockname()[1]
        self.start_us = self.pacer.now_us()


class _Connection(CameraConnection):
    def __init__(self, server: AxisStream) -> None:
        super().__init__(server)
        self._axis = server
        self._events = False
        self._number = 0
        self._listener: Callable[[bytes], None] | None = None

    def _describe(self, request: RtspRequest) -> Reply:
        arguments = parse_qs(urlsplit(request.url).query)
        self._axis.asked.append(arguments)
        plain = RtspRequest(request.method, request.url.partition("?")[0], request.headers)
        if arguments.get("event") != ["on"]:
            return super()._describe(plain)
        self._events = True
        headers = {"Content-Base": f"{plain.url}/", "Content-Type": "application/sdp"}
        return Reply(200, headers, _SDP.encode())

    def _setup(self, request: RtspRequest) -> Reply:
        if not self._events:
            return super()._setup(request)
        self._session = secrets.token_hex(8)
        headers = {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1", **self._session_header()}
        return Reply(200, headers)

    def _begin(self) -> None:
        if not self._events:
            super()._begin()
            return
        for document in self._axis.device.states():
            self._send(document)
        self._listener = self._send
        self._axis.device.listeners.append(self._send)

    def _end_session(self) -> None:
        if self._listener is not None:
            self._axis.device.listeners.remove(self._listener)
            self._listener = None
        super()._end_session()

    def _send(self, document: bytes) -> None:
        assert self._transport is not None
        for at in range(0, len(document), _PACKET_BYTES):
            piece = document[at : at + _PACKET_BYTES]
            last = 0x80 if at + _PACKET_BYTES >= len(document) else 0
            head = bytes((0x80, _PAYLOAD_TYPE | last)) + self._number.to_bytes(2, "big") + bytes(8)
            self._number = (self._number + 1) & 0xFFFF
            size = (len(head) + len(piece)).to_bytes(2, "big")
            self._transport.write(b"$\0" + size + head + piece)
