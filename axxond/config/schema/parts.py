"""Properties that several kinds have."""

from __future__ import annotations

from protocol.types import FieldSchema, FieldType

ENABLED = FieldSchema("enabled", "Enabled", FieldType.BOOLEAN, "Off: it keeps its settings.", True)
