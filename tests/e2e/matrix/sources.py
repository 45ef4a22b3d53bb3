"""Sources of every kind, running: servers of the field, emulators, files, a virtual card."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from aiohttp import web
from attrs import field, frozen

from protocol.types import Codec
from tests.axxond.devices.demo.conftest import make_clip
from tests.e2e.harness import ROOT, free_port
from tests.e2e.peers import pushers
from tests.fakes.axis.emulator import PASSWORD as AXIS_PASSWORD
from tests.fakes.axis.emulator import USER as AXIS_USER
from tests.fakes.axis.emulator import AxisEmulator
from tests.fakes.onvif import rtsp, schemas
from tests.fakes.onvif.emulator import emulated
from tests.fakes.web import Gate, running

SYSTEM_PYTHON = "/usr/bin/python3"
GST = Path(__file__).parents[1] / "peers" / "gst_rtsp.py"
GST_MOUNTS = (
    "h264-aac", "h264-pcmu", "h264-latm", "h264-l16", "h264-opus", "h264-g726", "h264b", "h265",
    "h265-pcma", "mjpeg",
)  # fmt: skip
CAPTURE_CODECS = ("snow", "mjpeg", "mpeg4", "h264")


@frozen
class Hands:
    """On the device behind a source with a control side; None: it has no such part, or (`pan`) it
    can be asked itself only."""

    press: Callable[[bool], None] | None = None  # its first input
    pan: Callable[[], float] | None = None
    output: Callable[[], bool] | None = None


@frozen
class Source:
    """How a device is added, and what it should give.  `sound` None: it has none.  `hands` None:
    nothing but a stream, and `why` says so."""

    name: str
    driver: str
    url: str
    codecs: tuple[Codec, ...]
    sound: Codec | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    hands: Hands | None = None
    why: str = "a stream alone"
    refused: str = ""  # why it cannot be taken: then it is to say so, and nothing else is tried


def missing(kind: str) -> str:
    """Why a kind cannot run here; "" = it can."""
    programs = {"rtsp": SYSTEM_PYTHON, "ffmpeg": "ffmpeg", "motion": "motion"}
    program = programs.get(kind)
    return f"{program} is not installed" if program and shutil.which(program) is None else ""


@contextlib.asynccontextmanager
async def gst() -> AsyncIterator[list[Source]]:
    """GStreamer's RTSP server in all its codecs."""
    process = await asyncio.to_thread(
        subprocess.Popen,
        [SYSTEM_PYTHON, str(GST), "--port", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = json.loads(await asyncio.to_thread(process.stdout.readline))["port"]
        yield [_of_gst(mount, port) for mount in GST_MOUNTS]
    finally:
        process.stdin.close()
        process.stdout.close()
        process.kill()
        await asyncio.to_thread(process.wait)


def _of_gst(mount: str, port: int) -> Source:
    picture, _, sound = mount.partition("-")
    codec = {"h264": Codec.H264, "h264b": Codec.H264, "h265": Codec.H265}.get(picture, Codec.MJPEG)
    heard = {"latm": Codec.AAC, "": None}.get(sound, sound)
    url = f"rtsp://127.0.0.1:{port}/{mount}"
    return Source(f"GStreamer {mount}", "rtsp", url, (codec,), heard and Codec(heard))


@contextlib.asynccontextmanager
async def ffmpeg(_folder: Path) -> AsyncIterator[list[Source]]:
    with pushers.ffmpeg_mjpeg(free_port()) as url:
        yield [Source("HTTP MJPEG, ffmpeg", "mjpeg", url, (Codec.MJPEG,))]


@contextlib.asynccontextmanager
async def motion(folder: Path) -> AsyncIterator[list[Source]]:
    with pushers.motion(free_port(), folder, "digest") as url:
        yield [
            Source(
                "HTTP MJPEG, motion", "mjpeg", url, (Codec.MJPEG,), None,
                pushers.USER, pushers.PASSWORD,
            )
        ]  # fmt: skip


@contextlib.asynccontextmanager
async def mxpeg(sample: Path) -> AsyncIterator[list[Source]]:
    """The sample over HTTP with a log-in, ten pictures a second, and as a file."""
    data = await asyncio.to_thread(sample.read_bytes)

    async def stream(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "video/x-mxpeg"})
        await reply.prepare(request)
        share = len(data) // 100 + 1  # the sample has 100 pictures in 10 s
        with contextlib.suppress(ConnectionResetError):
            for at in itertools.cycle(range(0, len(data), share)):
                await reply.write(data[at : at + share])
                await asyncio.sleep(0.1)
        return reply

    gate = Gate("admin", "meinsm")
    app = web.Application(middlewares=[gate.middleware])
    app.router.add_get("/control/faststream.jpg", stream)
    async with running(app) as base:
        url = f"{base}/control/faststream.jpg?stream=MxPEG"
        sound = Codec.PCMA
        yield [
            Source("MxPEG, HTTP", "mxpeg", url, (Codec.MXPEG,), sound, gate.user, gate.password),
            Source("MxPEG, file", "file", str(sample), (Codec.MXPEG,), sound),
        ]


@contextlib.asynccontextmanager
async def capture(codecs: tuple[str, ...] = CAPTURE_CODECS) -> AsyncIterator[list[Source]]:
    yield [
        Source(
            f"capture card, {name}",
            "capture",
            f"capture:virtual?channel={channel}&codec={name}",
            (Codec(name),),
        )
        for channel, name in enumerate(codecs, 1)
    ]


@contextlib.asynccontextmanager
async def axis(folder: Path) -> AsyncIterator[list[Source]]:
    clip = await asyncio.to_thread(make_clip, folder / "axis.mp4")
    emulator = AxisEmulator(clip)
    await emulator.start()
    device = emulator.device
    hands = Hands(
        lambda active: device.set_port(0, active),
        lambda: device.place["pan"] / 170,
        lambda: device.ports[1],
    )
    try:
        yield [
            Source(
                "Axis, emulator", "axis", emulator.url, (Codec.H264,), Codec.PCMU,
                AXIS_USER, AXIS_PASSWORD, hands,
            )
        ]  # fmt: skip
    finally:
        await emulator.close()
    assert device.violations == []


@contextlib.asynccontextmanager
async def onvif(_folder: Path) -> AsyncIterator[list[Source]]:
    await asyncio.to_thread(schemas.load)
    played = await asyncio.to_thread(rtsp.tracks)
    async with emulated(None, played) as emulator:
        camera = emulator.camera
        hands = Hands(
            lambda active: emulator.events.set_input("in-1", active),
            lambda: camera.place[0],
            lambda: camera.relays["relay-1"],
        )
        yield [
            Source(
                "ONVIF, emulator", "onvif", emulator.url, (Codec.H264,), Codec.PCMU,
                camera.user, camera.password, hands,
            )
        ]  # fmt: skip


@contextlib.asynccontextmanager
async def ipycam() -> AsyncIterator[list[Source]]:
    """IPyCam, which listens everywhere: for a network namespace of its own."""
    port, rtsp_port = free_port(), free_port()
    options = ["--video", str(pushers.CLIP), "--port", str(port), "--rtsp-port", str(rtsp_port)]
    login = ["--user", "admin", "--password", "secret"]
    process = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, "-m", "tests.e2e.peers.ipycam_run", *options, *login],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = json.loads(await asyncio.to_thread(process.stdout.readline))["url"]
        why = "it has no events, inputs or outputs"
        yield [
            Source(
                "ONVIF, ipycam", "onvif", url, (Codec.H264,), None, "admin", "secret", Hands(), why
            )
        ]
    finally:
        process.stdin.close()
        process.stdout.close()
        process.kill()
        await asyncio.to_thread(process.wait)


