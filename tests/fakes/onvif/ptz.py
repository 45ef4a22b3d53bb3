"""The PTZ service."""

from __future__ import annotations

from typing import Any

from axxond.devices.elements import Node
from tests.fakes.onvif.media1 import profile_token
from tests.fakes.onvif.model import PTZ_NODE, Camera, FaultError

NAMESPACE = "http://www.onvif.org/ver20/ptz/wsdl"
BINDING = "PTZBinding"
_SPACES = "http://www.onvif.org/ver10/tptz/"
MAX_PRESETS = 8


def _space(uri: str, least: float, most: float, *, both: bool = True) -> list[dict[str, Any]]:
    limits = {"Min": least, "Max": most}
    found = {"URI": _SPACES + uri, "XRange": limits}
    return [found | ({"YRange": limits} if both else {})]


class Ptz:
    """Positions are those of the generic spaces.  A movement is recorded; only absolute and
    relative ones change the place."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera

    def get_nodes(self, _request: Node) -> dict[str, Any]:
        spaces = {
            "AbsolutePanTiltPositionSpace": _space("PanTiltSpaces/PositionGenericSpace", -1, 1),
            "AbsoluteZoomPositionSpace": _space(
                "ZoomSpaces/PositionGenericSpace", 0, 1, both=False
            ),
            "RelativePanTiltTranslationSpace": [
                *_space("PanTiltSpaces/TranslationGenericSpace", -1, 1),
                *_space("PanTiltSpaces/TranslationSpaceFov", -1, 1),
            ],
            "RelativeZoomTranslationSpace": _space(
                "ZoomSpaces/TranslationGenericSpace", -1, 1, both=False
            ),
            "ContinuousPanTiltVelocitySpace": _space("PanTiltSpaces/VelocityGenericSpace", -1, 1),
            "ContinuousZoomVelocitySpace": _space(
                "ZoomSpaces/VelocityGenericSpace", -1, 1, both=False
            ),
        }
        node = {
            "token": PTZ_NODE,
            "FixedHomePosition": False,
            "Name": "node",
            "SupportedPTZSpaces": spaces,
            "MaximumNumberOfPresets": MAX_PRESETS,
            "HomeSupported": True,
        }
        return {"PTZNode": [node]}

    def continuous_move(self, request: Node) -> dict[str, Any]:
        self._check(request)
        self._camera.speed = _vector(request, "Velocity", self._camera.speed)
        return self._moved(request, "Velocity")

    def stop(self, request: Node) -> dict[str, Any]:
        self._check(request)
        self._camera.speed = [0.0, 0.0, 0.0]
        self._camera.moves.append(("Stop", {}))
        return {}

    def absolute_move(self, request: Node) -> dict[str, Any]:
        self._check(request)
        self._camera.place = _vector(request, "Position", self._camera.place)
        return self._moved(request, "Position")

    def relative_move(self, request: Node) -> dict[str, Any]:
        self._check(request)
        by = _vector(request, "Translation", [0.0, 0.0, 0.0])
        told = request.first("Translation/PanTilt")
        if told is not None and told.attribute("space").endswith("Fov"):
            by = [by[0] / 12, by[1] / 12, by[2]]  # half of 30 degrees of 180
        self._camera.place = [a + b for a, b in zip(self._camera.place, by, strict=True)]
        return self._moved(request, "Translation")

    def get_status(self, request: Node) -> dict[str, Any]:
        self._check(request)
        pan, tilt, zoom = self._camera.place
        moving = "MOVING" if any(self._camera.speed) else "IDLE"
        return {
            "PTZStatus": {
                "Position": {"PanTilt": {"x": pan, "y": tilt}, "Zoom": {"x": zoom}},
                "MoveStatus": {"PanTilt": moving, "Zoom": moving},
                "UtcTime": self._camera.now(),
            }
        }

    def get_presets(self, request: Node) -> dict[str, Any]:
        self._check(request)
        return {
            "Preset": [
                {"token": token, "Name": name}
                for token, (name, _place) in self._camera.presets.items()
            ]
        }

    def set_preset(self, request: Node) -> dict[str, Any]:
        self._check(request)
        camera, token = self._camera, request.text("PresetToken")
        if token and token not in camera.presets:
            raise FaultError("No such preset", "InvalidArgVal", "NoToken")
        if not token and len(camera.presets) >= MAX_PRESETS:
            raise FaultError("Too many presets", "Action", "TooManyPresets", sender=False)
        if not token:
            camera.preset_count += 1
            token = f"preset-{camera.preset_count}"
        camera.presets[token] = (request.text("PresetName"), list(camera.place))
        return {"PresetToken": token}

    def goto_preset(self, request: Node) -> dict[str, Any]:
        self._camera.place = list(self._preset(request)[1])
        return {}

    def remove_preset(self, request: Node) -> dict[str, Any]:
        self._preset(request)
        del self._camera.presets[request.text("PresetToken")]
        return {}

    def goto_home_position(self, request: Node) -> dict[str, Any]:
        self._check(request)
        self._camera.place = list(self._camera.home)
        return {}

    def set_home_position(self, request: Node) -> dict[str, Any]:
        self._check(request)
        self._camera.home = list(self._camera.place)
        return {}

    def _preset(self, request: Node) -> tuple[str, list[float]]:
        self._check(request)
        token = request.text("PresetToken")
        if token not in self._camera.presets:
            raise FaultError("No such preset", "InvalidArgVal", "NoToken")
        return self._camera.presets[token]

    def _check(self, request: Node) -> None:
        known = {profile_token(token) for token in self._camera.encoders}
        if request.text("ProfileToken") not in known:
            raise FaultError("No such profile", "InvalidArgVal", "NoProfile")

    def _moved(self, request: Node, part: str) -> dict[str, Any]:
        given: dict[str, float] = {}
        for axis in ("PanTilt", "Zoom"):
            found = request.first(f"{part}/{axis}")
            for name in ("x", "y") if found is not None else ():
                if found is not None and found.attribute(name):
                    given[f"{axis}.{name}"] = float(found.attribute(name))
        if any(abs(value) > 1 for value in given.values()):
            raise FaultError("Out of the space", "InvalidArgVal", "InvalidTranslation")
        self._camera.moves.append((part, given))
        return {}


def _vector(request: Node, part: str, present: list[float]) -> list[float]:
    pan_tilt, zoom = request.first(f"{part}/PanTilt"), request.first(f"{part}/Zoom")
    made = list(present)
    if pan_tilt is not None:
        made[:2] = [float(pan_tilt.attribute("x")), float(pan_tilt.attribute("y"))]
    if zoom is not None:
        made[2] = float(zoom.attribute("x"))
    return made
