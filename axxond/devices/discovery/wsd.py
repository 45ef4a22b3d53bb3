"""WS-Discovery of ONVIF devices (ONVIF Core §7; WS-Discovery April 2005), without I/O.

Messages are written and read by the WSDiscovery library; this module keeps from it what no
device sends, and makes finds of what it read.
"""

from __future__ import annotations

import xml.parsers.expat
from typing import Any
from urllib.parse import unquote, urlsplit

from wsdiscovery import QName
from wsdiscovery.actions import constructProbe
from wsdiscovery.message import createSOAPMessage, parseSOAPMessage

from axxond.devices.discovery import addresses
from axxond.devices.discovery.port import Found

GROUP = "239.255.255.250"
GROUP_V6 = "ff02::c"
PORT = 3702

_MAX_BYTES = 32 * 1024  # the largest answers seen have 3 KiB: many scopes
_MAX_MATCHES = 16  # in one message: a recorder may answer for its cameras
_SCOPE = "onvif://www.onvif.org/"
_DEFAULT_PATH = "/onvif/device_service"
# Old devices know the first type only, devices that are no cameras the second (ONVIF Core §7.3.1).
_TYPES = (
    QName("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter", "dn"),
    QName("http://www.onvif.org/ver10/device/wsdl", "Device", "tds"),
)


def probes() -> list[bytes]:
    """Requests to all devices, each with an identity of its own."""
    return [createSOAPMessage(constructProbe([kind], [])).encode() for kind in _TYPES]


def read(data: bytes, sender: str) -> list[Found]:
    """What a datagram from `sender` (an IP address) announces; [] for anything else."""
    if len(data) > _MAX_BYTES or b"<!" in data:  # SOAP has no DTD (SOAP 1.2 §5), hence no entities
        return []
    if b"ProbeMatch" not in data and b"Hello" not in data:
        return []
    try:
        envelope = parseSOAPMessage(data, sender)
    except (AttributeError, IndexError, ValueError, xml.parsers.expat.ExpatError):
        return []  # the library trusts that the elements are there
    if envelope is None:
        return []
    matches = envelope.getProbeResolveMatches() or [envelope]
    found = (_found(match, sender) for match in matches[:_MAX_MATCHES])
    return [one for one in found if one is not None]


def _found(match: Any, sender: str) -> Found | None:
    told = _scopes(match)
    kinds = {kind.getLocalname() for kind in match.getTypes()}
    if not told and "NetworkVideoTransmitter" not in kinds:
        return None  # a printer, say
    identity = addresses.clean(match.getEPR())
    mac = next((m for key in ("mac", "macaddr") if (m := addresses.mac(told.get(key, "")))), "")
    return Found(
        _url([str(address) for address in match.getXAddrs()], sender),
        "onvif",
        told.get("name") or told.get("hardware") or sender,
        told.get("manufacturer", ""),
        told.get("hardware", ""),
        told.get("serial", ""),
        mac,
        identity.lower() if identity.lower().startswith("urn:uuid:") else mac and f"mac:{mac}",
    )


def _scopes(match: Any) -> dict[str, str]:
    """The last word of a scope by the one before it, in lower case."""
    told: dict[str, str] = {}
    for scope in match.getScopes():
        value = str(scope.getValue())
        if not value.lower().startswith(_SCOPE):
            continue
        key, _, text = value[len(_SCOPE) :].partition("/")
        told.setdefault(key.lower(), addresses.clean(unquote(text)))
    return told


def _url(offered: list[str], sender: str) -> str:
    """The offered address at which it answered, else the first that can be one.

    Cameras with several addresses (or a default one that nobody changed) tell all of them.
    """
    usable = [url for url in offered if _is_usable(url)]
    if not usable:
        bracketed = f"[{sender}]" if ":" in sender else sender
        return f"onvif://{bracketed}{_DEFAULT_PATH}"
    best = next((url for url in usable if addresses.host(url) == sender), usable[0])
    parts = urlsplit(best)
    if parts.scheme.lower() == "https":
        return best
    place = parts.netloc.rpartition("@")[2].removesuffix(":80")
    return f"onvif://{place}{parts.path or _DEFAULT_PATH}"


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    is_clean = url.isprintable() and len(url) <= 200 and parts.scheme.lower() in ("http", "https")
    return is_clean and addresses.host(url) != ""
