"""Digital inputs and relay outputs, by the Device or the DeviceIO service (ONVIF Core §8.6,
DeviceIO §5.7, §5.8)."""

from __future__ import annotations

from axxond.devices.control import IoPort
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.messages import Service
from axxond.devices.port import DeviceError
from protocol.types import FailureKind

_MAX_PORTS = 256
_NOT_THERE = (FailureKind.UNSUPPORTED, FailureKind.GARBAGE, FailureKind.NOT_VIDEO)


class Ports:
    """`outputs` is `axxond.devices.control.Outputs` once `read` has found one."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._service = Service.DEVICE

    async def inputs(self, device_io: bool) -> tuple[IoPort, ...]:
        if not device_io or not self._link.has(Service.DEVICE_IO):
            return ()
        try:
            answer = await self._link.call(Service.DEVICE_IO, "GetDigitalInputs")
        except DeviceError as error:
            if error.kind in _NOT_THERE:
                return ()
            raise
        found = []
        for number, told in enumerate(answer.all("DigitalInputs")[:_MAX_PORTS], 1):
            idle = told.attribute("IdleState").lower()
            closed = None if not idle else idle == "closed"
            if token := told.attribute("token"):
                found.append(IoPort(token, f"Input {number}", None, closed))
        return tuple(found)

    async def outputs(self, device_io: bool) -> tuple[IoPort, ...]:
        """By the Device service, else by DeviceIO, which old devices don't have."""
        for service in (Service.DEVICE, Service.DEVICE_IO):
            if service is Service.DEVICE_IO and not device_io:
                continue
            found = await self._relays(service)
            if found:
                self._service = service
                return found
        return ()

    async def _relays(self, service: Service) -> tuple[IoPort, ...]:
        if not self._link.has(service):
            return ()
        try:
            answer = await self._link.call(service, "GetRelayOutputs")
        except DeviceError as error:
            if error.kind in _NOT_THERE:
                return ()
            raise
        found = []
        for number, told in enumerate(answer.all("RelayOutputs")[:_MAX_PORTS], 1):
            idle = told.text("Properties/IdleState").lower()
            closed = None if not idle else idle == "closed"
            if token := told.attribute("token"):
                found.append(IoPort(token, f"Output {number}", None, closed))
        return tuple(found)

    async def set_output(self, token: str, active: bool) -> None:
        state = "active" if active else "inactive"
        await self._link.call(
            self._service,
            "SetRelayOutputState",
            {"RelayOutputToken": token, "LogicalState": state},
            is_void=True,
        )
