"""Detectors' events on their way: to the bus, through the engine, to alarms and recordings.

On the event loop.  A recording of mode "event" runs while a detector sees something or an
operator has asked for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from attrs import evolve

from axxond.analytics.pipeline import DetectorEvent
from axxond.app.admission import counts
from axxond.app.runtime import Runtime
from axxond.app.wanted import CAMERA_SIDE
from axxond.base.clock import Clock
from axxond.base.tasks import cancel, spawn
from axxond.config.objects import ConfigObject, TreeDelta
from axxond.config.tree import ConfigTree
from axxond.events.bus import EventBus
from axxond.events.types import DETECTOR_MOTION, SENSOR_ACTIVE, Event, EventType
from axxond.responses.alarms import AlarmBook
from axxond.responses.engine import (
    Action,
    Conditions,
    EndAlarm,
    Engine,
    ExtendAlarm,
    GoToPreset,
    RaiseAlarm,
    Record,
    Responses,
    SwitchRelay,
    Trigger,
)
from protocol.types import ObjectKind, Phase, Severity

# What a guard reads of each kind of detector.
_SAYS = {
    "motion": "something moves",
    "motion_in_area": "an object moves in the area",
    "stop_in_area": "an object has stopped in the area",
    "line_crossing": "an object crossed the line",
    "appearance_in_area": "an object came into the area",
    "disappearance_in_area": "an object left the area",
    "abandoned_object": "an object was left",
    "loitering": "an object stays in the area",
    "multiple_objects": "too many objects are in the area",
    "position_change": "the camera was moved",
    "quality_loss": "the picture cannot be used",
    "signal_loss": "there is no picture",
    "audio_no_signal": "there is no sound",
    "audio_signal": "there is sound",
    "audio_noise": "there is noise",
    "camera_side": "the camera has noticed something",
    "sensor": "active",
}
_TYPES = {kind: EventType(f"detector.{kind}", Severity.INFO) for kind in _SAYS}
_TYPES["motion"] = DETECTOR_MOTION
_TYPES["sensor"] = SENSOR_ACTIVE
OPERATOR = "operator"
_DETECTORS = "detectors"
# Schedules are to the minute; a begin is that late at most.
_REVIEW_S = 5.0
# An operator's alarm records and stays red so long.
_OPERATOR_ALARM_S = 30.0


def _ignore(*_what: object) -> None:
    pass


class Responder:
    """`switch_relay(relay, on, seconds)` and `go_to_preset(telemetry, preset)` are set from
    outside: they do what responses want."""

    def __init__(
        self, tree: ConfigTree, runtime: Runtime, alarms: AlarmBook, bus: EventBus, clock: Clock
    ) -> None:
        self._tree = tree
        self._runtime = runtime
        self._alarms = alarms
        self._bus = bus
        self._clock = clock
        self._engine = Engine()
        # detector: object: group of its event that goes on
        self._groups: dict[str, dict[int | None, str]] = {}
        # (detector, object): camera and begin of what goes on, whether it counts or not
        self._seen: dict[tuple[str, int | None], tuple[str, DetectorEvent]] = {}
        self._count = 0
        self._detected: set[str] = set()  # cameras that detectors record
        self._operated: dict[str, set[str]] = {}  # camera: operators' wishes that record it
        self._armed: dict[str, bool] = {}
        self._operator_alarms: set[asyncio.Task[None]] = set()
        self.switch_relay: Callable[[str, bool, float], None] = _ignore
        self.go_to_preset: Callable[[str, str], None] = _ignore

    def start(self) -> None:
        """Follow the tree's arming from here on; all cameras are in it already."""
        for camera in self._tree.of_kind(ObjectKind.CAMERA):
            self._armed[camera.id] = camera["armed"]
        self._tree.listen(self._on_tree)

    async def close(self) -> None:
        await cancel(*self._operator_alarms)

    def detector(self, camera: str, event: DetectorEvent) -> None:
        """For `Told.detector`."""
        key = event.detector_id, event.object_id
        if event.phase is Phase.END:
            if self._seen.pop(key, None) is not None and self._is_told(event):
                self._end(camera, event)
        elif key not in self._seen:
            if event.phase is Phase.BEGIN:
                self._seen[key] = camera, event
            if self._counts(camera, event):
                self._begin(camera, event)

    async def run(self) -> None:
        """Until cancelled: follow schedules."""
        while True:
            await asyncio.sleep(_REVIEW_S)
            self.review()

    def review(self) -> None:
        """What goes on begins and ends to count when its schedule or its arming says so."""
        now_us = self._clock.now_us()
        for camera, event in list(self._seen.values()):
            known = self._tree.find(camera) and self._tree.find(event.detector_id)
            told = self._is_told(event)
            if not known or told == self._counts(camera, event):
                continue
            if told:
                self._end(camera, evolve(event, phase=Phase.END, time_us=now_us))
            else:
                self._begin(camera, evolve(event, time_us=now_us))

    def _counts(self, camera: str, event: DetectorEvent) -> bool:
        obj, detector = self._tree.find(camera), self._tree.find(event.detector_id)
        if obj is None or detector is None:
            return False
        return counts(obj, detector, self._clock.now_us())

    def _is_told(self, event: DetectorEvent) -> bool:
        """Its begin was, and its end was not."""
        return event.object_id in self._groups.get(event.detector_id, {})

    def _begin(self, camera: str, event: DetectorEvent) -> None:
        obj, detector = self._tree.get(camera), self._tree.get(event.detector_id)
        self._publish(camera, obj, detector, event)
        conditions = Conditions(
            armed=obj["armed"],
            raises_alarm=detector["raises_alarm"],
            records=detector.properties.get("records", True),
        )
        self._trigger(camera, event, conditions)

    def _end(self, camera: str, event: DetectorEvent) -> None:
        obj, detector = self._tree.find(camera), self._tree.find(event.detector_id)
        self._publish(camera, obj, detector, event)
        if not self._groups.get(event.detector_id):  # the last object that the detector saw
            self._trigger(camera, event, Conditions(armed=False, raises_alarm=False))

    def stopped_seeing(self, camera: str) -> None:
        """For `Told.stopped_seeing`: normally all has ended by then."""
        sensors = self._tree.children(camera, ObjectKind.SENSOR)
        detectors = self._tree.children(camera, ObjectKind.DETECTOR)
        others = [one for one in detectors if one["type"] == CAMERA_SIDE]
        keep = frozenset(one.id for one in [*sensors, *others])
        self._do(self._engine.forget(camera, self._clock.now_us(), keep))

    def record(self, camera: str, on: bool, wish: str) -> None:
        """An operator's wish, by a name of its own."""
        wishes = self._operated.setdefault(camera, set())
        (wishes.add if on else wishes.discard)(wish)
        if not wishes:
            del self._operated[camera]
        self._record(camera, on, wish)

    def operator_alarm(self, camera: ConfigObject, user: str) -> None:
        """Red and recorded for half a minute, pending until judged."""
        if self._alarms.active(camera.id, OPERATOR) is None:
            work = self._operator_alarm(camera, user)
            task = spawn(work, "operator-alarm")
            self._operator_alarms.add(task)
            task.add_done_callback(self._operator_alarms.discard)

    async def _operator_alarm(self, camera: ConfigObject, user: str) -> None:
        now_us = self._clock.now_us()
        alarm = self._alarms.raise_alarm(camera.id, camera.name, OPERATOR, now_us, user)
        self.record(camera.id, True, alarm.id)
        try:
            await asyncio.sleep(_OPERATOR_ALARM_S)
        finally:
            self._alarms.end(alarm.id, self._clock.now_us())
            self.record(camera.id, False, alarm.id)

    def _trigger(self, camera: str, event: DetectorEvent, conditions: Conditions) -> None:
        kind = _TYPES[event.kind].name
        responses = _responses(self._tree.find(event.detector_id))
        trigger = Trigger(event.detector_id, camera, kind, event.phase, event.time_us, responses)
        self._do(self._engine.trigger(trigger, conditions))

    def _publish(
        self,
        camera: str,
        obj: ConfigObject | None,
        detector: ConfigObject | None,
        event: DetectorEvent,
    ) -> None:
        groups = self._groups.setdefault(event.detector_id, {})
        if event.phase is Phase.END:
            group = groups.pop(event.object_id)
        else:
            self._count += 1
            group = f"{event.detector_id}-{event.time_us}-{self._count}"
        if event.phase is Phase.BEGIN:
            groups[event.object_id] = group
        name = detector.name if detector is not None else event.kind
        text = f"{name}: over" if event.phase is Phase.END else f"{name}: {_SAYS[event.kind]}"
        boxes = [[box.x, box.y, box.w, box.h] for box in event.boxes]
        details: dict[str, object] = {"detector": event.detector_id, "boxes": boxes}
        if event.object_id is not None:
            details["object"] = event.object_id
        if event.direction:
            details["direction"] = event.direction
        if event.reason:
            details["reason"] = event.reason
        self._bus.publish(
            Event(
                _TYPES[event.kind],
                event.time_us,
                camera,
                obj.name if obj is not None else "",
                text,
                event.phase,
                group,
                details=details,
            )
        )

    def _do(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case RaiseAlarm(camera, kind, time_us):
                    self._raise(camera, kind, time_us)
                case ExtendAlarm(camera, kind, time_us):
                    if not self._alarms.extend(camera, kind):
                        self._raise(camera, kind, time_us)
                case EndAlarm(camera, time_us):
                    self._end_alarm(camera, time_us)
                case SwitchRelay(relay, on, seconds):
                    self.switch_relay(relay, on, seconds)
                case GoToPreset(telemetry, preset):
                    self.go_to_preset(telemetry, preset)
                case Record(camera, on):
                    (self._detected.add if on else self._detected.discard)(camera)
                    self._record(camera, on, _DETECTORS)

    def _raise(self, camera: str, kind: str, time_us: int) -> None:
        obj = self._tree.find(camera)
        self._alarms.raise_alarm(camera, obj.name if obj is not None else "", kind, time_us)

    def _end_alarm(self, camera: str, time_us: int) -> None:
        for kind in _TYPES.values():
            alarm = self._alarms.active(camera, kind.name)
            if alarm is not None:
                self._alarms.end(alarm.id, time_us)

    def _record(self, camera: str, on: bool, source: str) -> None:
        for archive in self._runtime.archives_of(camera):
            archive.recorder.trigger(camera, on, self._clock.now_us(), source)

    def resume(self) -> None:
        """Recordings were attached anew: those under way go on."""
        for camera in self._detected:
            self._record(camera, True, _DETECTORS)
        for camera, wishes in self._operated.items():
            for wish in wishes:
                self._record(camera, True, wish)

    def _on_tree(self, delta: TreeDelta) -> None:
        for camera in delta.changed:
            if camera.kind is ObjectKind.CAMERA and self._armed.get(camera.id) != camera["armed"]:
                self._armed[camera.id] = camera["armed"]
                self._on_armed(camera)
        if delta.changed:
            self.review()
        for id_ in delta.removed:
            self._armed.pop(id_, None)
            self._operated.pop(id_, None)
            self._detected.discard(id_)

    def _on_armed(self, camera: ConfigObject) -> None:
        now_us = self._clock.now_us()
        if not camera["armed"]:
            self._do(self._engine.disarmed(camera.id, now_us))
            return
        detectors = [
            *self._tree.children(camera.id, ObjectKind.DETECTOR),
            *self._tree.children(camera.id, ObjectKind.SENSOR),
        ]
        alarming = frozenset(item.id for item in detectors if item["raises_alarm"])
        self._do(self._engine.armed(camera.id, alarming, now_us))


def _responses(source: ConfigObject | None) -> Responses:
    """A detector's or sensor's; a removed one starts nothing."""
    if source is None:
        return Responses()
    return Responses(source["relay"], source["relay_s"], source["telemetry"], source["ptz_preset"])
