"""Kernels are registered when their module is imported and compiled when they are asked for:
all at once by warm-up (in a worker thread, at start), or one at its first call (in tests).
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite.binding
import numba
from numba.core import config as numba_config

Function = TypeVar("Function", bound=Callable[..., Any])

_SOURCES = Path(__file__).parent
_kernels: list[Kernel] = []


class Kernel:
    """A flat function compiled for one signature; the call releases the GIL.

    It allocates nothing, checks nothing, and writes only into the arrays that it is given: its
    wrapper answers for dtype, shape and contiguity.
    """

    def __init__(self, function: Callable[..., Any], signature: str) -> None:
        self.name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        self._function = function
        self._signature = signature
        self._call: Callable[..., Any] = self._compile_and_call

    def __call__(self, *args: Any) -> Any:
        return self._call(*args)

    def compile(self) -> None:
        """Load the machine code from the cache, or compile and cache it; may take seconds."""
        compiled = numba.njit(self._signature, nogil=True, cache=True, error_model="numpy")
        self._call = compiled(self._function)
        # The module's name is the machine code from now on: a call through here takes nearly as
        # long as a small kernel.
        self._function.__globals__[self._function.__name__] = self._call

    def cache_hits(self) -> list[int]:
        """For each signature loaded from the cache, how often; [] when it was compiled."""
        stats = getattr(self._call, "stats", None)
        return list(stats.cache_hits.values()) if stats is not None else []

    def _compile_and_call(self, *args: Any) -> Any:
        self.compile()
        return self._call(*args)


def kernel(signature: str) -> Callable[[Callable[..., Any]], Kernel]:
    """Register the decorated function as a kernel with numba's `signature`."""

    def register(function: Callable[..., Any]) -> Kernel:
        made = Kernel(function, signature)
        _kernels.append(made)
        return made

    return register


def inlined(function: Function) -> Function:
    """A helper that kernels call; it becomes part of their code."""
    return cast(Function, numba.njit(error_model="numpy", inline="always")(function))


def kernels() -> list[Kernel]:
    """All that are registered by the modules imported so far."""
    return list(_kernels)


def use_cache(folder: Path) -> Path:
    """Keep machine code in a sub-folder of `folder` named by all that it depends on, so that what
    is found there can be used; drop older ones.

    numba reads the setting when a kernel is compiled.  Returns the sub-folder.
    """
    chosen = folder / _digest()
    chosen.mkdir(parents=True, exist_ok=True)
    for other in folder.iterdir():
        if other != chosen and other.is_dir() and len(other.name) == len(chosen.name):
            shutil.rmtree(other, ignore_errors=True)
    setattr(numba_config, "CACHE_DIR", str(chosen))  # noqa: B010 - numba makes it at run time
    return chosen


def _digest() -> str:
    """Of what numba itself compares (versions, the processor, where a source lies and when it was
    changed) and of the sources of helpers, which it does not look at."""
    target = llvmlite.binding
    digest = hashlib.sha256(
        repr((numba.__version__, target.llvm_version_info, sys.version_info[:2])).encode()
    )
    digest.update(target.get_host_cpu_name().encode())
    digest.update(target.get_host_cpu_features().flatten().encode())
    for source in sorted(_SOURCES.glob("*.py")):
        digest.update(repr((str(source), source.stat().st_mtime_ns)).encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
