"""Logging: one line an entry to standard error, with what must not be read taken out.

Passwords are never logged on purpose; this is the net below: credentials inside addresses and
Authorization headers are masked wherever they turn up, tracebacks included.
"""

from __future__ import annotations

import logging
import re
import sys
import time

LEVELS = ("debug", "info", "warning", "error")

_MASK = "***"
_PATTERNS = (
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/@:]*):[^\s/@]*@", re.IGNORECASE), rf"\1:{_MASK}@"),
    (re.compile(r"(\bauthorization:\s*\w+\s+)[^\r\n]*", re.IGNORECASE), rf"\1{_MASK}"),
    (
        re.compile(
            r"""((?:password|passwd|pwd|secret)["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s,;&)}]+)""",
            re.I,
        ),
        rf"\1{_MASK}",
    ),
)


def redacted(text: str) -> str:
    """The text without credentials."""
    for pattern, mask in _PATTERNS:
        text = pattern.sub(mask, text)
    return text


class RedactingFormatter(logging.Formatter):
    """UTC times with milliseconds; everything, tracebacks included, goes through `redacted`."""

    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03dZ"
    default_time_format = "%Y-%m-%dT%H:%M:%S"

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def set_up(level: str) -> None:
    """For the program's start: root logger to standard error at one of LEVELS."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Debug output of the loop and of numba's compiler drowns ours.
    for name in ("asyncio", "numba"):
        logging.getLogger(name).setLevel(logging.WARNING)
