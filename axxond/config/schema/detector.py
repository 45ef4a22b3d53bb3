"""Detectors."""

from __future__ import annotations

from attrs import evolve

from axxond.config.schema.control import RESPONSES
from axxond.config.schema.parts import ENABLED
from protocol.types import FieldSchema, FieldType, KindSchema, ObjectKind

_T = FieldType

# What a property counts for.
_PIXELS = ["motion"]
_TIMED = ["stop_in_area", "abandoned_object", "loitering"]
_TRACKED = [
    "motion_in_area",
    "stop_in_area",
    "line_crossing",
    "appearance_in_area",
    "disappearance_in_area",
    "abandoned_object",
    "loitering",
    "multiple_objects",
]
_PICTURE = ["position_change", "quality_loss"]
_CAMERA_SIDE = "camera_side"
_INSTANT = ["line_crossing", "appearance_in_area", "disappearance_in_area"]
_SOUND = ["audio_no_signal", "audio_signal", "audio_noise"]
_SEEN_LASTING = [*_PIXELS, *(kind for kind in _TRACKED if kind not in _INSTANT), *_PICTURE]
_LASTING = [*_SEEN_LASTING, *_SOUND, _CAMERA_SIDE]
_EVENTS = [*_PIXELS, *_TRACKED, *_PICTURE, "signal_loss", *_SOUND, _CAMERA_SIDE]
_SEEING = [*_PIXELS, *_TRACKED, *_PICTURE, "signal_loss", "tracker"]
_CUSTOM = {"type": _PIXELS, "preset": ["custom"]}

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
            "What it detects; tracker: only the settings of the camera's object tracker;"
            " camera_side: what the camera itself notices.",
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
                "audio_no_signal",
                "audio_signal",
                "audio_noise",
                "tracker",
                "camera_side",
            ],
        ),
        FieldSchema(
            "stream",
            "Stream",
            _T.CHOICE,
            "The stream that is decoded; low saves processor time.",
            "low",
            choices=["low", "high"],
            only_for={"type": _SEEING},
        ),
        FieldSchema(
            "preset",
            "Preset",
            _T.CHOICE,
            "street: larger and clearer movements only; custom: the two values below.",
            "indoor",
            choices=["indoor", "street", "custom"],
            only_for={"type": _PIXELS},
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
            only_for=_CUSTOM,
            slider=True,
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
            only_for=_CUSTOM,
            slider=True,
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
            only_for={"type": _TIMED},
        ),
        FieldSchema(
            "count",
            "Objects",
            _T.INTEGER,
            "Multiple objects: more than so many.",
            5,
            "",
            1,
            100,
            only_for={"type": ["multiple_objects"]},
        ),
        FieldSchema(
            "lines",
            "Lines",
            _T.LINES,
            "Line crossing: each from a to b.",
            [],
            only_for={"type": ["line_crossing"]},
        ),
        FieldSchema(
            "direction",
            "Direction",
            _T.CHOICE,
            "Line crossing. forward: from the left hand to the right hand of who walks from a to"
            " b on the picture.",
            "both",
            choices=["both", "forward", "backward"],
            only_for={"type": ["line_crossing"]},
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
            only_for={"type": ["abandoned_object", "tracker"]},
            slider=True,
        ),
        FieldSchema(
            "min_size",
            "Least size",
            _T.NUMBER,
            "Of an object's box.",
            0.0,
            "% of frame",
            0,
            100,
            only_for={"type": [*_TRACKED, "tracker"]},
        ),
        FieldSchema(
            "max_size",
            "Most size",
            _T.NUMBER,
            "Of an object's box.",
            100.0,
            "% of frame",
            0,
            100,
            only_for={"type": [*_TRACKED, "tracker"]},
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
            only_for={"type": ["tracker"]},
        ),
        FieldSchema(
            "record_metadata",
            "Record metadata",
            _T.BOOLEAN,
            "Tracker: store where objects were, for searches and back-tests.",
            True,
            only_for={"type": ["tracker"]},
        ),
        FieldSchema(
            "camera_events",
            "Camera's events",
            _T.LIST,
            "Which of the camera's own events count.",
            ["motion", "tamper", "analytics"],
            choices=["motion", "tamper", "analytics", "sound", "signal"],
            only_for={"type": [_CAMERA_SIDE]},
        ),
        FieldSchema(
            "source",
            "Rule",
            _T.TEXT,
            "Only this rule or source of the camera. Empty: any.",
            "",
            only_for={"type": [_CAMERA_SIDE]},
        ),
        FieldSchema(
            "zones",
            "Zones",
            _T.POLYGONS,
            "Only inside these; none: everywhere.",
            [],
            only_for={"type": [*_PIXELS, *_TRACKED]},
        ),
        FieldSchema(
            "masks",
            "Masks",
            _T.POLYGONS,
            "Never inside these.",
            [],
            only_for={"type": [*_PIXELS, *_TRACKED]},
        ),
        FieldSchema(
            "level",
            "Level",
            _T.NUMBER,
            "0 is the loudest that can be, a voice near by about -20. No signal: quieter;"
            " signal, noise: at least as loud. Empty: -45, noise -30.",
            None,
            "dBFS",
            -90,
            0,
            only_for={"type": _SOUND},
        ),
        FieldSchema(
            "period_s",
            "Period",
            _T.NUMBER,
            "How long it must last without a pause. Empty: no signal 2, signal 0.3, noise 1.",
            None,
            "s",
            0,
            3600,
            only_for={"type": _SOUND},
        ),
        FieldSchema(
            "hold_s",
            "Hold time",
            _T.NUMBER,
            "The event ends so long after it. Empty: 3; no signal 0.3, signal and noise 1.",
            None,
            "s",
            0,
            600,
            only_for={"type": _LASTING},
        ),
        FieldSchema(
            "schedule",
            "Schedule",
            _T.SCHEDULE,
            "When it counts, by the server's clock. Empty: always.",
            [],
            only_for={"type": _EVENTS},
        ),
        FieldSchema(
            "armed_only",
            "Only when armed",
            _T.BOOLEAN,
            "No event while disarmed.",
            False,
            only_for={"type": _EVENTS},
        ),
        FieldSchema(
            "raises_alarm",
            "Raises an alarm",
            _T.BOOLEAN,
            "While the camera is armed.",
            True,
            only_for={"type": _EVENTS},
        ),
        *(evolve(one, only_for={"type": _EVENTS}) for one in RESPONSES),
    ],
)
