"""Who may call: WS-Security digest with a check of the clock, or HTTP Digest."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

from axxond.devices.demo.requests import DigestLogin
from axxond.devices.elements import Node
from tests.fakes.onvif.model import Camera, FaultError

# ONVIF Core §5.9.2 (access class PRE_AUTH).
ANONYMOUS = {
    "GetSystemDateAndTime",
    "GetCapabilities",
    "GetServices",
    "GetServiceCapabilities",
    "GetHostname",
    "GetWsdlUrl",
    "GetEndpointReference",
}
_MAX_SKEW_S = 5.0
NONCE = "5ccc069c403ebaf9f0171e9517f40e41"


def check_token(camera: Camera, header: Node | None, seen: set[str]) -> None:
    """Raises FaultError.  `seen`: nonces, which count once (WS-Security UsernameToken §3.1)."""
    token = header.first("Security/UsernameToken") if header is not None else None
    if token is None:
        raise FaultError("Sender not Authorized", "NotAuthorized")
    nonce, created = token.text("Nonce"), token.text("Created")
    stamp = datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if abs(stamp.timestamp() - camera.now_s()) > _MAX_SKEW_S or nonce in seen:
        raise FaultError("The token is too old", "NotAuthorized")
    seen.add(nonce)
    secret = base64.b64decode(nonce) + created.encode() + camera.password.encode()
    digest = base64.b64encode(hashlib.sha1(secret).digest()).decode()
    if (token.text("Username"), token.text("Password")) != (camera.user, digest):
        raise FaultError("Sender not Authorized", "NotAuthorized")


def http(camera: Camera) -> DigestLogin:
    return DigestLogin(camera.user, camera.password, NONCE)
