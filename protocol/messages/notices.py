"""Subscriptions and what comes by them."""

from __future__ import annotations

from attrs import frozen

from protocol.messages.base import Done, Message, Request
from protocol.messages.server import LoadStep
from protocol.types import AlarmRecord, CameraStatus, EventRecord, ObjectRecord


@frozen
class Subscribe(Request):
    """Replaces the session's set of topics: any of "tree", "events", "alarms", "status",
    "exports".

    On subscribing, "status" sends the whole present state and "alarms" the pending ones.
    """

    NAME = "subscribe"
    REPLY = Done
    topics: list[str]


@frozen
class TreeChanged(Message):
    NAME = "tree.changed"
    revision: int
    changed: list[ObjectRecord]
    removed: list[str]
    author: str


@frozen
class EventNotice(Message):
    NAME = "event"
    event: EventRecord


@frozen
class AlarmNotice(Message):
    """New or changed; its picture is `GetPicture` at the alarm's beginning."""

    NAME = "alarm"
    alarm: AlarmRecord


@frozen
class StatusNotice(Message):
    NAME = "status"
    cameras: list[CameraStatus]


@frozen
class SystemNotice(Message):
    """Once a second with topic "status": the server's own load; `machine_percent`: of all
    processors, with all other programs."""

    NAME = "status.system"
    time_us: int
    cpu_percent: float
    memory_bytes: int
    archive_bytes: int
    archive_quota_bytes: int
    clients: int
    load_step: LoadStep = LoadStep.NORMAL
    machine_percent: float = 0.0
