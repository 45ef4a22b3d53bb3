"""An ONVIF device under control: joins the modules of the services to one `Control`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TypeVar

from axxond.devices import control
from axxond.devices.control import (
    ControlSettings,
    Description,
    EventSink,
    IoPort,
    StreamInfo,
    StreamOptions,
    StreamSetup,
)
from axxond.devices.discovery.addresses import clean
from axxond.devices.onvif import address, clock, encoders, faults, lens, ptz, quirks, services
from axxond.devices.onvif.clock import DeviceClock
from axxond.devices.onvif.events import PullPoint
from axxond.devices.onvif.lens import OnvifLens, Optics
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.media import Media
from axxond.devices.onvif.messages import Service
from axxond.devices.onvif.ports import Ports
from axxond.devices.onvif.profiles import Profile, ranked
from axxond.devices.onvif.ptz import Head, OnvifPtz
from axxond.devices.onvif.quirks import Quirks
from axxond.devices.onvif.topics import Reader
from axxond.devices.port import DeviceError
from protocol.types import Capability, FailureKind

log = logging.getLogger(__name__)
T = TypeVar("T")

_SWITCHED_OFF = (
    "Only the first working media profile is taken; profiles and encoders are not edited.",
    "No pan, tilt, zoom, focus or iris.",
    "No events, digital inputs or relay outputs of the device.",
    "The device's clock is neither set nor relied on.",
    "Nothing is said through the device's loudspeaker.",
)


class OnvifControl:
    """See `axxond.devices.control.Control`.  In compatibility mode all facets are None."""

    def __init__(self, settings: ControlSettings) -> None:
        self.ptz: control.Ptz | None = None
        self.lens: control.Lens | None = None
        self.outputs: control.Outputs | None = None
        self.streams: control.StreamSetter | None = None
        self.clock: control.DeviceClock | None = None
        self.talk: control.Talk | None = None
        self._lens: OnvifLens | None = None
        self._settings = settings
        self._link: Link | None = None
        self._quirks = Quirks()
        self._media: Media | None = None
        self._profiles: list[Profile] = []

    async def describe(self) -> Description:
        link = await self._connect()
        told = await link.call(Service.DEVICE, "GetDeviceInformation")
        manufacturer, model, firmware, serial = (
            clean(told.text(name))
            for name in ("Manufacturer", "Model", "FirmwareVersion", "SerialNumber")
        )
        self._quirks = quirks.of(manufacturer, model, firmware)
        media = self._media = Media(link, self._quirks)
        found = await media.profiles()
        self._profiles = ranked(found)
        if self._settings.compatibility:
            return await self._simple(link, media, (manufacturer, model, firmware, serial))
        self.clock = DeviceClock(link)
        inputs, outputs = await self._ports(link)
        streams = tuple([await self._stream(link, profile) for profile in self._profiles])
        capabilities = {Capability.CLOCK} | await self._movement(link) | await self._optics(link)
        capabilities |= self._others(link, streams, inputs)
        if await self._has_snapshot(media):
            capabilities.add(Capability.SNAPSHOT)
        self.streams = StreamChanger(link, media, self._profiles)
        return Description(
            manufacturer,
            model,
            firmware,
            serial,
            frozenset(capabilities),
            streams,
            inputs,
            outputs,
            link.clock_offset_us,
        )

    async def events(self, sink: EventSink) -> None:
        link, _ = await self._described()
        if self._settings.compatibility or self._quirks.no_events or not link.has(Service.EVENTS):
            raise faults.missing(link.place, "events")
        channels = {profile.source_configuration: profile.source for profile in self._profiles}
        reader = Reader(channels, link.clock_offset_us)
        await PullPoint(link, reader, self._quirks.longest_pull_s).run(sink)

    async def snapshot(self, channel: str) -> bytes:
        link, media = await self._described()
        token = self._of_channel(channel).token
        return await link.picture(await media.snapshot_url(token))

    async def close(self) -> None:
        if self._lens is not None:
            await self._lens.close()
        if self._link is not None:
            await self._link.close()
            self._link = None

    # What describe() is made of

    async def _connect(self) -> Link:
        if self._link is None:
            where = address.parse(self._settings.url)
            user, password = self._settings.user, self._settings.password
            self._link = Link(where, user, password, self._settings.timeout_s)
        link = self._link
        await compare_clocks(link)
        await services.find(link)
        return link

    async def _described(self) -> tuple[Link, Media]:
        if self._media is None or self._link is None:
            await self.describe()
        assert self._media is not None
        assert self._link is not None
        return self._link, self._media

    async def _simple(
        self, link: Link, media: Media, names: tuple[str, str, str, str]
    ) -> Description:
        """Compatibility mode: the first profile whose stream address is told."""
        for profile in self._profiles:
            try:
                await media.stream_url(profile.token)
            except DeviceError as error:
                if error.kind is FailureKind.LOGIN:
                    raise
                continue
            self._profiles = [profile]
            capabilities = {Capability.SOUND} if profile.audio else set()
            if await self._has_snapshot(media):
                capabilities.add(Capability.SNAPSHOT)
            return Description(
                *names,
                frozenset(capabilities),
                (self._info(link, profile, StreamOptions()),),
                switched_off=_SWITCHED_OFF,
            )
        raise faults.missing(link.place, "profile whose stream can be had")

    async def _stream(self, link: Link, profile: Profile) -> StreamInfo:
        assert self._media is not None
        options = StreamOptions()
        if profile.encoder:
            told = await _if_there(encoders.options(link, self._media.service, profile))
            options = options if told is None else told
        return self._info(link, profile, options)

    def _info(self, link: Link, profile: Profile, options: StreamOptions) -> StreamInfo:
        url = link.address.stream(profile.token)
        return StreamInfo(
            profile.token,
            profile.name,
            profile.source,
            url,
            profile.setup,
            options,
            profile.audio,
        )

    async def _ports(self, link: Link) -> tuple[tuple[IoPort, ...], tuple[IoPort, ...]]:
        ports = Ports(link)
        device_io = not self._quirks.no_device_io
        inputs, outputs = await ports.inputs(device_io), await ports.outputs(device_io)
        self.outputs = ports if outputs else None
        return inputs, outputs

    async def _movement(self, link: Link) -> set[Capability]:
        found = await _if_there(ptz.units(link)) if link.has(Service.PTZ) else None
        heads: dict[str, Head] = {}
        for profile in self._profiles:
            unit = (found or {}).get(profile.node)
            if unit is not None and unit.capabilities and profile.source not in heads:
                heads[profile.source] = Head(profile.token, unit)
        self.ptz = OnvifPtz(link, heads) if heads else None
        return set().union(*(head.unit.capabilities for head in heads.values()))

    async def _optics(self, link: Link) -> set[Capability]:
        found: dict[str, Optics] = {}
        if link.has(Service.IMAGING) and not self._quirks.no_imaging:
            for source in dict.fromkeys(profile.source for profile in self._profiles):
                one = await _if_there(lens.optics(link, source))
                if one is not None and one.capabilities:
                    found[source] = one
        self.lens = self._lens = OnvifLens(link, found) if found else None
        return set().union(*(one.capabilities for one in found.values()))

    def _others(
        self, link: Link, streams: tuple[StreamInfo, ...], inputs: tuple[IoPort, ...]
    ) -> set[Capability]:
        offered = {
            Capability.SOUND: any(stream.audio for stream in streams),
            Capability.STREAM_SETTINGS: any(stream.options.codecs for stream in streams),
            Capability.EVENTS: link.has(Service.EVENTS) and not self._quirks.no_events,
            Capability.INPUTS: bool(inputs),
            Capability.OUTPUTS: self.outputs is not None,
        }
        return {capability for capability, is_there in offered.items() if is_there}

    async def _has_snapshot(self, media: Media) -> bool:
        url = media.snapshot_url(self._profiles[0].token)
        return await _if_there(url) is not None

    def _of_channel(self, channel: str) -> Profile:
        for profile in self._profiles:
            if channel in ("", profile.source):
                return profile
        raise DeviceError(FailureKind.UNSUPPORTED, f"There is no channel {channel}.")


class StreamChanger:
    """`axxond.devices.control.StreamSetter` of an ONVIF device."""

    def __init__(self, link: Link, media: Media, profiles: list[Profile]) -> None:
        self._link = link
        self._media = media
        self._profiles = profiles

    async def set_stream(self, token: str, setup: StreamSetup) -> StreamSetup:
        for profile in self._profiles:
            if profile.token == token:
                return await encoders.change(self._link, self._media.service, profile, setup)
        raise DeviceError(
            FailureKind.UNSUPPORTED, f"{self._link.place} has no profile {token} any more."
        )


async def compare_clocks(link: Link) -> None:
    """A device that does not tell its time is believed to have ours."""
    await _if_there(clock.compare(link))


async def _if_there(call: Awaitable[T]) -> T | None:
    """None where the device does not have what is asked for; other failures are raised."""
    try:
        return await call
    except DeviceError as error:
        if error.kind in (FailureKind.UNSUPPORTED, FailureKind.GARBAGE):
            log.debug("left out: %s", error)
            return None
        raise
