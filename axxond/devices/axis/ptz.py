"""Pan, tilt, zoom, focus and iris of an Axis device (VAPIX 3, PTZ API: com/ptz.cgi).

Channels are cameras by number, "1" the first.  Speeds of the device are -100 to 100, places are
degrees and zoom steps of 1 to 9999.
"""

from __future__ import annotations

import re

from attrs import frozen

from axxond.devices.axis.link import Link
from axxond.devices.axis.params import Params
from axxond.devices.control import Preset, PtzStatus
from axxond.devices.discovery.addresses import clean
from axxond.devices.port import DeviceError
from protocol.types import Capability, FailureKind

_C = Capability
_SCRIPT, _CONFIG = "com/ptz.cgi", "com/ptzconfig.cgi"
_MAX_PRESETS = 512
_MAX_NAME = 30  # of a preset; longer ones are refused
# A frame of which pixels are counted in areazoom; only the ratios matter.
_FRAME_PX = 1000
_SUPPORT = {
    "ContinuousPan": _C.PTZ,
    "ContinuousZoom": _C.PTZ,
    "AbsolutePan": _C.PTZ_ABSOLUTE,
    "AbsoluteZoom": _C.PTZ_ABSOLUTE,
    "AreaZoom": _C.PTZ_RELATIVE,
    "ServerPreset": _C.PRESETS,
    "ContinuousFocus": _C.FOCUS,
    "AutoFocus": _C.FOCUS,
    "ContinuousIris": _C.IRIS,
    "AutoIris": _C.IRIS,
}


def capabilities(told: Params, channel: str) -> frozenset[Capability]:
    """Of one channel, from the group PTZ."""
    if not told.flag("Properties.PTZ.PTZ"):
        return frozenset()
    support = f"PTZ.Support.S{channel}."
    found = {what for name, what in _SUPPORT.items() if told.flag(support + name)}
    if _C.PTZ in found:
        found.add(_C.HOME)
    return frozenset(found)


@frozen
class Limits:
    """The ends of a head's range; zoom in steps."""

    pan: tuple[float, float] = (-180.0, 180.0)
    tilt: tuple[float, float] = (-90.0, 90.0)
    zoom: tuple[float, float] = (1.0, 9999.0)


