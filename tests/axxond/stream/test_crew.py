"""What every crew does: the processes' and the tests' threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from attrs import define, field

from axxond.media.packet import Packet
from axxond.stream.crew import Crew, Duty, Seat
from axxond.stream.hardware import Choice
from axxond.stream.stage import DecodeStats
from axxond.stream.workers import ProcessCrew
from protocol.types import AudioFormat, Codec
from tests.fakes.crew import ThreadCrew
from tests.fakes.stages import Echo

FORMAT = AudioFormat(Codec.PCMU, 8000, 1)


def packet(time_us: int, size: int = 160) -> Packet:
    return Packet(FORMAT, bytes(size), time_us, time_us, 20_000, True)


@define
class Reader:
    """One that has a seat, and what it hears of it."""

    answers: list[tuple[list[Any], DecodeStats]] = field(factory=list)
    losses: list[bool] = field(factory=list)
    heard: asyncio.Event = field(factory=asyncio.Event)

    def sit(self, crew: Crew, recipe: Echo, name: str = "one") -> Seat:
        return crew.seat(Duty(name, recipe, self.done, self.lost))

    def done(self, results: list[Any], stats: DecodeStats) -> None:
        self.answers.append((results, stats))
        self.heard.set()

    def lost(self, blamed: bool) -> None:
        self.losses.append(blamed)
        self.heard.set()

    async def hear(self) -> list[Any]:
        """The next answer."""
        await self._next()
        return self.answers[-1][0]

    async def hear_loss(self) -> None:
        while not self.losses:
            await self._next()

    async def _next(self) -> None:
        async with asyncio.timeout(30):
            await self.heard.wait()
        self.heard.clear()


@pytest.fixture(params=[ThreadCrew, ProcessCrew])
async def crew(request: pytest.FixtureRequest) -> AsyncIterator[Crew]:
    made = request.param(1)
    yield made
    await made.close()


async def test_a_job_is_answered_by_what_its_items_bring(crew: Crew) -> None:
    reader = Reader()
    seat = reader.sit(crew, Echo())
    seat.work([packet(1), packet(2)])
    assert await reader.hear() == [1, 2]
    seat.work([packet(3)])
    assert await reader.hear() == [3]
    assert reader.answers[-1][1].packets == 3
    seat.leave()
    assert await reader.hear() == []


async def test_words_come_between_jobs_and_the_last_one_is_answered(crew: Crew) -> None:
    reader = Reader()
    seat = reader.sit(crew, Echo())
    seat.tell("unanswered")
    seat.work([packet(1)])
    assert await reader.hear() == [1]
    seat.tell("too")
    seat.leave("last")
    assert await reader.hear() == ["last"]
    assert len(reader.answers) == 2


async def test_a_large_job_goes_through_whole(crew: Crew) -> None:
    reader = Reader()
    seat = reader.sit(crew, Echo())
    seat.work([packet(number, 1 << 20) for number in range(8)])
    assert await reader.hear() == list(range(8))
    seat.leave()
    await reader.hear()


async def test_a_failing_stage_fails_alone_and_goes_on(crew: Crew) -> None:
    bad, good = Reader(), Reader()
    frail, other = bad.sit(crew, Echo("raise"), "frail"), good.sit(crew, Echo())
    frail.work([packet(1), packet(13), packet(2)])
    other.work([packet(13)])
    assert await bad.hear() == [1, 2]
    assert bad.answers[-1][1].errors == 1
    assert await good.hear() == [13]
    for reader, seat in ((bad, frail), (good, other)):
        seat.leave()
        await reader.hear()


async def test_a_stage_that_cannot_be_made_brings_nothing(crew: Crew) -> None:
    reader = Reader()
    seat = reader.sit(crew, Echo("never"))
    seat.tell("a word")
    seat.work([packet(1)])
    assert await reader.hear() == []
    assert reader.answers[-1][1].errors == 1
    seat.leave("last")
    assert await reader.hear() == []


async def test_the_card_may_be_chosen_at_any_time(crew: Crew) -> None:
    crew.choose_card(Choice.OFF)
    reader = Reader()
    seat = reader.sit(crew, Echo())
    crew.choose_card(Choice.OFF)
    seat.leave("last")
    assert await reader.hear() == ["last"]
