"""Compile the kernels before any camera is analysed.

The compiler holds the GIL for seconds, so it runs in a process of its own (this module's `main`)
that leaves the machine code in the cache folder; the daemon only loads it.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from axxond.base.tasks import in_thread

log = logging.getLogger(__name__)

Progress = Callable[[int, int, str], None]
"""done, of how many, the name of the kernel that is next ("" at the end)"""

MODULES: Sequence[str] = (
    "scale", "steady", "light", "background", "cells", "colour", "quality", "tracking", "sound",
    "tracks", "judging", "searching", "outline", "nearby",
)  # fmt: skip
"""of the kernels package, in the order of compilation"""

_COMPLETE = "complete"
"""This file in a cache folder names the modules whose kernels are all there."""
_COMPILER = "import sys; from axxond.analytics.warmup import main; sys.exit(main(sys.argv[1:]))"
_COMPILERS_NICENESS = 5  # cameras come first


async def load() -> None:
    """Import numba, which keeps every other thread waiting for half a second: do it before
    anything runs that must not wait."""
    await in_thread(importlib.import_module, "axxond.analytics.kernels.compiler")


async def warm_up(cache_dir: Path, progress: Progress | None = None) -> None:
    """Have all kernels compiled into `cache_dir` and load them.  `progress` is called on the
    event loop.  A cancel ends the compiler at once.

    Takes most of a minute the first time, well under a second with a warm cache.
    """
    folder = await in_thread(_use_cache, cache_dir)
    if not _is_complete(folder):
        await _compile_aside(cache_dir, progress or _ignore)
    await in_thread(_compile, MODULES, _ignore)


def prepare(cache_dir: Path) -> None:
    """Load all kernels from a cache that `warm_up` has filled; blocks."""
    _use_cache(cache_dir)
    _compile(MODULES, _ignore)


def _ignore(_done: int, _total: int, _name: str) -> None:
    pass


def _use_cache(cache_dir: Path) -> Path:
    folder: Path = importlib.import_module("axxond.analytics.kernels.compiler").use_cache(
        cache_dir
    )
    return folder


def _is_complete(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return set(MODULES) <= set((folder / _COMPLETE).read_text().split())
    return False


async def _compile_aside(cache_dir: Path, progress: Progress) -> None:
    """In a process; should it fail, loading compiles what is missing, more slowly for others."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _COMPILER, str(cache_dir), *MODULES),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            progress(*json.loads(line))
        if await process.wait():
            log.warning("compiling kernels aside failed with code %s", process.returncode)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _compile(modules: Sequence[str], report: Progress) -> None:
    """All kernels, from the cache where it has them."""
    compiler = importlib.import_module("axxond.analytics.kernels.compiler")
    for name in modules:
        importlib.import_module(f"axxond.analytics.kernels.{name}")
    kernels = compiler.kernels()
    for done, kernel in enumerate(kernels):
        report(done, len(kernels), kernel.name)
        kernel.compile()
    report(len(kernels), len(kernels), "")


def _say(done: int, total: int, name: str) -> None:
    sys.stdout.write(json.dumps([done, total, name]) + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """The compiler's process: cache folder and modules in, a JSON line a kernel out."""
    cache_dir, *modules = arguments
    if hasattr(os, "nice"):
        os.nice(_COMPILERS_NICENESS)
    folder = _use_cache(Path(cache_dir))
    _compile(modules, _say)
    (folder / _COMPLETE).write_text("\n".join(modules))
    return 0
