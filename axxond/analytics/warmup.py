"""Compile the kernels before any camera is analysed."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from pathlib import Path

from axxond.base.tasks import in_thread

Progress = Callable[[int, int, str], None]
"""done, of how many, the name of the kernel that is next ("" at the end)"""

MODULES = ("scale", "light", "background", "cells", "tracking")
"""of the kernels package, in the order of compilation"""


async def load() -> None:
    """Import numba, which keeps every other thread waiting for half a second: do it before
    anything runs that must not wait."""
    await in_thread(importlib.import_module, "axxond.analytics.kernels.compiler")


async def warm_up(cache_dir: Path | None = None, progress: Progress | None = None) -> None:
    """Compile all kernels, or load them from `cache_dir` (the data folder; None: beside the
    source), in a worker thread.  `progress` is called on the event loop.

    Takes some 10 s the first time, well under a second with a warm cache.
    """
    loop = asyncio.get_running_loop()

    def report(done: int, total: int, name: str) -> None:
        if progress is not None:
            loop.call_soon_threadsafe(progress, done, total, name)

    await in_thread(_compile, cache_dir, report)


def _compile(cache_dir: Path | None, report: Progress) -> None:
    """In a worker thread: numba itself takes half a second to import."""
    compiler = importlib.import_module("axxond.analytics.kernels.compiler")
    if cache_dir is not None:
        compiler.use_cache(cache_dir)
    for name in MODULES:
        importlib.import_module(f"axxond.analytics.kernels.{name}")
    kernels = compiler.kernels()
    for done, kernel in enumerate(kernels):
        report(done, len(kernels), kernel.name)
        kernel.compile()
    report(len(kernels), len(kernels), "")