class AxisPtz:
    """`axxond.devices.control.Ptz`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._limits: dict[str, Limits] = {}

    async def move(self, channel: str, pan: float, tilt: float, zoom: float) -> None:
        moves = {"continuouspantiltmove": f"{_speed(pan)},{_speed(tilt)}"}
        moves["continuouszoommove"] = str(_speed(zoom))
        await self._do(channel, moves)

    async def stop(self, channel: str) -> None:
        await self.move(channel, 0.0, 0.0, 0.0)

    async def go(
        self, channel: str, pan: float | None, tilt: float | None, zoom: float | None
    ) -> None:
        limits = await self._limits_of(channel)
        wanted = {
            "pan": _place(pan, limits.pan, -1.0),
            "tilt": _place(tilt, limits.tilt, -1.0),
            "zoom": _place(zoom, limits.zoom, 0.0),
        }
        given = {name: f"{value:.2f}" for name, value in wanted.items() if value is not None}
        if "zoom" in given:
            given["zoom"] = str(round(float(given["zoom"])))
        if given:
            await self._do(channel, given)

    async def shift(self, channel: str, pan: float, tilt: float, zoom: float) -> None:
        x, y = round(_FRAME_PX * (0.5 + pan)), round(_FRAME_PX * (0.5 - tilt))
        size = {"imagewidth": str(_FRAME_PX), "imageheight": str(_FRAME_PX)}
        await self._do(channel, {"areazoom": f"{x},{y},{max(1, round(100 * zoom))}", **size})

    async def status(self, channel: str) -> PtzStatus:
        limits = await self._limits_of(channel)
        told = await self._ask(channel, "position")
        return PtzStatus(
            _share(told, "pan", limits.pan, -1.0),
            _share(told, "tilt", limits.tilt, -1.0),
            _share(told, "zoom", limits.zoom, 0.0),
            None,
        )

    async def presets(self, channel: str) -> tuple[Preset, ...]:
        told = await self._ask(channel, "presetposcam")
        found = []
        for name, text in list(told.items())[:_MAX_PRESETS]:
            if match := re.fullmatch(r"presetposno(\d{1,4})", name):
                found.append(Preset(match[1], clean(text)))
        return tuple(found)

    async def go_preset(self, channel: str, token: str) -> None:
        await self._do(channel, {"gotoserverpresetno": token})

    async def set_preset(self, channel: str, name: str, token: str = "") -> Preset:
        name = clean(name)[:_MAX_NAME]
        if token:
            known = {preset.token: preset for preset in await self.presets(channel)}
            if token not in known:
                raise self._no_preset(token)
            await self._configure(channel, {"setserverpresetno": token})
            if known[token].name != name:
                group = f"PTZ.Preset.P{int(channel or 1) - 1}.Position.P{token}"
                await self._link.update({f"{group}.Name": name})
            return Preset(token, name)
        await self._configure(channel, {"setserverpresetname": name})
        for preset in await self.presets(channel):
            if preset.name == name:
                return preset
        raise self._link.failed(_CONFIG, f"the preset {name} is not there afterwards")

    async def remove_preset(self, channel: str, token: str) -> None:
        await self._configure(channel, {"removeserverpresetno": token})

    async def go_home(self, channel: str) -> None:
        await self._do(channel, {"move": "home"})

    async def set_home(self, channel: str) -> None:
        await self._configure(channel, {"setserverpresetname": "Home", "home": "yes"})

    # Requests

    async def _do(self, channel: str, query: dict[str, str]) -> None:
        await self._link.text(_SCRIPT, {"camera": channel or "1", **query})

    async def _configure(self, channel: str, query: dict[str, str]) -> None:
        await self._link.text(_CONFIG, {"camera": channel or "1", **query})

    async def _ask(self, channel: str, what: str) -> dict[str, str]:
        text = await self._link.text(_SCRIPT, {"camera": channel or "1", "query": what})
        lines = (line.partition("=") for line in text.splitlines())
        return {name.strip().lower(): value.strip() for name, mark, value in lines if mark}

    async def _limits_of(self, channel: str) -> Limits:
        if channel not in self._limits:
            told = await self._ask(channel, "limits")
            plain = Limits()
            self._limits[channel] = Limits(
                _range(told, "pan", plain.pan),
                _range(told, "tilt", plain.tilt),
                _range(told, "zoom", plain.zoom),
            )
        return self._limits[channel]

    def _no_preset(self, token: str) -> DeviceError:
        return DeviceError(FailureKind.UNSUPPORTED, f"{self._link.place} has no preset {token}.")


class AxisLens:
    """`axxond.devices.control.Lens`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def focus(self, channel: str, speed: float) -> None:
        await self._do(channel, "continuousfocusmove", str(_speed(speed)))

    async def auto_focus(self, channel: str, on: bool) -> None:
        await self._do(channel, "autofocus", "on" if on else "off")

    async def iris(self, channel: str, speed: float) -> None:
        await self._do(channel, "continuousirismove", str(_speed(speed)))

    async def auto_iris(self, channel: str, on: bool) -> None:
        await self._do(channel, "autoiris", "on" if on else "off")

    async def _do(self, channel: str, name: str, value: str) -> None:
        await self._link.text(_SCRIPT, {"camera": channel or "1", name: value})


def _speed(share: float) -> int:
    return round(100 * min(1.0, max(-1.0, share)))


def _place(share: float | None, limits: tuple[float, float], lowest: float) -> float | None:
    if share is None:
        return None
    part = (min(1.0, max(lowest, share)) - lowest) / (1.0 - lowest)
    return limits[0] + part * (limits[1] - limits[0])


def _share(
    told: dict[str, str], name: str, limits: tuple[float, float], lowest: float
) -> float | None:
    value = _number(told.get(name, ""))
    if value is None or limits[1] <= limits[0]:
        return None
    part = (value - limits[0]) / (limits[1] - limits[0])
    return lowest + min(1.0, max(0.0, part)) * (1.0 - lowest)


def _range(told: dict[str, str], axis: str, default: tuple[float, float]) -> tuple[float, float]:
    low, high = _number(told.get(f"min{axis}", "")), _number(told.get(f"max{axis}", ""))
    return default if low is None or high is None or high <= low else (low, high)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,7}(\.\d{1,6})?", text) else None
