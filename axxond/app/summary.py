"""What a run did, for whoever checks it from outside.

`received` counts the packets of the recorded stream that came while the camera was to be
recorded, beginning with the first that can be decoded; `recorded` those that are on the disk;
`lost` those that are not, and those that the network lost.
"""

from __future__ import annotations

from typing import Any

from attrs import asdict, frozen

from axxond.app.runtime import Runtime
from axxond.config.tree import ConfigTree
from axxond.stream.hub import StreamKey
from protocol.types import EventRecord, ObjectKind, StreamRole

# Of a run of any length the newest are kept.
MAX_EVENTS = 100_000


@frozen
class CameraSummary:
    name: str
    received: int
    recorded: int
    lost: int
    bytes: int
    key_frames: int


def cameras(tree: ConfigTree, runtime: Runtime) -> list[CameraSummary]:
    """After the archives have been closed: `runtime.closed_archives` still have the counters."""
    return [_camera(obj.id, obj.name, runtime) for obj in tree.of_kind(ObjectKind.CAMERA)]


def _camera(camera: str, name: str, runtime: Runtime) -> CameraSummary:
    received = recorded = lost = size = keys = 0
    for archive in runtime.recorded_to(camera):
        stats = archive.recorder.stats(camera)
        received += stats.received
        recorded += stats.packets
        lost += stats.lost + max(0, stats.received - stats.packets - stats.lost)
        size += stats.bytes
        keys += stats.key_frames
    lost += runtime.network_lost(StreamKey(camera, StreamRole.HIGH))
    return CameraSummary(name, received, recorded, lost, size, keys)


def archive_totals(runtime: Runtime) -> dict[str, int | None]:
    """Bytes, oldest and newest time (UTC us) of all archives together."""
    archives = list(runtime.all_archives())
    firsts = [archive.first_us for archive in archives if archive.first_us is not None]
    lasts = [archive.last_us for archive in archives if archive.last_us is not None]
    return {
        "bytes": sum(archive.used_bytes for archive in archives),
        "from": min(firsts, default=None),
        "to": max(lasts, default=None),
    }


def document(
    counted: list[CameraSummary], events: list[EventRecord], archive: dict[str, int | None]
) -> dict[str, Any]:
    return {
        "cameras": [asdict(camera) for camera in counted],
        "events": [asdict(event) for event in events],
        "archive": archive,
    }
