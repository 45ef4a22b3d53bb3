"""Addresses of ONVIF devices and of their streams, without I/O."""

from __future__ import annotations

import ipaddress
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from attrs import frozen

from axxond.devices import failures
from axxond.devices.port import DeviceError
from protocol.types import FailureKind

_DEFAULT_PATH = "/onvif/device_service"
_SCHEMES = {"onvif": "http", "onvifs": "https", "http": "http", "https": "https"}


@frozen
class Address:
    """Where a device's services are.  `profile` "": the best that there is."""

    scheme: str  # "http" or "https"
    host: str  # IPv6 without brackets
    port: int | None  # None: the scheme's own
    path: str
    profile: str = ""

    @property
    def service(self) -> str:
        """URL of the device service, where every conversation begins."""
        return urlunsplit((self.scheme, self.place, self.path, "", ""))

    @property
    def place(self) -> str:
        """host[:port] as it stands in a URL."""
        return _place(self.host, self.port)

    def stream(self, profile: str) -> str:
        """What `StreamSettings.url` takes to get that profile."""
        scheme = "onvifs" if self.scheme == "https" else "onvif"
        path = "/" if self.path == _DEFAULT_PATH else self.path
        return f"{scheme}://{self.place}{path}?profile={quote(profile, safe='')}"


def parse(url: str) -> Address:
    """`onvif://host[:port]/[path][?profile=TOKEN]`, `onvifs://` for TLS, or the http(s) address
    of the device service.  Raises DeviceError."""
    shown = failures.without_login(url)
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = _SCHEMES[parts.scheme.lower()], parts.hostname, parts.port
    except (ValueError, KeyError) as error:
        raise _bad(shown) from error
    if not host:
        raise _bad(shown)
    path = parts.path if parts.path not in ("", "/") else _DEFAULT_PATH
    profile = parse_qs(parts.query).get("profile", [""])[0]
    return Address(scheme, host, port, path, profile)


def _bad(shown: str) -> DeviceError:
    return DeviceError(
        FailureKind.UNREACHABLE,
        f"{shown!r} is no address of an ONVIF device. It looks like onvif://192.0.2.10.",
    )


def service_url(told: str, address: Address) -> str:
    """The address of a service as the device told it, at the host where we reach the device.

    Devices tell an address of their own network (behind NAT), 0.0.0.0, or one that they had
    before; and credentials go to no host but the one that was entered.
    """
    try:
        parts = urlsplit(told.strip())
        host, port, scheme = parts.hostname, parts.port, parts.scheme.lower()
    except ValueError:
        return address.service
    if scheme not in ("http", "https") or not parts.path:
        return address.service
    if (host or "").lower() != address.host.lower():
        return urlunsplit((address.scheme, address.place, parts.path, parts.query, ""))
    return urlunsplit((scheme, _place(address.host, port), parts.path, parts.query, ""))


def media_url(told: str, address: Address, *, keep_host: bool = False) -> str:
    """The same for an RTSP or snapshot address; the port stays as told.

    `keep_host`: the device is right in naming another host, unless nobody could reach that one.
    """
    try:
        parts = urlsplit(told.strip())
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return told.strip()
    if port == 0:
        port = None
    if not (keep_host and is_reachable(host)):
        host = address.host
    return urlunsplit((parts.scheme, _place(host, port), parts.path, parts.query, ""))


def is_reachable(host: str) -> bool:
    """False for what is an address of nothing: 0.0.0.0, loopback, link-local, ""."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return host not in ("", "localhost")
    return not (ip.is_unspecified or ip.is_loopback or ip.is_link_local)


def _place(host: str, port: int | None) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port is None else f"{bracketed}:{port}"
