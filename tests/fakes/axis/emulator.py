"""The emulated camera on the network, behind a digest log-in on both of its ports."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from axxond.base.clock import SystemClock
from axxond.devices.demo import clips
from axxond.devices.demo.player import Pacer
from axxond.devices.demo.requests import DigestLogin
from axxond.devices.demo.server import Stream
from axxond.devices.demo.sound import sound_track
from protocol.types import Codec
from tests.fakes.axis.cgi import Cgi
from tests.fakes.axis.device import AxisDevice
from tests.fakes.axis.stream import AxisStream
from tests.fakes.web import Gate

USER, PASSWORD = "root", "pass word"


class AxisEmulator:
    """To be made on the event loop.  `clip`: what it shows, H.264 fit for streaming.  `url` is
    known once it serves."""

    def __init__(self, clip: Path, device: AxisDevice | None = None) -> None:
        self.device = device or AxisDevice()
        self.gate = Gate(USER, PASSWORD)
        tracks = [clips.read_video(clip), sound_track(Codec.PCMU)]
        clock = SystemClock()
        login = DigestLogin(USER, PASSWORD, "0123456789abcdef", "AXIS_ACCC8E012345")
        stream = Stream("Axis", "axis-media/media.amp", tracks)
        self.rtsp = AxisStream(self.device, stream, Pacer(clock.monotonic_us, clock.now_us), login)
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"axis://127.0.0.1:{self.port}"

    async def start(self) -> None:
        await self.rtsp.start(0)
        self.device.params["Network.RTSP.Port"] = str(self.rtsp.port)
        app = web.Application(middlewares=[self.gate.middleware])
        Cgi(self.device).routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """As if its plug were pulled."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self.rtsp.close()
