"""The crew of processes that decode and analyse; on the event loop.

A process for some streams, at most one a processor, each begun when it is needed.  In the daemon
itself, decoders and detectors would fight with the event loop for the interpreter, and a picture
that crashes libav would end recording.  A process that ends or hangs is replaced: its streams
learn that they have lost their seat, and take another.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from axxond.base import tasks
from axxond.stream import parcel
from axxond.stream.crew import Duty
from axxond.stream.hardware import Choice
from axxond.stream.hub import Item

log = logging.getLogger(__name__)

# Another process takes a second of work and 100 MB: not for a handful of streams of low quality.
_WEIGHT_EACH = 8
_READ_BYTES = 1 << 18
# A job takes milliseconds.  The first answer may have to wait for kernels to be compiled.
_LOOK_S = 5.0
_STUCK_LOOKS = 6
_START_LOOKS = 60
_CLOSE_S = 5.0

Prepare = Callable[[], None]


@frozen
class ProcessSeat:
    """`crew.Seat`."""

    number: int
    worker: _Worker

    def work(self, items: list[Item]) -> None:
        self.worker.ask(self.number, parcel.Work(self.number, items))

    def tell(self, word: Any) -> None:
        self.worker.send(parcel.Tell(self.number, word))

    def leave(self, word: Any = None) -> None:
        self.worker.ask(self.number, parcel.Leave(self.number, word))
        self.worker.leaves(self.number)


class _Worker:
    """One process.  `duties`: who sits there."""

    def __init__(self, first: Sequence[parcel.Order], on_end: Callable[[_Worker], None]) -> None:
        self.duties: dict[int, Duty[Any]] = {}
        self.process: asyncio.subprocess.Process | None = None
        self.ready = False
        self._on_end = on_end
        self._leaving: set[int] = set()
        self._asked: deque[int] = deque()  # seats that wait for answers, in the order of the work
        self._looks = 0  # at the same oldest question
        self._unsent = [parcel.packed(order) for order in first]
        self._closing = False
        self._task = tasks.spawn(self._run(), "analysis process")

    @property
    def weight(self) -> int:
        """Of all who sit there."""
        return sum(duty.weight for duty in self.duties.values())

    def send(self, order: parcel.Order) -> None:
        data = parcel.packed(order)
        if self.process is None:
            self._unsent.append(data)
        elif (pipe := self.process.stdin) is not None and not pipe.is_closing():
            pipe.write(data)  # bounded: a stream has one job at a time

    def ask(self, seat: int, order: parcel.Order) -> None:
        self._asked.append(seat)
        self.send(order)

    def leaves(self, seat: int) -> None:
        self._leaving.add(seat)

    def look(self) -> None:
        """Now and then: whether it hangs."""
        self._looks += 1
        if not self.ready:
            limit = _START_LOOKS
        elif self._asked:
            limit = _STUCK_LOOKS
        else:
            self._looks = 0
            return
        if self._looks > limit and self.process is not None:
            log.error("an analysis process has not answered for %.0f s: ended", limit * _LOOK_S)
            self._kill()

    async def close(self) -> None:
        self._closing = True
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._task), _CLOSE_S)
        await tasks.cancel(self._task)
        if self.process is not None:
            await self.process.wait()

    async def _run(self) -> None:
        try:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "axxond.stream.worker"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            log.error("an analysis process cannot be started: %s", error)
            self._end()
            return
        try:
            await self._listen(self.process)
            code = await self.process.wait()
        finally:
            self._kill()
        if not self._closing:
            what = self.duties[self._asked[0]].name if self.ready and self._asked else "nothing"
            log.error("an analysis process ended by itself (%s), at work on %s", code, what)
        self._end()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Until the process closes its end."""
        assert process.stdin is not None
        assert process.stdout is not None
        unsent, self._unsent = self._unsent, []
        if not self._closing:
            process.stdin.write(b"".join(unsent))
        unpacker = parcel.Unpacker()
        while data := await process.stdout.read(_READ_BYTES):
            for answer in unpacker.feed(data):
                self._answered(answer)

    def _answered(self, answer: parcel.Answer) -> None:
        self._looks = 0
        if isinstance(answer, parcel.Ready):
            self.ready = True
            return
        self._asked.popleft()
        duty = self.duties[answer.seat]
        if answer.seat in self._leaving:
            self._leaving.discard(answer.seat)
            del self.duties[answer.seat]
        # By the loop, so that what goes wrong there is the listener's own affair.
        asyncio.get_running_loop().call_soon(duty.done, answer.results, answer.stats)

    def _end(self) -> None:
        """All seats are lost; who keeps a process from starting is not known: all wait."""
        self._on_end(self)
        duties, self.duties = self.duties, {}
        for seat, duty in duties.items():
            blamed = not self.ready or (bool(self._asked) and self._asked[0] == seat)
            asyncio.get_running_loop().call_soon(duty.lost, blamed)

    def _kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()


class ProcessCrew:
    """`crew.Crew`: at most `processes` (0: as many as processors), each of which calls `prepare`
    before it begins."""

    def __init__(self, processes: int = 0, prepare: Prepare | None = None) -> None:
        self.processes = processes or os.cpu_count() or 1
        self._prepare = prepare
        self._choice = Choice.OFF
        self._workers: list[_Worker] = []
        self._numbers = itertools.count()
        self._watch: asyncio.Task[None] | None = None

    @property
    def pids(self) -> list[int]:
        """Of the processes that run."""
        found = [one.process for one in self._workers]
        return [one.pid for one in found if one is not None and one.returncode is None]

    def seat(self, duty: Duty[Any]) -> ProcessSeat:
        worker = min(self._workers, key=lambda one: one.weight, default=None)
        full = worker is None or worker.weight + duty.weight > _WEIGHT_EACH
        if worker is None or (full and len(self._workers) < self.processes):
            worker = self._another()
        number = next(self._numbers)
        worker.duties[number] = duty
        worker.send(parcel.TakeSeat(number, duty.name, duty.recipe))
        return ProcessSeat(number, worker)

    def call(self) -> None:
        """Have a process ready before the first stream needs it: it takes a second or two."""
        if not self._workers:
            self._another()

    def choose_card(self, choice: Choice) -> None:
        self._choice = choice
        for worker in self._workers:
            worker.send(parcel.UseCard(choice))

    async def close(self) -> None:
        await tasks.cancel(self._watch)
        await asyncio.gather(*(worker.close() for worker in self._workers))

    def _another(self) -> _Worker:
        level = logging.getLevelName(logging.getLogger().getEffectiveLevel()).lower()
        first = (parcel.Prepare(level, self._prepare), parcel.UseCard(self._choice))
        worker = _Worker(first, self._ended)
        self._workers.append(worker)
        if self._watch is None:
            self._watch = tasks.spawn(self._look(), "analysis processes")
        return worker

    def _ended(self, worker: _Worker) -> None:
        if worker in self._workers:
            self._workers.remove(worker)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            for worker in list(self._workers):
                worker.look()
