"""What every test lives under: no leftover thread, no blocked event loop, no silent warning.

Warnings are errors by setup.cfg.  Tests run on asyncio's own loop, not on uvloop: its callbacks
can be timed; the end-to-end tests run the programs themselves, on uvloop.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import HealthCheck, settings

# Processor time, not wall time, so that a busy machine fails no test.  Half again the 100 ms
# that a callback may take, because a shared core's caches make the same work dearer.
_BLOCKED_CPU_S = 0.15
# Blocking in a call (sleep, disk, a lock) burns no processor time, and lets other threads run: it
# is measured by what another thread lived through meanwhile, so that no test fails when the
# machine stood still.
_BLOCKED_WAITING_S = 1.0
_BEAT_S = 0.02
# So long nothing ran on the machine (a host that froze it): clocks went on, and with them every
# time-out.
_STANDSTILL_S = 2.0
_THREADS_END_S = 5.0

settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("house")

_blocked: list[str] = []
_run_again: list[str] = []


class _Collector:
    """Processor time that the garbage collector took: thousands of tests' objects are its load,
    not the code's under test."""

    def __init__(self) -> None:
        self.spent_s = 0.0
        self._begun_s = 0.0

    def __call__(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._begun_s = time.thread_time()
        else:
            self.spent_s += time.thread_time() - self._begun_s


_collector = _Collector()
gc.callbacks.append(_collector)


class _Beats:
    """A thread that only sleeps: the time it lived through, the longest that it did not run, and
    where a long callback waits."""

    def __init__(self) -> None:
        self.lived_s = 0.0
        self.longest_s = 0.0
        self.begun_s: dict[int, float] = {}  # by thread, of the callback that runs in it
        self.stacks: dict[int, str] = {}
        threading.Thread(target=self._run, name="beats", daemon=True).start()

    def _run(self) -> None:
        last = time.monotonic()
        while True:
            time.sleep(_BEAT_S)
            now = time.monotonic()
            self.longest_s = max(self.longest_s, now - last)
            last = now
            self.lived_s += _BEAT_S
            for thread, begun_s in list(self.begun_s.items()):
                if self.lived_s - begun_s > _BLOCKED_WAITING_S / 2 and thread not in self.stacks:
                    frame = sys._current_frames().get(thread)
                    self.stacks[thread] = "".join(traceback.format_stack(frame)[-6:])


_beats = _Beats()


def _timed(run: Callable[[asyncio.Handle], Any]) -> Callable[[asyncio.Handle], Any]:
    def _run(self: asyncio.Handle) -> Any:
        thread = threading.get_ident()
        begun_s = _beats.begun_s[thread] = _beats.lived_s
        cpu = time.thread_time() - _collector.spent_s
        try:
            return run(self)
        finally:
            cpu = time.thread_time() - _collector.spent_s - cpu
            lived = _beats.lived_s - begun_s
            _beats.begun_s.pop(thread, None)
            stack = _beats.stacks.pop(thread, "")
            if cpu > _BLOCKED_CPU_S or lived > _BLOCKED_WAITING_S:
                _blocked.append(
                    f"{self!r}: {cpu:.3f} s of processor, {lived:.2f} s waited\n{stack}"
                )

    return _run


asyncio.Handle._run = _timed(asyncio.Handle._run)  # type: ignore[attr-defined,method-assign]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "busy_loop(reason): the test itself computes on the event loop, and may"
    )


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """A test that failed while the machine stood still is run once more."""
    _beats.longest_s = 0.0
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if _beats.longest_s >= _STANDSTILL_S and any(report.failed for report in reports):
        _run_again.append(f"{item.nodeid} ({_beats.longest_s:.1f} s)")
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in _run_again:
        terminalreporter.write_line(f"RUN AGAIN, for the machine stood still: {line}")


@pytest.fixture(autouse=True)
def _unblocked_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test during which one callback kept an event loop from everything else."""
    _blocked.clear()
    yield
    if _blocked and request.node.get_closest_marker("busy_loop") is None:
        found = "\n".join(_blocked)
        _blocked.clear()
        pytest.fail(f"the event loop was blocked:\n{found}", pytrace=False)


@pytest.fixture(autouse=True)
def _no_leftover_threads() -> Iterator[None]:
    """Fail a test that leaves a thread running (those of wider fixtures began before it)."""
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + _THREADS_END_S
    for thread in _started_since(before):
        thread.join(max(0.0, end - time.monotonic()))
    left = [thread.name for thread in _started_since(before)]
    if left:
        pytest.fail(f"threads were left running: {', '.join(left)}", pytrace=False)


def _started_since(before: set[threading.Thread]) -> list[threading.Thread]:
    """Threads of Python's own; those that only visited (Qt's, libav's) leave dummies behind."""
    dummy = threading._DummyThread  # type: ignore[attr-defined]
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before and not isinstance(thread, dummy)
    ]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Footage and samples beside the repository; AXXON_SHARED_DATA names another place."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("AXXON_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"the shared footage is not here: {folder} (set AXXON_SHARED_DATA)")
    return folder
