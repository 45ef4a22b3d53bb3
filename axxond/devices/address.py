"""Addresses of devices as people type them."""

from __future__ import annotations

from pathlib import Path
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


def file_of(url: str) -> Path | None:
    """The file that an address without a scheme, or with file:, means; None: it is no file."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme == "file":
        return Path(unquote(parts.path))
    is_drive = len(scheme) == 1  # C:\\clip.mp4
    return Path(url) if url and (not scheme or is_drive) else None
