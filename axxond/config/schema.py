"""Every kind of object and every property: type, default, unit, range, a sentence.

This table is the only description: validation, storage, the wire's schema and the client's forms
are derived from it.
"""

from __future__ import annotations

from protocol.types import FieldSchema, FieldType, KindSchema, ObjectKind, Right

_T = FieldType

_ENABLED = FieldSchema("enabled", "Enabled", _T.BOOLEAN, "Off: it keeps its settings.", True)

SERVER = KindSchema(
    ObjectKind.SERVER,
    "Server",
    [],
    [
        FieldSchema(
            "journal_days",
            "Keep the journal",
            _T.INTEGER,
            "Events and judged alarms; 0: for ever.",
            90,
            "days",
            0,
            3650,
        ),
        FieldSchema(
            "alarm_pending_s",
            "Alarm pending time",
            _T.NUMBER,
            "An alarm that nobody judges becomes unclassified so long after its end.",
            600.0,
            "s",
            10,
            86_400,
        ),
        FieldSchema(
            "export_days",
            "Keep exports",
            _T.INTEGER,
            "Files made for users; 0: until there are too many.",
            7,
            "days",
            0,
            3650,
        ),
        FieldSchema(
            "export_gb",
            "Room for exports",
            _T.NUMBER,
            "The oldest go first when there are more.",
            20.0,
            "GB",
            0.1,
            100_000,
        ),
    ],
)

DEVICE = KindSchema(
    ObjectKind.DEVICE,
    "IP device",
    [ObjectKind.SERVER],
    [
        _ENABLED,
        FieldSchema(
            "driver",
            "Driver",
            _T.CHOICE,
            "auto tries our RTSP client first and libav for what it does not speak.",
            "auto",
            choices=["auto", "rtsp", "libav"],
        ),
        FieldSchema(
            "url",
            "Address",
            _T.TEXT,
            "Of the high-quality stream, e.g. rtsp://192.0.2.10:554/stream1.",
            required=True,
        ),
        FieldSchema(
            "low_url",
            "Low-quality address",
            _T.TEXT,
            "Of the second stream, for detectors and small tiles. Empty: there is only one.",
            "",
        ),
        FieldSchema("user", "User name", _T.TEXT, "As set in the camera.", ""),
        FieldSchema("password", "Password", _T.PASSWORD, "Stored on the server only.", ""),
        FieldSchema("audio", "Sound", _T.BOOLEAN, "Take the camera's microphone.", True),
        FieldSchema(
            "connect_timeout_s",
            "Connection time-out",
            _T.NUMBER,
            "How long one attempt to connect may take.",
            5.0,
            "s",
            1,
            60,
            advanced=True,
        ),
        FieldSchema(
            "stall_timeout_s",
            "Stall time-out",
            _T.NUMBER,
            "Reconnect when no picture has come for that long.",
            5.0,
            "s",
            2,
            120,
            advanced=True,
        ),
    ],
)

CAMERA = KindSchema(
    ObjectKind.CAMERA,
    "Camera",
    [ObjectKind.DEVICE],
    [
        FieldSchema("number", "Number", _T.INTEGER, "Shown before the name.", 1, "", 1, 9999),
        FieldSchema("armed", "Armed", _T.BOOLEAN, "Detectors raise alarms only when armed.", True),
    ],
)

DETECTOR = KindSchema(
    ObjectKind.DETECTOR,
    "Detector",
    [ObjectKind.CAMERA],
    [
        _ENABLED,
        FieldSchema(
            "type",
            "Type",
            _T.CHOICE,
            "What it detects; tracker: only the settings of the camera's object tracker.",
            "motion",
            choices=[
                "motion",
                "motion_in_area",
                "stop_in_area",
                "line_crossing",
                "appearance_in_area",
                "disappearance_in_area",
                "abandoned_object",
                "loitering",
                "multiple_objects",
                "position_change",
                "quality_loss",
                "signal_loss",
                "tracker",
            ],
        ),
        FieldSchema(
            "stream",
            "Stream",
            _T.CHOICE,
            "The stream that is decoded; low saves processor time.",
            "low",
            choices=["low", "high"],
        ),
        FieldSchema(
            "preset",
            "Preset",
            _T.CHOICE,
            "street: larger and clearer movements only; custom: the two values below.",
            "indoor",
            choices=["indoor", "street", "custom"],
        ),
        FieldSchema(
            "contrast",
            "Contrast",
            _T.INTEGER,
            "How much a moving thing must stand out: 0 sees most, 16 least.",
            6,
            "",
            0,
            16,
        ),
        FieldSchema(
            "size",
            "Size",
            _T.INTEGER,
            "How large a moving thing must be: 0 sees most, 10 least.",
            3,
            "",
            0,
            10,
        ),
        FieldSchema(
            "time_s",
            "Time",
            _T.NUMBER,
            "Stop (0 to 3600), abandoned object (15 to 1800), loitering: how long it must last."
            " Empty: 0, 60 and 30.",
            None,
            "s",
            0,
            86_400,
        ),
        FieldSchema(
            "count", "Objects", _T.INTEGER, "Multiple objects: more than so many.", 5, "", 1, 100
        ),
        FieldSchema("lines", "Lines", _T.LINES, "Line crossing: each from a to b.", []),
        FieldSchema(
            "direction",
            "Direction",
            _T.CHOICE,
            "Line crossing. forward: from the left hand to the right hand of who walks from a to"
            " b on the picture.",
            "both",
            choices=["both", "forward", "backward"],
        ),
        FieldSchema(
            "sensitivity",
            "Sensitivity",
            _T.INTEGER,
            "100 sees most. Empty: abandoned object 20, tracker automatic.",
            None,
            "",
            1,
            100,
        ),
        FieldSchema(
            "min_size", "Least size", _T.NUMBER, "Of an object's box.", 0.0, "% of frame", 0, 100
        ),
        FieldSchema(
            "max_size", "Most size", _T.NUMBER, "Of an object's box.", 100.0, "% of frame", 0, 100
        ),
        FieldSchema(
            "idle_s",
            "Idle memory",
            _T.NUMBER,
            "Tracker: how long an object that stands still stays known.",
            60.0,
            "s",
            0,
            3600,
        ),
        FieldSchema("zones", "Zones", _T.POLYGONS, "Only inside these; none: everywhere.", []),
        FieldSchema("masks", "Masks", _T.POLYGONS, "Never inside these.", []),
        FieldSchema(
            "hold_s", "Hold time", _T.NUMBER, "The event ends so long after it.", 3.0, "s", 0, 600
        ),
        FieldSchema(
            "armed_only", "Only when armed", _T.BOOLEAN, "No event while disarmed.", False
        ),
        FieldSchema(
            "raises_alarm", "Raises an alarm", _T.BOOLEAN, "While the camera is armed.", True
        ),
    ],
)

