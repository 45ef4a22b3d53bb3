"""Pan, tilt and zoom of an ONVIF device (`axxond.devices.control.Ptz`; ONVIF PTZ §5)."""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen

from axxond.devices.control import Preset, PtzStatus
from axxond.devices.discovery.addresses import clean
from axxond.devices.elements import Node, to_number
from axxond.devices.onvif import faults, nodes
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.messages import Service
from axxond.devices.onvif.nodes import Range, Space, Unit
from axxond.devices.port import DeviceError
from protocol.types import FailureKind

_MAX_PRESETS = 512
_MAX_NAME = 64  # tt:Name


@frozen
class Head:
    """What moves one channel."""

    profile: str
    unit: Unit


class OnvifPtz:
    """`heads` by channel, the first channel first.  `tells_moving`: what the device says of its
    moving can be believed."""

    def __init__(self, link: Link, heads: dict[str, Head], *, tells_moving: bool = True) -> None:
        self._link = link
        self._heads = heads
        self._tells_moving = tells_moving

    async def move(self, channel: str, pan: float, tilt: float, zoom: float) -> None:
        if not (pan or tilt or zoom):
            await self.stop(channel)
            return
        unit = self._head(channel).unit
        speeds: dict[str, Any] = {}
        if unit.move is not None:
            vertical = unit.move.y or unit.move.x
            speeds["PanTilt"] = {
                "x": unit.move.x.from_share(pan, -1.0),
                "y": vertical.from_share(tilt, -1.0),
            }
        if unit.zoom is not None:
            speeds["Zoom"] = {"x": unit.zoom.x.from_share(zoom, -1.0)}
        await self._do(channel, "ContinuousMove", {"Velocity": speeds})

    async def stop(self, channel: str) -> None:
        await self._do(channel, "Stop", {"PanTilt": True, "Zoom": True})

    async def go(
        self, channel: str, pan: float | None, tilt: float | None, zoom: float | None
    ) -> None:
        unit = self._head(channel).unit
        position: dict[str, Any] = {}
        if unit.place is not None and not (pan is None and tilt is None):
            if pan is None or tilt is None:
                now = await self.status(channel)
                pan = now.pan or 0.0 if pan is None else pan
                tilt = now.tilt or 0.0 if tilt is None else tilt
            vertical = unit.place.y or unit.place.x
            position["PanTilt"] = {
                "x": unit.place.x.from_share(pan, -1.0),
                "y": vertical.from_share(tilt, -1.0),
            }
        if unit.zoom_place is not None and zoom is not None:
            position["Zoom"] = {"x": unit.zoom_place.x.from_share(zoom, 0.0)}
        if not position:
            raise faults.missing(self._link.place, "movement to an absolute place")
        await self._do(channel, "AbsoluteMove", {"Position": position})

    async def shift(self, channel: str, pan: float, tilt: float, zoom: float) -> None:
        unit = self._head(channel).unit
        vector: dict[str, Any] = {}
        if unit.shift is not None and (pan or tilt):
            zoom_now = 0.0 if unit.shift.is_fov else (await self.status(channel)).zoom or 0.0
            x, y = nodes.shift_vector(unit.shift, pan, tilt, zoom_now)
            vector["PanTilt"] = {"x": x, "y": y, "space": unit.shift.uri}
        if unit.zoom_shift is not None and zoom != 1.0:
            by = nodes.zoom_shift(unit.zoom_shift, zoom)
            vector["Zoom"] = {"x": by, "space": unit.zoom_shift.uri}
        if not vector:
            if unit.shift is None and unit.zoom_shift is None:
                raise faults.missing(self._link.place, "relative movement")
            return
        await self._do(channel, "RelativeMove", {"Translation": vector})

    async def status(self, channel: str) -> PtzStatus:
        head = self._head(channel)
        answer = await self._link.call(Service.PTZ, "GetStatus", {"ProfileToken": head.profile})
        told = answer.first("PTZStatus")
        if told is None:
            raise faults.no_answer(self._link.place, "GetStatus")
        status = _status(told, head.unit)
        return status if self._tells_moving else evolve(status, moving=None)

    # Presets and home

    async def presets(self, channel: str) -> tuple[Preset, ...]:
        token = self._head(channel).profile
        answer = await self._link.call(Service.PTZ, "GetPresets", {"ProfileToken": token})
        found = []
        for told in answer.all("Preset")[:_MAX_PRESETS]:
            if preset := told.attribute("token"):
                found.append(Preset(preset, clean(told.text("Name")) or preset))
        return tuple(found)

    async def go_preset(self, channel: str, token: str) -> None:
        await self._do(channel, "GotoPreset", {"PresetToken": token})

    async def set_preset(self, channel: str, name: str, token: str = "") -> Preset:
        name = clean(name)[:_MAX_NAME]
        parameters = {"ProfileToken": self._head(channel).profile, "PresetName": name}
        if token:
            parameters["PresetToken"] = token
        answer = await self._link.call(Service.PTZ, "SetPreset", parameters)
        made = answer.text("PresetToken") or token
        if not made:
            raise faults.no_answer(self._link.place, "SetPreset")
        return Preset(made, name)

    async def remove_preset(self, channel: str, token: str) -> None:
        await self._do(channel, "RemovePreset", {"PresetToken": token})

    async def go_home(self, channel: str) -> None:
        await self._do(channel, "GotoHomePosition", {})

    async def set_home(self, channel: str) -> None:
        await self._do(channel, "SetHomePosition", {})

    def _head(self, channel: str) -> Head:
        head = self._heads.get(channel) if channel else next(iter(self._heads.values()), None)
        if head is None:
            raise DeviceError(
                FailureKind.UNSUPPORTED, f"{self._link.place} cannot move its channel {channel}."
            )
        return head

    async def _do(self, channel: str, operation: str, parameters: dict[str, Any]) -> None:
        """Nothing is read from the answer: some devices' cannot be parsed (IPyCam)."""
        token = {"ProfileToken": self._head(channel).profile}
        await self._link.call(Service.PTZ, operation, token | parameters, is_void=True)


async def units(link: Link) -> dict[str, Unit]:
    """By token."""
    answer = await link.call(Service.PTZ, "GetNodes")
    found = (nodes.read(told) for told in answer.all("PTZNode"))
    return {unit.token: unit for unit in found if unit.token}


def _status(told: Node, unit: Unit) -> PtzStatus:
    moving = {told.text(f"MoveStatus/{axis}").upper() for axis in ("PanTilt", "Zoom")} - {""}
    place, zoom = told.first("Position/PanTilt"), told.first("Position/Zoom")
    return PtzStatus(
        _share(place, "x", unit.place, -1.0),
        _share(place, "y", unit.place, -1.0),
        _share(zoom, "x", unit.zoom_place, 0.0),
        True if "MOVING" in moving else False if "IDLE" in moving else None,
    )


def _share(told: Node | None, axis: str, space: Space | None, lowest: float) -> float | None:
    value = None if told is None else to_number(told.attribute(axis))
    if value is None:
        return None
    if space is None:
        return Range(lowest, 1.0).to_share(value, lowest)
    used = (space.y or space.x) if axis == "y" else space.x
    return used.to_share(value, lowest)
