"""The control sides of all devices: their states as events, and the way to them by object id.

On the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from axxond.app.described import notice
from axxond.app.runtime import Runtime
from axxond.base.clock import Clock
from axxond.base.tasks import cancel, spawn
from axxond.base.units import SECOND_US
from axxond.config.objects import ConfigObject, TreeDelta
from axxond.config.tree import ConfigTree
from axxond.devices.control import DeviceEvent
from axxond.devices.keeper import ControlKeeper, ControlState
from axxond.devices.port import DeviceError
from axxond.events.bus import EventBus
from axxond.events.types import (
    CONTROL_FAILED,
    CONTROL_ONLINE,
    DEVICE_CHANGED,
    Event,
    EventType,
)
from protocol.devicetypes import DeviceNotice
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import DeviceState, FailureKind, ObjectKind

# A camera's clock drifts by seconds a day.
_CLOCK_EVERY_S = 86_400.0
# Less is within what asking over a network can tell.
_CLOCK_GOOD_US = SECOND_US

StateListener = Callable[[str, ControlState], None]
EventListener = Callable[[str, DeviceEvent], None]


class Controls:
    """`state` and `event` are for `Told`; `listen*` for what follows devices (sensors, PTZ)."""

    def __init__(self, tree: ConfigTree, runtime: Runtime, bus: EventBus, clock: Clock) -> None:
        self._tree = tree
        self._runtime = runtime
        self._bus = bus
        self._clock = clock
        self._told: dict[str, tuple[FailureKind | None, str]] = {}
        self._clock_tasks: dict[str, asyncio.Task[None]] = {}
        self._listeners: list[StateListener] = []
        self._event_listeners: list[EventListener] = []
        tree.listen(self._on_tree)

    async def close(self) -> None:
        await cancel(*self._clock_tasks.values())

    # By object

    def device(self, device: str) -> ConfigObject:
        """Raises ProtocolError NOT_FOUND."""
        return self._of_kind(device, ObjectKind.DEVICE, "device")

    def camera(self, camera: str) -> ConfigObject:
        """Raises ProtocolError NOT_FOUND."""
        return self._of_kind(camera, ObjectKind.CAMERA, "camera")

    def find(self, device: str) -> ControlKeeper | None:
        return self._runtime.keepers.get(device)

    def keeper(self, device: str) -> ControlKeeper:
        """Raises ProtocolError NOT_FOUND, DeviceError UNSUPPORTED when it has only streams."""
        obj = self.device(device)
        keeper = self.find(device)
        if keeper is None:
            text = f'"{obj.name}" is switched off, or its driver "{obj["driver"]}" knows of '
            raise DeviceError(FailureKind.UNSUPPORTED, f"{text}nothing but its stream.")
        return keeper

    def of_camera(self, camera: str) -> tuple[ControlKeeper, str]:
        """The control of a camera's device, and the camera's channel there.  Raises as `keeper`
        and `camera`."""
        obj = self.camera(camera)
        return self.keeper(obj.parent), obj["channel"]

    def notices(self) -> list[DeviceNotice]:
        return [self.notice(one.id) for one in self._tree.of_kind(ObjectKind.DEVICE)]

    def notice(self, device: str) -> DeviceNotice:
        keeper = self.find(device)
        if keeper is None:
            return DeviceNotice(device, DeviceState.DISABLED, 0, None, "", False)
        return notice(device, keeper.state)

    def listen(self, listener: StateListener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def listen_events(self, listener: EventListener) -> Callable[[], None]:
        self._event_listeners.append(listener)
        return lambda: self._event_listeners.remove(listener)

    def _of_kind(self, id_: str, kind: ObjectKind, what: str) -> ConfigObject:
        obj = self._tree.find(id_)
        if obj is None or obj.kind is not kind:
            raise ProtocolError(ErrorCode.NOT_FOUND, f"there is no such {what}", id_)
        return obj

    # For `Told`

    def state(self, device: str, state: ControlState) -> None:
        """An event when the control side comes, goes, or fails in another way."""
        told, now = self._told.get(device), (state.failure, state.reason)
        if state.state is DeviceState.ONLINE:
            self._told[device] = (None, "")
            if told != (None, ""):
                self.tell(CONTROL_ONLINE, device, "Its control answers")
                self._begin_clock(device)
        elif state.state is DeviceState.WAITING and told != now:
            self._told[device] = now
            self.tell(CONTROL_FAILED, device, state.reason)
        elif state.state is DeviceState.STOPPED:
            self._told.pop(device, None)
        for listener in list(self._listeners):
            listener(device, state)

    def event(self, device: str, event: DeviceEvent) -> None:
        for listener in list(self._event_listeners):
            listener(device, event)

    def tell(
        self, kind: EventType, object_id: str, text: str, user: str = "", address: str = ""
    ) -> None:
        obj = self._tree.find(object_id)
        name = obj.name if obj is not None else ""
        now_us = self._clock.now_us()
        self._bus.publish(Event(kind, now_us, object_id, name, text, user=user, address=address))

    # The device's clock

    async def set_clock(self, device: str, user: str = "", address: str = "") -> int | None:
        """How far the device's clock was ahead, in us.  Raises DeviceError."""
        keeper = self.keeper(device)
        before_us = (await keeper.refresh()).clock_offset_us
        facet = keeper.control.clock
        if facet is None:
            text = "This camera's clock cannot be set from here: use its own pages."
            raise DeviceError(FailureKind.UNSUPPORTED, text)
        await facet.set_clock(self._clock.now_us())
        was = "" if before_us is None else f"; it was off by {before_us / SECOND_US:.1f} s"
        self.tell(DEVICE_CHANGED, device, f"Its clock was set{was}", user, address)
        return before_us

    def _on_tree(self, delta: TreeDelta) -> None:
        """The wish may come while the device is there."""
        for obj in delta.changed:
            if obj.kind is ObjectKind.DEVICE and obj["clock_set"]:
                keeper = self.find(obj.id)
                if keeper is not None and keeper.state.state is DeviceState.ONLINE:
                    self._begin_clock(obj.id)

    def _begin_clock(self, device: str) -> None:
        task = self._clock_tasks.get(device)
        if task is None or task.done():
            self._clock_tasks[device] = spawn(self._keep_clock(device), f"clock {device}")

    async def _keep_clock(self, device: str) -> None:
        """When it connects and once a day, for as long as it is wished and the device is there."""
        while (keeper := self.find(device)) is not None and self._wished(device):
            offset_us = keeper.description.clock_offset_us if keeper.description else None
            if offset_us is None or abs(offset_us) > _CLOCK_GOOD_US:
                with contextlib.suppress(DeviceError):
                    await self.set_clock(device)
            await asyncio.sleep(_CLOCK_EVERY_S)
            with contextlib.suppress(DeviceError):
                await keeper.refresh()
        del self._clock_tasks[device]

    def _wished(self, device: str) -> bool:
        obj = self._tree.find(device)
        return obj is not None and bool(obj["clock_set"])
