"""Axis devices that announce themselves by Bonjour as `_axis-video._tcp`, without I/O.

Their name is "AXIS <model> - <MAC>" until somebody gives them another; what stays is the address
of their network card in the TXT record (`macaddress`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence

from axxond.devices.discovery import addresses
from axxond.devices.discovery.port import Found

TYPE = "_axis-video._tcp.local."
_DEFAULT_NAME = re.compile(r"AXIS (?P<model>.+?) - (?P<mac>[0-9A-Fa-f]{12})(?: \(\d+\))?$")
_HTTP_PORT = 80


def read(
    instance: str, offered: Sequence[str], port: int, properties: Mapping[bytes, bytes | None]
) -> Found | None:
    """What an announcement says.  `instance`: its full name; `offered`: IP addresses.

    None: it tells no address that could be reached.
    """
    host = _best(offered)
    if host is None:
        return None
    name = addresses.clean(instance.removesuffix(f".{TYPE}").replace("\\", ""))
    default = _DEFAULT_NAME.match(name)
    mac = _mac(properties) or (addresses.mac(default["mac"]) if default else "")
    model = default["model"] if default else ""
    place = f"[{host}]" if ":" in host else host
    url = f"axis://{place}" if port in (0, _HTTP_PORT) else f"axis://{place}:{port}"
    return Found(
        url,
        "axis",
        name or (f"AXIS - {mac.upper()}" if mac else host),
        "AXIS",
        model,
        mac.upper(),
        mac,
        mac and f"mac:{mac}",
    )


def _mac(properties: Mapping[bytes, bytes | None]) -> str:
    """Keys of TXT records have no case (RFC 6763 §6.4)."""
    for key, value in properties.items():
        if key.lower() == b"macaddress" and value:
            return addresses.mac(value[:64].decode("ascii", "ignore"))
    return ""


def _best(offered: Sequence[str]) -> str | None:
    """IPv4 before IPv6, and an address of the network before one of the cable alone."""
    usable = []
    for text in offered:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        if not address.is_multicast and not address.is_unspecified:
            usable.append(address)
    if not usable:
        return None
    return str(min(usable, key=lambda one: (one.is_link_local, one.version)))
