"""A whole running system behind the server's ports, in memory: cameras, archive, users, journal.

Users are "admin" (all rights) and "viewer" (live, archive, journal), each with its name doubled
as password.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from attrs import field, frozen

from axxond.auth import LoginRefusedError
from axxond.base.clock import SystemClock
from axxond.config.schema import SCHEMA
from axxond.events.bus import EventBus
from axxond.events.types import Event
from axxond.media.packet import Packet
from axxond.server.ports import Identity, Load, System, Unlisten
from axxond.stream.hub import StreamHub, StreamKey
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import (
    AlarmPage,
    Change,
    Changed,
    ChangePassword,
    DeviceTested,
    EvaluateAlarm,
    Export,
    JournalPage,
    QueryAlarms,
    QueryJournal,
    TimeLine,
    TreeChanged,
)
from protocol.types import (
    AlarmRecord,
    AlarmState,
    AudioFormat,
    Box,
    CameraStatus,
    Codec,
    DeviceState,
    EventRecord,
    KindSchema,
    ObjectKind,
    ObjectRecord,
    Right,
    Span,
    StreamRole,
    VideoFormat,
)

VIDEO = VideoFormat(Codec.H264, 640, 360, b"avcC")
AUDIO = AudioFormat(Codec.PCMA, 8000, 1)
START_US = 1_700_000_000_000_000
FRAME_US = 40_000
RIGHTS = {
    "admin": frozenset(Right),
    "viewer": frozenset({Right.LIVE, Right.ARCHIVE, Right.JOURNAL}),
}


def video(number: int, gop: int = 25, size_bytes: int = 2000) -> Packet:
    """The `number`th packet of a stream whose every `gop`th is a key frame."""
    data = number.to_bytes(4, "big") + bytes(size_bytes - 4)
    pts_us = START_US + number * FRAME_US
    return Packet(VIDEO, data, pts_us, pts_us, FRAME_US, number % gop == 0)


def sound(number: int) -> Packet:
    pts_us = START_US + number * FRAME_US
    return Packet(AUDIO, bytes(320), pts_us, pts_us, FRAME_US, True)


class Listeners:
    """One list of listeners, as every port has."""

    def __init__(self) -> None:
        self._calls: list[Callable[..., None]] = []

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, call: Callable[..., None]) -> Unlisten:
        self._calls.append(call)
        return lambda: self._calls.remove(call)

    def tell(self, *values: Any) -> None:
        for call in list(self._calls):
            call(*values)


@frozen
class FakeIdentity:
    user: str
    role: str
    rights: frozenset[Right]


class FakeAuth:
    def __init__(self) -> None:
        self.revoked = Listeners()
        self.changed: list[tuple[str, str]] = []

    async def login(self, user: str, password: str, address: str) -> Identity:
        await asyncio.sleep(0)
        if user not in RIGHTS or password != user * 2:
            raise LoginRefusedError("The user name or the password is wrong.")
        return FakeIdentity(user, user, RIGHTS[user])

    async def change_password(
        self, request: ChangePassword, identity: Identity, address: str
    ) -> None:
        self.changed.append((request.user or identity.user, request.new))

    def listen_revoked(self, listener: Callable[[str], None]) -> Unlisten:
        return self.revoked.add(listener)


class FakeCameras:
    def __init__(self) -> None:
        self.hubs: dict[StreamKey, StreamHub] = {}
        self.status = Listeners()
        self.detections = Listeners()
        self.controlled: list[tuple[str, str, str]] = []
        for camera in ("cam1", "cam2"):
            for role in StreamRole:
                key = StreamKey(camera, role)
                self.hubs[key] = StreamHub(key)

    def high(self, camera: str = "cam1") -> StreamHub:
        return self.hubs[StreamKey(camera, StreamRole.HIGH)]

    def hub(self, camera: str, role: StreamRole) -> StreamHub | None:
        return self.hubs.get(StreamKey(camera, role))

    def statuses(self) -> list[CameraStatus]:
        return [camera_status(camera) for camera in ("cam1", "cam2")]

    def listen_statuses(self, listener: Callable[[CameraStatus], None]) -> Unlisten:
        return self.status.add(listener)

    def listen_detections(
        self, camera: str, listener: Callable[[int, list[Box]], None]
    ) -> Unlisten:
        return self.detections.add(listener)

    async def control(self, camera: str, action: str, identity: Identity, address: str) -> None:
        if camera not in ("cam1", "cam2"):
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such camera", camera)
        self.controlled.append((camera, action, identity.user))

    async def test(self, properties: dict[str, Any], device: str) -> tuple[DeviceTested, bytes]:
        return DeviceTested(None, "it works"), b"keyframe"


def camera_status(camera: str, recording: bool = False) -> CameraStatus:
    state = DeviceState.ONLINE
    return CameraStatus(
        camera, state, START_US, None, "", True, recording, False, 10, 0, 4_000_000, 25.0
    )


class FakeArchives:
    """Footage of "cam1" only: `gops_count` GOPs of 25 packets, a hole of 10 s before `hole_at`."""

    def __init__(self) -> None:
        self.gops_count = 8
        self.hole_at: int | None = None
        self.packet_bytes = 2000
        self.read = 0  # GOPs handed out
        self.closed = 0  # readers ended
        self.exported = bytes(range(256)) * 1000
        self.export_wait: asyncio.Event | None = None
        self.export_paths: list[Path] = []

    async def timeline(self, camera: str, begin_us: int, end_us: int, detail_us: int) -> TimeLine:
        return TimeLine(begin_us, end_us, [Span(begin_us, end_us, "footage")])

    async def key_frame_at(self, camera: str, time_us: int) -> Packet | None:
        return video(0) if camera == "cam1" else None

    def gop(self, number: int) -> list[Packet]:
        hole_us = 10_000_000 if self.hole_at is not None and number >= self.hole_at else 0
        plain = [video(number * 25 + step, 25, self.packet_bytes) for step in range(25)]
        return [
            Packet(
                VIDEO,
                packet.data,
                packet.pts_us + hole_us,
                packet.dts_us + hole_us,
                FRAME_US,
                packet.keyframe,
            )
            for packet in plain
        ]

    async def gops(
        self,
        camera: str,
        archive: str,
        from_us: int,
        reverse: bool,
        key_frames_only: bool,
        audio: bool,
    ) -> AsyncIterator[list[Packet]]:
        gops = [self.gop(number) for number in range(self.gops_count if camera == "cam1" else 0)]
        wanted = [
            gop
            for gop in gops
            if (gop[0].pts_us <= from_us if reverse else gop[-1].pts_us + FRAME_US > from_us)
        ]
        try:
            for gop in reversed(wanted) if reverse else wanted:
                await asyncio.sleep(0)
                self.read += 1
                yield gop[:1] if key_frames_only else gop
        finally:
            self.closed += 1

    async def export(self, request: Export, path: Path, progress: Callable[[float], None]) -> None:
        self.export_paths.append(path)
        await asyncio.to_thread(path.write_bytes, self.exported)
        progress(0.5)
        if self.export_wait is not None:
            await self.export_wait.wait()


class FakeTree:
    def __init__(self) -> None:
        self.revision = 1
        self.delta = Listeners()
        self.applied: list[Change] = []
        self.objects = [
            ObjectRecord("node", ObjectKind.SERVER, "", "Server", 1),
            ObjectRecord("cam1", ObjectKind.CAMERA, "dev1", "Gate", 1, {"number": 1}),
            ObjectRecord("user1", ObjectKind.USER, "node", "admin", 1, {"password": ""}),
        ]

    def records(self) -> list[ObjectRecord]:
        return list(self.objects)

    def schema(self) -> list[KindSchema]:
        return list(SCHEMA.values())

    async def apply(self, changes: list[Change], identity: Identity, address: str) -> Changed:
        self.applied += changes
        self.revision += 1
        self.delta.tell(TreeChanged(self.revision, self.objects, [], identity.user))
        return Changed(self.revision, [change.id for change in changes])

    def listen(self, listener: Callable[[TreeChanged], None]) -> Unlisten:
        return self.delta.add(listener)


class FakeJournal:
    def __init__(self) -> None:
        self.events = Listeners()
        self.fault: Exception | None = None

    async def query(self, request: QueryJournal) -> JournalPage:
        if self.fault is not None:
            raise self.fault
        return JournalPage([], False)

    def listen(self, listener: Callable[[EventRecord], None]) -> Unlisten:
        return self.events.add(listener)


class FakeAlarms:
    def __init__(self) -> None:
        self.changed = Listeners()
        self.taken: list[tuple[str, str]] = []
        self.evaluated: list[EvaluateAlarm] = []

    async def query(self, request: QueryAlarms) -> AlarmPage:
        return AlarmPage(self.pending(), False)

    def pending(self) -> list[AlarmRecord]:
        return [
            AlarmRecord(
                "alarm1", "cam1", "Gate", "detector.motion", START_US, None, AlarmState.PENDING
            )
        ]

    async def take(self, alarm: str, release: bool, identity: Identity, address: str) -> None:
        self.taken.append((alarm, identity.user))

    async def evaluate(self, request: EvaluateAlarm, identity: Identity, address: str) -> None:
        self.evaluated.append(request)

    def listen(self, listener: Callable[[AlarmRecord], None]) -> Unlisten:
        return self.changed.add(listener)


@frozen
class FakeSystem:
    """The ports, each reachable with its own type, and what was published."""

    auth: FakeAuth = field(factory=FakeAuth)
    cameras: FakeCameras = field(factory=FakeCameras)
    archives: FakeArchives = field(factory=FakeArchives)
    tree: FakeTree = field(factory=FakeTree)
    journal: FakeJournal = field(factory=FakeJournal)
    alarms: FakeAlarms = field(factory=FakeAlarms)
    bus: EventBus = field(factory=EventBus)
    events: list[Event] = field(factory=list)

    def ports(self) -> System:
        self.bus.listen(self.events.append)
        return System(
            node="node-1",
            node_name="Test server",
            software="axxond test",
            started_us=START_US,
            clock=SystemClock(),
            bus=self.bus,
            auth=self.auth,
            cameras=self.cameras,
            archives=self.archives,
            tree=self.tree,
            journal=self.journal,
            alarms=self.alarms,
            load=lambda: Load(1.0, 2, 3, 4),
        )
