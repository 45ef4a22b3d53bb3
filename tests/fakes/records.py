"""A fake server's journal and alarms, and the motions that happen while it runs."""

from __future__ import annotations

from attrs import evolve

from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import (
    AlarmNotice,
    AlarmPage,
    Done,
    EvaluateAlarm,
    EventNotice,
    JournalPage,
    QueryAlarms,
    QueryJournal,
    StatusNotice,
    TakeAlarm,
)
from protocol.types import AlarmRecord, AlarmState, EventRecord, Phase, Severity, Span
from tests.fakes.session import Answer, Publish, Session, now_us
from tests.fakes.world import Camera, World

_MOTION_EVERY_S = 20
_MOTION_LASTS_S = 6
_ALARM_EVERY = 3  # motions


class Records:
    def __init__(self, world: World, publish: Publish) -> None:
        self._world = world
        self._publish = publish
        self._motions = 0
        self._moving: tuple[Camera, int, AlarmRecord | None] | None = None

    def journal(self, session: Session, message: QueryJournal) -> Answer:
        found = [row for row in reversed(self._world.events) if _wanted(row, message)]
        return JournalPage(found[: message.limit], len(found) > message.limit)

    def alarms(self, session: Session, message: QueryAlarms) -> Answer:
        begin_us, end_us = message.begin_us or 0, message.end_us or 1 << 62
        found = [
            alarm
            for alarm in self._world.alarms.values()
            if begin_us <= alarm.begin_us < end_us
            and (not message.cameras or alarm.camera in message.cameras)
            and (not message.states or alarm.state in message.states)
        ]
        found.sort(key=lambda alarm: -alarm.begin_us)
        return AlarmPage(found[: message.limit], len(found) > message.limit)

    def take(self, session: Session, message: TakeAlarm) -> Answer:
        alarm = self._alarm(message.alarm)
        if alarm.taken_by not in ("", session.user):
            raise ProtocolError(ErrorCode.CONFLICT, f"{alarm.taken_by} has it.", alarm.id)
        self._put(evolve(alarm, taken_by="" if message.release else session.user))
        return Done()

    def evaluate(self, session: Session, message: EvaluateAlarm) -> Answer:
        alarm = self._alarm(message.alarm)
        if alarm.taken_by not in ("", session.user):
            raise ProtocolError(ErrorCode.CONFLICT, f"{alarm.taken_by} has it.", alarm.id)
        self._put(
            evolve(
                alarm,
                state=message.verdict,
                comment=message.comment,
                taken_by="",
                evaluated_by=session.user,
                evaluated_us=now_us(),
            )
        )
        return Done()

    def raise_alarm(self, camera: Camera, kind: str) -> AlarmRecord:
        key = f"alarm-{len(self._world.alarms) + 1}"
        alarm = AlarmRecord(key, camera.id, camera.name, kind, now_us(), None, AlarmState.PENDING)
        self._put(alarm)
        camera.alarm = True
        self._publish("status", StatusNotice([self._world.status(camera)]))
        text = f"Alarm: {kind} at {camera.name}"
        self._event(camera, "alarm.raised", Severity.ALARM, Phase.INSTANT, text, key)
        return alarm

    def each_second(self, second: int) -> None:
        """A motion every 20 s on one camera after the other, every third one an alarm."""
        if second % _MOTION_EVERY_S == 0 and self._moving is None:
            self._begin_motion(second)
        elif self._moving is not None and second >= self._moving[1] + _MOTION_LASTS_S:
            self._end_motion(second)

    def _begin_motion(self, second: int) -> None:
        cameras = [camera for camera in self._world.cameras.values() if camera.online]
        if not cameras:
            return
        camera = cameras[self._motions % len(cameras)]
        self._motions += 1
        group = f"motion-{second}"
        self._event(camera, "detector.motion", Severity.INFO, Phase.BEGIN, "Motion", group)
        alarming = camera.armed and self._motions % _ALARM_EVERY == 0
        alarm = self.raise_alarm(camera, "detector.motion") if alarming else None
        self._moving = (camera, second, alarm)

    def _end_motion(self, second: int) -> None:
        assert self._moving is not None
        camera, begun, alarm = self._moving
        self._moving = None
        group = f"motion-{begun}"
        self._event(camera, "detector.motion", Severity.INFO, Phase.END, "Motion ended", group)
        camera.marks.append(Span(begun * 1_000_000, second * 1_000_000, "detector"))
        if alarm is not None:
            self._put(evolve(self._alarm(alarm.id), end_us=now_us()))
            camera.alarm = False
            self._publish("status", StatusNotice([self._world.status(camera)]))

    def _alarm(self, key: str) -> AlarmRecord:
        alarm = self._world.alarms.get(key)
        if alarm is None:
            raise ProtocolError(ErrorCode.NOT_FOUND, "No such alarm.", key)
        return alarm

    def _put(self, alarm: AlarmRecord) -> None:
        self._world.alarms[alarm.id] = alarm
        self._publish("alarms", AlarmNotice(alarm))

    def _event(
        self, camera: Camera, kind: str, severity: Severity, phase: Phase, text: str, group: str
    ) -> None:
        row = self._world.event(
            time_us=now_us(), type=kind, severity=severity, phase=phase, object_id=camera.id,
            object_name=camera.name, text=text, group=group,
        )  # fmt: skip
        self._publish("events", EventNotice(row))


def _wanted(row: EventRecord, query: QueryJournal) -> bool:
    return (
        (query.begin_us is None or row.time_us >= query.begin_us)
        and (query.end_us is None or row.time_us < query.end_us)
        and (query.before_id is None or row.id < query.before_id)
        and (not query.types or row.type.startswith(tuple(query.types)))
        and (not query.objects or row.object_id in query.objects)
        and (not query.severities or row.severity in query.severities)
        and (not query.phases or row.phase in query.phases)
        and query.phrase.lower() in row.text.lower()
    )
