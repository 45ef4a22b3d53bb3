"""Tasks are kept and their errors told; a worker runs calls in order on one thread."""

from __future__ import annotations

import asyncio
import threading

import pytest

from axxond.base.tasks import Worker, cancel, in_thread, spawn


async def fail() -> None:
    raise ValueError("broken")


async def test_an_error_that_escapes_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    task = spawn(fail(), "work")
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert "task work ended by an error" in caplog.text


async def test_cancel_waits_for_the_end_and_passes_over_none() -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    task = spawn(work(), "work")
    await asyncio.sleep(0)
    await cancel(None, task)
    assert ended == [True]
    await cancel(task)


async def test_a_worker_runs_in_order_on_its_own_thread() -> None:
    worker = Worker("one")
    seen: list[tuple[int, int]] = []

    def note(number: int) -> None:
        seen.append((number, threading.get_ident()))

    futures = [worker.submit(note, number) for number in range(10)]
    assert await worker.call(lambda: len(seen)) == 10
    assert all(future.done() for future in futures)
    assert [number for number, _thread in seen] == list(range(10))
    assert len({thread for _number, thread in seen} | {threading.get_ident()}) == 2
    await in_thread(worker.close)


async def test_a_worker_hands_an_error_to_its_caller() -> None:
    worker = Worker("one")
    with pytest.raises(ZeroDivisionError):
        await worker.call(lambda: 1 // 0)
    await in_thread(worker.close)
