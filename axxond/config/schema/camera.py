"""Cameras and their recordings."""

from __future__ import annotations

from protocol.types import FieldSchema, FieldType, KindSchema, ObjectKind

_T = FieldType

CAMERA = KindSchema(
    ObjectKind.CAMERA,
    "Camera",
    [ObjectKind.DEVICE],
    [
        FieldSchema("number", "Number", _T.INTEGER, "Shown before the name.", 1, "", 1, 9999),
        FieldSchema("armed", "Armed", _T.BOOLEAN, "Detectors raise alarms only when armed.", True),
        FieldSchema(
            "channel",
            "Channel",
            _T.TEXT,
            "Of a video server or capture card, as the device calls it. Empty: the first.",
            "",
            advanced=True,
        ),
        FieldSchema(
            "url",
            "Address",
            _T.TEXT,
            "Of the high-quality stream, where it is not the device's own.",
            "",
            advanced=True,
        ),
        FieldSchema(
            "low_url",
            "Low-quality address",
            _T.TEXT,
            "Of the second stream, where the camera has an address of its own.",
            "",
            advanced=True,
        ),
    ],
)

RECORDING = KindSchema(
    ObjectKind.RECORDING,
    "Recording",
    [ObjectKind.CAMERA],
    [
        FieldSchema(
            "archive",
            "Archive",
            _T.REFERENCE,
            "Where to.",
            refers_to="archive",
            required=True,
        ),
        FieldSchema(
            "stream", "Stream", _T.CHOICE, "What to record.", "high", choices=["high", "low"]
        ),
        FieldSchema("audio", "Sound", _T.BOOLEAN, "Record sound with the picture.", True),
        FieldSchema(
            "mode",
            "Mode",
            _T.CHOICE,
            "Never, always, at the times of the schedule, or around events.",
            "continuous",
            choices=["never", "continuous", "schedule", "event"],
        ),
        FieldSchema(
            "schedule",
            "Schedule",
            _T.SCHEDULE,
            "When to record in mode schedule, by the server's clock.",
            [],
        ),
        FieldSchema(
            "key_frames_only",
            "Key frames only",
            _T.BOOLEAN,
            "A picture every second or so, without sound: keeps many times longer.",
            False,
            advanced=True,
        ),
        FieldSchema(
            "pre_event_s", "Before an event", _T.NUMBER, "Kept in memory.", 5.0, "s", 0, 60
        ),
        FieldSchema(
            "post_event_s", "After an event", _T.NUMBER, "Goes on so long.", 10.0, "s", 0, 300
        ),
    ],
)
