"""The driver `onvif`: streams by their profiles' addresses, and control."""

from __future__ import annotations

from attrs import evolve

from axxond.devices.control import Control, ControlSettings
from axxond.devices.libav import LibavDriver
from axxond.devices.onvif import address, clock, quirks, services, simple
from axxond.devices.onvif.control import OnvifControl
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.media import Media
from axxond.devices.onvif.profiles import ranked
from axxond.devices.port import DeviceError, Sink, Source, StreamSettings
from axxond.devices.rtsp.client import RtspDriver
from protocol.types import FailureKind


class OnvifDriver:
    """Addresses: see `axxond.devices.onvif.address`."""

    name = "onvif"

    def source(self, settings: StreamSettings) -> Source:
        return _OnvifSource(settings)

    def control(self, settings: ControlSettings) -> Control:
        return OnvifControl(settings)


class _OnvifSource:
    """Asks for the stream's address at each attempt, for it may change with a restart."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings

    async def run(self, sink: Sink) -> None:
        url = await stream_url(self._settings)
        settings = evolve(self._settings, url=url)
        try:
            await RtspDriver().source(settings).run(sink)
        except DeviceError as error:
            if error.kind is not FailureKind.UNSUPPORTED:
                raise
        await LibavDriver().source(settings).run(sink)


async def stream_url(settings: StreamSettings) -> str:
    """The RTSP address of the profile that the ONVIF address names, or of the best one.

    Raises DeviceError.
    """
    where = address.parse(settings.url)
    link = Link(where, settings.user, settings.password, settings.connect_timeout_s)
    try:
        if settings.compatibility:
            _profile, _media, url = await simple.first_stream(link)
            return url
        await simple.if_there(clock.compare(link))
        await services.find(link)
        manufacturer, model, firmware, _serial = await simple.names(link)
        media = Media(link, quirks.of(manufacturer, model, firmware))
        if where.profile:
            return await media.stream_url(where.profile)
        best = ranked(await media.profiles())[0]
        return await media.stream_url(best.token)
    finally:
        await link.close()
