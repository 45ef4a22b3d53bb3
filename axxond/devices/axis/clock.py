"""The clock of an Axis device: VAPIX's Time API, and date.cgi of devices before it."""

from __future__ import annotations

from datetime import UTC, datetime

from axxond.base.units import SECOND_US
from axxond.devices.axis.link import Link
from axxond.devices.port import DeviceError
from protocol.types import FailureKind


class AxisClock:
    """`axxond.devices.control.DeviceClock`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def set_clock(self, now_us: int) -> None:
        moment = datetime.fromtimestamp(now_us / SECOND_US, UTC)
        try:
            text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
            await self._link.json("time.cgi", "setDateTime", {"dateTime": text})
        except DeviceError as error:
            if error.kind is not FailureKind.UNSUPPORTED:
                raise
            await self._by_date(moment)

    async def _by_date(self, moment: datetime) -> None:
        parts = ("year", "month", "day", "hour", "minute", "second")
        query = {name: str(getattr(moment, name)) for name in parts}
        answer = await self._link.text("date.cgi", {"action": "set", "timezone": "GMT0", **query})
        if not answer.strip().upper().startswith("OK"):
            raise self._link.failed("date.cgi", answer.strip()[:100])
