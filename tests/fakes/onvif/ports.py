"""The DeviceIO service: digital inputs."""

from __future__ import annotations

from typing import Any

from axxond.devices.elements import Node
from tests.fakes.onvif.model import Camera

NAMESPACE = "http://www.onvif.org/ver10/deviceIO/wsdl"
BINDING = "DeviceIOBinding"


class Ports:
    def __init__(self, camera: Camera) -> None:
        self._camera = camera

    def get_digital_inputs(self, _request: Node) -> dict[str, Any]:
        return {"DigitalInputs": [{"token": token} for token in self._camera.inputs]}

    def get_audio_outputs(self, _request: Node) -> dict[str, Any]:
        return {"Token": ["speaker-1"] if self._camera.has_speaker else []}
