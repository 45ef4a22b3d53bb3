"""A whole running system behind the server's ports, in memory: cameras, archive, users, journal.

Users are "admin" (all rights) and "viewer" (live, archive, journal), each with its name doubled
as password.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from axxond.archive.export.job import Author
from axxond.auth import LoginRefusedError
from axxond.base.clock import Clock, SystemClock
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
    JournalPage,
    QueryAlarms,
    QueryJournal,
    StartExport,
    TimeLine,
    TreeChanged,
)
from protocol.types import (
    AlarmRecord,
    AlarmState,
    ArchiveState,
    AudioFormat,
    Box,
    CameraLine,
    CameraStatus,
    Codec,
    CoverageDay,
    DeviceState,
    EventRecord,
    ExportRecord,
    ExportState,
    KindSchema,
    ObjectKind,
    ObjectRecord,
    ProtectionRecord,
    Right,
    Span,
    StreamRole,
    VideoFormat,
    VolumeState,
)
from tests.fakes.devices import FakeDevices
from tests.fakes.metadata import FakeTrials
from tests.fakes.previews import FakePreviews

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
    ptz_priority: int = 50


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
        keys = [StreamKey(camera, role) for camera in ("cam1", "cam2") for role in StreamRole]
        self.hubs = {key: StreamHub(key) for key in keys}
        self.status = Listeners()
        self.detections = Listeners()
        self.controlled: list[tuple[str, str, str]] = []

    def high(self, camera: str = "cam1") -> StreamHub:
        return self.hubs[StreamKey(camera, StreamRole.HIGH)]

    def hub(self, camera: str, role: StreamRole) -> StreamHub | None:
        return self.hubs.get(StreamKey(camera, role))

    async def started(self, camera: str) -> None:
        """All are."""

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

    async def timeline(self, camera: str, begin_us: int, end_us: int, detail_us: int) -> TimeLine:
        return TimeLine(begin_us, end_us, [Span(begin_us, end_us, "footage")])

    async def timelines(
        self, cameras: list[str], begin_us: int, end_us: int, detail_us: int
    ) -> list[CameraLine]:
        span = Span(begin_us, end_us, "footage")
        return [CameraLine(camera, begin_us, end_us, [span]) for camera in cameras]

    async def find_recording(
        self, camera: str, time_us: int, reverse: bool
    ) -> tuple[int, int] | None:
        return (START_US, START_US + 1_000_000) if camera == "cam1" else None

    async def find_alarm(self, camera: str, time_us: int, reverse: bool) -> tuple[int, int] | None:
        return None

    async def interval(self, camera: str, begin_us: int, end_us: int, count: int) -> list[Packet]:
        return [video(25 * number) for number in range(count)] if camera == "cam1" else []

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


class FakeExports:
    """Jobs that write `content` at once, or when `wait` is set; `folder` must be given."""

    def __init__(self) -> None:
        self.limit_bytes = 1000
        self.folder = Path()
        self.content = bytes(range(256)) * 1000
        self.gate: asyncio.Event | None = None
        self.jobs: dict[str, ExportRecord] = {}
        self.kept: dict[str, bool] = {}
        self.orders: list[StartExport] = []
        self.told = Listeners()
        self.took: list[tuple[str, str]] = []
        self.in_use: list[str] = []

    @property
    def used_bytes(self) -> int:
        return sum(job.file_bytes for job in self.jobs.values())

    def records(self) -> list[ExportRecord]:
        return [job for number, job in self.jobs.items() if self.kept[number]]

    def listen(self, listener: Callable[[ExportRecord], None]) -> Unlisten:
        return self.told.add(listener)

    async def start(self, order: StartExport, by: Author, keep: bool = True) -> ExportRecord:
        if order.cameras != ["cam1"]:
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such camera", order.cameras[0])
        self.orders.append(order)
        number = f"job{len(self.orders)}"
        job = export_record(number, by.user, order)
        self.jobs[number], self.kept[number] = job, keep
        self.told.tell(job)
        return job

    def _find(self, job_id: str) -> ExportRecord:
        if job_id not in self.jobs:
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such export", job_id)
        return self.jobs[job_id]

    async def wait(self, job_id: str) -> ExportRecord:
        self._find(job_id)
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.to_thread((self.folder / job_id).write_bytes, self.content)
        done = evolve(
            self.jobs[job_id], state=ExportState.DONE, share=1.0, file_bytes=len(self.content)
        )
        self.jobs[job_id] = done
        self.told.tell(done)
        return done

    async def cancel(self, job_id: str, by: Author) -> None:
        if self._find(job_id).state is ExportState.DONE:
            raise ProtocolError(ErrorCode.CONFLICT, "it is done already", job_id)
        self.jobs[job_id] = evolve(self.jobs[job_id], state=ExportState.CANCELLED)

    async def delete(self, job_id: str, by: Author) -> None:
        self._find(job_id)
        await self.discard(job_id, by)

    async def discard(self, job_id: str, by: Author) -> None:
        if self.jobs.pop(job_id, None) is not None:
            await asyncio.to_thread((self.folder / job_id).unlink, missing_ok=True)

    def share(self, job_id: str) -> float:
        return self._find(job_id).share

    def result(self, job_id: str) -> Path:
        if self._find(job_id).state is not ExportState.DONE:
            raise ProtocolError(ErrorCode.CONFLICT, "it has no file", job_id)
        return self.folder / job_id

    def reading(self, job_id: str, on: bool) -> None:
        if on:
            self.in_use.append(job_id)
        else:
            self.in_use.remove(job_id)

    def fetched(self, job_id: str, by: Author) -> None:
        self.took.append((job_id, by.user))


def export_record(number: str, user: str, order: StartExport) -> ExportRecord:
    """As it is when it was started."""
    return ExportRecord(
        id=number,
        user=user,
        state=ExportState.RUNNING,
        created_us=START_US,
        ended_us=None,
        cameras=order.cameras,
        camera_names=["Gate"] * len(order.cameras),
        begin_us=order.begin_us,
        end_us=order.end_us,
        form=order.form,
        evidence=order.evidence,
        encrypted=bool(order.password),
        stamp=order.stamp,
        masked=bool(order.masks),
        comment=order.comment,
        share=0.5,
        cameras_done=0,
    )


class FakeVault:
    def __init__(self) -> None:
        period = START_US, START_US + 1
        first = ProtectionRecord("p0", "archive", "cam1", *period, "theft", "admin", START_US)
        self.held = {"p0": first}

    async def coverage(
        self, camera: str, archive: str, begin_us: int, end_us: int
    ) -> list[CoverageDay]:
        return [CoverageDay(begin_us, end_us, end_us - begin_us, 0, {})]

    async def protect(
        self, camera: str, archive: str, period: tuple[int, int], reason: str, who: tuple[str, str]
    ) -> list[ProtectionRecord]:
        if camera != "cam1":
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such footage", camera)
        id_ = f"p{len(self.held)}"
        made = ProtectionRecord(id_, "archive", camera, *period, reason, who[0], START_US)
        self.held[id_] = made
        return [made]

    async def unprotect(self, protection: str, who: tuple[str, str]) -> None:
        if self.held.pop(protection, None) is None:
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such protection", protection)

    def protections(self) -> list[ProtectionRecord]:
        return list(self.held.values())

    async def archives(self) -> list[ArchiveState]:
        volume = VolumeState("/archive", True, 10, 5, 1, START_US, START_US + 1, [])
        return [ArchiveState("archive", "Archive", False, [volume], [], [], 12.5, 0)]


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
    previews: FakePreviews = field(factory=FakePreviews)
    trials: FakeTrials = field(factory=FakeTrials)
    devices: FakeDevices = field(factory=FakeDevices)
    archives: FakeArchives = field(factory=FakeArchives)
    vault: FakeVault = field(factory=FakeVault)
    tree: FakeTree = field(factory=FakeTree)
    journal: FakeJournal = field(factory=FakeJournal)
    alarms: FakeAlarms = field(factory=FakeAlarms)
    exports: FakeExports = field(factory=FakeExports)
    bus: EventBus = field(factory=EventBus)
    events: list[Event] = field(factory=list)
    clock: Clock = field(factory=SystemClock)

    def ports(self) -> System:
        self.bus.listen(self.events.append)
        return System(
            node="node-1",
            node_name="Test server",
            software="axxond test",
            started_us=START_US,
            clock=self.clock,
            bus=self.bus,
            auth=self.auth,
            cameras=self.cameras,
            previews=self.previews,
            trials=self.trials,
            devices=self.devices,
            ptz=self.devices,
            archives=self.archives,
            vault=self.vault,
            tree=self.tree,
            journal=self.journal,
            alarms=self.alarms,
            load=lambda: Load(1.0, 2, 3, 4, machine_percent=5.0),
            exports=self.exports,
            evidence_key="ab" * 32,
        )
