"""Detectors."""

from __future__ import annotations

from axxond.config.schema.parts import ENABLED
from protocol.types import FieldSchema, FieldType, KindSchema, ObjectKind

_T = FieldType

DETECTOR = KindSchema(
    ObjectKind.DETECTOR,
    "Detector",
    [ObjectKind.CAMERA],
    [
        ENABLED,
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
