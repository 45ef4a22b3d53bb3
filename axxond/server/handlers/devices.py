"""Devices: what they offer, finding, trying and adding them; PTZ, relays, talking."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from axxond.server.errors import invalid
from protocol import messages as m
from protocol.messages import Message
from protocol.types import AudioFormat, Codec

if TYPE_CHECKING:
    from axxond.server.session import Session

_MAX_CREDENTIALS = 8  # of one request: a camera locks itself after a few wrong ones
_MAX_NEW = 64  # devices added at once: a server's fill
_MAX_SECONDS = 86_400.0
_ZOOM = 0.01, 100.0


async def describe(session: Session, request: m.DescribeDevice) -> m.DeviceDescribed:
    return await session.system.devices.describe(request.device, request.fresh)


async def set_stream(session: Session, request: m.SetStream) -> m.StreamSet:
    devices = session.system.devices
    setup = await devices.set_stream(request, session.who, session.address)
    return m.StreamSet(setup)


async def set_clock(session: Session, request: m.SetDeviceClock) -> m.ClockSet:
    devices = session.system.devices
    return m.ClockSet(await devices.set_clock(request.device, session.who, session.address))


async def snapshot(session: Session, request: m.TakeSnapshot) -> tuple[m.Snapshot, bytes]:
    return m.Snapshot(), await session.system.devices.snapshot(request.camera)


async def try_device(session: Session, request: m.TryDevice) -> tuple[m.DeviceTried, bytes]:
    if len(request.credentials) > _MAX_CREDENTIALS:
        text = f"at most {_MAX_CREDENTIALS} log-ins for one device, not {len(request.credentials)}"
        raise invalid("credentials", text)
    async with session.shared.device_tests:
        return await session.system.devices.try_device(request)


async def add(session: Session, request: m.AddDevices) -> m.Changed:
    if not 1 <= len(request.devices) <= _MAX_NEW:
        raise invalid("devices", f"1 to {_MAX_NEW} at once, not {len(request.devices)}")
    return await session.system.devices.add(request.devices, session.who, session.address)


async def discover(session: Session, _: m.Discover) -> m.Opened:
    channel, begin = session.channels.open_discovery()
    # After the reply: a client does not know the channel before it.
    asyncio.get_running_loop().call_soon(begin)
    return m.Opened(channel)


async def switch_relay(session: Session, request: m.SwitchRelay) -> m.Done:
    if not 0 <= request.seconds <= _MAX_SECONDS:
        raise invalid("seconds", f"{request.seconds:g} is out of [0; {_MAX_SECONDS:g}]")
    devices = session.system.devices
    await devices.switch(request.relay, request.on, request.seconds, session.who, session.address)
    return m.Done()


async def open_talk(session: Session, request: m.OpenTalk) -> m.TalkOpened:
    channel, sample_rate = await session.channels.open_talk(request.camera)
    return m.TalkOpened(channel, AudioFormat(Codec.L16, sample_rate, 1, 16))


async def get_ptz(session: Session, request: m.GetPtz) -> m.PtzState:
    return await session.system.ptz.state(request.camera)


async def steer(session: Session, request: m.Request) -> Message:
    """All that steers."""
    match request:
        case m.MovePtz(pan=pan, tilt=tilt, zoom=zoom):
            _speeds(pan=pan, tilt=tilt, zoom=zoom)
        case m.GoPtz(pan=pan, tilt=tilt, zoom=zoom):
            _speeds(pan=pan, tilt=tilt)
            if zoom is not None and not 0 <= zoom <= 1:
                raise invalid("zoom", f"{zoom:g} is out of [0; 1]")
        case m.ShiftPtz(zoom=zoom):
            if not _ZOOM[0] <= zoom <= _ZOOM[1]:
                raise invalid("zoom", f"{zoom:g} is out of [{_ZOOM[0]:g}; {_ZOOM[1]:g}]")
        case m.SetLens(focus=focus, iris=iris):
            _speeds(focus=focus, iris=iris)
    return await session.system.ptz.steer(request, session.who, session.address, session)


def _speeds(**speeds: float | None) -> None:
    for name, value in speeds.items():
        if value is not None and not -1 <= value <= 1:
            raise invalid(name, f"{value:g} is out of [-1; 1]")
