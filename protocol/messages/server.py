"""The server itself."""

from __future__ import annotations

from attrs import frozen

from protocol.messages.base import Message, Request
from protocol.types import CameraStatus


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


@frozen
class GetStatus(Request):
    NAME = "server.status.get"
    REPLY = ServerStatus
