"""Finding devices in the network and trying them, for the *add devices* list.  On the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from axxond.app import described
from axxond.app.wanted import control_settings, stream_settings
from axxond.base.tasks import spawn
from axxond.config.objects import ConfigObject
from axxond.config.plan import checked_properties
from axxond.config.tree import ConfigTree
from axxond.devices import choice
from axxond.devices.control import Control, Description
from axxond.devices.discovery import addresses
from axxond.devices.discovery.port import Finder, Found
from axxond.devices.discovery.search import discover
from axxond.devices.drivers import driver
from axxond.devices.port import DeviceError
from axxond.devices.probe import probe
from protocol.devicetypes import Credential, FoundDevice, NewCamera, NewDevice, NewPort
from protocol.messages import DeviceTried, TryDevice
from protocol.types import Capability, DeviceEventKind, FailureKind, ObjectKind, StreamRole

# One round of asking; while somebody looks, the next follows.
_ROUND_S = 15.0
_TRY_LIMIT_S = 30.0
_MAX_PORTS = 16  # of one device that become sensors or relays by themselves
_OWN_EVENTS = (DeviceEventKind.MOTION, DeviceEventKind.TAMPER, DeviceEventKind.ANALYTICS)

FoundListener = Callable[[list[FoundDevice]], None]


class Search:
    """One search for all who look; it runs while anybody does, and remembers its finds so long.

    `finders` None: all there are.
    """

    def __init__(self, tree: ConfigTree, finders: Sequence[Finder] | None = None) -> None:
        self._tree = tree
        self._finders = finders
        self._known: dict[str, Found] = {}
        self._listeners: list[FoundListener] = []
        self._task: asyncio.Task[None] | None = None

    def listen(self, listener: FoundListener) -> Callable[[], None]:
        self._listeners.append(listener)
        if self._known:
            listener([self._found(one) for one in self._known.values()])
        if self._task is None or self._task.done():
            self._task = spawn(self._run(), "search")
        return lambda: self._unlisten(listener)

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _unlisten(self, listener: FoundListener) -> None:
        self._listeners.remove(listener)
        if not self._listeners:
            self.close()
            self._known.clear()

    async def _run(self) -> None:
        while self._listeners:
            async for found in discover(_ROUND_S, self._finders):
                if self._known.get(found.key) == found:
                    continue
                self._known[found.key] = found
                for listener in list(self._listeners):
                    listener([self._found(found)])
            await asyncio.sleep(1)

    def _found(self, one: Found) -> FoundDevice:
        devices = self._tree.of_kind(ObjectKind.DEVICE)
        known = next((obj.id for obj in devices if _is(obj, one)), "")
        return FoundDevice(
            one.key,
            one.name,
            one.manufacturer,
            one.model,
            one.mac or one.serial,
            addresses.host(one.url),
            one.url,
            one.driver,
            known,
        )


def _is(device: ConfigObject, found: Found) -> bool:
    """By address: a device of the tree tells no hardware id while it is away."""
    if addresses.same_device(found.url, "", device["url"], ""):
        return True
    host = addresses.host(found.url)
    if not host or host != addresses.host(device["url"]):
        return False
    # Behind one host may be several: a router's ports lead to a device each.
    ports = [addresses.web_port(url) for url in (found.url, device["url"])]
    return None in ports or ports[0] == ports[1]


async def try_device(request: TryDevice) -> tuple[DeviceTried, bytes]:
    """Each log-in in turn; none at all is tried first when there is none given."""
    tries = request.credentials or [Credential("", "")]
    failure = DeviceTried(FailureKind.LOGIN, "")
    for index, credential in enumerate(tries):
        used = index if request.credentials else -1
        try:
            async with asyncio.timeout(_TRY_LIMIT_S):
                return await _try(request, credential, used)
        except TimeoutError:
            text = f"{request.url} did not answer within {_TRY_LIMIT_S:g} s."
            return DeviceTried(FailureKind.TIMEOUT, text), b""
        except DeviceError as error:
            failure = DeviceTried(error.kind, str(error))
            if error.kind is not FailureKind.LOGIN:
                break
    return failure, b""


async def _try(request: TryDevice, credential: Credential, used: int) -> tuple[DeviceTried, bytes]:
    """Raises DeviceError, ConfigError."""
    properties = checked_properties(
        ObjectKind.DEVICE,
        {
            "url": request.url,
            "driver": request.driver,
            "user": credential.user,
            "password": credential.password,
            "compatibility": request.compatibility,
        },
    )
    with_driver = driver(request.driver)
    control = with_driver.control(control_settings(properties))
    if control is None:
        return await _try_stream(request, properties, used)
    try:
        said = await control.describe()
        picture = await _picture(control, said)
    finally:
        await control.close()
    suggestion = suggest(request, said, credential.user)
    tried = DeviceTried(
        None,
        "It works.",
        used,
        said.manufacturer,
        said.model,
        said.firmware,
        said.serial,
        sorted(said.capabilities),
        described.streams(said),
        list(said.switched_off),
        suggestion,
    )
    return tried, picture


async def _try_stream(
    request: TryDevice, properties: dict[str, object], used: int
) -> tuple[DeviceTried, bytes]:
    settings = stream_settings(properties, {}, StreamRole.HIGH)
    seen = await probe(settings, driver(request.driver), _TRY_LIMIT_S)
    name = request.name or addresses.host(request.url) or "Camera"
    new = NewDevice(name, request.driver, request.url, str(properties["user"]))
    jpeg = seen.key_frame is not None and seen.key_frame.data[:2] == b"\xff\xd8"
    picture = seen.key_frame.data if seen.key_frame is not None and jpeg else b""
    return DeviceTried(None, "It works.", used, suggestion=new), picture


async def _picture(control: Control, said: Description) -> bytes:
    """b"" where there is none: it is only for the eye."""
    if Capability.SNAPSHOT not in said.capabilities:
        return b""
    channel = said.streams[0].channel if said.streams else ""
    try:
        return await control.snapshot(channel)
    except DeviceError:
        return b""


def suggest(request: TryDevice, said: Description, user: str) -> NewDevice:
    """How a device would be added: a camera a channel with its best and its smallest stream.
    Pure."""
    name = request.name or " ".join(filter(None, (said.manufacturer, said.model))) or "Camera"
    channels = list(dict.fromkeys(one.channel for one in said.streams))
    cameras = [_camera(name, channel, said, len(channels) > 1) for channel in channels]
    has = said.capabilities.__contains__
    return NewDevice(
        name,
        request.driver,
        request.url,
        user,
        "",
        request.compatibility,
        cameras,
        [NewPort(one.token, one.name) for one in said.inputs[:_MAX_PORTS]],
        [NewPort(one.token, one.name) for one in said.outputs[:_MAX_PORTS]],
        has(Capability.PTZ),
        list(_OWN_EVENTS) if has(Capability.EVENTS) else [],
    )


def _camera(name: str, channel: str, said: Description, numbered: bool) -> NewCamera:
    streams = choice.ranked(
        [one for one in said.streams if one.channel == channel], lambda one: one.setup
    )
    high, low = streams[0], streams[min(1, len(streams) - 1)]
    shown = f"{name} {channel}" if numbered else name
    return NewCamera(shown, channel, high.url, low.url if low is not high else "")