_FLOOR = FieldSchema(
    "floor_gb",
    "Leave free",
    _T.NUMBER,
    "Of the disk, for others, even when the size is not used up.",
    0.5,
    "GB",
    0,
    100_000,
    advanced=True,
)

ARCHIVE = KindSchema(
    ObjectKind.ARCHIVE,
    "Archive",
    [ObjectKind.SERVER],
    [
        FieldSchema(
            "path", "Folder", _T.PATH, "On the server. Empty: inside its data folder.", ""
        ),
        FieldSchema(
            "quota_gb",
            "Size",
            _T.NUMBER,
            "The oldest footage goes first when it is full.",
            20.0,
            "GB",
            0.05,
            1_000_000,
        ),
        FieldSchema(
            "days",
            "Keep at most",
            _T.INTEGER,
            "0: as long as there is room.",
            0,
            "days",
            0,
            3650,
        ),
        FieldSchema(
            "wanted_days",
            "Should keep",
            _T.INTEGER,
            "You are warned before the size becomes too small for it. 0: no warning.",
            0,
            "days",
            0,
            3650,
        ),
        _FLOOR,
        FieldSchema(
            "read_only",
            "Recorded elsewhere",
            _T.BOOLEAN,
            "A folder from another server: it is only read.",
            False,
        ),
    ],
)

VOLUME = KindSchema(
    ObjectKind.VOLUME,
    "Volume",
    [ObjectKind.ARCHIVE],
    [
        FieldSchema("path", "Folder", _T.PATH, "On the server, on another disk.", required=True),
        FieldSchema(
            "quota_gb",
            "Size",
            _T.NUMBER,
            "The oldest footage goes first when it is full.",
            20.0,
            "GB",
            0.05,
            1_000_000,
        ),
        FieldSchema(
            "days",
            "Keep at most",
            _T.INTEGER,
            "0: as long as there is room.",
            0,
            "days",
            0,
            3650,
        ),
        _FLOOR,
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
            "never, always, at the times of the schedule, or around events.",
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

ROLE = KindSchema(
    ObjectKind.ROLE,
    "Role",
    [ObjectKind.SERVER],
    [
        FieldSchema(
            "rights",
            "Rights",
            _T.LIST,
            "What its users may do.",
            [],
            choices=[right.value for right in Right],
        ),
    ],
)

USER = KindSchema(
    ObjectKind.USER,
    "User",
    [ObjectKind.SERVER],
    [
        _ENABLED,
        FieldSchema(
            "role", "Role", _T.REFERENCE, "What the user may do.", refers_to="role", required=True
        ),
        FieldSchema(
            "password", "Password", _T.PASSWORD, "At least 8 characters.", "", required=True
        ),
    ],
)

LAYOUT = KindSchema(
    ObjectKind.LAYOUT,
    "Layout",
    [ObjectKind.SERVER],
    [
        FieldSchema("columns", "Columns", _T.INTEGER, "Of the grid.", 2, "", 1, 5),
        FieldSchema("rows", "Rows", _T.INTEGER, "Of the grid.", 2, "", 1, 5),
        FieldSchema("cells", "Cells", _T.LIST, "Camera ids, row by row; empty text = free.", []),
    ],
)

SCHEMA: dict[ObjectKind, KindSchema] = {
    kind.kind: kind
    for kind in (SERVER, DEVICE, CAMERA, DETECTOR, ARCHIVE, VOLUME, RECORDING, ROLE, USER, LAYOUT)
}
