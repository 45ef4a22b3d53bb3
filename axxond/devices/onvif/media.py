"""Profiles, stream and snapshot addresses: by Media2 where the device has it, else by Media1."""

from __future__ import annotations

from axxond.devices.onvif import address, faults, profiles
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.messages import Service
from axxond.devices.onvif.profiles import Profile
from axxond.devices.onvif.quirks import Quirks
from axxond.devices.port import DeviceError
from protocol.types import FailureKind

# Failures of Media2 after which Media1 is worth a try.
_NEXT = (FailureKind.UNSUPPORTED, FailureKind.GARBAGE, FailureKind.NOT_VIDEO)


class Media:
    """`service` is the one that works, once `profiles` has returned."""

    def __init__(self, link: Link, quirks: Quirks) -> None:
        has_media2 = link.has(Service.MEDIA2) and not quirks.no_media2
        self.service = Service.MEDIA2 if has_media2 else Service.MEDIA
        self._link = link
        self._quirks = quirks

    async def profiles(self) -> tuple[Profile, ...]:
        """Those with a picture.  Raises DeviceError, NOT_VIDEO when there is none."""
        found: tuple[Profile, ...] = ()
        if self.service is Service.MEDIA2:
            try:
                found = await self._profiles2()
            except DeviceError as error:
                if error.kind not in _NEXT or not self._link.has(Service.MEDIA):
                    raise
        if not found:
            self.service = Service.MEDIA
            found = profiles.of_media1(await self._link.call(Service.MEDIA, "GetProfiles"))
        if not found:
            raise DeviceError(
                FailureKind.NOT_VIDEO,
                f"{self._link.place} has no media profile with a picture: make one in the device.",
            )
        return found

    async def _profiles2(self) -> tuple[Profile, ...]:
        return profiles.of_media2(
            await self._link.call(Service.MEDIA2, "GetProfiles", {"Type": ["All"]})
        )

    async def stream_url(self, token: str) -> str:
        """RTSP, media over the RTSP connection.  Tries Media1 when Media2 gives none."""
        if self.service is Service.MEDIA2:
            try:
                answer = await self._link.call(
                    Service.MEDIA2, "GetStreamUri", {"Protocol": "RTSP", "ProfileToken": token}
                )
                return self._usable(answer.text("Uri"), token)
            except DeviceError as error:
                if error.kind not in _NEXT or not self._link.has(Service.MEDIA):
                    raise
        transport = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
        answer = await self._link.call(
            Service.MEDIA, "GetStreamUri", {"StreamSetup": transport, "ProfileToken": token}
        )
        return self._usable(answer.text("MediaUri/Uri"), token)

    def _usable(self, told: str, token: str) -> str:
        if not told.lower().startswith(("rtsp://", "rtsps://")):
            raise faults.missing(self._link.place, f"RTSP stream of its profile {token}")
        return self._here(told)

    async def snapshot_url(self, token: str) -> str:
        answer = await self._link.call(self.service, "GetSnapshotUri", {"ProfileToken": token})
        told = answer.text("Uri") or answer.text("MediaUri/Uri")
        if not told.lower().startswith(("http://", "https://")):
            raise faults.missing(self._link.place, "snapshot")
        return self._here(told)

    def _here(self, told: str) -> str:
        return address.media_url(told, self._link.address, keep_host=self._quirks.keep_media_hosts)
