"""The driver `axis`: pictures and sound by RTSP from media.amp, and control."""

from __future__ import annotations

from attrs import evolve

from axxond.devices.axis.address import Address, parse
from axxond.devices.axis.control import AxisControl
from axxond.devices.axis.link import Link
from axxond.devices.control import Control, ControlSettings
from axxond.devices.port import Sink, Source, StreamSettings
from axxond.devices.rtsp.client import RtspSource


class AxisDriver:
    """Addresses: see `axxond.devices.axis.address`."""

    name = "axis"

    def source(self, settings: StreamSettings) -> Source:
        return AxisSource(settings)

    def control(self, settings: ControlSettings) -> Control:
        return AxisControl(settings)


class AxisSource:
    """Asks for the RTSP port at each attempt, for it may be set anew."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings

    async def run(self, sink: Sink) -> None:
        given = self._settings
        address, user, password = parse(given.url, given.user, given.password)
        url = address.media or await self._media(address, user, password)
        settings = evolve(given, url=url, user=user, password=password)
        await RtspSource(settings).run(sink)

    async def _media(self, address: Address, user: str, password: str) -> str:
        link = Link(address, user, password, self._settings.connect_timeout_s)
        try:
            port = await link.rtsp_port()
        finally:
            await link.close()
        return address.rtsp(port, audio="1" if self._settings.audio else "0")
