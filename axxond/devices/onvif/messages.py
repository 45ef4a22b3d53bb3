"""Requests as SOAP 1.2 envelopes, made by zeep from ONVIF's own WSDLs (they come with
onvif-zeep-async; that package itself is not imported: it sets up logging on import).

WSDLs are parsed once a process, in a thread: 40 to 100 ms and 4 MB each (measured).  Media2 is
not among them; its requests are flat lists of texts, or a configuration as the device gave it.
"""

from __future__ import annotations

import copy
import enum
import importlib.util
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import frozen
from lxml import etree
from zeep import Client, Settings
from zeep.exceptions import Error as ZeepError
from zeep.transports import Transport
from zeep.wsdl import Document
from zeep.wsse.username import UsernameToken

from axxond.base import tasks
from axxond.base.units import SECOND_US

_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_WSA = "http://www.w3.org/2005/08/addressing"
_EVENTS = "http://www.onvif.org/ver10/events/wsdl"


class Service(enum.Enum):
    """A service by its namespace (ONVIF Core §5.3), its WSDL and its binding there."""

    DEVICE = ("http://www.onvif.org/ver10/device/wsdl", "devicemgmt", "DeviceBinding")
    MEDIA = ("http://www.onvif.org/ver10/media/wsdl", "media", "MediaBinding")
    MEDIA2 = ("http://www.onvif.org/ver20/media/wsdl", "", "")
    PTZ = ("http://www.onvif.org/ver20/ptz/wsdl", "ptz", "PTZBinding")
    IMAGING = ("http://www.onvif.org/ver20/imaging/wsdl", "imaging", "ImagingBinding")
    DEVICE_IO = ("http://www.onvif.org/ver10/deviceIO/wsdl", "deviceio", "DeviceIOBinding")
    EVENTS = (_EVENTS, "events", "EventBinding")
    PULL_POINT = (_EVENTS + "#pull", "events", "PullPointSubscriptionBinding")
    SUBSCRIPTION = (_EVENTS + "#subscription", "events", "SubscriptionManagerBinding")

    @property
    def namespace(self) -> str:
        return self.value[0].partition("#")[0]


@frozen
class Message:
    """A request without log-in, and what its Content-Type names as its action."""

    envelope: etree._Element
    action: str


class _LocalFiles(Transport):  # type: ignore[misc]
    """Nothing that a WSDL names is fetched from anywhere."""

    def load(self, url: str) -> bytes:
        return Path(url).read_bytes()


_lock = threading.Lock()
_clients: dict[str, Client] = {}


def wsdl_folder() -> Path:
    """Where ONVIF's WSDLs lie.  Raises FileNotFoundError when the package is not installed."""
    found = importlib.util.find_spec("onvif")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("onvif-zeep-async is not installed: it brings ONVIF's WSDLs")
    return Path(found.submodule_search_locations[0]) / "wsdl"


def _load(wsdl: str) -> Client:
    """Any thread."""
    with _lock:
        if wsdl not in _clients:
            settings = Settings(strict=False)
            path = str(wsdl_folder() / f"{wsdl}.wsdl")
            transport = _LocalFiles()
            document = Document(path, transport, settings=settings)
            _clients[wsdl] = Client(document, transport=transport, settings=settings)
            transport.session.close()
        return _clients[wsdl]


async def prepare(service: Service) -> None:
    """Must have been awaited before `request` is called for that service."""
    wsdl = service.value[1]
    if wsdl and wsdl not in _clients:
        await tasks.in_thread(_load, wsdl)


def request(service: Service, operation: str, parameters: dict[str, Any]) -> Message:
    """Raises ValueError for parameters that the WSDL does not know or XML cannot hold."""
    namespace, wsdl, binding_name = service.value
    if not wsdl:
        return _flat(namespace, operation, parameters)
    client = _clients[wsdl]
    binding = f"{{{service.namespace}}}{binding_name}"
    try:
        made = client.create_message(client.create_service(binding, ""), operation, **parameters)
    except (TypeError, ZeepError) as error:
        raise ValueError(str(error)) from error
    described = client.wsdl.bindings[binding].get(operation)
    action = described.abstract.wsa_action or described.soapaction or ""
    # zeep addresses what the WSDL has an action for, to the WSDL's own place: see `address`.
    for header in list(made.iterfind(f"{{*}}Header/{{{_WSA}}}*")):
        header.getparent().remove(header)
    return Message(made, action)


def _flat(namespace: str, operation: str, parameters: dict[str, Any]) -> Message:
    """Parameters in the order of the schema: texts, lists of texts, or whole elements."""
    envelope = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"s": _SOAP})
    body = etree.SubElement(envelope, f"{{{_SOAP}}}Body")
    called = etree.SubElement(body, f"{{{namespace}}}{operation}", nsmap={"m": namespace})
    for name, value in parameters.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                etree.SubElement(called, f"{{{namespace}}}{name}").text = one
            else:
                one.tag = f"{{{namespace}}}{name}"
                called.append(one)
    return Message(envelope, f"{namespace}/{operation}")


def whole(service: Service, operation: str, parameters: dict[str, Any]) -> Message:
    """Like Media2's requests for a service that has a WSDL: to send back, changed, what the
    device gave, with the vendor's own elements in it."""
    return _flat(service.namespace, operation, parameters)


def address(message: Message, to: str, parameters: list[etree._Element]) -> None:
    """WS-Addressing headers (WS-BaseNotification needs them), with the reference parameters of a
    subscription (WS-Addressing 1.0 SOAP Binding §4)."""
    header = _header(message.envelope)
    for name, text in (
        ("Action", message.action),
        ("MessageID", f"urn:uuid:{uuid.uuid4()}"),
        ("To", to),
    ):
        made = etree.SubElement(header, f"{{{_WSA}}}{name}", nsmap={"wsa": _WSA})
        made.text = text
    for given in parameters:
        copied = copy.deepcopy(given)
        copied.set(f"{{{_WSA}}}IsReferenceParameter", "true")
        header.append(copied)


def log_in(message: Message, user: str, password: str, now_us: int) -> None:
    """WS-Security user name token with a digest (ONVIF Core §5.9.4.1); `now_us` by the clock of
    the device, which refuses what is too old."""
    for former in message.envelope.iterfind("{*}Header/{*}Security"):
        former.getparent().remove(former)
    _header(message.envelope)
    created = datetime.fromtimestamp(now_us // SECOND_US, UTC).replace(tzinfo=None)
    token = UsernameToken(user, password, use_digest=True, created=created, zulu_timestamp=True)
    token.apply(message.envelope, {})


def _header(envelope: etree._Element) -> etree._Element:
    header = envelope.find(f"{{{_SOAP}}}Header")
    if header is None:
        header = etree.Element(f"{{{_SOAP}}}Header")
        envelope.insert(0, header)
    return header


def encode(message: Message) -> bytes:
    data: bytes = etree.tostring(message.envelope, xml_declaration=True, encoding="utf-8")
    return data
