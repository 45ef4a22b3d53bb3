"""A fake server's devices: `tests.fakes.devices` over the wire, new ones in the world's tree."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import define, field

from protocol import messages as m
from protocol.devicetypes import DeviceNotice, FoundDevice, IoState, NewDevice, PtzHolder
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import Change, Changed, ChangeTree, Message
from protocol.types import AudioFormat, Codec, ObjectKind
from tests.fakes import world
from tests.fakes.devices import FakeDevices, FakeSpeech, found
from tests.fakes.objects import Objects
from tests.fakes.session import Answer, Publish, Session

_FIRST_CHANNEL = 50_000
PRIORITIES = {"admin": 50, "viewer": 10}
STEERING = (
    m.MovePtz,
    m.StopPtz,
    m.GoPtz,
    m.ShiftPtz,
    m.GoPreset,
    m.SetPreset,
    m.RemovePreset,
    m.GoHome,
    m.Patrol,
    m.SetLens,
    m.TakePtz,
)


@define
class _Who:
    user: str
    role: str
    rights: frozenset[Any]
    ptz_priority: int


@define(eq=False)
class DeviceHandlers:
    """`devices` is what a test looks at and makes things happen with."""

    world: world.World
    publish: Publish
    objects: Objects
    devices: FakeDevices = field(init=False)
    _talks: dict[int, FakeSpeech] = field(factory=dict)
    _searches: dict[int, Callable[[], None]] = field(factory=dict)
    _last: int = _FIRST_CHANNEL

    def __attrs_post_init__(self) -> None:
        others = [one.id for one in self._of_kind(ObjectKind.DEVICE) if one.id != "device-1"]
        self.devices = FakeDevices("device-1", "camera-1", "sensor-1", "relay-1", others)
        self.devices.found.append(found(9, "device-1"))
        self.devices.listen_states(self._on_state)
        self.devices.listen_io(self._on_io)
        self.devices.listen(self._on_ptz)

    def table(self) -> dict[type[Message], Callable[[Session, Any], Awaitable[Answer]]]:
        steering = dict.fromkeys(STEERING, self._steer)
        return {
            m.DescribeDevice: self._describe,
            m.SetStream: self._set_stream,
            m.SetDeviceClock: self._set_clock,
            m.TakeSnapshot: self._snapshot,
            m.Discover: self._discover,
            m.TryDevice: self._try_device,
            m.AddDevices: self._add,
            m.SwitchRelay: self._switch,
            m.OpenTalk: self._talk,
            m.GetPtz: self._get_ptz,
            **steering,
        }

    def present(self, session: Session) -> None:
        """On subscribing."""
        if "io" in session.topics:
            session.connection.notify(m.DeviceStateNotice(self.devices.states()))
            session.connection.notify(m.IoNotice(self.devices.io_states()))
        if "ptz" in session.topics:
            session.connection.notify(m.PtzNotice(self.devices.holders()))

    def close_channel(self, channel: int) -> bool:
        """Whether it was one of these."""
        if (stop := self._searches.pop(channel, None)) is not None:
            stop()
            return True
        if (speech := self._talks.pop(channel, None)) is not None:
            speech.device.speaker = ""
            return True
        return False

    def samples(self, channel: int, payload: bytes) -> None:
        if (speech := self._talks.get(channel)) is not None:
            speech.feed(payload)

    async def _describe(self, session: Session, message: m.DescribeDevice) -> Answer:
        return await self.devices.describe(message.device, message.fresh)

    async def _set_stream(self, session: Session, message: m.SetStream) -> Answer:
        return m.StreamSet(await self.devices.set_stream(message, _who(session), ""))

    async def _set_clock(self, session: Session, message: m.SetDeviceClock) -> Answer:
        return m.ClockSet(await self.devices.set_clock(message.device, _who(session), ""))

    async def _snapshot(self, session: Session, message: m.TakeSnapshot) -> Answer:
        return m.Snapshot(), await self.devices.snapshot(message.camera)

    async def _discover(self, session: Session, message: m.Discover) -> Answer:
        channel = self._next()

        def tell(some: list[FoundDevice]) -> None:
            session.connection.notify(m.FoundNotice(channel, some))

        def begin() -> None:
            self._searches[channel] = self.devices.discover(tell)

        asyncio.get_running_loop().call_soon(begin)
        return m.Opened(channel)

    async def _try_device(self, session: Session, message: m.TryDevice) -> Answer:
        return await self.devices.try_device(message)

    async def _add(self, session: Session, message: m.AddDevices) -> Answer:
        await self.devices.add(message.devices, _who(session), "")
        changes = [change for one in message.devices for change in self._changes(one)]
        done = self.objects.change(session, ChangeTree(changes))
        assert isinstance(done, Changed)
        wanted = [item.id for item in changes if item.kind == ObjectKind.DEVICE]
        return Changed(done.revision, wanted)

    async def _switch(self, session: Session, message: m.SwitchRelay) -> Answer:
        who = _who(session)
        await self.devices.switch(message.relay, message.on, message.seconds, who, "")
        return m.Done()

    async def _talk(self, session: Session, message: m.OpenTalk) -> Answer:
        channel = self._next()

        def ended(text: str) -> None:
            session.connection.notify(m.ChannelNotice(channel, "closed", text=text))

        speech = await self.devices.talk(message.camera, _who(session), "", ended)
        self._talks[channel] = speech
        return m.TalkOpened(channel, AudioFormat(Codec.L16, speech.sample_rate, 1, 16))

    async def _get_ptz(self, session: Session, message: m.GetPtz) -> Answer:
        return await self.devices.state(message.camera)

    async def _steer(self, session: Session, message: m.Request) -> Answer:
        return await self.devices.steer(message, _who(session), "", session)

    def _changes(self, new: NewDevice) -> list[Change]:
        device = f"device-{self._next()}"
        properties = {
            "driver": new.driver,
            "url": new.url,
            "user": new.user,
            "password": new.password,
        }
        made = [Change(device, ObjectKind.DEVICE, world.NODE, new.name, properties)]
        for camera in new.cameras:
            id_ = f"camera-{self._next()}"
            number = len(self.world.cameras) + 1
            urls = {"number": number, "url": camera.url, "low_url": camera.low_url}
            made.append(Change(id_, ObjectKind.CAMERA, device, camera.name, urls))
        return made

    def _of_kind(self, kind: ObjectKind) -> list[Any]:
        return [one for one in self.world.objects.values() if one.kind is kind]

    def _next(self) -> int:
        self._last += 1
        return self._last

    def _on_state(self, state: DeviceNotice) -> None:
        self.publish("io", m.DeviceStateNotice([state]))

    def _on_io(self, state: IoState) -> None:
        self.publish("io", m.IoNotice([state]))

    def _on_ptz(self, holder: PtzHolder) -> None:
        self.publish("ptz", m.PtzNotice([holder]))


def _who(session: Session) -> _Who:
    if not session.user:
        raise ProtocolError(ErrorCode.NOT_LOGGED_IN, "log in first")
    return _Who(session.user, session.user, frozenset(session.rights), PRIORITIES[session.user])
