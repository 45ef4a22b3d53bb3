"""A detector's event becomes an event on the bus, an alarm, and a recording."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from axxond.analytics.pipeline import DetectorEvent
from axxond.app import responder as responder_module
from axxond.app.responder import OPERATOR, Responder
from axxond.base.clock import SystemClock
from axxond.config.store import ConfigStore
from axxond.config.templates import administrator, complete, first_objects
from axxond.config.tree import ConfigTree, new_id
from axxond.events.bus import EventBus
from axxond.events.types import Event
from axxond.responses.alarms import AlarmBook
from protocol.messages import Change
from protocol.types import AlarmState, Box, ObjectKind, Phase

NOW = 1_700_000_000_000_000


class FakeRecorder:
    def __init__(self) -> None:
        self.triggers: list[tuple[str, bool, str]] = []

    def trigger(self, camera: str, on: bool, now_us: int, source: str = "") -> None:
        self.triggers.append((camera, on, source))


class FakeArchive:
    def __init__(self) -> None:
        self.recorder = FakeRecorder()


class FakeRuntime:
    def __init__(self) -> None:
        self.archive = FakeArchive()

    def archives_of(self, camera: str) -> list[FakeArchive]:
        return [self.archive]


class World:
    def __init__(self, folder: Path) -> None:
        clock = SystemClock()
        self.bus = EventBus()
        self.events: list[Event] = []
        self.bus.listen(self.events.append)
        self.tree = ConfigTree(ConfigStore(folder / "c.sqlite"), clock, lambda text: "hash")
        self.book = AlarmBook(folder / "a.sqlite", self.bus, clock)
        self.runtime = FakeRuntime()
        self.responder = Responder(
            self.tree,
            self.runtime,  # type: ignore[arg-type]
            self.book,
            self.bus,
            clock,
        )
        self.camera = self.detector = ""

    async def open(self) -> None:
        await self.tree.open()
        await self.book.open()
        first = first_objects("node", "here", lambda: "archive", 20)
        await self.tree.apply([*first, administrator("node", "admin", "s3cret words")], "x")
        device = Change("gate", ObjectKind.DEVICE, "node", "Gate", {"url": "rtsp://10.0.0.1/"})
        await self.tree.apply(complete([device], self.tree.snapshot(), new_id), "x")
        self.camera = self.tree.of_kind(ObjectKind.CAMERA)[0].id
        self.detector = self.tree.of_kind(ObjectKind.DETECTOR)[0].id
        self.responder.start()

    async def close(self) -> None:
        await self.responder.close()
        await self.book.close()
        await self.tree.close()

    def see(self, phase: Phase, at_us: int = NOW) -> None:
        boxes = (Box(0.1, 0.2, 0.3, 0.4),)
        event = DetectorEvent(self.detector, "motion", phase, at_us, boxes)
        self.responder.detector(self.camera, event)

    async def alter(self, id_: str, **properties: object) -> None:
        revision = self.tree.get(id_).revision
        await self.tree.apply([Change(id_, properties=properties, revision=revision)], "x")

    @property
    def kinds(self) -> list[str]:
        return [event.type.name for event in self.events]

    @property
    def triggers(self) -> list[tuple[str, bool, str]]:
        return self.runtime.archive.recorder.triggers


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    await world.open()
    yield world
    await world.close()


async def test_motion_is_journaled_raises_an_alarm_and_records(world: World) -> None:
    world.see(Phase.BEGIN)
    begin, alarm = world.events
    assert (begin.type.name, begin.phase, begin.object_name) == (
        "detector.motion",
        "begin",
        "Gate",
    )
    assert begin.details == {"detector": world.detector, "boxes": [[0.1, 0.2, 0.3, 0.4]]}
    assert (alarm.type.name, alarm.object_id) == ("alarm.raised", world.camera)
    assert world.triggers == [(world.camera, True, "detectors")]
    world.see(Phase.END, NOW + 5)
    assert world.kinds[2:] == ["detector.motion", "alarm.ended"]
    assert world.events[2].group == begin.group
    assert world.triggers[-1] == (world.camera, False, "detectors")
    (pending,) = world.book.pending()
    assert (pending.kind, pending.state) == ("detector.motion", AlarmState.PENDING)
    assert pending.end_us == NOW + 5


async def test_objects_of_one_detector_have_events_of_their_own_and_one_alarm(
    world: World,
) -> None:
    def see(phase: Phase, at_us: int, number: int) -> None:
        event = DetectorEvent(world.detector, "loitering", phase, at_us, (), number)
        world.responder.detector(world.camera, event)

    see(Phase.BEGIN, NOW, 1)
    see(Phase.BEGIN, NOW + 1, 2)
    see(Phase.END, NOW + 2, 1)
    assert world.kinds == [
        "detector.loitering",
        "alarm.raised",
        "detector.loitering",
        "detector.loitering",
    ]
    begin, _, other, end = world.events
    assert (begin.group, begin.details["object"]) == (end.group, 1)
    assert other.group != begin.group
    see(Phase.END, NOW + 3, 2)
    assert world.kinds[-1] == "alarm.ended"
    assert world.triggers[-1] == (world.camera, False, "detectors")


async def test_a_crossing_is_an_instant_with_its_direction_and_raises_an_alarm(
    world: World,
) -> None:
    crossed = DetectorEvent(world.detector, "line_crossing", Phase.INSTANT, NOW, (), 7, "forward")
    world.responder.detector(world.camera, crossed)
    assert world.events[0].details["direction"] == "forward"
    assert world.kinds == ["detector.line_crossing", "alarm.raised", "alarm.ended"]


async def test_two_events_have_two_groups(world: World) -> None:
    for phase in (Phase.BEGIN, Phase.END, Phase.BEGIN, Phase.END):
        world.see(phase)
    groups = {event.group for event in world.events if event.type.name == "detector.motion"}
    assert len(groups) == 2


async def test_motion_that_goes_on_after_a_moment_is_one_alarm(world: World) -> None:
    for at_us in (0, 5_000_000):
        world.see(Phase.BEGIN, NOW + at_us)
        world.see(Phase.END, NOW + at_us + 1_000_000)
    (alarm,) = world.book.pending()
    assert (alarm.begin_us, alarm.end_us) == (NOW, NOW + 6_000_000)
    await world.book.evaluate(alarm.id, "bob", AlarmState.FALSE, "")
    world.see(Phase.BEGIN, NOW + 10_000_000)
    (second,) = world.book.pending()
    assert second.begin_us == NOW + 10_000_000


async def test_a_disarmed_camera_has_events_but_no_alarm(world: World) -> None:
    await world.alter(world.camera, armed=False)
    world.see(Phase.BEGIN)
    assert world.kinds == ["detector.motion"]
    assert world.triggers == [(world.camera, True, "detectors")]


async def test_an_armed_only_detector_is_silent_while_disarmed(world: World) -> None:
    await world.alter(world.camera, armed=False)
    await world.alter(world.detector, armed_only=True)
    world.see(Phase.BEGIN)
    world.see(Phase.END)
    assert world.kinds == []
    assert world.triggers == []


async def test_disarming_ends_the_alarm_and_arming_makes_it_go_on(world: World) -> None:
    world.see(Phase.BEGIN)
    await world.alter(world.camera, armed=False)
    assert world.kinds[-1] == "alarm.ended"
    assert world.book.active(world.camera) is None
    await world.alter(world.camera, armed=True)
    assert world.book.active(world.camera) is not None


async def test_an_event_that_began_before_its_camera_was_removed_still_ends(
    world: World,
) -> None:
    world.see(Phase.BEGIN)
    await world.tree.apply([Change("gate", remove=True)], "x")
    world.see(Phase.END)
    assert world.kinds[-2:] == ["detector.motion", "alarm.ended"]


async def test_detectors_that_were_stopped_hold_no_alarm(world: World) -> None:
    world.see(Phase.BEGIN)
    world.responder.stopped_seeing(world.camera)
    assert world.book.active(world.camera) is None
    assert world.triggers[-1] == (world.camera, False, "detectors")


async def test_an_operators_alarm_records_for_its_time_and_is_there_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responder_module, "_OPERATOR_ALARM_S", 0.0)
    camera = world.tree.get(world.camera)
    world.responder.operator_alarm(camera, "bob")
    ended = asyncio.Event()
    world.bus.listen(lambda one: ended.set() if one.type.name == "alarm.ended" else None)
    async with asyncio.timeout(20):
        await ended.wait()
    (alarm,) = world.book.pending()
    assert (alarm.kind, alarm.camera_name) == (OPERATOR, "Gate")
    assert world.events[0].user == "bob"
    assert world.triggers == [(world.camera, True, alarm.id), (world.camera, False, alarm.id)]


async def test_a_second_operators_alarm_joins_the_first(world: World) -> None:
    camera = world.tree.get(world.camera)
    world.book.raise_alarm(world.camera, "Gate", OPERATOR, NOW)
    world.responder.operator_alarm(camera, "bob")
    assert len(world.book.pending()) == 1


async def test_recordings_that_were_attached_anew_go_on(world: World) -> None:
    world.see(Phase.BEGIN)
    world.responder.record(world.camera, True, "wish")
    world.triggers.clear()
    world.responder.resume()
    assert world.triggers == [(world.camera, True, "detectors"), (world.camera, True, "wish")]
    world.responder.record(world.camera, False, "wish")
    world.see(Phase.END)
    world.triggers.clear()
    world.responder.resume()
    assert world.triggers == []


async def test_a_wish_to_stop_what_nobody_started_does_nothing(world: World) -> None:
    world.responder.record(world.camera, False, "wish")
    assert world.triggers == [(world.camera, False, "wish")]


def other_day() -> list[dict[str, object]]:
    """A schedule that is three days away."""
    day = (datetime.now().astimezone().weekday() + 3) % 7
    return [{"days": [day], "from": "00:00", "to": "24:00"}]


EVERY_DAY = [{"days": list(range(7)), "from": "00:00", "to": "24:00"}]


async def test_outside_of_its_schedule_a_detector_is_silent(world: World) -> None:
    await world.alter(world.detector, schedule=other_day())
    world.see(Phase.BEGIN)
    world.see(Phase.END)
    assert (world.kinds, world.triggers) == ([], [])
    await world.alter(world.detector, schedule=EVERY_DAY)
    world.see(Phase.BEGIN)
    assert world.kinds == ["detector.motion", "alarm.raised"]


async def test_what_goes_on_when_the_schedule_opens_begins_then_and_ends_when_it_closes(
    world: World,
) -> None:
    await world.alter(world.detector, schedule=other_day())
    world.see(Phase.BEGIN)
    world.responder.review()
    assert world.kinds == []
    await world.alter(world.detector, schedule=EVERY_DAY)
    assert world.kinds == ["detector.motion", "alarm.raised"]
    assert world.events[0].time_us > NOW
    await world.alter(world.detector, schedule=other_day())
    assert world.kinds[2:] == ["detector.motion", "alarm.ended"]
    assert world.triggers[-1] == (world.camera, False, "detectors")
    world.see(Phase.END)
    assert len(world.kinds) == 4


async def test_an_armed_only_detector_tells_what_goes_on_when_its_camera_is_armed(
    world: World,
) -> None:
    await world.alter(world.detector, armed_only=True)
    await world.alter(world.camera, armed=False)
    world.see(Phase.BEGIN)
    await world.alter(world.camera, armed=True)
    assert world.kinds == ["detector.motion", "alarm.raised"]
    await world.alter(world.camera, armed=False)
    assert sorted(world.kinds[2:]) == ["alarm.ended", "detector.motion"]


async def with_sensor(world: World, **properties: object) -> None:
    await world.tree.apply(
        [
            Change("lamp", ObjectKind.RELAY, world.camera, "Lamp", {"output": "1"}),
            Change("head", ObjectKind.TELEMETRY, world.camera, "Head"),
            Change("door", ObjectKind.SENSOR, world.camera, "Door", {"input": "1", **properties}),
        ],
        "x",
    )


def sense(world: World, phase: Phase) -> None:
    event = DetectorEvent("door", "sensor", phase, NOW)
    world.responder.detector(world.camera, event)


async def test_a_sensor_is_journaled_records_and_starts_what_it_shall(world: World) -> None:
    switched: list[tuple[str, bool, float]] = []
    turned: list[tuple[str, str]] = []
    world.responder.switch_relay = lambda *what: switched.append(what)
    world.responder.go_to_preset = lambda *what: turned.append(what)
    await with_sensor(
        world, relay="lamp", relay_s=0, telemetry="head", ptz_preset="p1", raises_alarm=True
    )
    sense(world, Phase.BEGIN)
    assert world.kinds.count("sensor.active") == 1
    assert "alarm.raised" in world.kinds
    assert switched == [("lamp", True, 0.0)]
    assert turned == [("head", "p1")]
    sense(world, Phase.END)
    assert switched[-1] == ("lamp", False, 0.0)
    assert [on for _, on, _ in world.triggers] == [True, False]
    assert world.events[-1].text == "Door: over" or world.kinds.count("sensor.active") == 2


async def test_a_sensor_that_shall_not_record_does_not(world: World) -> None:
    await with_sensor(world, records=False)
    sense(world, Phase.BEGIN)
    assert world.triggers == []


async def test_stopped_detectors_leave_a_sensors_event_alone(world: World) -> None:
    await with_sensor(world)
    world.see(Phase.BEGIN)
    sense(world, Phase.BEGIN)
    world.responder.stopped_seeing(world.camera)
    assert [on for _, on, _ in world.triggers] == [True]
    sense(world, Phase.END)
    assert [on for _, on, _ in world.triggers] == [True, False]
