"""Addresses of finds: clean, and comparable with those of devices that are known already."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_MAX_TEXT = 100
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?$", re.IGNORECASE)
_WEB_PORTS = {"http": 80, "onvif": 80, "axis": 80, "https": 443, "onvifs": 443}
_MAC = re.compile(r"[0-9a-f]{12}$")


def clean(text: str) -> str:
    """One printable line of at most 100 characters, fit to be shown."""
    kept = "".join(c if c.isprintable() else " " for c in text[: 4 * _MAX_TEXT])
    return " ".join(kept.split())[:_MAX_TEXT]


def mac(text: str) -> str:
    """12 lower-case hexadecimal digits from any spelling; "" for what is none."""
    bare = re.sub(r"[:.\-\s]", "", text).lower()
    return bare if _MAC.match(bare) else ""


def host(url: str) -> str:
    """The host of an address in lower case; "" for what has none that could be."""
    try:
        name = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
    return name if name and is_host(name) else ""


def is_host(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return _HOST.match(name) is not None
    return True


def same_device(url: str, hardware_id: str, other_url: str, other_hardware_id: str) -> bool:
    """By what the devices call themselves where both do, else by their hosts and ports."""
    if hardware_id and other_hardware_id:
        return hardware_id == other_hardware_id
    return _place(url) == _place(other_url) != ("", 0)


def web_port(url: str) -> int | None:
    """Of a device's web server; None for the address of a stream, which tells nothing of it."""
    try:
        parts = urlsplit(url)
        return parts.port or _WEB_PORTS[parts.scheme.lower()]
    except (ValueError, KeyError):
        return None


def _place(url: str) -> tuple[str, int]:
    try:
        return host(url), urlsplit(url).port or 0
    except ValueError:
        return "", 0
