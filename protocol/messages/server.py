"""The server itself."""

from __future__ import annotations

import enum

from attrs import frozen

from protocol.messages.base import Message, Request
from protocol.types import CameraStatus


class LoadStep(enum.StrEnum):
    """What gives way while the server's processor is short, in this order; never recording."""

    NORMAL = "normal"
    NO_PREVIEWS = "no-previews"  # nothing is drawn on live pictures
    HALF_RATE = "half-rate"  # detectors see 5 pictures a second at most
    LOW_RATE = "low-rate"  # 2.5
    KEY_FRAMES = "key-frames"  # key frames only


@frozen
class ServerStatus(Message):
    NAME = "server.status"
    node: str
    name: str
    software: str
    started_us: int
    time_us: int
    cameras: list[CameraStatus]
    cpu_percent: float
    memory_bytes: int
    archive_bytes: int
    archive_quota_bytes: int
    clients: int
    evidence_key: str = ""  # fingerprint of the key that signs evidence
    load_step: LoadStep = LoadStep.NORMAL
    machine_percent: float = 0.0  # of all processors, with all other programs


@frozen
class GetStatus(Request):
    NAME = "server.status.get"
    REPLY = ServerStatus
