"""Tiles hear of every change, the journal of every change that matters, neither of a flood."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from axxond.app.runtime import Runtime
from axxond.app.status import StatusBoard
from axxond.config.store import ConfigStore
from axxond.config.templates import administrator, complete, first_objects
from axxond.config.tree import ConfigTree, new_id
from axxond.devices.supervisor import StreamState
from axxond.devices.timing import Timing
from axxond.events.bus import EventBus
from axxond.events.types import Event
from axxond.media.packet import Packet
from axxond.responses.alarms import AlarmBook
from axxond.stream.hub import StreamHub, StreamKey
from protocol.messages import Change
from protocol.types import (
    CameraStatus,
    Codec,
    DeviceState,
    FailureKind,
    ObjectKind,
    StreamRole,
    VideoFormat,
)

SECOND = 1_000_000
MINUTE = 60 * SECOND
VIDEO = VideoFormat(Codec.H264, 640, 360, b"first")


class MovingClock:
    def __init__(self) -> None:
        self.time_us = 1_000 * SECOND

    def now_us(self) -> int:
        return self.time_us

    def monotonic_us(self) -> int:
        return self.time_us


class FakeSupervisor:
    """Stands where the runtime has a supervisor."""

    timing = Timing()
    timing.offset(1234, 0)

    def __init__(self) -> None:
        self.state = StreamState(DeviceState.CONNECTING, None, "", 5)


class World:
    def __init__(self, folder: Path) -> None:
        self.clock = MovingClock()
        self.bus = EventBus()
        self.events: list[Event] = []
        self.bus.listen(self.events.append)
        self.tree = ConfigTree(ConfigStore(folder / "c.sqlite"), self.clock, lambda text: "hash")
        self.book = AlarmBook(folder / "a.sqlite", self.bus, self.clock)
        self.runtime = Runtime(folder, self.clock, 1)
        self.board = StatusBoard(self.tree, self.runtime, self.book, self.bus, self.clock)
        self.told: list[CameraStatus] = []
        self.board.listen(self.told.append)
        self.supervisor = FakeSupervisor()
        self.camera = ""

    async def open(self) -> None:
        await self.tree.open()
        await self.book.open()
        first = first_objects("node", "here", lambda: "archive", 20)
        await self.tree.apply([*first, administrator("node", "admin", "s3cret words")], "x")
        device = Change("gate", ObjectKind.DEVICE, "node", "Gate", {"url": "rtsp://10.0.0.1/"})
        await self.tree.apply(complete([device], self.tree.snapshot(), new_id), "x")
        self.camera = self.tree.of_kind(ObjectKind.CAMERA)[0].id
        self.hub = StreamHub(self.key)
        self.runtime.hubs[self.key] = self.hub
        self.runtime.supervisors[self.key] = self.supervisor  # type: ignore[assignment]

    async def close(self) -> None:
        await self.runtime.close()
        await self.book.close()
        await self.tree.close()

    @property
    def key(self) -> StreamKey:
        return StreamKey(self.camera, StreamRole.HIGH)

    def go(self, state: DeviceState, failure: FailureKind | None = None, reason: str = "") -> None:
        self.supervisor.state = StreamState(state, failure, reason, self.clock.time_us)
        self.board.stream_state(self.key, self.supervisor.state)

    def second(self, frames: int = 25, lost: int = 0, video: VideoFormat = VIDEO) -> None:
        """A second of video, then a tick of the board."""
        for _frame in range(frames):
            at_us = self.clock.time_us
            packet = Packet(video, bytes(1000), at_us, at_us, 40_000, True, lost_before=lost)
            self.hub.publish(packet)
            lost = 0
        self.clock.time_us += SECOND
        self.board.tick()

    @property
    def kinds(self) -> list[str]:
        return [event.type.name for event in self.events]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    await world.open()
    yield world
    await world.close()


async def test_rates_are_those_of_the_last_second(world: World) -> None:
    world.go(DeviceState.ONLINE)
    world.second()
    world.second()
    (status,) = world.board.all()
    assert (status.fps, status.bitrate_bps) == (25.0, 200_000)
    assert (status.received_packets, status.clock_offset_us) == (50, 1234)
    world.go(DeviceState.WAITING, FailureKind.STALLED, "stalled")
    (status,) = world.board.all()
    assert (status.fps, status.bitrate_bps) == (0.0, 0)


async def test_listeners_hear_of_what_differs_only(world: World) -> None:
    world.go(DeviceState.ONLINE)
    count = len(world.told)
    world.board.refresh(world.camera)
    assert len(world.told) == count
    world.go(DeviceState.WAITING, FailureKind.STALLED, "stalled")
    assert world.told[-1].reason == "stalled"
    assert len(world.told) == count + 1


async def test_a_camera_that_fails_again_the_same_way_is_one_event(world: World) -> None:
    for _attempt in range(5):
        world.go(DeviceState.CONNECTING)
        world.go(DeviceState.WAITING, FailureKind.UNREACHABLE, "gone")
    assert world.kinds == ["device.failed"]
    world.go(DeviceState.WAITING, FailureKind.LOGIN, "wrong password")
    world.go(DeviceState.ONLINE)
    world.go(DeviceState.WAITING, FailureKind.UNREACHABLE, "gone")
    assert world.kinds == ["device.failed", "device.failed", "device.online", "device.failed"]
    assert world.events[1].text == "wrong password"


async def test_losses_are_summed_to_one_event_a_minute(world: World) -> None:
    world.go(DeviceState.ONLINE)
    for _second in range(90):
        world.second(lost=2)
    texts = [event.text for event in world.events if event.type.name == "stream.loss"]
    assert texts == [
        "2 packets were lost on the network",
        "120 packets were lost on the network",
    ]
    assert world.board.all()[0].lost_packets == 180


async def test_another_picture_size_is_told_and_other_parameters_are_not(world: World) -> None:
    world.second()
    world.second(video=VideoFormat(Codec.H264, 640, 360, b"second"))
    assert "stream.changed" not in world.kinds
    world.second(video=VideoFormat(Codec.H265, 1280, 720))
    changed = [event.text for event in world.events if event.type.name == "stream.changed"]
    assert changed == ["Now h265 1280×720"]


async def test_an_alarm_shows_while_it_goes_on(world: World) -> None:
    alarm = world.book.raise_alarm(world.camera, "Gate", "operator", world.clock.time_us)
    world.board.refresh(world.camera)
    assert world.told[-1].alarm
    world.book.end(alarm.id, world.clock.time_us)
    world.board.refresh(world.camera)
    assert not world.told[-1].alarm


async def test_a_camera_without_a_stream_is_stopped_or_switched_off(world: World) -> None:
    world.second()
    del world.runtime.supervisors[world.key]
    world.board.tick()
    assert world.board.all()[0].state is DeviceState.STOPPED
    revision = world.tree.get("gate").revision
    await world.tree.apply([Change("gate", properties={"enabled": False}, revision=revision)], "x")
    world.board.tick()
    assert world.board.all()[0].state is DeviceState.DISABLED


async def test_a_removed_camera_is_forgotten(world: World) -> None:
    world.second()
    await world.tree.apply([Change("gate", remove=True)], "x")
    world.board.tick()
    assert world.board.all() == []
    world.board.refresh(world.camera)
    assert world.board.all() == []
