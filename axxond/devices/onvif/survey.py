"""What an ONVIF device turns out to be: asked for part by part, each left out where it is not
there."""

from __future__ import annotations

from attrs import frozen

from axxond.devices.control import Description, IoPort, StreamInfo, StreamOptions
from axxond.devices.onvif import clock, encoders, lens, ptz, quirks, services, simple, talk
from axxond.devices.onvif.lens import Optics
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.media import Media
from axxond.devices.onvif.messages import Service
from axxond.devices.onvif.ports import Ports
from axxond.devices.onvif.profiles import Profile, ranked
from axxond.devices.onvif.ptz import Head
from axxond.devices.onvif.quirks import Quirks
from protocol.types import Capability


@frozen
class Survey:
    """`heads` and `optics` by channel, the first channel first."""

    description: Description
    media: Media
    profiles: tuple[Profile, ...]
    quirks: Quirks
    heads: dict[str, Head]
    optics: dict[str, Optics]
    ports: Ports

    def has(self, capability: Capability) -> bool:
        return capability in self.description.capabilities


async def full(link: Link) -> Survey:
    """Raises DeviceError."""
    await simple.if_there(clock.compare(link))
    await services.find(link)
    names = await simple.names(link)
    known = quirks.of(*names[:3])
    media = Media(link, known)
    profiles = tuple(ranked(await media.profiles()))
    ports = Ports(link)
    inputs = await ports.inputs(not known.no_device_io)
    outputs = await ports.outputs(not known.no_device_io)
    heads = await _heads(link, profiles)
    optics = {} if known.no_imaging else await _optics(link, profiles)
    streams = await _streams(link, media, profiles)
    capabilities = _offered(link, known, profiles, streams) | _of_ports(inputs, outputs)
    capabilities = capabilities.union(*(head.unit.capabilities for head in heads.values()))
    capabilities = capabilities.union(*(one.capabilities for one in optics.values()))
    if await talk.has_loudspeaker(link, profiles):
        capabilities.add(Capability.TALK)
    if await _has_snapshot(media, profiles):
        capabilities.add(Capability.SNAPSHOT)
    description = Description(
        *names, frozenset(capabilities), streams, inputs, outputs, link.clock_offset_us
    )
    return Survey(description, media, profiles, known, heads, optics, ports)


async def simplest(link: Link) -> Survey:
    """In compatibility mode: one stream, and what needs nothing but that.  Raises DeviceError."""
    profile, media, _url = await simple.first_stream(link)
    capabilities = {Capability.SOUND} if profile.audio else set()
    if await _has_snapshot(media, (profile,)):
        capabilities.add(Capability.SNAPSHOT)
    description = Description(
        *await simple.names(link),
        frozenset(capabilities),
        (_info(link, profile, StreamOptions()),),
        switched_off=simple.SWITCHED_OFF,
    )
    return Survey(description, media, (profile,), Quirks(), {}, {}, Ports(link))


async def _streams(
    link: Link, media: Media, profiles: tuple[Profile, ...]
) -> tuple[StreamInfo, ...]:
    told: dict[str, StreamOptions] = {"": StreamOptions()}
    for profile in profiles:
        if profile.encoder not in told:
            options = await simple.if_there(encoders.options(link, media.service, profile))
            told[profile.encoder] = options or StreamOptions()
    return tuple(_info(link, profile, told[profile.encoder]) for profile in profiles)


def _info(link: Link, profile: Profile, options: StreamOptions) -> StreamInfo:
    url = link.address.stream(profile.token)
    named = (profile.token, profile.name, profile.source, url)
    return StreamInfo(*named, profile.setup, options, profile.audio)


async def _heads(link: Link, profiles: tuple[Profile, ...]) -> dict[str, Head]:
    found = await simple.if_there(ptz.units(link)) if link.has(Service.PTZ) else None
    heads: dict[str, Head] = {}
    for profile in profiles:
        unit = (found or {}).get(profile.node)
        if unit is not None and unit.capabilities and profile.source not in heads:
            heads[profile.source] = Head(profile.token, unit)
    return heads


async def _optics(link: Link, profiles: tuple[Profile, ...]) -> dict[str, Optics]:
    found: dict[str, Optics] = {}
    if link.has(Service.IMAGING):
        for source in dict.fromkeys(profile.source for profile in profiles):
            one = await simple.if_there(lens.optics(link, source))
            if one is not None and one.capabilities:
                found[source] = one
    return found


def has_pull_point(link: Link, known: Quirks) -> bool:
    return link.has(Service.EVENTS) and not known.no_events


def _offered(
    link: Link, known: Quirks, profiles: tuple[Profile, ...], streams: tuple[StreamInfo, ...]
) -> set[Capability]:
    offered = {
        Capability.CLOCK: True,
        Capability.SOUND: any(stream.audio for stream in streams),
        Capability.STREAM_SETTINGS: any(stream.options.codecs for stream in streams),
        Capability.EVENTS: has_pull_point(link, known)
        or any(profile.metadata for profile in profiles),
    }
    return {capability for capability, is_there in offered.items() if is_there}


def _of_ports(inputs: tuple[IoPort, ...], outputs: tuple[IoPort, ...]) -> set[Capability]:
    found = {Capability.INPUTS} if inputs else set()
    return found | ({Capability.OUTPUTS} if outputs else set())


async def _has_snapshot(media: Media, profiles: tuple[Profile, ...]) -> bool:
    return await simple.if_there(media.snapshot_url(profiles[0].token)) is not None
