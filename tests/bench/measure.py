"""Processor time and memory of whole process trees, from the operating system."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
_END_S = 30.0
_MB = 1e6


def tree(pids: Iterable[int]) -> list[psutil.Process]:
    """These processes and all below them that still run."""
    found = {}
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            for one in (process, *process.children(recursive=True)):
                found[one.pid] = one
    return list(found.values())


def cpu_s(pids: Iterable[int]) -> float:
    """User and system time of the trees so far, with children that have ended."""
    total = 0.0
    for process in tree(pids):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def pss_mb(pids: Iterable[int]) -> float:
    """Memory of the trees; pages that several processes share count by their shares."""
    total = 0
    for process in tree(pids):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total / _MB


def rss_mb(pids: Iterable[int]) -> float:
    """Resident memory of the trees; shared pages count in each process."""
    total = 0
    for process in tree(pids):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total / _MB


def forget_peak() -> None:
    """`peak_mb` begins anew with what this process has now (Linux: proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> float:
    """The most memory that this process had at once since `forget_peak`."""
    status = Path("/proc/self/status").read_text()
    kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kib) * 1024 / _MB


@contextmanager
def running(*command: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A program that ends with the block."""
    process = subprocess.Popen(command, text=True, cwd=ROOT, **options)
    try:
        yield process
    finally:
        end(process)


@contextmanager
def module(name: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python module of ours as a process, with pipes to both ends."""
    command = (sys.executable, "-m", name, *arguments)
    with running(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process


def line(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next line of JSON that it says.  Raises RuntimeError when it ends instead."""
    assert process.stdout is not None
    text = process.stdout.readline()
    if not text:
        raise RuntimeError(f"{process.args} ended with status {process.wait()}")
    found: dict[str, Any] = json.loads(text)
    return found


def tell(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def end(process: subprocess.Popen[str]) -> None:
    """Ask it to end, wait, close its pipes."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
