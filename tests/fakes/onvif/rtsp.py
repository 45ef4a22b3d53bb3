"""The streams of an emulated camera: small pictures and sound by the demo server, with an ear."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame

from axxond.base.clock import SystemClock
from axxond.devices.demo import clips
from axxond.devices.demo.player import Pacer
from axxond.devices.demo.server import CameraServer, Stream
from axxond.devices.demo.sound import sound_track
from axxond.devices.demo.track import Track
from protocol.types import Codec
from tests.fakes.onvif import login
from tests.fakes.onvif.model import Camera


def tracks(size: tuple[int, int] = (64, 48), fps: int = 25) -> list[Track]:
    """Twenty pictures of noise and a hum; blocking."""
    random = np.random.default_rng(1)
    width, height = size
    frames = [
        VideoFrame.from_ndarray(
            random.integers(0, 255, (height * 3 // 2, width), np.uint8, endpoint=True),
            format="yuv420p",
        )
        for _ in range(20)
    ]
    encoding = clips.Encoding(width, height, Fraction(fps), Fraction(10, fps))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        clips.encode(frames, {path: encoding}, lambda: None)
        return [clips.read_video(path), sound_track(Codec.PCMU)]


async def serve(camera: Camera, played: Sequence[Track]) -> CameraServer:
    """One path an encoder, on a free port of loopback."""
    clock = SystemClock()
    pacer = Pacer(clock.monotonic_us, clock.now_us)
    streams = {
        token: Stream(token, token, played, heard=camera.heard.append, ear=camera.ear)
        for token in camera.encoders
    }
    server = CameraServer(streams, pacer, login.http(camera))
    await server.start(0)
    return server
