"""MxPEG over HTTP and from files."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from axxond.media.packet import Packet
from protocol.types import Codec, FailureKind, MediaKind
from tests.axxond.devices.bitstream.test_mxpeg import comment_map, comment_time, image, sound
from tests.axxond.devices.test_libav import Sink
from tests.axxond.devices.web.test_mjpeg import failure, received
from tests.fakes.web import Gate, answering, running

BEGIN_US = 1_700_000_000_000_000
STEP_US = 20_000


def clip(frames: int, begin_us: int = BEGIN_US) -> bytes:
    """A whole picture every five, partial ones between, a block of sound with each."""
    parts = []
    for number in range(frames):
        at_us = begin_us + number * STEP_US
        present = b"\xff" if number % 5 == 0 else b"\x05"
        parts.append(image(comment_time(at_us), comment_map(3, 2, present), seed=number % 7))
        parts.append(sound(b"\xd5" * 160, at_us))
    return b"".join(parts)


def keys(packets: list[Packet]) -> list[bool]:
    return [packet.keyframe for packet in packets]


def check(sink: Sink) -> None:
    pictures = sink.units(MediaKind.VIDEO)
    assert {packet.format.codec for packet in pictures} == {Codec.MXPEG}
    assert keys(pictures) == [number % 5 == 0 for number in range(len(pictures))]
    steps = [b.pts_us - a.pts_us for a, b in pairwise(pictures)]
    assert all(step == pytest.approx(STEP_US, abs=STEP_US // 2) for step in steps)
    heard = sink.units(MediaKind.AUDIO)
    assert heard[0].format.codec is Codec.PCMA
    assert {packet.duration_us for packet in heard} == {STEP_US}
    assert abs(heard[2].pts_us - pictures[2].pts_us) < STEP_US


@pytest.mark.parametrize("name", ["mxpeg", "auto"])
async def test_a_camera_is_watched_over_http_with_its_log_in(name: str) -> None:
    async def video(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "video/x-mxpeg"})
        await reply.prepare(request)
        for number in range(100):
            begin_us = BEGIN_US + number * 5 * STEP_US
            for at in range(0, len(data := clip(5, begin_us)), 999):
                await reply.write(data[at : at + 999])
            await asyncio.sleep(5 * STEP_US / 1e6)
        return reply

    app = web.Application(middlewares=[Gate("guard", "s3cret").middleware])
    app.router.add_get("/control/faststream.jpg", video)
    async with running(app) as url:
        address = f"{url}/control/faststream.jpg?stream=MxPEG"
        sink = await received(address, 12, name, user="guard", password="s3cret")
    check(sink)
    assert abs(sink.packets[0].pts_us - time.time_ns() // 1000) < 10_000_000


async def test_sound_that_is_not_wanted_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "clip.mxg"
    path.write_bytes(clip(10))
    assert (await received(str(path), 5, "mxpeg", audio=False)).units(MediaKind.AUDIO) == []


@pytest.mark.parametrize("name", ["mxpeg", "file", "auto"])
async def test_a_file_is_played_at_its_pace_and_over_and_over(name: str, tmp_path: Path) -> None:
    path = tmp_path / "clip"
    path.write_bytes(clip(10))
    began = asyncio.get_running_loop().time()
    sink = await received(str(path), 26, name)
    assert asyncio.get_running_loop().time() - began > 24 * STEP_US / 1e6
    check(sink)


async def test_a_file_whose_clock_jumps_is_played_on(tmp_path: Path) -> None:
    path = tmp_path / "clip.mxg"
    path.write_bytes(clip(5) + clip(5, BEGIN_US + 3_600_000_000) + clip(5, BEGIN_US))
    check(await received(path.as_uri(), 15, "mxpeg"))


async def test_what_is_no_mxpeg_is_told(tmp_path: Path) -> None:
    path = tmp_path / "clip.mxg"
    path.write_bytes(b"something else" * 100)
    assert (await failure(str(path), "mxpeg")).kind is FailureKind.NOT_VIDEO
    missing = await failure(str(tmp_path / "none.mxg"), "mxpeg")
    assert missing.kind is FailureKind.UNREACHABLE
    assert "none.mxg" in str(missing)

    async def page(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n<html>")

    async with answering(page) as url:
        assert (await failure(url, "mxpeg")).kind is FailureKind.NOT_VIDEO
