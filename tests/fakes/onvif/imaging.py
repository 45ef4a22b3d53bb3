"""The Imaging service: focus and iris."""

from __future__ import annotations

from typing import Any

from axxond.devices.elements import Node
from tests.fakes.onvif.model import CHANNEL, Camera, FaultError

NAMESPACE = "http://www.onvif.org/ver20/imaging/wsdl"
BINDING = "ImagingBinding"


class Imaging:
    def __init__(self, camera: Camera) -> None:
        self._camera = camera

    def get_options(self, request: Node) -> dict[str, Any]:
        _check(request)
        return {
            "ImagingOptions": {
                "Exposure": {"Mode": ["AUTO", "MANUAL"], "Iris": {"Min": 0, "Max": 20}},
                "Focus": {"AutoFocusModes": ["AUTO", "MANUAL"]},
            }
        }

    def get_move_options(self, request: Node) -> dict[str, Any]:
        _check(request)
        return {"MoveOptions": {"Continuous": {"Speed": {"Min": -7, "Max": 7}}}}

    def get_imaging_settings(self, request: Node) -> dict[str, Any]:
        _check(request)
        return {
            "ImagingSettings": {
                "Brightness": 50,
                "Exposure": {"Mode": self._camera.exposure_mode, "Iris": self._camera.iris},
                "Focus": {"AutoFocusMode": self._camera.focus_mode},
            }
        }

    def set_imaging_settings(self, request: Node) -> dict[str, Any]:
        _check(request)
        camera = self._camera
        camera.focus_mode = request.text("ImagingSettings/Focus/AutoFocusMode") or (
            camera.focus_mode
        )
        camera.exposure_mode = request.text("ImagingSettings/Exposure/Mode") or (
            camera.exposure_mode
        )
        iris = request.number("ImagingSettings/Exposure/Iris")
        if iris is not None:
            if not 0 <= iris <= 20:
                raise FaultError("Out of range", "InvalidArgVal", "SettingsInvalid")
            camera.iris = iris
        return {}

    def move(self, request: Node) -> dict[str, Any]:
        _check(request)
        speed = request.number("Focus/Continuous/Speed")
        if speed is None or not -7 <= speed <= 7:
            raise FaultError("Out of range", "InvalidArgVal", "InvalidArgs")
        self._camera.focus_speed = speed
        return {}

    def stop(self, request: Node) -> dict[str, Any]:
        _check(request)
        self._camera.focus_speed = 0.0
        return {}


def _check(request: Node) -> None:
    if request.text("VideoSourceToken") != CHANNEL:
        raise FaultError("No such source", "InvalidArgVal", "NoSource")
