"""A camera's state in words, for its page in Settings."""

from __future__ import annotations

from axxon_client.model import words
from protocol.types import CameraStatus, DeviceState


def state_chip(status: CameraStatus) -> tuple[str, str]:
    """Its text and its tone."""
    text = words.device_state(status.state)
    tones = {DeviceState.ONLINE: "green", DeviceState.WAITING: "amber"}
    return text, tones.get(status.state, "")


def why(status: CameraStatus) -> str:
    """Sentences: what is wrong, and what to do."""
    if status.failure is None:
        return words.device_state(status.state)
    reason = words.failure(status.failure)
    return f"{reason[:1].upper()}{reason[1:]}. {words.remedy(status.failure)}"
