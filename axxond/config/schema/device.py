"""Devices and what hangs on them."""

from __future__ import annotations

from importlib.metadata import entry_points

from axxond.config.schema.parts import ENABLED
from protocol.types import FieldSchema, FieldType, KindSchema, ObjectKind

_T = FieldType
_BUILT_IN = ("auto", "rtsp", "onvif", "axis", "mjpeg", "mxpeg", "file", "capture", "libav")


def _packs() -> list[str]:
    """Drivers that driver packs bring (`axxond.devices.drivers`)."""
    return sorted({entry.name for entry in entry_points(group="axxond.drivers")} - {*_BUILT_IN})


DEVICE = KindSchema(
    ObjectKind.DEVICE,
    "IP device",
    [ObjectKind.SERVER],
    [
        ENABLED,
        FieldSchema(
            "driver",
            "Driver",
            _T.CHOICE,
            "auto goes by the address: RTSP, HTTP, a file; libav for what they do not speak.",
            "auto",
            choices=[*_BUILT_IN, *_packs()],
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
        FieldSchema(
            "compatibility",
            "Compatibility mode",
            _T.BOOLEAN,
            "For a camera that implements ONVIF in part: only its first stream is taken.",
            False,
            advanced=True,
        ),
        FieldSchema(
            "clock_set",
            "Set the camera's clock",
            _T.BOOLEAN,
            "To the server's, when it connects and once a day, where the camera allows it.",
            False,
            advanced=True,
        ),
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
