"""Cameras with ONVIF events among those that misbehave, and what became of their events.

The emulated device's stream is that of the camera's proxy (`chaos_proxy`); its input changes all
the time.  The fault: its subscriptions are dropped silently, also those made meanwhile; pulls go
on being answered, with nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Sequence

from attrs import define, field, frozen

from axxond.base.units import SECOND_US
from protocol.messages import Change
from protocol.types import EventRecord, ObjectKind
from tests.bench.chaos_judge import Outage
from tests.bench.chaos_proxy import Fault
from tests.fakes.onvif import schemas
from tests.fakes.onvif.emulator import Emulator

INPUT = "in-1"
_GAP_S = (0.6, 1.4)  # between two changes of the input
# Events flow when so many in a row come no further apart than that.
_FLOWING, _APART_US = 3, 3 * SECOND_US


@define(eq=False)
class EventDevice:
    """`start`, then `url`; `stop`.  On the event loop."""

    chance: random.Random
    emulator: Emulator = field(factory=Emulator)
    _task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return self.emulator.url

    async def start(self, stream: str) -> None:
        """`stream`: the address of its pictures."""
        await asyncio.to_thread(schemas.load)
        self.emulator.stream = stream
        await self.emulator.start()
        self._task = asyncio.create_task(self._change())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        await self.emulator.close()

    def drop(self) -> None:
        self.emulator.camera.faults.drop_silently = True
        for one in self.emulator.events.subscriptions.values():
            one.dropped = True
            one.messages.clear()

    def recover(self) -> None:
        """New subscriptions are kept; those that were dropped stay so."""
        self.emulator.camera.faults.drop_silently = False

    async def _change(self) -> None:
        for number in itertools.count():
            self.emulator.events.set_input(INPUT, number % 2 == 1)
            await asyncio.sleep(self.chance.uniform(*_GAP_S))


def sensor(camera: str) -> Change:
    """The object whose events are judged."""
    wanted = {"input": INPUT, "debounce_ms": 0, "records": False}
    return Change("", ObjectKind.SENSOR, camera, "Input", wanted)


@frozen
class EventVerdict:
    """`back_s`: after the end of each fault; `longest_calm_s`: without an event apart from it."""

    events: int
    back_s: list[float]
    longest_calm_s: float


def judge(
    events: Sequence[EventRecord], camera: str, outages: Sequence[Outage], end_us: int
) -> EventVerdict:
    """Of one camera, by the journal; `end_us`: when the device was last watched."""
    times = sorted(
        one.time_us for one in events if (one.object_id, one.type) == (camera, "sensor.active")
    )
    return verdict(times, [one for one in outages if one.fault is Fault.EVENTS], end_us)


def verdict(times: Sequence[int], outages: Sequence[Outage], end_us: int) -> EventVerdict:
    """Pure.  `times` of the events in order."""
    backs = [_back_us(times, outage.end_us) for outage in outages]
    calm_us = 0
    for before, after in itertools.pairwise([*times, end_us]):
        is_excused = any(
            outage.begin_us <= after and before <= back_us
            for outage, back_us in zip(outages, backs, strict=True)
        )
        calm_us = max(calm_us, 0 if is_excused else after - before)
    found = [
        (back_us - outage.end_us) / SECOND_US
        for outage, back_us in zip(outages, backs, strict=True)
    ]
    return EventVerdict(len(times), found, calm_us / SECOND_US)


def _back_us(times: Sequence[int], after_us: int) -> int:
    """The first event after it that others follow; a day later when there is none."""
    later = [one for one in times if one >= after_us]
    for place in range(len(later) - _FLOWING + 1):
        row = later[place : place + _FLOWING]
        if all(b - a <= _APART_US for a, b in itertools.pairwise(row)):
            return row[0]
    return after_us + 86_400 * SECOND_US
