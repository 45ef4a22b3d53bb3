"""Every kind of object and every property: type, default, unit, range, a sentence; a module a
branch of the tree.

This table is the only description: validation, storage, the wire's schema and the client's forms
are derived from it.
"""

from __future__ import annotations

from axxond.config.schema.archive import ARCHIVE, VOLUME
from axxond.config.schema.camera import CAMERA, RECORDING
from axxond.config.schema.control import RELAY, SENSOR, TELEMETRY
from axxond.config.schema.detector import DETECTOR
from axxond.config.schema.device import DEVICE
from axxond.config.schema.people import LAYOUT, ROLE, USER
from axxond.config.schema.server import SERVER
from protocol.types import KindSchema, ObjectKind

SCHEMA: dict[ObjectKind, KindSchema] = {
    kind.kind: kind
    for kind in (
        SERVER,
        DEVICE,
        CAMERA,
        DETECTOR,
        TELEMETRY,
        SENSOR,
        RELAY,
        ARCHIVE,
        VOLUME,
        RECORDING,
        ROLE,
        USER,
        LAYOUT,
    )
}
