"""The load that is this server's own: this process and those that work for it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable

import psutil


class OwnLoad:
    """`others()`: the process ids of those that work for this one."""

    def __init__(self, others: Callable[[], Iterable[int]] = tuple) -> None:
        self._others = others
        self._known: dict[int, psutil.Process] = {}
        self.cpu_percent()  # the first reading has no interval

    def cpu_percent(self) -> float:
        """Processor use since the last reading, of all processors together: [0; 100]."""
        return min(100.0, self._sum(psutil.Process.cpu_percent) / (os.cpu_count() or 1))

    def memory_bytes(self) -> int:
        """Resident."""
        return int(self._sum(lambda process: process.memory_info().rss))

    def _sum(self, read: Callable[[psutil.Process], float]) -> float:
        pids = {os.getpid(), *self._others()}
        self._known = {pid: one for pid, one in self._known.items() if pid in pids}
        found = 0.0
        for pid in pids:
            with contextlib.suppress(psutil.NoSuchProcess):  # it ends whenever it likes
                if pid not in self._known:
                    self._known[pid] = psutil.Process(pid)
                found += read(self._known[pid])
        return found
