"""Addresses of devices as people type them."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from axxond.devices import failures


def with_login(url: str, user: str, password: str) -> tuple[str, str, str]:
    """URL, user and password; the log-in may stand in the URL, as people paste it.

    Raises DeviceError.
    """
    plain = failures.without_login(url).replace(" ", "%20")
    try:
        parts = urlsplit(url)
        found, secret = parts.username, parts.password
    except ValueError as error:
        raise failures.bad_address(plain) from error
    if not user and found:
        return plain, unquote(found), unquote(secret or "")
    return plain, user, password
