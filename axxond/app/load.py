"""This process's own load."""

from __future__ import annotations

import os

import psutil


class OwnLoad:
    """Processor use since the last reading, as a share of the whole machine."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first reading has no interval

    def cpu_percent(self) -> float:
        """[0; 100] of all processors together."""
        return min(100.0, float(self._process.cpu_percent()) / (os.cpu_count() or 1))

    def memory_bytes(self) -> int:
        """Resident."""
        return int(self._process.memory_info().rss)
