"""Focus and iris by the Imaging service (`axxond.devices.control.Lens`; ONVIF Imaging §5)."""

from __future__ import annotations

import asyncio

from attrs import frozen

from axxond.base import tasks
from axxond.devices.elements import Node
from axxond.devices.onvif import faults, messages
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.messages import Service
from axxond.devices.onvif.nodes import Range
from axxond.devices.port import DeviceError
from protocol.types import Capability, FailureKind

_STEP_S = 0.25
_FULL_WAY_S = 5.0  # of the iris at full speed
# A movement whose end nobody orders (a lost client) ends by itself.
_LONGEST_S = 20.0


@frozen
class Optics:
    """What one video source offers."""

    source: str
    focus: Range | None  # speeds of a continuous movement
    can_auto_focus: bool
    iris: Range | None  # attenuation in dB: 0 is fully open (ONVIF Imaging §5.2.2)
    can_auto_iris: bool

    @property
    def capabilities(self) -> set[Capability]:
        found = {Capability.FOCUS} if self.focus is not None or self.can_auto_focus else set()
        return found | ({Capability.IRIS} if self.iris is not None else set())


async def optics(link: Link, source: str) -> Optics:
    options = await link.call(Service.IMAGING, "GetOptions", {"VideoSourceToken": source})
    modes = {one.text().upper() for one in options.all("ImagingOptions/Focus/AutoFocusModes")}
    exposure = {one.text().upper() for one in options.all("ImagingOptions/Exposure/Mode")}
    iris = _range(options.first("ImagingOptions/Exposure/Iris"))
    focus = None
    try:
        moves = await link.call(Service.IMAGING, "GetMoveOptions", {"VideoSourceToken": source})
        focus = _range(moves.first("MoveOptions/Continuous/Speed"))
    except DeviceError as error:
        if error.kind is not FailureKind.UNSUPPORTED:
            raise
    return Optics(
        source, focus, "AUTO" in modes, iris if "MANUAL" in exposure else None, "AUTO" in exposure
    )


def _range(told: Node | None) -> Range | None:
    if told is None:
        return None
    least, most = told.number("Min"), told.number("Max")
    return None if least is None or most is None or least >= most else Range(least, most)


class OnvifLens:
    """`optics` by channel, the first channel first."""

    def __init__(self, link: Link, optics: dict[str, Optics]) -> None:
        self._link = link
        self._optics = optics
        self._turning: dict[str, asyncio.Task[None]] = {}

    async def focus(self, channel: str, speed: float) -> None:
        one = self._of(channel)
        if one.focus is None:
            raise faults.missing(self._link.place, "focus that can be moved")
        source = {"VideoSourceToken": one.source}
        if not speed:
            await self._link.call(Service.IMAGING, "Stop", source, is_void=True)
            return
        move = {"Continuous": {"Speed": one.focus.from_share(speed, -1.0)}}
        await self._link.call(Service.IMAGING, "Move", source | {"Focus": move}, is_void=True)

    async def auto_focus(self, channel: str, on: bool) -> None:
        await self._set(self._of(channel), "Focus", {"AutoFocusMode": "AUTO" if on else "MANUAL"})

    async def iris(self, channel: str, speed: float) -> None:
        """The standard has places only, so a speed is a row of small steps."""
        one = self._of(channel)
        if one.iris is None:
            raise faults.missing(self._link.place, "iris that can be moved")
        await tasks.cancel(self._turning.pop(channel, None))
        if speed:
            await self._turn(one, one.iris, speed)
            work = self._go_on(one, one.iris, speed)
            self._turning[channel] = tasks.spawn(work, f"iris {self._link.place}")

    async def auto_iris(self, channel: str, on: bool) -> None:
        await tasks.cancel(self._turning.pop(channel, None))
        await self._set(self._of(channel), "Exposure", {"Mode": "AUTO" if on else "MANUAL"})

    async def close(self) -> None:
        await tasks.cancel(*self._turning.values())
        self._turning.clear()

    async def _go_on(self, one: Optics, limits: Range, speed: float) -> None:
        for _ in range(int(_LONGEST_S / _STEP_S)):
            await asyncio.sleep(_STEP_S)
            try:
                if not await self._turn(one, limits, speed):
                    return
            except DeviceError:
                return  # the next order tells

    async def _turn(self, one: Optics, limits: Range, speed: float) -> bool:
        """One step; False at the end of the way."""
        settings = await self._settings(one)
        present = settings.number("Exposure/Iris")
        present = limits.least if present is None else present
        step = min(1.0, max(-1.0, speed)) * (limits.most - limits.least) * _STEP_S / _FULL_WAY_S
        wanted = min(limits.most, max(limits.least, present - step))  # open: less attenuation
        if wanted == present:
            return False
        await self._set(one, "Exposure", {"Mode": "MANUAL", "Iris": f"{wanted:g}"})
        return True

    async def _settings(self, one: Optics) -> Node:
        answer = await self._link.call(
            Service.IMAGING, "GetImagingSettings", {"VideoSourceToken": one.source}
        )
        settings = answer.first("ImagingSettings")
        if settings is None:
            raise faults.no_answer(self._link.place, "GetImagingSettings")
        return settings

    async def _set(self, one: Optics, part: str, values: dict[str, str]) -> None:
        """Sends back one part of the settings as the device gave it, with these changed."""
        settings = await self._settings(one)
        if part not in settings:
            raise faults.missing(self._link.place, f"{part.lower()} that can be set")
        for child in list(settings.children()):
            if child.name != part:
                settings.element.remove(child.element)
        for name, text in values.items():
            found = settings.first(f"{part}/{name}")
            if found is None:
                raise faults.missing(self._link.place, f"{name} of its {part.lower()}")
            found.element.text = text
        message = messages.whole(
            Service.IMAGING,
            "SetImagingSettings",
            {"VideoSourceToken": one.source, "ImagingSettings": settings.element},
        )
        url = self._link.urls[Service.IMAGING]
        await self._link.send(url, "SetImagingSettings", message, is_void=True)

    def _of(self, channel: str) -> Optics:
        found = self._optics.get(channel) if channel else next(iter(self._optics.values()), None)
        if found is None:
            raise faults.missing(self._link.place, f"lens control of its channel {channel}")
        return found
