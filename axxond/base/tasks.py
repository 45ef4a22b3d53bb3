"""The only place that starts tasks and threads.

`spawn` keeps a reference and logs what escapes; `in_thread` runs a blocking call on the default
executor; `Worker` is one named thread with a bounded queue of calls, for code that must stay on
one thread (a database writer, a disk).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
log = logging.getLogger(__name__)

_running: set[asyncio.Task[Any]] = set()


def spawn(work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """Run `work` as a task of the running loop; an exception that escapes it is logged."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    _running.add(task)
    task.add_done_callback(_finished)
    return task


def _finished(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task %s ended by an error", task.get_name(), exc_info=error)


async def cancel(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel tasks and wait until they have ended."""
    live = [task for task in tasks if task is not None and not task.done()]
    for task in live:
        task.cancel()
    await asyncio.gather(*live, return_exceptions=True)


async def in_thread(function: Callable[..., T], *args: Any) -> T:
    """Run a blocking call in the loop's default executor."""
    return await asyncio.get_running_loop().run_in_executor(None, function, *args)


class Worker:
    """One thread that runs calls in order.  `call` awaits the result; `close` ends the thread."""

    def __init__(self, name: str) -> None:
        self._pool = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix=name)

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)

    def submit(self, function: Callable[..., T], *args: Any) -> concurrent.futures.Future[T]:
        """From any thread; the caller bounds how much it submits."""
        return self._pool.submit(function, *args)

    def close(self, wait: bool = True) -> None:
        """Finish what was submitted and end the thread; blocks until then, unless `wait` is False
        (a call hangs)."""
        self._pool.shutdown(wait=wait)
