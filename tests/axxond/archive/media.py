"""Streams made up for archive tests: every payload is different, every time is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from axxond.archive.archive import Archive
from axxond.archive.errors import Trouble
from axxond.archive.link import Mode, RecordingLink
from axxond.archive.model import ArchiveSettings
from axxond.media.packet import Packet
from axxond.stream.hub import StreamHub, StreamKey
from protocol.types import AudioFormat, Codec, StreamRole, VideoFormat

T0 = 1_800_000_000_000_000
VIDEO = VideoFormat(Codec.H264, 640, 360, b"\x01d\x00\x1f\xff\xe1\x00\x04abcd\x01\x00\x02ef")
AUDIO = AudioFormat(Codec.PCMU, 8000, 1)
FRAME_US = 40_000
SOUND_US = 20_000


class ManualClock:
    """Both clocks stand until they are told to go on."""

    def __init__(self, now_us: int = T0) -> None:
        self.time_us = now_us

    def now_us(self) -> int:
        return self.time_us

    def monotonic_us(self) -> int:
        return self.time_us


def video(number: int, gop: int = 25, size: int = 500, start_us: int = T0) -> Packet:
    """Frame `number` of a 25 fps stream with a key frame every `gop` frames."""
    pts = start_us + number * FRAME_US
    data = number.to_bytes(8, "big") + bytes([number % 251]) * size
    return Packet(VIDEO, data, pts, pts, FRAME_US, number % gop == 0)


def sound(number: int, start_us: int = T0) -> Packet:
    pts = start_us + number * SOUND_US
    return Packet(AUDIO, number.to_bytes(8, "big") * 20, pts, pts, SOUND_US, True)


def stream(frames: Iterable[int], gop: int = 25, audio: bool = True) -> list[Packet]:
    """Frames, each followed by the sound of its time."""
    packets = []
    for number in frames:
        packets.append(video(number, gop))
        if audio:
            packets += [sound(2 * number), sound(2 * number + 1)]
    return packets


def hub_of(camera: str = "cam", role: StreamRole = StreamRole.HIGH) -> StreamHub:
    return StreamHub(StreamKey(camera, role))


def link(camera: str = "cam", mode: Mode = Mode.CONTINUOUS, **more: object) -> RecordingLink:
    return RecordingLink(f"link-{camera}", camera, f"Name of {camera}", mode, **more)  # type: ignore[arg-type]


@asynccontextmanager
async def opened(
    folder: Path,
    clock: ManualClock,
    quota_bytes: int = 1 << 30,
    days: int = 0,
    on_trouble: Callable[[Trouble], None] = lambda trouble: None,
) -> AsyncIterator[Archive]:
    settings = ArchiveSettings("archive", folder, quota_bytes, days)
    archive = await Archive.open(settings, clock, on_trouble)
    try:
        yield archive
    finally:
        await archive.close()


async def feed(
    archive: Archive, hub: StreamHub, packets: Iterable[Packet], clock: ManualClock
) -> None:
    """Publish as time goes on, with the recorder at work every 250 ms of the stream."""
    due = clock.time_us + 250_000
    for packet in packets:
        hub.publish(packet)
        clock.time_us = max(clock.time_us, packet.pts_us)
        if clock.time_us >= due:
            await archive.recorder.flush()
            due = clock.time_us + 250_000
    await archive.flush()


async def read_all(archive: Archive, camera: str = "cam", **how: object) -> list[Packet]:
    return [
        packet
        async for gop in archive.reader.gops(camera, 0, **how)  # type: ignore[arg-type]
        for packet in gop
    ]


def payloads(packets: Iterable[Packet]) -> list[bytes]:
    return [packet.data for packet in packets]


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Let threads and tasks go on until `condition` holds; fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - threads end, no event of the loop's
            await asyncio.sleep(0.005)
