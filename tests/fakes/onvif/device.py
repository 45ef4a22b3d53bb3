"""The Device service."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from axxond.devices.elements import Node
from tests.fakes.onvif import schemas
from tests.fakes.onvif.model import Camera, FaultError

NAMESPACE = "http://www.onvif.org/ver10/device/wsdl"
BINDING = "DeviceBinding"


class Device:
    def __init__(self, camera: Camera, urls: dict[str, str]) -> None:
        self._camera = camera
        self._urls = urls  # by namespace

    def get_system_date_and_time(self, _request: Node) -> dict[str, Any]:
        now = self._camera.now()
        stamp = {
            "Time": {"Hour": now.hour, "Minute": now.minute, "Second": now.second},
            "Date": {"Year": now.year, "Month": now.month, "Day": now.day},
        }
        return {
            "SystemDateAndTime": {
                "DateTimeType": "Manual",
                "DaylightSavings": False,
                "TimeZone": {"TZ": "UTC0"},
                "UTCDateTime": stamp,
            }
        }

    def set_system_date_and_time(self, request: Node) -> dict[str, Any]:
        paths = ("Date/Year", "Date/Month", "Date/Day", "Time/Hour", "Time/Minute", "Time/Second")
        parts = [request.integer(f"UTCDateTime/{path}") or 0 for path in paths]
        wanted = datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]
        self._camera.clock_set = wanted
        self._camera.clock_offset_s = (wanted - datetime.now(UTC)).total_seconds()
        return {}

    def get_device_information(self, _request: Node) -> dict[str, Any]:
        camera = self._camera
        return {
            "Manufacturer": camera.manufacturer,
            "Model": camera.model,
            "FirmwareVersion": camera.firmware,
            "SerialNumber": camera.serial,
            "HardwareId": "1",
        }

    def get_services(self, _request: Node) -> dict[str, Any]:
        version = {"Major": 2, "Minor": 60}
        return {
            "Service": [
                {"Namespace": namespace, "XAddr": url, "Version": version}
                for namespace, url in self._urls.items()
            ]
        }

    def get_capabilities(self, _request: Node) -> dict[str, Any]:
        urls = {schemas.WSDLS.get(namespace, ""): url for namespace, url in self._urls.items()}
        streaming = {"RTPMulticast": False, "RTP_TCP": True, "RTP_RTSP_TCP": True}
        found: dict[str, Any] = {
            "Imaging": {"XAddr": urls["imaging"]},
            "Media": {"XAddr": urls["media"], "StreamingCapabilities": streaming},
        }
        if "ptz" in urls:
            found["PTZ"] = {"XAddr": urls["ptz"]}
        if "events" in urls:
            found["Events"] = {
                "XAddr": urls["events"],
                "WSSubscriptionPolicySupport": False,
                "WSPullPointSupport": True,
                "WSPausableSubscriptionManagerInterfaceSupport": False,
            }
        return {"Capabilities": found}

    def get_relay_outputs(self, _request: Node) -> dict[str, Any]:
        return {
            "RelayOutputs": [
                {
                    "token": token,
                    "Properties": {
                        "Mode": "Bistable",
                        "DelayTime": "PT0S",
                        "IdleState": "open",
                    },
                }
                for token in self._camera.relays
            ]
        }

    def set_relay_output_state(self, request: Node) -> dict[str, Any]:
        token = request.text("RelayOutputToken")
        if token not in self._camera.relays:
            raise FaultError("No such relay", "InvalidArgVal", "RelayToken")
        self._camera.relays[token] = request.text("LogicalState") == "active"
        return {}
