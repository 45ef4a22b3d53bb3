"""Journal, alarms, and what an operator does to a camera."""

from __future__ import annotations

from attrs import field, frozen

from protocol.messages.base import Done, Message, Request
from protocol.types import AlarmRecord, AlarmState, EventRecord, Phase, Right, Severity


@frozen
class JournalPage(Message):
    NAME = "journal"
    events: list[EventRecord]  # newest first
    more: bool


@frozen
class QueryJournal(Request):
    """Search by period, types (prefixes: "camera." finds all of it), objects, severity, phrase."""

    NAME = "journal.query"
    REPLY = JournalPage
    RIGHT = Right.JOURNAL
    begin_us: int | None = None
    end_us: int | None = None
    types: list[str] = field(factory=list)
    objects: list[str] = field(factory=list)
    severities: list[Severity] = field(factory=list)
    phases: list[Phase] = field(factory=list)
    phrase: str = ""
    before_id: int | None = None  # the next page: the last id of this one
    limit: int = 200  # at most 1000


@frozen
class AlarmPage(Message):
    NAME = "alarms"
    alarms: list[AlarmRecord]  # newest first
    more: bool


@frozen
class QueryAlarms(Request):
    NAME = "alarms.query"
    REPLY = AlarmPage
    begin_us: int | None = None
    end_us: int | None = None
    cameras: list[str] = field(factory=list)
    states: list[AlarmState] = field(factory=list)
    limit: int = 200  # at most 1000


@frozen
class TakeAlarm(Request):
    """Take an alarm for evaluation (exclusive), or give it back with `release`."""

    NAME = "alarm.take"
    REPLY = Done
    RIGHT = Right.ALARMS
    alarm: str
    release: bool = False


@frozen
class EvaluateAlarm(Request):
    NAME = "alarm.evaluate"
    REPLY = Done
    RIGHT = Right.ALARMS
    alarm: str
    verdict: AlarmState
    comment: str = ""


@frozen
class ControlCamera(Request):
    """`action`: "arm", "disarm", "record" (operator recording on), "stop-record", "alarm"."""

    NAME = "camera.control"
    REPLY = Done
    RIGHT = Right.CONTROL
    camera: str
    action: str
