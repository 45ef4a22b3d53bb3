"""One instance a folder; the service manager is told; a blocked loop is seen."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

from axxond.app.lifecycle import FolderLock, Pulse, notify, watchdog_interval_us
from axxond.base.errors import AxxonError
from axxond.base.tasks import cancel, spawn


def test_a_second_instance_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path / "new"), FolderLock(tmp_path / "new")
    first.acquire()
    with pytest.raises(AxxonError, match=rf"process {os.getpid()}\) runs on the data folder"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AxxonError, match="cannot be used: Not a directory"):
        FolderLock(tmp_path / "file" / "folder").acquire()


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_manager_hears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool
) -> None:
    address = f"@axxon-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + address[1:] if abstract else address)
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notify("READY=1")
        assert manager.recv(100) == b"READY=1"


def test_no_service_manager_or_one_that_is_gone_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    assert not caplog.text
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "none"))
    notify("READY=1")
    assert "telling the service manager failed" in caplog.text


def test_the_watchdogs_interval_is_halved_and_meant_for_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    assert watchdog_interval_us() is None
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    assert watchdog_interval_us() == 15_000_000
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert watchdog_interval_us() is None


class JumpingClock:
    """Every reading is `step_us` later than the one before."""

    def __init__(self, step_us: int) -> None:
        self.step_us = step_us
        self.time_us = 0

    def now_us(self) -> int:
        return 0

    def monotonic_us(self) -> int:
        self.time_us += self.step_us
        return self.time_us


async def blocked(step_us: int) -> list[int]:
    found: list[int] = []
    seen = asyncio.Event()
    clock = JumpingClock(step_us)

    def note(late_us: int) -> None:
        found.append(late_us)
        seen.set()

    task = spawn(Pulse(clock, note).run(), "pulse")
    try:
        async with asyncio.timeout(0.5):
            await seen.wait()
    except TimeoutError:
        pass
    await cancel(task)
    return found


async def test_a_loop_that_stood_still_is_told() -> None:
    assert (await blocked(400_000))[0] == 300_000


async def test_a_loop_that_runs_is_not() -> None:
    assert await blocked(110_000) == []
