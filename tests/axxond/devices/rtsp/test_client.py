"""The client against servers of all kinds, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from axxond.base import tasks
from axxond.devices import drivers
from axxond.devices.port import DeviceError, StreamSettings
from axxond.devices.probe import probe
from axxond.devices.rtsp.client import RtspSource
from axxond.media.packet import Packet
from protocol.types import FailureKind
from tests.axxond.devices.rtsp import wire
from tests.fakes.certificate import make_certificate

IDR = b"\x65\x88" + bytes(range(1, 100))
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Sink:
    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.arrived = asyncio.Event()

    def packet(self, packet: Packet) -> None:
        self.packets.append(packet)
        self.arrived.set()

    def clock_offset(self, offset_us: int) -> None:
        """Not looked at."""


@contextlib.asynccontextmanager
async def serving(handler: Handler, secure: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=secure)
    port = server.sockets[0].getsockname()[1]
    scheme = "rtsps" if secure else "rtsp"
    try:
        yield f"{scheme}://127.0.0.1:{port}/stream"
    finally:
        server.close()
        await server.wait_closed()


async def request(reader: asyncio.StreamReader) -> tuple[str, int]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    return head.split()[0], int(head.split("CSeq: ")[1].split("\r\n")[0])


class Camera:
    """Answers everything, sends a picture on PLAY, notes what it was asked."""

    def __init__(self, timeout_s: int = 60) -> None:
        self.asked: list[str] = []
        self.kept_alive = asyncio.Event()
        self.left = asyncio.Event()
        self._timeout_s = timeout_s

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            byte = await reader.readexactly(1)
            if byte == b"$":
                await reader.readexactly(int.from_bytes((await reader.readexactly(3))[1:], "big"))
                continue
            method, cseq = await request(reader)
            self.asked.append(byte.decode() + method)
            self._answer(self.asked[-1], cseq, writer)

    def _answer(self, method: str, cseq: int, writer: asyncio.StreamWriter) -> None:
        session = f"Session: 42;timeout={self._timeout_s}"
        body = wire.sdp(wire.H264_LINES) if method == "DESCRIBE" else b""
        writer.write(wire.response(cseq, headers=[session, "Public: GET_PARAMETER"], body=body))
        if method == "PLAY":
            writer.write(wire.interleaved(0, wire.rtp(1, 0, IDR, True)))
        elif method == "GET_PARAMETER":
            self.kept_alive.set()
        elif method == "TEARDOWN":
            self.left.set()


async def failure(url: str, user: str = "", timeout_s: float = 5) -> DeviceError:
    settings = StreamSettings(url, user, "secret", connect_timeout_s=timeout_s)
    with pytest.raises(DeviceError) as caught:
        await asyncio.wait_for(RtspSource(settings).run(Sink()), 10)
    assert "secret" not in str(caught.value)
    return caught.value


async def test_it_plays_and_says_goodbye() -> None:
    camera, sink = Camera(), Sink()
    async with serving(camera) as url:
        run = tasks.spawn(RtspSource(StreamSettings(url)).run(sink), "run")
        await asyncio.wait_for(sink.arrived.wait(), 5)
        await tasks.cancel(run)
        await asyncio.wait_for(camera.left.wait(), 5)
    assert sink.packets[0].data == wire.lengths(IDR)
    assert camera.asked == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN"]


async def test_a_camera_with_a_certificate_of_its_own_is_opened_over_tls(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_certificate(tmp_path))
    async with serving(Camera(), context) as url:
        settings = StreamSettings(url, audio=False)
        found = await probe(settings, drivers.driver("rtsp"), 5)
    assert found.key_frame is not None


async def test_a_camera_that_speaks_no_tls_is_told() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"RTSP/1.0 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with serving(plain) as url:
        error = await failure(url.replace("rtsp:", "rtsps:"))
    assert error.kind in (FailureKind.GARBAGE, FailureKind.UNREACHABLE)


async def test_spaces_in_an_address_are_escaped() -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"OPTIONS rtsp://127.0.0.1:")
        assert b"/my%20stream RTSP/1.0\r\n" in head
        writer.write(b"HTTP/1.0 404 No\r\n\r\n")
        await writer.drain()

    async with serving(other) as url:
        error = await failure(url.replace("/stream", "/my stream"))
    assert error.kind is FailureKind.NOT_VIDEO


async def test_it_keeps_the_session_alive() -> None:
    camera = Camera(timeout_s=5)
    async with serving(camera) as url:
        run = tasks.spawn(RtspSource(StreamSettings(url)).run(Sink()), "run")
        await asyncio.wait_for(camera.kept_alive.wait(), 5)
        await tasks.cancel(run)


async def test_nobody_there() -> None:
    server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    error = await failure(f"rtsp://127.0.0.1:{port}/x")
    assert error.kind is FailureKind.UNREACHABLE
    assert "refused" in str(error)


@pytest.mark.parametrize("url", ["rtsp://", "http://h/", "rtsp://[::1", "rtsp://h:99999/", ""])
async def test_addresses_that_are_none(url: str) -> None:
    assert (await failure(url)).kind is FailureKind.UNREACHABLE


async def test_a_name_that_is_not_known() -> None:
    error = await failure("rtsp://no-such-camera.invalid/x")
    assert error.kind is FailureKind.UNREACHABLE
    assert "no-such-camera.invalid" in str(error)


async def test_a_server_that_never_answers() -> None:
    async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(mute) as url:
        error = await failure(url, timeout_s=0.2)
    assert error.kind is FailureKind.TIMEOUT
    assert "0.2 s" in str(error)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", FailureKind.NOT_VIDEO),
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", FailureKind.GARBAGE),
        (b"RTSP/1.0 404 Not Found\r\n\r\n" * 2, FailureKind.NOT_VIDEO),
        (b"", FailureKind.CLOSED),
    ],
)
async def test_what_is_no_camera(answer: bytes, kind: FailureKind) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(answer)
        await writer.drain()

    async with serving(other) as url:
        error = await failure(url)
    assert error.kind is kind
    assert url in str(error)


async def test_a_wrong_log_in() -> None:
    async def locked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, cseq = await request(reader)
            challenge = 'WWW-Authenticate: Digest realm="x", nonce="n"'
            writer.write(wire.response(cseq, "401 Unauthorized", [challenge]))

    async with serving(locked) as url:
        error = await failure(url, user="guard")
        assert error.kind is FailureKind.LOGIN
        assert '"guard"' in str(error)
        assert (await failure(url)).kind is FailureKind.LOGIN
        pasted = url.replace("rtsp://", "rtsp://pasted:hidden%20word@")
        error = await failure(pasted)
        assert '"pasted"' in str(error)
        assert "hidden" not in str(error)


async def test_redirections_are_followed_but_not_for_ever() -> None:
    camera, sink = Camera(), Sink()

    async with serving(camera) as url:

        async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            _, cseq = await request(reader)
            writer.write(wire.response(cseq, "302 Moved", [f"Location: {url}"]))

        async with serving(elsewhere) as first:
            run = tasks.spawn(RtspSource(StreamSettings(first)).run(sink), "run")
            await asyncio.wait_for(sink.arrived.wait(), 5)
            await tasks.cancel(run)

    async def around(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, cseq = await request(reader)
        writer.write(wire.response(cseq, "302 Moved", ["Location: /again"]))

    async with serving(around) as url:
        assert "redirects" in str(await failure(url))


async def test_a_camera_that_goes_away_while_playing() -> None:
    camera = Camera()

    async def unplugged(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(4):
            method, cseq = await request(reader)
            camera._answer(method, cseq, writer)
        await writer.drain()

    async with serving(unplugged) as url:
        assert (await failure(url)).kind is FailureKind.CLOSED


async def test_garbage_in_the_middle_of_the_stream_is_told() -> None:
    camera = Camera()

    async def mad(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(4):
            method, cseq = await request(reader)
            camera._answer(method, cseq, writer)
        writer.write(b"\x01" * 20_000)
        await writer.drain()
        await reader.read()

    async with serving(mad) as url:
        assert (await failure(url)).kind is FailureKind.GARBAGE


async def test_a_probe_tells_formats_and_brings_a_key_frame() -> None:
    async with serving(Camera()) as url:
        found = await probe(StreamSettings(url, audio=False), drivers.driver("rtsp"), 5)
    assert found.video is not None
    assert (found.video.width, found.video.height) == (320, 240)
    assert found.audio is None
    assert found.key_frame is not None
    assert found.key_frame.data == wire.lengths(IDR)


async def test_a_probe_of_a_stream_without_pictures_ends_in_time() -> None:
    camera = Camera()

    async def dark(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            method, cseq = await request(reader)
            camera._answer("" if method == "PLAY" else method, cseq, writer)

    async with serving(dark) as url:
        with pytest.raises(DeviceError) as caught:
            await probe(StreamSettings(url), drivers.driver("auto"), 0.3)
    assert caught.value.kind is FailureKind.TIMEOUT
