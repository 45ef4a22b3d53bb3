"""The event: something that happened to an object at a time, for journal, responses, clients."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from protocol.types import Phase, Severity


@frozen
class EventType:
    """A kind of event: its dotted name and how grave it is."""

    name: str
    severity: Severity


SERVER_STARTED = EventType("server.started", Severity.INFO)
SERVER_STOPPED = EventType("server.stopped", Severity.INFO)
SERVER_RECOVERED = EventType("server.recovered", Severity.WARNING)
SERVER_BLOCKED = EventType("server.blocked", Severity.WARNING)
SERVER_LOAD = EventType("server.load", Severity.WARNING)
SERVER_LOAD_EASED = EventType("server.load-eased", Severity.INFO)
DEVICE_ONLINE = EventType("device.online", Severity.INFO)
DEVICE_FAILED = EventType("device.failed", Severity.ERROR)
CONTROL_ONLINE = EventType("control.online", Severity.INFO)
CONTROL_FAILED = EventType("control.failed", Severity.WARNING)
DEVICE_CHANGED = EventType("device.changed", Severity.INFO)
SENSOR_ACTIVE = EventType("sensor.active", Severity.INFO)
RELAY_SWITCHED = EventType("relay.switched", Severity.INFO)
RELAY_FAILED = EventType("relay.failed", Severity.ERROR)
PTZ_TAKEN = EventType("ptz.taken", Severity.INFO)
PTZ_RELEASED = EventType("ptz.released", Severity.INFO)
PTZ_COMMAND = EventType("ptz.command", Severity.INFO)
PTZ_FAILED = EventType("ptz.failed", Severity.WARNING)
TALK_STARTED = EventType("talk.started", Severity.INFO)
TALK_ENDED = EventType("talk.ended", Severity.INFO)
STREAM_CHANGED = EventType("stream.changed", Severity.INFO)
STREAM_LOSS = EventType("stream.loss", Severity.WARNING)
DETECTORS_LOST = EventType("detectors.lost", Severity.WARNING)
DETECTOR_MOTION = EventType("detector.motion", Severity.INFO)
ALARM_RAISED = EventType("alarm.raised", Severity.ALARM)
ALARM_ENDED = EventType("alarm.ended", Severity.INFO)
ALARM_TAKEN = EventType("alarm.taken", Severity.INFO)
ALARM_EVALUATED = EventType("alarm.evaluated", Severity.INFO)
RECORDING_STARTED = EventType("recording.started", Severity.INFO)
RECORDING_STOPPED = EventType("recording.stopped", Severity.INFO)
RECORDING_LOST = EventType("recording.lost", Severity.ERROR)
ARCHIVE_TROUBLE = EventType("archive.trouble", Severity.ERROR)
ARCHIVE_SMALL = EventType("archive.small", Severity.WARNING)
ARCHIVE_PROTECTED = EventType("archive.protected", Severity.INFO)
ARCHIVE_UNPROTECTED = EventType("archive.unprotected", Severity.INFO)
ARCHIVE_HEALTHY = EventType("archive.healthy", Severity.INFO)
METADATA_TROUBLE = EventType("metadata.trouble", Severity.ERROR)
METADATA_HEALTHY = EventType("metadata.healthy", Severity.INFO)
JOURNAL_LOST = EventType("journal.lost", Severity.ERROR)
USER_LOGIN = EventType("user.login", Severity.INFO)
USER_LOGOUT = EventType("user.logout", Severity.INFO)
USER_LOGIN_FAILED = EventType("user.login-failed", Severity.WARNING)
USER_DENIED = EventType("user.denied", Severity.WARNING)
CONFIG_CHANGED = EventType("config.changed", Severity.INFO)
CONFIG_REFUSED = EventType("config.refused", Severity.ERROR)
CAMERA_CONTROL = EventType("camera.control", Severity.INFO)
EXPORT_STARTED = EventType("export.started", Severity.INFO)
EXPORT_DONE = EventType("export.done", Severity.INFO)
EXPORT_FAILED = EventType("export.failed", Severity.WARNING)
EXPORT_CANCELLED = EventType("export.cancelled", Severity.INFO)
EXPORT_FETCHED = EventType("export.fetched", Severity.INFO)
EXPORT_REMOVED = EventType("export.removed", Severity.INFO)


@frozen
class Event:
    """`group` ties the begin and the end of an event that lasts; "" for instants."""

    type: EventType
    time_us: int
    object_id: str
    object_name: str
    text: str
    phase: Phase = Phase.INSTANT
    group: str = ""
    user: str = ""
    address: str = ""
    details: dict[str, Any] = field(factory=dict)
