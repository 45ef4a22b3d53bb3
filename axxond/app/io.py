"""Sensors and relays: their live states, their events, and the camera-side detectors.

On the event loop.  A sensor's event goes the way of a detector's: journal, alarm, recording,
responses (`Responder.detector`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from attrs import define

from axxond.analytics.pipeline import DetectorEvent
from axxond.app.controls import Controls
from axxond.app.wanted import CAMERA_SIDE
from axxond.base.clock import Clock
from axxond.base.units import MS_US, SECOND_US
from axxond.config.objects import ConfigObject, TreeDelta
from axxond.config.tree import ConfigTree
from axxond.devices.contact import Contact
from axxond.devices.control import Description, DeviceEvent
from axxond.devices.keeper import ControlState
from protocol.devicetypes import IoState
from protocol.types import DeviceEventKind, DeviceState, ObjectKind, Phase

Trigger = Callable[[str, DetectorEvent], None]
_KINDS = (ObjectKind.SENSOR, ObjectKind.RELAY)
# Ports of a device whose state is remembered: more than any has; they are named by the device.
_MAX_PORTS = 256


@define
class _Place:
    """One sensor or relay that is followed.  `made`: what of its settings it was made from."""

    camera: str
    device: str
    kind: ObjectKind
    token: str
    contact: Contact
    made: tuple[object, ...]
    since_us: int
    begun: bool = False  # a sensor's event goes on
    timer: asyncio.TimerHandle | None = None


@define
class _Seen:
    """A camera-side detector that is active: until its source is quiet for the hold time."""

    camera: str
    timer: asyncio.TimerHandle | None = None


class Io:
    """`trigger`: `Responder.detector`."""

    def __init__(
        self, tree: ConfigTree, controls: Controls, clock: Clock, trigger: Trigger
    ) -> None:
        self._tree = tree
        self._controls = controls
        self._clock = clock
        self._trigger = trigger
        self._places: dict[str, _Place] = {}
        self._seen: dict[str, _Seen] = {}
        self._said: dict[str, Description | None] = {}  # by device: what was looked at last
        # By device, what its ports were since then: for objects that are added later.
        self._since: dict[str, dict[tuple[ObjectKind, str], bool]] = {}
        self._listeners: list[Callable[[IoState], None]] = []
        controls.listen(self._on_state)
        controls.listen_events(self._on_event)

    def start(self) -> None:
        """Follow the tree from here on."""
        self._rebuild()
        self._tree.listen(self._on_tree)

    def close(self) -> None:
        timers = [one.timer for one in self._places.values()]
        timers += [one.timer for one in self._seen.values()]
        for timer in timers:
            if timer is not None:
                timer.cancel()

    def states(self) -> list[IoState]:
        return [self._io_state(id_, place) for id_, place in self._places.items()]

    def listen(self, listener: Callable[[IoState], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def switched(self, relay: str, on: bool) -> None:
        """The relay was switched from here; a device that tells of its outputs says so too."""
        if (place := self._places.get(relay)) is None:
            return
        active = on is not self._normally_closed(relay)
        self._remember(place.device, place.kind, place.token, active)
        if place.contact.hear(active, self._clock.now_us()):
            self._changed(relay, place, self._clock.now_us())

    # The tree

    def _on_tree(self, delta: TreeDelta) -> None:
        kinds = {obj.kind for obj in delta.changed}
        if kinds & {*_KINDS, ObjectKind.DEVICE, ObjectKind.DETECTOR} or delta.removed:
            self._rebuild()

    def _rebuild(self) -> None:
        wanted = {
            obj.id: obj
            for kind in _KINDS
            for obj in self._tree.of_kind(kind)
            if obj["enabled"] and self._device_of(obj)["enabled"]
        }
        for id_ in [id_ for id_ in self._places if id_ not in wanted]:
            self._forget(id_)
        for id_, obj in wanted.items():
            place = self._places.get(id_)
            if place is None or place.made != self._made(obj):
                self._forget(id_)
                self._follow(obj)
        for detector in [id_ for id_ in self._seen if not self._counts(id_)]:
            self._end(detector, self._clock.now_us())

    def _device_of(self, obj: ConfigObject) -> ConfigObject:
        return self._tree.get(self._tree.get(obj.parent).parent)

    def _made(self, obj: ConfigObject) -> tuple[object, ...]:
        is_sensor = obj.kind is ObjectKind.SENSOR
        return (
            obj.parent,
            obj["input" if is_sensor else "output"],
            obj["normally_closed"],
            obj["debounce_ms"] if is_sensor else 0,
        )

    def _follow(self, obj: ConfigObject) -> None:
        made = self._made(obj)
        _, token, normally_closed, debounce_ms = made
        now_us = self._clock.now_us()
        contact = Contact(bool(normally_closed), int(str(debounce_ms)) * MS_US)
        device = self._device_of(obj).id
        place = _Place(obj.parent, device, obj.kind, str(token), contact, made, now_us)
        self._places[obj.id] = place
        self._look(obj.id, place)
        self._tell(obj.id, place)

    def _forget(self, id_: str) -> None:
        if (place := self._places.pop(id_, None)) is None:
            return
        if place.timer is not None:
            place.timer.cancel()
        if place.begun:
            self._fire(id_, place.camera, "sensor", Phase.END, self._clock.now_us())

    # The devices

    def _on_state(self, device: str, state: ControlState) -> None:
        """What it says when it connects; nothing is known while it is away."""
        if state.state is DeviceState.CONNECTING:
            return
        keeper = self._controls.find(device)
        said = keeper.description if keeper is not None else None
        is_online = state.state is DeviceState.ONLINE
        if is_online and said is self._said.get(device):
            return  # events have come since: what it said then is old
        self._said[device] = said if is_online else None
        self._since.pop(device, None)
        for id_, place in self._of_device(device):
            self._look(id_, place)
        if not is_online:
            for detector, seen in list(self._seen.items()):
                if self._tree.get(seen.camera).parent == device:
                    self._end(detector, self._clock.now_us())

    def _look(self, id_: str, place: _Place) -> None:
        keeper = self._controls.find(place.device)
        closed: bool | None = None
        if keeper is not None and keeper.state.state is DeviceState.ONLINE and keeper.description:
            said = keeper.description
            ports = said.inputs if place.kind is ObjectKind.SENSOR else said.outputs
            closed = next((one.active for one in ports if one.token == place.token), None)
            since = self._since.get(place.device, {})
            closed = since.get((place.kind, place.token), closed)
            if closed is None and place.contact.active is not None:
                return  # it tells only of changes
        self._hear(id_, place, closed, self._clock.now_us())

    def _on_event(self, device: str, event: DeviceEvent) -> None:
        if event.kind in (DeviceEventKind.INPUT, DeviceEventKind.OUTPUT):
            is_input = event.kind is DeviceEventKind.INPUT
            kind = ObjectKind.SENSOR if is_input else ObjectKind.RELAY
            if event.active is not None:
                self._remember(device, kind, event.source, event.active)
            for id_, place in self._of_device(device):
                if place.kind is kind and place.token == event.source:
                    self._pulse(id_, place, event)
        else:
            self._on_camera_side(device, event)

    def _remember(self, device: str, kind: ObjectKind, token: str, active: bool) -> None:
        ports = self._since.setdefault(device, {})
        if (kind, token) in ports or len(ports) < _MAX_PORTS:
            ports[kind, token] = active

    def _pulse(self, id_: str, place: _Place, event: DeviceEvent) -> None:
        """An input that tells instants only is on and off again."""
        now_us = self._clock.now_us()
        if event.active is not None:
            self._hear(id_, place, event.active, now_us)
        elif place.kind is ObjectKind.SENSOR:
            self._fire(id_, place.camera, "sensor", Phase.INSTANT, now_us)

    def _hear(self, id_: str, place: _Place, closed: bool | None, now_us: int) -> None:
        if place.contact.hear(closed, now_us):
            self._changed(id_, place, now_us)
        if place.timer is not None:
            place.timer.cancel()
            place.timer = None
        if place.contact.due_us is not None:
            wait_s = max(0, place.contact.due_us - now_us) / SECOND_US
            loop = asyncio.get_running_loop()
            place.timer = loop.call_later(wait_s, self._settle, id_, place)

    def _settle(self, id_: str, place: _Place) -> None:
        """The timer may be a little early by the wall clock: what was due counts."""
        place.timer = None
        due_us = place.contact.due_us
        if due_us is not None and place.contact.settle(due_us):
            self._changed(id_, place, self._clock.now_us())

    def _changed(self, id_: str, place: _Place, now_us: int) -> None:
        place.since_us = now_us
        self._tell(id_, place)
        active = place.kind is ObjectKind.SENSOR and bool(place.contact.active)
        if active is not place.begun:
            place.begun = active
            phase = Phase.BEGIN if active else Phase.END
            self._fire(id_, place.camera, "sensor", phase, now_us)

    # Camera-side detectors

    def _on_camera_side(self, device: str, event: DeviceEvent) -> None:
        """`initial` states that are active count: it goes on since before we came."""
        if event.initial and not event.active:
            return
        for camera in self._tree.children(device, ObjectKind.CAMERA):
            if event.channel and camera["channel"] not in ("", event.channel):
                continue
            for detector in self._tree.children(camera.id, ObjectKind.DETECTOR):
                if self._counts(detector.id) and _matches(detector, event):
                    self._see(camera.id, detector, event)

    def _counts(self, detector: str) -> bool:
        obj = self._tree.find(detector)
        return obj is not None and obj["type"] == CAMERA_SIDE and bool(obj["enabled"])

    def _see(self, camera: str, detector: ConfigObject, event: DeviceEvent) -> None:
        seen = self._seen.get(detector.id)
        if seen is None and event.active is False:
            return
        if seen is None:
            seen = self._seen[detector.id] = _Seen(camera)
            self._fire(detector.id, camera, CAMERA_SIDE, Phase.BEGIN, self._clock.now_us())
        if seen.timer is not None:
            seen.timer.cancel()
            seen.timer = None
        if not event.active:  # over, or an instant
            end = partial(self._held, detector.id)
            seen.timer = asyncio.get_running_loop().call_later(detector["hold_s"], end)

    def _held(self, detector: str) -> None:
        self._end(detector, self._clock.now_us())

    def _end(self, detector: str, now_us: int) -> None:
        seen = self._seen.pop(detector)
        if seen.timer is not None:
            seen.timer.cancel()
        self._fire(detector, seen.camera, CAMERA_SIDE, Phase.END, now_us)

    # Telling

    def _fire(self, id_: str, camera: str, kind: str, phase: Phase, now_us: int) -> None:
        self._trigger(camera, DetectorEvent(id_, kind, phase, now_us))

    def _tell(self, id_: str, place: _Place) -> None:
        state = self._io_state(id_, place)
        for listener in list(self._listeners):
            listener(state)

    def _io_state(self, id_: str, place: _Place) -> IoState:
        return IoState(id_, place.kind, place.camera, place.contact.active, place.since_us)

    def _normally_closed(self, id_: str) -> bool:
        return bool(self._tree.get(id_)["normally_closed"])

    def _of_device(self, device: str) -> list[tuple[str, _Place]]:
        return [(id_, one) for id_, one in self._places.items() if one.device == device]


def _matches(detector: ConfigObject, event: DeviceEvent) -> bool:
    if event.kind.value not in detector["camera_events"]:
        return False
    return detector["source"] in ("", event.source)
