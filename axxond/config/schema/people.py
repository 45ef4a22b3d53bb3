"""Roles, users and their layouts."""

from __future__ import annotations

from axxond.config.schema.parts import ENABLED
from protocol.types import FieldSchema, FieldType, KindSchema, ObjectKind, Right

_T = FieldType

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
        FieldSchema(
            "ptz_priority",
            "PTZ priority",
            _T.INTEGER,
            "Who has more of it takes a camera from others who steer it.",
            50,
            "",
            1,
            100,
        ),
    ],
)

USER = KindSchema(
    ObjectKind.USER,
    "User",
    [ObjectKind.SERVER],
    [
        ENABLED,
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
