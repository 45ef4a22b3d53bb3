"""Switching relays: by hand or by a response, for a time or until told otherwise.

On the event loop.
"""

from __future__ import annotations

import asyncio

from axxond.app.controls import Controls
from axxond.app.io import Io
from axxond.base.tasks import cancel, spawn
from axxond.config.tree import ConfigTree
from axxond.devices.port import DeviceError
from axxond.events.types import RELAY_FAILED, RELAY_SWITCHED
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import FailureKind, ObjectKind


class Relays:
    def __init__(self, tree: ConfigTree, controls: Controls, io: Io) -> None:
        self._tree = tree
        self._controls = controls
        self._io = io
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._responses: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """What is on for a time goes off now: nobody would switch it off later."""
        on = [id_ for id_, timer in self._timers.items() if not timer.done()]
        await cancel(*self._timers.values(), *self._responses)
        await asyncio.gather(*(self._try(id_, False) for id_ in on))

    async def switch(
        self, relay: str, on: bool, seconds: float, user: str = "", address: str = ""
    ) -> None:
        """`seconds` 0: the relay's own pulse time, or (it has none) for ever.  Raises
        ProtocolError NOT_FOUND, DeviceError."""
        obj = self._tree.find(relay)
        if obj is None or obj.kind is not ObjectKind.RELAY:
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such relay", relay)
        await self._set(relay, on)
        text = "Switched on" if on else "Switched off"
        after_s = (seconds or obj["pulse_s"]) if on else 0.0
        if after_s:
            text += f" for {after_s:g} s"
        self._controls.tell(RELAY_SWITCHED, relay, text, user, address)
        await cancel(self._timers.pop(relay, None))
        if after_s:
            self._timers[relay] = spawn(self._off_later(relay, after_s), f"relay {relay}")

    def respond(self, relay: str, on: bool, seconds: float) -> None:
        """For a response: a failure is an event.  `seconds` 0: until it is switched off."""
        task = spawn(self._respond(relay, on, seconds), f"relay {relay}")
        self._responses.add(task)
        task.add_done_callback(self._responses.discard)

    async def _respond(self, relay: str, on: bool, seconds: float) -> None:
        if self._tree.find(relay) is None:
            return
        await cancel(self._timers.pop(relay, None))
        if not await self._try(relay, on):
            return
        self._controls.tell(RELAY_SWITCHED, relay, f"Switched {'on' if on else 'off'} by an event")
        if on and seconds:
            self._timers[relay] = spawn(self._off_later(relay, seconds), f"relay {relay}")

    async def _off_later(self, relay: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if await self._try(relay, False):
            self._controls.tell(RELAY_SWITCHED, relay, "Switched off: its time was over")

    async def _try(self, relay: str, on: bool) -> bool:
        try:
            await self._set(relay, on)
        except (DeviceError, ProtocolError) as error:
            what = "on" if on else "off"
            text = f"It could not be switched {what}: {error}"
            self._controls.tell(RELAY_FAILED, relay, text)
            return False
        return True

    async def _set(self, relay: str, on: bool) -> None:
        obj = self._tree.get(relay)
        keeper, _channel = self._controls.of_camera(obj.parent)
        outputs = keeper.control.outputs
        if outputs is None:
            text = "This device has no outputs, or its driver does not know of them."
            raise DeviceError(FailureKind.UNSUPPORTED, text)
        await outputs.set_output(obj["output"], on is not obj["normally_closed"])
        self._io.switched(relay, on)
