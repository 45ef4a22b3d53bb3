"""A crew of threads in this process: a `stream.crew.Crew` for tests that look into a stage."""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
from typing import Any

from attrs import frozen

from axxond.stream.crew import Duty
from axxond.stream.hardware import CARD, Choice
from axxond.stream.hub import Item
from axxond.stream.stage import Desk, Recipe, Stage


@frozen
class Made(Recipe[Any]):
    """Of a stage that is there already: good for one process, once."""

    made: Stage[Any]

    def stage(self) -> Stage[Any]:
        return self.made


class ThreadSeat:
    """All of a seat's work is done by one thread, in order.  `lose` is what a test may do."""

    def __init__(self, duty: Duty[Any], thread: concurrent.futures.Executor) -> None:
        self.duty = duty
        self._desk: Desk[Any] | None = None
        self._thread = thread
        self._loop = asyncio.get_running_loop()
        self._asked = False
        self._lost = False
        thread.submit(self._sit)

    def work(self, items: list[Item]) -> None:
        self._asked = True
        self._thread.submit(self._work, items)

    def tell(self, word: Any) -> None:
        self._thread.submit(self._tell, word)

    def leave(self, word: Any = None) -> None:
        self._asked = True
        self._thread.submit(self._leave, word)

    @property
    def is_asked(self) -> bool:
        """An answer is awaited."""
        return self._asked

    def lose(self) -> None:
        """As if the thread had died."""
        self._lost = True
        self.duty.lost(self._asked)

    def _sit(self) -> None:
        self._desk = Desk(self.duty.name, self.duty.recipe)

    def _work(self, items: list[Item]) -> None:
        assert self._desk is not None
        self._answer(self._desk.work(items))

    def _tell(self, word: Any) -> None:
        assert self._desk is not None
        self._desk.told(word)

    def _leave(self, word: Any) -> None:
        assert self._desk is not None
        self._answer(self._desk.told(word) if word is not None else [])

    def _answer(self, results: list[Any]) -> None:
        self._loop.call_soon_threadsafe(self._deliver, results)

    def _deliver(self, results: list[Any]) -> None:
        assert self._desk is not None
        self._asked = False
        if not self._lost:
            self.duty.done(results, self._desk.stats)


class ThreadCrew:
    """`seats`: those that were taken, the newest last."""

    def __init__(self, threads: int = 1) -> None:
        self.seats: list[ThreadSeat] = []
        self._threads = [
            concurrent.futures.ThreadPoolExecutor(1, f"decode{number}")
            for number in range(threads)
        ]
        self._next = itertools.cycle(self._threads)

    def seat(self, duty: Duty[Any]) -> ThreadSeat:
        made = ThreadSeat(duty, next(self._next))
        self.seats.append(made)
        return made

    def choose_card(self, choice: Choice) -> None:
        CARD.choose(choice)

    async def close(self) -> None:
        for thread in self._threads:
            await asyncio.get_running_loop().run_in_executor(None, thread.shutdown)
