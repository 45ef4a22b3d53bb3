"""What the address of an Axis device means: its web server, and which of its streams.

`axis://192.0.2.10`, `http://…` or `https://…`, with a query that may name `camera=2`,
`streamprofile=NAME` and any other argument of VAPIX's media.amp.  `rtsp://…` is taken as it is.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from attrs import frozen

from axxond.devices import failures
from axxond.devices.address import with_login

_EXAMPLE = "axis://192.0.2.10"
_WEB = {"axis": "http", "http": "http", "https": "https"}
_MAX_ARGUMENTS = 32
_MEDIA = "/axis-media/media.amp"


@frozen
class Address:
    """`web`: of the web server, without a path.  `media`: an RTSP address that was given whole."""

    web: str
    host: str
    arguments: dict[str, str]
    media: str = ""

    @property
    def camera(self) -> str:
        return self.arguments.get("camera", "1")

    def rtsp(self, port: int, **more: str) -> str:
        """Of picture and sound; `more` arguments go before those of the address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        query = urlencode({**more, **self.arguments}, quote_via=quote)
        return f"rtsp://{host}:{port}{_MEDIA}{'?' if query else ''}{query}"

    def events(self, port: int) -> str:
        """Of the event stream alone."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"rtsp://{host}:{port}{_MEDIA}?video=0&audio=0&event=on"

    def stream(self, **arguments: str) -> str:
        """As a device's address: this device, with these arguments."""
        scheme, _, place = self.web.partition("://")
        scheme = "axis" if scheme == "http" else scheme
        return f"{scheme}://{place}/?{urlencode(arguments, quote_via=quote)}"


def parse(url: str, user: str = "", password: str = "") -> tuple[Address, str, str]:
    """With user and password.  Raises DeviceError."""
    plain, user, password = with_login(url, user, password)
    try:
        parts = urlsplit(plain)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise failures.bad_address(plain, _EXAMPLE) from error
    scheme = parts.scheme.lower()
    if scheme in ("rtsp", "rtsps") and host:
        return Address(_web("http", host, None), host, {}, plain), user, password
    if scheme not in _WEB or not host:
        raise failures.bad_address(plain, _EXAMPLE)
    arguments = dict(parse_qsl(parts.query, keep_blank_values=True)[:_MAX_ARGUMENTS])
    return Address(_web(_WEB[scheme], host, port), host, arguments), user, password


def _web(scheme: str, host: str, port: int | None) -> str:
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}{f':{port}' if port else ''}"
