"""Small clips, and a client that speaks just enough RTSP to look at what the simulator sends."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from attrs import frozen
from av.video.frame import VideoFrame

from axxond.base.clock import SystemClock
from axxond.devices.demo import clips
from axxond.devices.demo.player import Pacer
from axxond.devices.demo.requests import DigestLogin
from axxond.devices.demo.server import CameraServer, Stream
from protocol.types import Codec


def make_clip(
    path: Path, codec: Codec = Codec.H264, fps: Fraction = Fraction(10), gop_frames: int = 10
) -> Path:
    """Twenty pictures of 64x48."""
    encoding = clips.Encoding(64, 48, fps, gop_frames / fps, codec)
    random = np.random.default_rng(1)
    frames = [
        VideoFrame.from_ndarray(
            random.integers(0, 255, (72, 64), np.uint8, endpoint=True), format="yuv420p"
        )
        for _ in range(20)
    ]
    clips.encode(frames, {path: encoding}, lambda: None)
    return path


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "small.mp4")


@pytest.fixture(scope="session")
def h265_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "small-h265.mp4", Codec.H265)


@pytest.fixture(scope="session")
def fast_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """500 pictures a second, so that no test waits long."""
    return make_clip(tmp_path_factory.mktemp("clips") / "fast.mp4", fps=Fraction(500))


def join_fu_a(payloads: list[bytes]) -> list[bytes]:
    units, parts = [], []
    for payload in payloads:
        if payload[0] & 0x1F != 28:
            units.append(payload)
            continue
        if payload[1] & 0x80:
            parts = [bytes([(payload[0] & 0xE0) | (payload[1] & 0x1F)])]
        parts.append(payload[2:])
        if payload[1] & 0x40:
            units.append(b"".join(parts))
    return units


def join_h265(payloads: list[bytes]) -> list[bytes]:
    units, parts = [], []
    for payload in payloads:
        if payload[0] >> 1 & 0x3F != 49:
            units.append(payload)
            continue
        if payload[2] & 0x80:
            parts = [bytes([(payload[0] & 0x81) | (payload[2] & 0x3F) << 1, payload[1]])]
        parts.append(payload[3:])
        if payload[2] & 0x40:
            units.append(b"".join(parts))
    return units


@frozen
class Rtp:
    channel: int
    marker: bool
    sequence: int
    timestamp: int
    payload: bytes


class Client:
    """One RTSP connection.  `base` is the address of the stream."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, base: str
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.base = base
        self.sequence = 0
        self.session = ""

    async def ask(self, method: str, path: str = "", **headers: str) -> tuple[int, dict[str, str]]:
        """Status and headers of the reply; its body is under "body"."""
        self.sequence += 1
        lines = [f"{method} {self.base}{path} RTSP/1.0", f"CSeq: {self.sequence}"]
        if self.session:
            lines.append(f"Session: {self.session}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        found = dict(line.split(": ", 1) for line in head[1:] if line)
        assert found["CSeq"] == str(self.sequence)
        if "Content-Length" in found:
            size = int(found["Content-Length"])
            found["body"] = (await self.reader.readexactly(size)).decode()
        if "Session" in found:
            self.session = found["Session"].partition(";")[0]
        return int(head[0].split()[1]), found

    async def play(self, tracks: int = 1) -> dict[str, str]:
        for number in range(tracks):
            transport = f"RTP/AVP/TCP;unicast;interleaved={2 * number}-{2 * number + 1}"
            status, _ = await self.ask("SETUP", f"/track{number}", Transport=transport)
            assert status == 200
        status, headers = await self.ask("PLAY")
        assert status == 200
        return headers

    async def frame(self) -> tuple[int, bytes]:
        """The next interleaved frame: channel and bytes."""
        dollar, channel, size = struct.unpack(">cBH", await self.reader.readexactly(4))
        assert dollar == b"$"
        return channel, await self.reader.readexactly(size)

    async def rtp(self) -> Rtp:
        """The next RTP packet; reports are skipped."""
        while True:
            channel, data = await self.frame()
            if channel % 2 == 0:
                break
        _, kind, sequence, timestamp, _ = struct.unpack(">BBHII", data[:12])
        return Rtp(channel, bool(kind & 0x80), sequence, timestamp, data[12:])


@frozen
class Bench:
    server: CameraServer
    connect: Callable[[str], Awaitable[Client]]


@asynccontextmanager
async def serving(*streams: Stream, login: DigestLogin | None = None) -> AsyncIterator[Bench]:
    clock = SystemClock()
    pacer = Pacer(clock.monotonic_us, clock.now_us)
    server = CameraServer({stream.path: stream for stream in streams}, pacer, login)
    await server.start(0)
    writers: list[asyncio.StreamWriter] = []

    async def connect(path: str) -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writers.append(writer)
        return Client(reader, writer, f"rtsp://127.0.0.1:{server.port}/{path}")

    try:
        yield Bench(server, connect)
    finally:
        for writer in writers:
            writer.transport.abort()
        await server.close()
