"""Archives and their volumes."""

from __future__ import annotations

from protocol.types import FieldSchema, FieldType, KindSchema, ObjectKind

_T = FieldType

_QUOTA = FieldSchema(
    "quota_gb",
    "Size",
    _T.NUMBER,
    "The oldest footage goes first when it is full.",
    20.0,
    "GB",
    0.05,
    1_000_000,
)
_DAYS = FieldSchema(
    "days", "Keep at most", _T.INTEGER, "0: as long as there is room.", 0, "days", 0, 3650
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
        _QUOTA,
        _DAYS,
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
        _QUOTA,
        _DAYS,
        _FLOOR,
    ],
)
