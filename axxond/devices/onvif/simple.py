"""Compatibility mode: the simplest way to a picture, for devices that keep to little of ONVIF.

Whatever can fail on that way may, but the profiles and one stream address.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TypeVar

from axxond.devices.discovery.addresses import clean
from axxond.devices.onvif import clock, faults, services
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.media import Media
from axxond.devices.onvif.messages import Service
from axxond.devices.onvif.profiles import Profile
from axxond.devices.onvif.quirks import Quirks
from axxond.devices.port import DeviceError
from protocol.types import FailureKind

log = logging.getLogger(__name__)
T = TypeVar("T")

SWITCHED_OFF = (
    "Only the first working media profile is taken; profiles and encoders are not edited.",
    "No pan, tilt, zoom, focus or iris.",
    "No events, digital inputs or relay outputs of the device.",
    "The device's clock is not set.",
    "Nothing is said through the device's loudspeaker.",
)
# What of a device's oddness nothing is lost by; a device that is not there is told.
_HARMLESS = (
    FailureKind.UNSUPPORTED,
    FailureKind.GARBAGE,
    FailureKind.NOT_VIDEO,
    FailureKind.CLOSED,
)


async def first_stream(link: Link) -> tuple[Profile, Media, str]:
    """The first profile, as the device orders them, whose RTSP address is told; how it is to be
    asked for; and the address.  Raises DeviceError."""
    await if_there(clock.compare(link))
    await if_there(services.find(link))
    # Devices with one address for all services need not tell it.
    link.urls.setdefault(Service.MEDIA, link.address.service)
    failure: DeviceError | None = None
    for quirks in (Quirks(no_media2=True), Quirks()):
        media = Media(link, quirks)
        try:
            found = await media.profiles()
        except DeviceError as error:
            if error.kind not in _HARMLESS:
                raise
            failure = failure or error
            continue
        for profile in found:
            url = await if_there(media.stream_url(profile.token))
            if url is not None:
                return profile, media, url
    raise failure or faults.missing(link.place, "profile whose stream can be had")


async def names(link: Link) -> tuple[str, str, str, str]:
    """Manufacturer, model, firmware and serial number; "" for what is not told."""
    told = await if_there(link.call(Service.DEVICE, "GetDeviceInformation"))
    if told is None:
        return "", "", "", ""
    return (
        clean(told.text("Manufacturer")),
        clean(told.text("Model")),
        clean(told.text("FirmwareVersion")),
        clean(told.text("SerialNumber")),
    )


async def if_there(call: Awaitable[T]) -> T | None:
    """None where the device fails at what one can do without."""
    try:
        return await call
    except DeviceError as error:
        if error.kind not in _HARMLESS:
            raise
        log.debug("left out: %s", error)
        return None
