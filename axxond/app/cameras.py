"""The server's port onto the cameras.  On the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from axxond.app.responder import OPERATOR, Responder
from axxond.app.runtime import Runtime
from axxond.app.status import StatusBoard
from axxond.app.wanted import stream_settings
from axxond.base.clock import Clock
from axxond.base.units import SECOND_US
from axxond.config.objects import ConfigObject
from axxond.config.plan import checked_properties
from axxond.config.rules import hosts_of
from axxond.config.tree import ConfigTree
from axxond.devices.drivers import driver
from axxond.devices.port import DeviceError
from axxond.devices.probe import probe
from axxond.events.bus import EventBus
from axxond.events.types import CAMERA_CONTROL, Event
from axxond.server.ports import Identity
from axxond.stream.hub import StreamHub
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import Change, DeviceTested, TestedStream
from protocol.types import CameraStatus, ObjectKind, SeenObject, StreamRole

_PROBE_TIMEOUT_S = 15.0
# A machine that starts 64 cameras at once on little processor time.
_START_US = 15 * SECOND_US
_LOOK_S = 0.05
_TEXTS = {
    "arm": "Armed",
    "disarm": "Disarmed",
    "record": "Recording was started",
    "stop-record": "Recording was stopped",
    "alarm": "Alarm was raised",
}
_SeenListener = Callable[[int, list[SeenObject]], None]


class Cameras:
    def __init__(
        self,
        tree: ConfigTree,
        runtime: Runtime,
        board: StatusBoard,
        responder: Responder,
        bus: EventBus,
        clock: Clock,
    ) -> None:
        self._tree = tree
        self._runtime = runtime
        self._board = board
        self._responder = responder
        self._bus = bus
        self._clock = clock
        self._previews = True
        self._seen_listeners: dict[str, list[_SeenListener]] = {}

    def hub(self, camera: str, role: StreamRole) -> StreamHub | None:
        return self._runtime.hub(camera, role)

    async def started(self, camera: str) -> None:
        """As the port."""
        end_us = self._clock.monotonic_us() + _START_US
        while self.hub(camera, StreamRole.HIGH) is None and self._is_camera(camera):
            if self._clock.monotonic_us() >= end_us:
                return
            await asyncio.sleep(_LOOK_S)

    def _is_camera(self, camera: str) -> bool:
        found = self._tree.find(camera)
        return found is not None and found.kind is ObjectKind.CAMERA

    def statuses(self) -> list[CameraStatus]:
        return self._board.all()

    def listen_statuses(self, listener: Callable[[CameraStatus], None]) -> Callable[[], None]:
        return self._board.listen(listener)

    def listen_detections(self, camera: str, listener: _SeenListener) -> Callable[[], None]:
        self._seen_listeners.setdefault(camera, []).append(listener)

        def unlisten() -> None:
            self._seen_listeners[camera].remove(listener)
            if not self._seen_listeners[camera]:
                del self._seen_listeners[camera]

        return unlisten

    def preview(self, on: bool) -> None:
        """Whether what detectors see goes to clients; off takes away what is drawn."""
        if self._previews and not on:
            for camera in list(self._seen_listeners):
                self.seen(camera, self._clock.now_us(), [])
        self._previews = on

    def seen(self, camera: str, time_us: int, objects: list[SeenObject]) -> None:
        """For `Told.seen`."""
        if not self._previews:
            return
        for listener in list(self._seen_listeners.get(camera, ())):
            listener(time_us, objects)

    async def control(self, camera: str, action: str, identity: Identity, address: str) -> None:
        """Raises ProtocolError NOT_FOUND or INVALID."""
        obj = self._tree.find(camera)
        if obj is None or obj.kind is not ObjectKind.CAMERA:
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such camera", camera)
        match action:
            case "arm" | "disarm":
                await self._arm(obj, action == "arm", identity.user)
            case "record" | "stop-record":
                self._record(obj, action == "record")
            case "alarm":
                self._responder.operator_alarm(obj, identity.user)
            case _:
                known = ", ".join(_TEXTS)
                text = f'"{action}" is none of {known}'
                raise ProtocolError(ErrorCode.INVALID, text, camera)
        now_us = self._clock.now_us()
        event = Event(
            CAMERA_CONTROL,
            now_us,
            camera,
            obj.name,
            _TEXTS[action],
            user=identity.user,
            address=address,
        )
        self._bus.publish(event)
        self._board.refresh(camera)

    async def test(self, properties: dict[str, Any], device: str) -> tuple[DeviceTested, bytes]:
        """Raises ConfigError for settings that could not be stored either."""
        known = self._tree.get(device) if device else None
        given = dict(properties)
        if known is not None and known.kind is ObjectKind.DEVICE and not given.get("password"):
            same = hosts_of(given) <= hosts_of(known.properties)
            given["password"] = known["password"] if same else ""
        checked = checked_properties(ObjectKind.DEVICE, given)
        roles = [StreamRole.HIGH] + ([StreamRole.LOW] if checked["low_url"] else [])
        streams: list[TestedStream] = []
        picture = b""
        for role in roles:
            settings = stream_settings(checked, {}, role)
            try:
                found = await probe(settings, driver(checked["driver"]), _PROBE_TIMEOUT_S)
            except DeviceError as error:
                return DeviceTested(error.kind, str(error), streams), picture
            streams.append(TestedStream(role, found.video, found.audio))
            if found.key_frame is not None and not picture:
                picture = found.key_frame.data
        return DeviceTested(None, "It works.", streams), picture

    async def _arm(self, camera: ConfigObject, armed: bool, user: str) -> None:
        change = Change(
            camera.id, properties={"armed": armed}, revision=self._tree.get(camera.id).revision
        )
        await self._tree.apply([change], user)

    def _record(self, camera: ConfigObject, on: bool) -> None:
        if on and not self._runtime.archives_of(camera.id):
            raise ProtocolError(ErrorCode.INVALID, "it has no recording to start", camera.id)
        self._responder.record(camera.id, on, OPERATOR)
