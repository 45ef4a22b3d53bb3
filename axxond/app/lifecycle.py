"""The process among others: one instance a data folder, the service manager, the loop's pulse."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

from axxond.base.clock import Clock
from axxond.base.errors import AxxonError
from axxond.base.units import MS_US, SECOND_US

log = logging.getLogger(__name__)

_BLOCKED_US = 200 * MS_US
_PULSE_S = 0.1


class FolderLock:
    """Holds `folder`/lock while the program runs; the operating system lets go at its end."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Raises AxxonError when another instance runs here or the folder cannot be used."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a+", encoding="ascii")
        except OSError as error:
            text = f"The data folder {self._path.parent} cannot be used: {error.strerror}"
            raise AxxonError(text) from error
        try:
            _lock(self._file)
        except OSError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self.release()
            raise AxxonError(
                f"Another axxond (process {holder}) runs on the data folder {self._path.parent}; "
                "stop it, or choose another folder with --data."
            ) from error
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def notify(state: str) -> None:
    """Tell systemd (sd_notify(3)); does nothing where no service manager asked for it."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    if address.startswith("@"):  # Linux's abstract name space
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(state.encode(), address)
    except OSError as error:
        log.warning("telling the service manager failed: %s", error)


def watchdog_interval_us() -> int | None:
    """How often the service manager wants a sign of life, halved as it asks; None: not at all."""
    text = os.environ.get("WATCHDOG_USEC", "")
    owner = os.environ.get("WATCHDOG_PID", "")
    if not text.isdecimal() or owner not in ("", str(os.getpid())):
        return None
    return max(int(text) // 2, SECOND_US // 10)


class Pulse:
    """Measures how late the loop runs; tells the service manager that it runs at all.

    `on_blocked(late_us)` for every time that the loop did nothing else for over 200 ms.
    `worst_us()`: the latest since the last call.
    """

    def __init__(self, clock: Clock, on_blocked: Callable[[int], None]) -> None:
        self._clock = clock
        self._on_blocked = on_blocked
        self._worst_us = 0

    def worst_us(self) -> int:
        worst_us, self._worst_us = self._worst_us, 0
        return worst_us

    async def run(self) -> None:
        """Until cancelled."""
        interval_us = watchdog_interval_us()
        told_us = self._clock.monotonic_us()
        while True:
            before_us = self._clock.monotonic_us()
            await asyncio.sleep(_PULSE_S)
            now_us = self._clock.monotonic_us()
            late_us = now_us - before_us - round(_PULSE_S * SECOND_US)
            self._worst_us = max(self._worst_us, late_us)
            if late_us > _BLOCKED_US:
                self._on_blocked(late_us)
            if interval_us is not None and now_us - told_us >= interval_us:
                told_us = now_us
                notify("WATCHDOG=1")
