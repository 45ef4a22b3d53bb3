"""What a fake server knows: the object tree, hours of history with gaps, events, alarms."""

from __future__ import annotations

import random

from attrs import Factory, define, evolve, field

from axxond.config.schema import SCHEMA
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import Change
from protocol.types import (
    AlarmRecord,
    AlarmState,
    CameraStatus,
    DeviceState,
    EventRecord,
    FailureKind,
    ObjectKind,
    ObjectRecord,
    Phase,
    Right,
    Severity,
    Span,
)

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
NODE = "node-1"
NAMES = (
    "Entrance", "Till", "Yard", "Stock room", "Corridor", "Gate north", "Gate south", "Parking",
    "Loading bay", "Lobby", "Stairs", "Roof", "Server room", "Canteen", "Fence east", "Fence west",
)  # fmt: skip
OFFLINE_NUMBER = 8  # that camera cannot be reached: "wrong password"
SPARSE_NUMBER = 3  # that camera records on events only


@define
class Camera:
    id: str
    number: int
    name: str
    footage: list[Span] = field(factory=list)  # footage and gaps, in order
    marks: list[Span] = field(factory=list)  # detector and alarm spans, in order
    armed: bool = True
    recording: bool = True
    alarm: bool = False

    @property
    def online(self) -> bool:
        return self.number != OFFLINE_NUMBER

    def holds(self, time_us: int) -> Span | None:
        """The footage that holds a time, or the next one after it."""
        for span in self.footage:
            if span.kind == "footage" and span.end_us > time_us:
                return span
        return None

    def before(self, time_us: int) -> Span | None:
        """The footage that begins before a time, the newest."""
        found = [s for s in self.footage if s.kind == "footage" and s.begin_us <= time_us]
        return found[-1] if found else None


@define
class World:
    now_us: int
    cameras: dict[str, Camera]
    objects: dict[str, ObjectRecord]
    events: list[EventRecord] = field(factory=list)  # oldest first
    alarms: dict[str, AlarmRecord] = field(factory=dict)
    revision: int = 1
    started_us: int = field(default=Factory(lambda self: self.now_us, takes_self=True))

    def status(self, camera: Camera) -> CameraStatus:
        online = camera.online
        return CameraStatus(
            camera.id,
            DeviceState.ONLINE if online else DeviceState.WAITING,
            self.now_us,
            None if online else FailureKind.LOGIN,
            "" if online else "The camera refuses the user name or the password.",
            camera.armed,
            camera.recording and online,
            camera.alarm,
            1000 if online else 0,
            0,
            400_000 if online else 0,
            25.0 if online else 0.0,
            12_000 if online else None,
        )

    def event(self, **fields: object) -> EventRecord:
        """A new journal row with the next id."""
        row = EventRecord(len(self.events) + 1, **fields)  # type: ignore[arg-type]
        self.events.append(row)
        return row

    def apply(self, changes: list[Change]) -> tuple[list[ObjectRecord], list[str]]:
        """Changed and removed objects.  Raises ProtocolError as the real server does."""
        changed: list[ObjectRecord] = []
        removed: list[str] = []
        for index, change in enumerate(changes):
            if change.remove:
                removed += self._remove(change.id)
            else:
                changed.append(self._put(change, f"new-{self.revision}-{index}"))
        self.revision += 1
        return changed, removed

    def _put(self, change: Change, fresh_id: str) -> ObjectRecord:
        old = self.objects.get(change.id)
        if old is None:
            old = ObjectRecord(
                change.id or fresh_id, ObjectKind(change.kind), change.parent, "", 0, {}
            )
        elif change.revision is not None and change.revision != old.revision:
            raise ProtocolError(ErrorCode.CONFLICT, "Someone changed it meanwhile.", old.id)
        properties = {**old.properties, **change.properties}
        for entry in SCHEMA[old.kind].fields:
            value = properties.setdefault(entry.name, entry.default)
            low, high = entry.minimum, entry.maximum
            if entry.required and value in (None, "") and entry.type != "password":
                raise ProtocolError(ErrorCode.INVALID, f"{entry.name}: is needed.", old.id)
            bounded = isinstance(value, int | float) and low is not None and high is not None
            if bounded and not low <= value <= high:
                text = f"{entry.name}: {value} is not within {low:g} to {high:g}."
                raise ProtocolError(ErrorCode.INVALID, text, old.id)
            if entry.type == "password":
                properties[entry.name] = ""
        name = change.name if change.name is not None else old.name
        new = evolve(old, name=name, revision=old.revision + 1, properties=properties)
        self.objects[new.id] = new
        if new.kind is ObjectKind.CAMERA and new.id not in self.cameras:
            number = int(properties.get("number") or len(self.cameras) + 1)
            self.cameras[new.id] = Camera(new.id, number, new.name)
        return new

    def _remove(self, wanted: str) -> list[str]:
        if wanted not in self.objects:
            raise ProtocolError(ErrorCode.NOT_FOUND, "No such object.", wanted)
        gone = [wanted]
        for parent in gone:
            gone += [item.id for item in self.objects.values() if item.parent == parent]
        for item in gone:
            del self.objects[item]
            self.cameras.pop(item, None)
        return gone


