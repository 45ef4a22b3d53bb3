"""HTTP MJPEG from senders of every degree of sloppiness."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from aiohttp import web

from axxond.base import tasks
from axxond.devices import drivers
from axxond.devices.port import DeviceError, StreamSettings
from axxond.devices.web import mjpeg
from protocol.types import Codec, FailureKind
from tests.axxond.devices.bitstream.test_jpegscan import IMAGES, jpeg
from tests.axxond.devices.test_libav import Sink
from tests.fakes.web import Gate, answering, running

SLOPPY = {
    "as it should be": ("boundary=frame", b"--frame\r\nContent-Type: image/jpeg\r\n"),
    "dashes in the header too": ("boundary=--frame", b"--frame\r\nContent-Type: image/jpeg\r\n"),
    "quoted": ('boundary="frame"', b"--frame\r\nContent-Type: image/jpeg\r\n"),
    "no dashes": ("boundary=frame", b"frame\r\nContent-Type: image/jpeg\r\n"),
    "another boundary": ("boundary=frame", b"--other\r\n"),
    "no boundary": ("", b"--x\r\n"),
    "no part's headers": ("boundary=frame", b""),
    "line feeds alone": ("boundary=frame", b"--frame\nContent-type:image/jpeg\n"),
}


async def received(url: str, count: int, name: str = "mjpeg", **options: object) -> Sink:
    sink = Sink(count)
    source = drivers.driver(name).source(StreamSettings(url, **options))  # type: ignore[arg-type]
    run = tasks.spawn(source.run(sink), "run")
    full = tasks.spawn(sink.full.wait(), "full")
    await asyncio.wait((run, full), timeout=10, return_when="FIRST_COMPLETED")
    if run.done():
        full.cancel()
        await run
    await tasks.cancel(run, full)
    assert sink.full.is_set()
    return sink


async def failure(url: str, name: str = "mjpeg", **options: object) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        await received(url, 1_000_000, name, **options)
    return caught.value


@pytest.mark.parametrize("length", ["right", "none", "short", "long"])
@pytest.mark.parametrize("kind", SLOPPY)
async def test_images_are_found_however_they_are_packed(kind: str, length: str) -> None:
    boundary, head = SLOPPY[kind]

    async def answer(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.0 200 OK\r\nContent-Type: multipart/x;{boundary}\r\n\r\n".encode())
        for image in IMAGES * 3:
            said = {"right": len(image), "short": 10, "long": len(image) + 999}.get(length)
            writer.write(head)
            if said is not None:
                writer.write(f"Content-Length: {said}\r\n".encode())
            writer.write(b"\r\n" + image + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.001)
        await asyncio.sleep(5)

    async with answering(answer) as url:
        sink = await received(f"{url}/video", 3 * len(IMAGES))
    assert [packet.data for packet in sink.packets] == IMAGES * 3
    assert all(packet.keyframe for packet in sink.packets)
    assert all(a.pts_us < b.pts_us for a, b in pairwise(sink.packets))
    assert {packet.format.codec for packet in sink.packets} == {Codec.MJPEG}
    assert (sink.packets[0].format.width, sink.packets[1].format.width) == (48, 16)


@pytest.mark.parametrize("scheme", ["basic", "digest"])
async def test_a_log_in_is_given_when_it_is_asked_for(scheme: str) -> None:
    async def video(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "multipart/x-mixed-replace"})
        await reply.prepare(request)
        while True:
            await reply.write(b"--x\r\n\r\n" + IMAGES[0])
            await asyncio.sleep(0.01)

    app = web.Application(middlewares=[Gate("guard", "s3cret", scheme).middleware])
    app.router.add_get("/video", video)
    async with running(app) as url:
        assert await received(f"{url}/video", 2, user="guard", password="s3cret")
        assert await received(url.replace("//", "//guard:s3cret@") + "/video", 2)
        error = await failure(f"{url}/video", user="guard", password="hidden-one")
    assert error.kind is FailureKind.LOGIN
    assert "hidden-one" not in str(error)


async def test_an_address_of_one_image_is_asked_again_and_again() -> None:
    asked: list[float] = []

    async def snapshot(_request: web.Request) -> web.Response:
        asked.append(asyncio.get_running_loop().time())
        return web.Response(body=jpeg(len(asked)), content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/snapshot.jpg", snapshot)
    async with running(app) as url:
        sink = await received(f"{url}/snapshot.jpg#interval=0.1", 6)
    assert [packet.data for packet in sink.packets] == [jpeg(n) for n in range(1, 7)]
    steps = [b - a for a, b in pairwise(asked)]
    assert min(steps) > 0.05
    assert sum(steps) / len(steps) == pytest.approx(0.1, abs=0.05)


@pytest.mark.parametrize("interval", ["often", "0", "-1", "nan", "60"])
async def test_an_interval_that_makes_no_sense_is_told(interval: str) -> None:
    error = await failure(f"http://127.0.0.1:1/x#interval={interval}")
    assert error.kind is FailureKind.UNSUPPORTED
    assert "interval" in str(error)


async def test_stamps_of_the_sender_are_kept() -> None:
    async def answer(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x\r\n\r\n")
        for number in range(30):
            stamp = f"--b\r\nX-Timestamp: {1234 + number / 25:.6f}\r\n\r\n".encode()
            writer.write(stamp + IMAGES[0] + b"\r\n")
        await writer.drain()
        await asyncio.sleep(5)

    async with answering(answer) as url:
        sink = await received(url, 30)
    steps = [b.pts_us - a.pts_us for a, b in pairwise(sink.packets)]
    assert all(step == pytest.approx(40_000, abs=11_000) for step in steps)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", FailureKind.NOT_VIDEO),
        (b"HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n", FailureKind.UNSUPPORTED),
        (b"HTTP/1.0 200 OK\r\n\r\n" + b"G" * 100_000, FailureKind.UNSUPPORTED),
        (b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x\r\n\r\n", FailureKind.NOT_VIDEO),
        (b"HTTP/1.0 200 OK\r\n\r\n" + IMAGES[0] + IMAGES[1], FailureKind.CLOSED),
    ],
)
async def test_what_is_no_pictures_is_told_by_kind(answer: bytes, kind: FailureKind) -> None:
    async def say(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    async with answering(say) as url:
        assert (await failure(url)).kind is kind


async def test_garbage_without_end_after_an_image_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mjpeg, "_MAX_WASTE_BYTES", 200_000)

    async def answer(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x\r\n\r\n" + IMAGES[0])
        while True:
            writer.write(b"garbage " * 1000)
            await writer.drain()

    async with answering(answer) as url:
        assert (await failure(url)).kind is FailureKind.GARBAGE


async def test_auto_takes_pictures_over_http_by_itself() -> None:
    async def answer(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + IMAGES[0] + IMAGES[1])
        await writer.drain()
        await asyncio.sleep(5)

    async with answering(answer) as url:
        sink = await received(url, 2, "auto")
    assert [packet.data for packet in sink.packets] == IMAGES[:2]
