"""The loudspeaker of an ONVIF device (`axxond.devices.control.Talk`), by RTSP backchannel."""

from __future__ import annotations

from axxond.devices.control import ControlSettings
from axxond.devices.onvif import faults
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.media import Media
from axxond.devices.onvif.messages import Service
from axxond.devices.onvif.profiles import Profile
from axxond.devices.port import DeviceError, StreamSettings
from axxond.devices.rtsp.speaker import Speaker
from protocol.types import AudioFormat, FailureKind


async def has_loudspeaker(link: Link, profiles: tuple[Profile, ...]) -> bool:
    """Whether a profile has an audio output, or the device tells one."""
    if any(profile.speaker for profile in profiles):
        return True
    for service in filter(link.has, (Service.DEVICE_IO, Service.MEDIA)):
        try:
            answer = await link.call(service, "GetAudioOutputs")
        except DeviceError as error:
            if error.kind not in (FailureKind.UNSUPPORTED, FailureKind.GARBAGE):
                raise
            continue
        if answer.all("Token") or answer.all("AudioOutputs"):
            return True
    return False


class OnvifTalk:
    def __init__(
        self, media: Media, profiles: tuple[Profile, ...], settings: ControlSettings
    ) -> None:
        self._media = media
        self._profiles = profiles
        self._settings = settings
        self._speaker: Speaker | None = None

    async def open(self, channel: str) -> AudioFormat:
        await self.close()
        of_channel = [one for one in self._profiles if channel in ("", one.source)]
        if not of_channel:
            raise faults.missing("The device", f"channel {channel}")
        profile = next((one for one in of_channel if one.speaker), of_channel[0])
        url = await self._media.stream_url(profile.token)
        speaker = Speaker(stream_settings(self._settings, url))
        made = await speaker.open()
        self._speaker = speaker
        return made

    async def send(self, samples: bytes) -> None:
        if self._speaker is None:
            raise DeviceError(FailureKind.CLOSED, "The loudspeaker is not open.")
        await self._speaker.send(samples)

    async def close(self) -> None:
        speaker, self._speaker = self._speaker, None
        if speaker is not None:
            await speaker.close()


def stream_settings(settings: ControlSettings, url: str) -> StreamSettings:
    """To reach one of the device's streams with the log-in of its control."""
    return StreamSettings(
        url, settings.user, settings.password, connect_timeout_s=settings.timeout_s
    )