def make(cameras: int, now_us: int, history_us: int = 6 * HOUR_US, seed: int = 7) -> World:
    """A server with so many cameras and a history that ends now."""
    chance = random.Random(seed)
    world = World(now_us, {}, {})
    _add(world, NODE, ObjectKind.SERVER, "", "server-a")
    _add(world, "archive-1", ObjectKind.ARCHIVE, NODE, "Archive")
    rights = [right.value for right in Right]
    _add(world, "role-admin", ObjectKind.ROLE, NODE, "admin", rights=rights)
    _add(world, "role-viewer", ObjectKind.ROLE, NODE, "viewer", rights=["live", "archive"])
    _add(world, "user-admin", ObjectKind.USER, NODE, "admin", role="role-admin")
    _add(world, "user-viewer", ObjectKind.USER, NODE, "viewer", role="role-viewer")
    for number in range(1, cameras + 1):
        _add_camera(world, number)
    _add(world, "telemetry-1", ObjectKind.TELEMETRY, "camera-1", "Telemetry")
    _add(world, "sensor-1", ObjectKind.SENSOR, "camera-1", "Door contact", input="in1")
    _add(world, "relay-1", ObjectKind.RELAY, "camera-1", "Lamp", output="out1")
    cells = [camera.id for camera in world.cameras.values()]
    _add(world, "layout-1", ObjectKind.LAYOUT, NODE, "Lobby", columns=2, rows=2, cells=cells[:4])
    _add(world, "layout-2", ObjectKind.LAYOUT, NODE, "All", columns=3, rows=3, cells=cells[:9])
    for camera in world.cameras.values():
        _history(world, camera, history_us, chance)
    world.events.sort(key=lambda row: row.time_us)
    world.events = [evolve(row, id=place + 1) for place, row in enumerate(world.events)]
    return world


def _add(
    world: World, key: str, kind: ObjectKind, parent: str, name: str, **values: object
) -> None:
    properties = {entry.name: entry.default for entry in SCHEMA[kind].fields} | values
    world.objects[key] = ObjectRecord(key, kind, parent, name, 1, properties)


def _add_camera(world: World, number: int) -> None:
    name = NAMES[number - 1] if number <= len(NAMES) else f"Camera {number}"
    device, camera = f"device-{number}", f"camera-{number}"
    url = f"rtsp://192.0.2.{number}/stream1"
    _add(world, device, ObjectKind.DEVICE, NODE, name, url=url, low_url=url[:-1] + "2")
    _add(world, camera, ObjectKind.CAMERA, device, name, number=number)
    _add(world, f"detector-{number}", ObjectKind.DETECTOR, camera, "Motion")
    mode = "event" if number == SPARSE_NUMBER else "continuous"
    _add(
        world, f"recording-{number}", ObjectKind.RECORDING, camera, "Recording",
        archive="archive-1", mode=mode,
    )  # fmt: skip
    world.cameras[camera] = Camera(camera, number, name)


def _history(world: World, camera: Camera, history_us: int, chance: random.Random) -> None:
    begin_us = (world.now_us - history_us) // SECOND_US * SECOND_US
    marks = _marks(world, camera, begin_us, chance)
    camera.marks = marks
    if camera.number == SPARSE_NUMBER:
        camera.footage = [
            Span(span.begin_us - 5 * SECOND_US, span.end_us + 10 * SECOND_US, "footage")
            for span in marks
            if span.kind == "detector"
        ]
        return
    at_us = begin_us
    while at_us < world.now_us:
        end_us = min(at_us + chance.randrange(30, 120) * MINUTE_US, world.now_us)
        camera.footage.append(Span(at_us, end_us, "footage"))
        gap_us = chance.choice([8, 40, 300]) * SECOND_US
        if end_us + gap_us < world.now_us:
            reason = chance.choice(["camera-down", "restart", "disk"])
            camera.footage.append(Span(end_us, end_us + gap_us, "gap", reason))
        at_us = end_us + gap_us
    if not camera.online:
        camera.footage = camera.footage[:3]


def _marks(world: World, camera: Camera, begin_us: int, chance: random.Random) -> list[Span]:
    marks: list[Span] = []
    at_us = begin_us + chance.randrange(30, 300) * SECOND_US
    while at_us < world.now_us - 2 * MINUTE_US:
        end_us = at_us + chance.randrange(8, 40) * SECOND_US
        marks.append(Span(at_us, end_us, "detector"))
        group = f"{camera.id}-{at_us}"
        for phase, time_us in ((Phase.BEGIN, at_us), (Phase.END, end_us)):
            world.event(
                time_us=time_us, type="detector.motion", severity=Severity.INFO, phase=phase,
                object_id=camera.id, object_name=camera.name, group=group,
                text="Motion" if phase is Phase.BEGIN else "Motion ended",
            )  # fmt: skip
        if chance.random() < 0.2:
            marks.append(_alarm(world, camera, at_us, end_us, chance))
        at_us = end_us + chance.randrange(120, 1500) * SECOND_US
    return marks


def _alarm(
    world: World, camera: Camera, begin_us: int, end_us: int, chance: random.Random
) -> Span:
    key = f"alarm-{len(world.alarms) + 1}"
    recent = world.now_us - begin_us < HOUR_US
    past = [AlarmState.CONFIRMED, AlarmState.SUSPICIOUS, AlarmState.FALSE, AlarmState.UNCLASSIFIED]
    state = AlarmState.PENDING if recent else chance.choice(past)
    judged = state not in (AlarmState.PENDING, AlarmState.UNCLASSIFIED)
    world.alarms[key] = AlarmRecord(
        key, camera.id, camera.name, "detector.motion", begin_us, end_us, state,
        comment="A van, expected." if state is AlarmState.FALSE else "",
        evaluated_by="admin" if judged else "",
        evaluated_us=end_us + MINUTE_US if judged else None,
    )  # fmt: skip
    world.event(
        time_us=begin_us, type="alarm.raised", severity=Severity.ALARM, phase=Phase.INSTANT,
        object_id=camera.id, object_name=camera.name, text=f"Alarm: motion at {camera.name}",
        group=key,
    )  # fmt: skip
    return Span(begin_us, end_us, "alarm", id=key)
