"""An ONVIF device under control: joins the modules of the services to one `Control`."""

from __future__ import annotations

from axxond.devices import control
from axxond.devices.control import ControlSettings, Description, EventSink, StreamSetup
from axxond.devices.onvif import address, encoders, faults, metadata, survey
from axxond.devices.onvif.clock import DeviceClock
from axxond.devices.onvif.events import PullPoint
from axxond.devices.onvif.lens import OnvifLens
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.profiles import Profile
from axxond.devices.onvif.ptz import OnvifPtz
from axxond.devices.onvif.survey import Survey
from axxond.devices.onvif.talk import OnvifTalk, stream_settings
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
        self._settings = settings
        self._link: Link | None = None
        self._found: Survey | None = None
        # These have work of their own going on, that a further look at the device must not end.
        self._lens: OnvifLens | None = None
        self._talk: OnvifTalk | None = None

    async def describe(self) -> Description:
        link = self._link
        if link is None:
            given = self._settings
            where = address.parse(given.url)
            link = self._link = Link(where, given.user, given.password, given.timeout_s)
        look = survey.simplest if self._settings.compatibility else survey.full
        found = self._found = await look(link)
        self._join(link, found)
        return found.description

    def _join(self, link: Link, found: Survey) -> None:
        tells_moving = not found.quirks.no_move_status
        self.ptz = OnvifPtz(link, found.heads, tells_moving=tells_moving) if found.heads else None
        self.outputs = found.ports if found.has(Capability.OUTPUTS) else None
        can_set = found.has(Capability.STREAM_SETTINGS)
        self.streams = StreamChanger(link, found) if can_set else None
        self.clock = DeviceClock(link) if found.has(Capability.CLOCK) else None
        if self._lens is None and found.optics:
            self._lens = OnvifLens(link, found.optics)
        self.lens = self._lens if found.optics else None
        if self._talk is None and found.has(Capability.TALK):
            self._talk = OnvifTalk(found.media, found.profiles, self._settings)
        self.talk = self._talk if found.has(Capability.TALK) else None

    async def events(self, sink: EventSink) -> None:
        """By a pull point, else by the metadata stream."""
        link, found = await self._described()
        if self._settings.compatibility:
            raise faults.missing(link.place, "events in compatibility mode")
        channels = {profile.source_configuration: profile.source for profile in found.profiles}
        reader = Reader(channels)
        stream = next((one for one in found.profiles if one.metadata), None)
        if survey.has_pull_point(link, found.quirks):
            try:
                await PullPoint(link, reader, found.quirks.longest_pull_s).run(sink)
            except DeviceError as error:
                if error.kind is not FailureKind.UNSUPPORTED or stream is None:
                    raise
        if stream is None:
            raise faults.missing(link.place, "events")
        url = await found.media.stream_url(stream.token)
        await metadata.run(stream_settings(self._settings, url), reader, sink)

    async def snapshot(self, channel: str) -> bytes:
        link, found = await self._described()
        token = _of_channel(link, found.profiles, channel).token
        return await link.picture(await found.media.snapshot_url(token))

    async def close(self) -> None:
        if self._lens is not None:
            await self._lens.close()
        if self._talk is not None:
            await self._talk.close()
        if self._link is not None:
            await self._link.close()
        self._lens = self._talk = self._link = self._found = None

    async def _described(self) -> tuple[Link, Survey]:
        if self._found is None or self._link is None:
            await self.describe()
        assert self._found is not None
        assert self._link is not None
        return self._link, self._found


def _of_channel(link: Link, profiles: tuple[Profile, ...], channel: str) -> Profile:
    for profile in profiles:
        if channel in ("", profile.source):
            return profile
    raise DeviceError(FailureKind.UNSUPPORTED, f"{link.place} has no channel {channel}.")


class StreamChanger:
    """`axxond.devices.control.StreamSetter` of an ONVIF device."""

    def __init__(self, link: Link, found: Survey) -> None:
        self._link = link
        self._found = found

    async def set_stream(self, token: str, setup: StreamSetup) -> StreamSetup:
        service = self._found.media.service
        for profile in self._found.profiles:
            if profile.token == token:
                return await encoders.change(self._link, service, profile, setup)
        raise DeviceError(
            FailureKind.UNSUPPORTED, f"{self._link.place} has no profile {token} any more."
        )
