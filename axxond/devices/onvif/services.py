"""Which services a device has, and where (GetServices, else GetCapabilities: ONVIF Core §8.1)."""

from __future__ import annotations

from axxond.devices.elements import Node
from axxond.devices.onvif import address
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.messages import Service
from axxond.devices.port import DeviceError
from protocol.types import FailureKind

# In GetCapabilities' answer.
_PATHS = {
    Service.MEDIA: "Capabilities/Media/XAddr",
    Service.PTZ: "Capabilities/PTZ/XAddr",
    Service.IMAGING: "Capabilities/Imaging/XAddr",
    Service.EVENTS: "Capabilities/Events/XAddr",
    Service.DEVICE_IO: "Capabilities/Extension/DeviceIO/XAddr",
}
_BY_NAMESPACE = {
    service.namespace.lower(): service
    for service in Service
    if service not in (Service.PULL_POINT, Service.SUBSCRIPTION)
}


async def find(link: Link) -> None:
    """Fills `link.urls`."""
    told: dict[Service, str] = {}
    try:
        answer = await link.call(Service.DEVICE, "GetServices", {"IncludeCapability": False})
        told = _of_services(answer)
    except DeviceError as error:
        if error.kind not in (FailureKind.UNSUPPORTED, FailureKind.GARBAGE):
            raise
    if Service.MEDIA not in told and Service.MEDIA2 not in told:
        answer = await link.call(Service.DEVICE, "GetCapabilities", {"Category": "All"})
        told = _of_capabilities(answer) | told
    for service, url in told.items():
        if service is not Service.DEVICE:
            link.urls[service] = address.service_url(url, link.address)


def _of_services(answer: Node) -> dict[Service, str]:
    found: dict[Service, str] = {}
    for told in answer.all("Service"):
        service = _BY_NAMESPACE.get(told.text("Namespace").lower())
        if service is not None and told.text("XAddr"):
            found.setdefault(service, told.text("XAddr"))
    return found


def _of_capabilities(answer: Node) -> dict[Service, str]:
    return {service: url for service, path in _PATHS.items() if (url := answer.text(path))}
