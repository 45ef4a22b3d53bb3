"""Names of files and of what is in zips: for people, safe on every file system, pure."""

from __future__ import annotations

import re
import time
from collections.abc import Container

_MAX_NAME = 80
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*\x7f]+')
_SUFFIXES = {"jpeg": "jpg"}


def instant(time_us: int, with_ms: bool = False) -> str:
    """UTC, as ISO 8601 but for the colons: 2027-01-15T08-00-00Z."""
    at = time.strftime("%Y-%m-%dT%H-%M-%S", time.gmtime(time_us // 1_000_000))
    return f"{at}.{time_us // 1000 % 1000:03}Z" if with_ms else f"{at}Z"


def safe(name: str, otherwise: str) -> str:
    """A name as part of a file's name; never empty, never "." or ".."."""
    cleaned = _UNSAFE.sub("_", name).strip(" .")[:_MAX_NAME].strip(" .")
    return cleaned or otherwise


def unique(name: str, taken: Container[str]) -> str:
    """The name, with a number behind it when it is taken (whatever the case of its letters)."""
    found, number = name, 1
    while found.casefold() in taken:
        number += 1
        found = f"{name} ({number})"
    return found


def suffix(form: str) -> str:
    return _SUFFIXES.get(form, form)
