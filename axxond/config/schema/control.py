"""What a camera can do beside pictures: telemetry (PTZ), sensors, relays; and what an event of a
detector or sensor starts there.

Sound has no object of its own: it comes in the stream of its camera, so that the device's `audio`
and the recording's `audio` are all there is to set.
"""

from __future__ import annotations

from axxond.config.schema.parts import ENABLED
from protocol.types import FieldSchema, FieldType, KindSchema, ObjectKind

_T = FieldType

RESPONSES = [
    FieldSchema(
        "relay", "Switch a relay", _T.REFERENCE, "On when it begins.", "", refers_to="relay"
    ),
    FieldSchema("relay_s", "For", _T.NUMBER, "0: until the event is over.", 5.0, "s", 0, 86_400),
    FieldSchema(
        "telemetry",
        "Turn a camera",
        _T.REFERENCE,
        "To the preset below, when it begins and nobody steers.",
        "",
        refers_to="telemetry",
    ),
    FieldSchema("ptz_preset", "Preset", _T.TEXT, "The camera's own name (token) of it.", ""),
]

TELEMETRY = KindSchema(
    ObjectKind.TELEMETRY,
    "Telemetry",
    [ObjectKind.CAMERA],
    [
        ENABLED,
        FieldSchema(
            "speed", "Speed", _T.INTEGER, "Of the fastest, for all movements.", 100, "%", 1, 100
        ),
        FieldSchema(
            "home_s",
            "Home when idle",
            _T.INTEGER,
            "Back to the home position when nobody has steered for so long. 0: stays.",
            0,
            "s",
            0,
            86_400,
        ),
        FieldSchema(
            "release_s",
            "Released after",
            _T.INTEGER,
            "Whoever steers keeps the camera so long after the last command.",
            15,
            "s",
            1,
            3600,
        ),
        FieldSchema(
            "least_priority",
            "Least priority",
            _T.INTEGER,
            "Only roles with this PTZ priority or a higher one may steer.",
            1,
            "",
            1,
            100,
        ),
        FieldSchema(
            "patrol", "Patrol", _T.PATROL, "Presets in turn, and how long to stay at each.", []
        ),
    ],
)

SENSOR = KindSchema(
    ObjectKind.SENSOR,
    "Sensor",
    [ObjectKind.CAMERA],
    [
        ENABLED,
        FieldSchema(
            "input", "Input", _T.TEXT, "The device's own name (token) of it.", required=True
        ),
        FieldSchema(
            "normally_closed",
            "Normally closed",
            _T.BOOLEAN,
            "The contact opens when something happens.",
            False,
        ),
        FieldSchema(
            "debounce_ms",
            "Debounce",
            _T.INTEGER,
            "A state counts when it has lasted so long.",
            50,
            "ms",
            0,
            10_000,
        ),
        FieldSchema("records", "Starts recording", _T.BOOLEAN, "While active (mode event).", True),
        FieldSchema(
            "schedule",
            "Schedule",
            _T.SCHEDULE,
            "When it counts, by the server's clock. Empty: always.",
            [],
        ),
        FieldSchema(
            "armed_only", "Only when armed", _T.BOOLEAN, "No event while disarmed.", False
        ),
        FieldSchema(
            "raises_alarm", "Raises an alarm", _T.BOOLEAN, "While the camera is armed.", False
        ),
        *RESPONSES,
    ],
)

RELAY = KindSchema(
    ObjectKind.RELAY,
    "Relay",
    [ObjectKind.CAMERA],
    [
        ENABLED,
        FieldSchema(
            "output", "Output", _T.TEXT, "The device's own name (token) of it.", required=True
        ),
        FieldSchema(
            "normally_closed",
            "Normally closed",
            _T.BOOLEAN,
            "Switched on, the device's output is inactive.",
            False,
        ),
        FieldSchema(
            "pulse_s",
            "Back after",
            _T.NUMBER,
            "Switched on by hand it goes off so long after. 0: stays on.",
            0.0,
            "s",
            0,
            86_400,
        ),
    ],
)
