"""Footage for the archive's benches: one stream for all cameras, recorded as fast as it goes."""

from __future__ import annotations

import random
import time
from pathlib import Path

from axxond.archive.archive import Archive
from axxond.archive.link import Mode, RecordingLink
from axxond.archive.model import ArchiveSettings
from axxond.media.packet import Packet
from axxond.stream.hub import StreamHub, StreamKey
from protocol.types import AudioFormat, Codec, StreamRole, VideoFormat

T0 = 1_800_000_000_000_000
SECOND = 1_000_000


class Clock:
    time_us = T0

    def now_us(self) -> int:
        return self.time_us

    def monotonic_us(self) -> int:
        return self.time_us


def packets_of_second(second: int, key: bytes, delta: bytes, sound: bytes) -> list[Packet]:
    """25 pictures, one GOP, and 16 AAC packets."""
    found = []
    for number in range(25):
        at = T0 + second * SECOND + number * 40_000
        found.append(Packet(VIDEO, delta if number else key, at, at, 40_000, number == 0))
        if number < 16:
            found.append(Packet(AUDIO, sound, at, at, 64_000, True))
    return found


VIDEO = VideoFormat(Codec.H264, 640, 360, bytes.fromhex("0164001fffe1000467640000010000"))
AUDIO = AudioFormat(Codec.AAC, 16000, 1, 0, bytes.fromhex("1408"))


async def record(folder: Path, cameras: int, seconds: int, bps: int) -> tuple[float, float]:
    """(processor time of the archive, of the feed) in seconds."""
    clock = Clock()
    archive = await Archive.open(ArchiveSettings("a", folder, 1 << 40), clock, refuse)
    hubs = [StreamHub(StreamKey(f"c{n}", StreamRole.HIGH)) for n in range(cameras)]
    for n, hub in enumerate(hubs):
        link = RecordingLink(f"l{n}", f"c{n}", f"Camera {n}", Mode.CONTINUOUS)
        archive.recorder.attach(link, hub)
    size = bps // 8 // 31  # the key frame weighs as much as 7 others
    payloads = random.randbytes(7 * size), random.randbytes(size), random.randbytes(180)
    feeding, began = 0.0, time.process_time()
    for second in range(seconds):
        packets = packets_of_second(second, *payloads)
        for quarter in range(4):
            feed = time.process_time()
            for packet in packets[quarter * 41 // 4 : (quarter + 1) * 41 // 4]:
                for hub in hubs:
                    hub.publish(packet)
            clock.time_us = T0 + second * SECOND + (quarter + 1) * 250_000
            feeding += time.process_time() - feed
            await archive.recorder.flush()
    await archive.flush()
    took = time.process_time() - began - feeding
    assert all(archive.recorder.stats(hub.key.camera).lost == 0 for hub in hubs)
    await archive.close()
    return took, feeding


def refuse(trouble: object) -> None:
    raise AssertionError(trouble)
