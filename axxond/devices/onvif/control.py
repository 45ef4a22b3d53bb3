"""An ONVIF device under control: joins the modules of the services to one `Control`."""

from __future__ import annotations

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
from axxond.devices.onvif import (
    address,
    clock,
    encoders,
    faults,
    lens,
    metadata,
    ptz,
    quirks,
    services,
    simple,
)
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
from axxond.devices.onvif.talk import OnvifTalk, has_loudspeaker, stream_settings
from axxond.devices.onvif.topics import Reader
from axxond.devices.port import DeviceError
from protocol.types import Capability, FailureKind


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
        self._talk: OnvifTalk | None = None
        self._settings = settings
        self._link: Link | None = None
        self._quirks = Quirks()
        self._media: Media | None = None
        self._profiles: list[Profile] = []

    async def describe(self) -> Description:
        link = self._connect()
        if self._settings.compatibility:
            return await self._simple(link)
        await compare_clocks(link)
        await services.find(link)
        manufacturer, model, firmware, serial = await simple.names(link)
        self._quirks = quirks.of(manufacturer, model, firmware)
        media = self._media = Media(link, self._quirks)
        found = await media.profiles()
        self._profiles = ranked(found)
        self.clock = DeviceClock(link)
        inputs, outputs = await self._ports(link)
        streams = tuple([await self._stream(link, profile) for profile in self._profiles])
        capabilities = {Capability.CLOCK} | await self._movement(link) | await self._optics(link)
        capabilities |= self._others(link, streams, inputs)
        capabilities |= await self._loudspeaker(link, media)
        if await self._has_snapshot(media):
            capabilities.add(Capability.SNAPSHOT)
        can_set = Capability.STREAM_SETTINGS in capabilities
        self.streams = StreamChanger(link, media, self._profiles) if can_set else None
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
        """By a pull point, else by the metadata stream."""
        link, media = await self._described()
        if self._settings.compatibility:
            raise faults.missing(link.place, "events in compatibility mode")
        channels = {profile.source_configuration: profile.source for profile in self._profiles}
        reader = Reader(channels, link.clock_offset_us)
        stream = next((one for one in self._profiles if one.metadata), None)
        if self._has_pull_point(link):
            try:
                await PullPoint(link, reader, self._quirks.longest_pull_s).run(sink)
            except DeviceError as error:
                if error.kind is not FailureKind.UNSUPPORTED or stream is None:
                    raise
        if stream is None:
            raise faults.missing(link.place, "events")
        url = await media.stream_url(stream.token)
        await metadata.run(stream_settings(self._settings, url), reader, sink)

    def _has_pull_point(self, link: Link) -> bool:
        return link.has(Service.EVENTS) and not self._quirks.no_events

    async def snapshot(self, channel: str) -> bytes:
        link, media = await self._described()
        token = self._of_channel(channel).token
        return await link.picture(await media.snapshot_url(token))

    async def close(self) -> None:
        if self._lens is not None:
            await self._lens.close()
        if self._talk is not None:
            await self._talk.close()
        if self._link is not None:
            await self._link.close()
            self._link = None

    # What describe() is made of

    def _connect(self) -> Link:
        if self._link is None:
            given = self._settings
            where = address.parse(given.url)
            self._link = Link(where, given.user, given.password, given.timeout_s)
        return self._link

    async def _described(self) -> tuple[Link, Media]:
        if self._media is None or self._link is None:
            await self.describe()
        assert self._media is not None
        assert self._link is not None
        return self._link, self._media

    async def _simple(self, link: Link) -> Description:
        profile, self._media, _url = await simple.first_stream(link)
        self._profiles = [profile]
        capabilities = {Capability.SOUND} if profile.audio else set()
        if await self._has_snapshot(self._media):
            capabilities.add(Capability.SNAPSHOT)
        return Description(
            *await simple.names(link),
            frozenset(capabilities),
            (self._info(link, profile, StreamOptions()),),
            switched_off=simple.SWITCHED_OFF,
        )

    async def _stream(self, link: Link, profile: Profile) -> StreamInfo:
        assert self._media is not None
        options = StreamOptions()
        if profile.encoder:
            told = await simple.if_there(encoders.options(link, self._media.service, profile))
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
        found = await simple.if_there(ptz.units(link)) if link.has(Service.PTZ) else None
        heads: dict[str, Head] = {}
        for profile in self._profiles:
            unit = (found or {}).get(profile.node)
            if unit is not None and unit.capabilities and profile.source not in heads:
                heads[profile.source] = Head(profile.token, unit)
        tells_moving = not self._quirks.no_move_status
        self.ptz = OnvifPtz(link, heads, tells_moving=tells_moving) if heads else None
        return set().union(*(head.unit.capabilities for head in heads.values()))

    async def _optics(self, link: Link) -> set[Capability]:
        found: dict[str, Optics] = {}
        if link.has(Service.IMAGING) and not self._quirks.no_imaging:
            for source in dict.fromkeys(profile.source for profile in self._profiles):
                one = await simple.if_there(lens.optics(link, source))
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
            Capability.EVENTS: self._has_pull_point(link)
            or any(profile.metadata for profile in self._profiles),
            Capability.INPUTS: bool(inputs),
            Capability.OUTPUTS: self.outputs is not None,
        }
        return {capability for capability, is_there in offered.items() if is_there}

    async def _loudspeaker(self, link: Link, media: Media) -> set[Capability]:
        if not await has_loudspeaker(link, self._profiles):
            return set()
        self.talk = self._talk = OnvifTalk(media, self._profiles, self._settings)
        return {Capability.TALK}

    async def _has_snapshot(self, media: Media) -> bool:
        url = media.snapshot_url(self._profiles[0].token)
        return await simple.if_there(url) is not None

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
    await simple.if_there(clock.compare(link))
