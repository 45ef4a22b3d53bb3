"""WS-Discovery of ONVIF devices (ONVIF Core §7; WS-Discovery April 2005), without I/O.

Requests are written by the WSDiscovery library; answers are read here, for devices keep to less
than it expects.
"""

from __future__ import annotations

from itertools import islice
from urllib.parse import unquote, urlsplit

from wsdiscovery import QName
from wsdiscovery.actions import constructProbe
from wsdiscovery.message import createSOAPMessage

from axxond.devices import elements
from axxond.devices.discovery import addresses
from axxond.devices.discovery.port import Found
from axxond.devices.elements import Node

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
    root = elements.parse(data)
    if root is None:
        return []
    # Not by the action: IPyCam's is misspelt.
    told = islice(root.descendants("ProbeMatch", "Hello"), _MAX_MATCHES)
    found = (_found(one, sender) for one in told)
    return [one for one in found if one is not None]


def _found(told: Node, sender: str) -> Found | None:
    scopes = _scopes(told.text("Scopes"))
    kinds = {word.rpartition(":")[2] for word in told.text("Types").split()}
    if not scopes and "NetworkVideoTransmitter" not in kinds:
        return None  # a printer, say
    identity = addresses.clean(told.text("EndpointReference/Address")).lower()
    mac = next((m for key in ("mac", "macaddr") if (m := addresses.mac(scopes.get(key, "")))), "")
    return Found(
        _url(told.text("XAddrs").split(), sender),
        "onvif",
        scopes.get("name") or scopes.get("hardware") or sender,
        scopes.get("manufacturer", ""),
        scopes.get("hardware", ""),
        scopes.get("serial", ""),
        mac,
        identity if identity.startswith("urn:uuid:") else mac and f"mac:{mac}",
    )


def _scopes(text: str) -> dict[str, str]:
    """The last part of an ONVIF scope by the one before it, in lower case."""
    scopes: list[str] = []
    for word in text.split():
        if "://" in word or not scopes:
            scopes.append(word)
        else:
            scopes[-1] += f" {word}"  # a name whose spaces were not escaped
    told: dict[str, str] = {}
    for scope in scopes:
        if scope.lower().startswith(_SCOPE):
            key, _, value = scope[len(_SCOPE) :].partition("/")
            told.setdefault(key.lower(), addresses.clean(unquote(value)))
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