# What ffprobe says is in the samples.
_FILES: dict[str, tuple[Codec, Codec | None]] = {
    "snow_pcm.mkv": (Codec.SNOW, Codec.L16),
    "fate/C0023S01.mp4": (Codec.MPEG4, Codec.PCMA),
    "fate/interlaced_crop.mp4": (Codec.H264, None),
    "fate/mov_ibi_elst_starts_b.mp4": (Codec.H265, None),
    "fate/packed_bframes.avi": (Codec.MPEG4, None),
    "fate/sample-in-issue-505.mp4": (Codec.H264, Codec.AAC),
    "fate/test_iibbibb.mp4": (Codec.H264, None),
}
_REFUSED = {
    "fate/scte20.mp4": "MPEG-2 has no place in the product",
    "fate/Owner-iTunes_9.0.3.15.mp4": "sound with one still picture",
}


@contextlib.asynccontextmanager
async def files(
    folder: Path, names: tuple[str, ...] = (*_FILES, *_REFUSED)
) -> AsyncIterator[list[Source]]:
    yield [_of_file(folder / name, name) for name in names]


def _of_file(path: Path, name: str) -> Source:
    title = f"file {path.name}"
    if name in _REFUSED:
        return Source(title, "file", str(path), (), refused=_REFUSED[name])
    picture, sound = _FILES[name]
    return Source(title, "file", str(path), (picture,), sound)
