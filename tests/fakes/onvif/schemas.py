"""ONVIF's schemas by libxml2, and answers built from its WSDLs by zeep."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from lxml import etree

from axxond.devices.onvif import messages

_XS = "{http://www.w3.org/2001/XMLSchema}"
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSDLS = {
    "http://www.onvif.org/ver10/device/wsdl": "devicemgmt",
    "http://www.onvif.org/ver10/media/wsdl": "media",
    "http://www.onvif.org/ver20/ptz/wsdl": "ptz",
    "http://www.onvif.org/ver20/imaging/wsdl": "imaging",
    "http://www.onvif.org/ver10/deviceIO/wsdl": "deviceio",
    "http://www.onvif.org/ver10/events/wsdl": "events",
    "http://docs.oasis-open.org/wsn/b-2": "events",
}
MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"


@functools.cache
def schema(namespace: str) -> etree.XMLSchema:
    """Of a service's messages."""
    if namespace == MEDIA2:
        return etree.XMLSchema(etree.parse(str(Path(__file__).with_name("media2.xsd"))))
    path = messages.wsdl_folder() / f"{WSDLS[namespace]}.wsdl"
    inline = next(etree.parse(str(path)).iter(f"{_XS}schema"))
    # Taken out with the prefixes of the WSDL around it, which the library does by itself.
    return etree.XMLSchema(etree.fromstring(etree.tostring(inline), base_url=str(path)))


def load() -> None:
    """All of them; blocking, before an event loop is measured."""
    for namespace in (*WSDLS, MEDIA2):
        schema(namespace)
    for wsdl in set(WSDLS.values()):
        messages._load(wsdl)


def complaint(element: etree._Element) -> str:
    """What is wrong with a request or an answer; "" for nothing."""
    known = schema(etree.QName(element).namespace)
    alone = etree.fromstring(etree.tostring(element))
    if known.validate(alone):
        return ""
    return f"{etree.QName(element).localname}: {known.error_log.last_error}"


def answer(namespace: str, binding: str, operation: str, values: dict[str, Any]) -> etree._Element:
    """The answer to `operation` as the WSDL has it."""
    client = messages._load(WSDLS[namespace])
    found = client.wsdl.bindings[f"{{{namespace}}}{binding}"].get(operation)
    made = found.output.serialize(**values).content
    return next(iter(made.find(f"{{{_SOAP}}}Body")))


def parse(text: str) -> etree._Element:
    return etree.fromstring(text)
