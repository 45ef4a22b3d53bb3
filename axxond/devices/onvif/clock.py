"""The device's clock: read, compared, set (ONVIF Core §8.3.2)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from axxond.base.units import SECOND_US
from axxond.devices.elements import Node
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.messages import Service
from axxond.devices.port import DeviceError
from protocol.types import FailureKind

_PARTS = ("Date/Year", "Date/Month", "Date/Day", "Time/Hour", "Time/Minute", "Time/Second")


def told_us(answer: Node) -> int | None:
    """UTC in an answer to GetSystemDateAndTime; None: not told, or no date."""
    stamp = answer.first("SystemDateAndTime/UTCDateTime")
    if stamp is None:
        return None
    year, month, day, hour, minute, second = (stamp.integer(path) or 0 for path in _PARTS)
    try:
        # A leap second, or a camera that counts to 60.
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp()) * SECOND_US


async def compare(link: Link) -> None:
    """Sets `link.clock_offset_us`.  The log-in depends on it, so this goes first and without one
    (the standard has it so; a device that wants a log-in even for this gets it).

    The device tells whole seconds: its clock is half a second past that on average, so the
    offset is right to half a second and half the way there and back.
    """
    begun_us = time.time_ns() // 1000
    try:
        answer = await link.call(Service.DEVICE, "GetSystemDateAndTime", anonymous=True)
    except DeviceError as error:
        if error.kind is not FailureKind.LOGIN or not link.user:
            raise
        begun_us = time.time_ns() // 1000
        answer = await link.call(Service.DEVICE, "GetSystemDateAndTime")
    middle_us = (begun_us + time.time_ns() // 1000) // 2
    stamp_us = told_us(answer)
    if stamp_us is not None:
        link.clock_offset_us = stamp_us + SECOND_US // 2 - middle_us


class DeviceClock:
    """`axxond.devices.control.DeviceClock` of an ONVIF device."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def set_clock(self, now_us: int) -> None:
        """The device's own time zone stays."""
        moment = datetime.fromtimestamp(now_us / SECOND_US, UTC)
        answer = await self._link.call(Service.DEVICE, "GetSystemDateAndTime")
        parameters: dict[str, Any] = {
            "DateTimeType": "Manual",
            "DaylightSavings": answer.text("SystemDateAndTime/DaylightSavings") == "true",
            "UTCDateTime": {
                "Time": {
                    "Hour": moment.hour,
                    "Minute": moment.minute,
                    "Second": moment.second,
                },
                "Date": {"Year": moment.year, "Month": moment.month, "Day": moment.day},
            },
        }
        if zone := answer.text("SystemDateAndTime/TimeZone/TZ"):
            parameters["TimeZone"] = {"TZ": zone}
        await self._link.call(Service.DEVICE, "SetSystemDateAndTime", parameters, is_void=True)
        await compare(self._link)
