"""Logging: one line an entry to standard error, with what must not be read taken out.

Passwords are never logged on purpose; this is the net below: credentials inside addresses and
Authorization headers are masked wherever they turn up, tracebacks included.

A thread of its own writes: a paused terminal, a full pipe or a disk that hangs keeps nobody else.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import re
import sys
import threading
import time
from typing import TextIO

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


# Some minutes of a bad day; what comes while nobody takes any is counted.
_MAX_LINES = 10_000
_CLOSE_S = 2.0


class AsideHandler(logging.Handler):
    """Writes from a thread of its own, in order; never waits for `out`, but in `close` for a
    moment."""

    def __init__(self, out: TextIO) -> None:
        super().__init__()
        self._out = out
        self._lines: queue.Queue[str | None] = queue.Queue(_MAX_LINES)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            self._dropped += 1
        except Exception:  # noqa: BLE001 - as every handler: a bad record is no trouble of its own
            self.handleError(record)

    def close(self) -> None:
        """What is there is written, if `out` takes it."""
        with contextlib.suppress(queue.Full):
            self._lines.put(None, timeout=_CLOSE_S)
            self._thread.join(_CLOSE_S)
        super().close()

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            dropped, self._dropped = self._dropped, 0
            if dropped:
                line += f"\n({dropped} more could not be written)"
            with contextlib.suppress(OSError, ValueError):  # nobody reads any more
                self._out.write(line + "\n")
                self._out.flush()


def end() -> None:
    """What `set_up` began; what was logged is written."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, AsideHandler):
            root.removeHandler(handler)
            handler.close()


def set_up(level: str) -> None:
    """For the program's start: root logger to standard error at one of LEVELS."""
    handler = AsideHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Debug output of the loop and of numba's compiler drowns ours.
    for name in ("asyncio", "numba"):
        logging.getLogger(name).setLevel(logging.WARNING)
