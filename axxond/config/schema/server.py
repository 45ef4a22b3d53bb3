"""A server's own settings."""

from __future__ import annotations

from protocol.types import FieldSchema, FieldType, KindSchema, ObjectKind

_T = FieldType

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
        FieldSchema(
            "hardware_decoding",
            "Decode on the graphics card",
            _T.CHOICE,
            "For detectors: H.264 and H.265 by an NVIDIA card (CUDA). Where there is none, or it "
            "cannot, the processor decodes.",
            "off",
            choices=["off", "cuda"],
            advanced=True,
        ),
        FieldSchema(
            "metadata_days",
            "Keep metadata",
            _T.INTEGER,
            "Where objects were, for searches and back-tests; 0: as long as there is room.",
            30,
            "days",
            0,
            3650,
        ),
        FieldSchema(
            "metadata_gb",
            "Room for metadata",
            _T.NUMBER,
            "The oldest go first when there are more.",
            10.0,
            "GB",
            0.1,
            100_000,
        ),
    ],
)
