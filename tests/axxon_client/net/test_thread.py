from __future__ import annotations

import asyncio
import threading

import pytest

from axxon_client.net.thread import NetworkThread


async def name_of_thread() -> str:
    await asyncio.sleep(0)
    return threading.current_thread().name


def test_coroutines_run_on_the_named_thread() -> None:
    network = NetworkThread("net-test")
    network.start()
    network.start()
    assert network.run(name_of_thread()).result(5) == "net-test"
    network.stop()
    assert not network.running


def test_stopping_cancels_what_runs() -> None:
    network = NetworkThread()
    network.start()
    cancelled = threading.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    network.run(wait())
    network.run(name_of_thread()).result(5)
    network.stop()
    assert cancelled.is_set()


def test_calls_keep_their_order() -> None:
    network = NetworkThread()
    network.start()
    seen: list[int] = []
    for number in range(100):
        network.call(seen.append, number)
    network.run(name_of_thread()).result(5)
    network.stop()
    assert seen == list(range(100))


def test_running_before_start_is_refused() -> None:
    with pytest.raises(RuntimeError, match="not running"):
        NetworkThread().run(name_of_thread())
