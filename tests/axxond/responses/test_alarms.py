"""Alarms are pending until someone judges them, and survive a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from axxond.base.units import DAY_US, SECOND_US
from axxond.events.bus import EventBus
from axxond.events.types import Event
from axxond.responses import alarms as alarms_module
from axxond.responses.alarms import AlarmBook, AlarmError, AlarmHeldError, UnknownAlarmError
from protocol.messages import QueryAlarms
from protocol.types import AlarmRecord, AlarmState, Phase

NOW = 1_000 * DAY_US
MINUTE = 60 * SECOND_US


class MovingClock:
    def __init__(self) -> None:
        self.time_us = NOW

    def now_us(self) -> int:
        return self.time_us

    def monotonic_us(self) -> int:
        return self.time_us


class World:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "alarms.sqlite"
        self.clock = MovingClock()
        self.events: list[Event] = []
        self.told: list[AlarmRecord] = []

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[AlarmBook]:
        bus = EventBus()
        bus.listen(self.events.append)
        book = AlarmBook(self.path, bus, self.clock, pending_us=10 * MINUTE)
        book.listen(self.told.append)
        await book.open()
        try:
            yield book
        finally:
            await book.close()

    def kinds(self) -> list[str]:
        return [event.type.name for event in self.events]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def raised(book: AlarmBook, camera: str = "c", at_us: int = NOW) -> AlarmRecord:
    return book.raise_alarm(camera, "Gate", "detector.motion", at_us)


async def test_a_new_alarm_is_pending_active_and_told(world: World) -> None:
    async with world.opened() as book:
        alarm = raised(book)
        assert alarm.state is AlarmState.PENDING
        assert book.pending() == [alarm] == world.told
        assert book.active("c") == alarm == book.active("c", "detector.motion")
        assert book.active("other") is None
        assert book.active("c", "operator") is None
        (event,) = world.events
        assert (event.type.name, event.phase, event.group) == ("alarm.raised", "begin", alarm.id)
        assert (await book.query(QueryAlarms())).alarms == [alarm]


async def test_an_ended_alarm_stays_pending(world: World) -> None:
    async with world.opened() as book:
        alarm = raised(book)
        book.end(alarm.id, NOW + 5 * SECOND_US)
        book.end(alarm.id, NOW + 9 * SECOND_US)
        book.end("unknown", NOW)
        (now,) = book.pending()
        assert now.end_us == NOW + 5 * SECOND_US
        assert book.active("c") is None
        assert world.kinds() == ["alarm.raised", "alarm.ended"]
        assert world.events[-1].phase is Phase.END


async def test_an_alarm_that_goes_on_again_is_the_same_until_it_is_judged(world: World) -> None:
    async with world.opened() as book:
        alarm = raised(book)
        book.end(alarm.id, NOW + 5)
        assert not book.extend("c", "operator")
        assert not book.extend("d", alarm.kind)
        assert book.extend("c", alarm.kind)
        again = book.active("c")
        assert again is not None
        assert (again.id, again.end_us) == (alarm.id, None)
        assert world.told[-1] == again
        await book.evaluate(alarm.id, "bob", AlarmState.FALSE, "")
        book.end(alarm.id, NOW + 9)
        assert not book.extend("c", alarm.kind)
        assert book.active("c") is None
        assert world.kinds().count("alarm.raised") == 1


async def test_taking_is_exclusive_until_given_back(world: World) -> None:
    async with world.opened() as book:
        alarm = raised(book)
        await book.take(alarm.id, "bob", release=False)
        await book.take(alarm.id, "bob", release=False)
        with pytest.raises(AlarmHeldError, match="held by bob"):
            await book.take(alarm.id, "eve", release=False)
        with pytest.raises(AlarmHeldError, match="held by bob"):
            await book.evaluate(alarm.id, "eve", AlarmState.FALSE, "")
        await book.take(alarm.id, "bob", release=True)
        await book.take(alarm.id, "eve", release=False)
        assert book.pending()[0].taken_by == "eve"
        assert world.kinds() == ["alarm.raised"] + ["alarm.taken"] * 3


async def test_a_verdict_says_who_when_and_why(world: World) -> None:
    async with world.opened() as book:
        alarm = raised(book)
        await book.take(alarm.id, "bob", release=False)
        world.clock.time_us += MINUTE
        await book.evaluate(alarm.id, "bob", AlarmState.CONFIRMED, "a thief", "10.0.0.1")
        assert book.pending() == []
        judged = world.told[-1]
        assert (judged.state, judged.evaluated_by) == (AlarmState.CONFIRMED, "bob")
        assert (judged.comment, judged.evaluated_us) == ("a thief", NOW + MINUTE)
        assert judged.taken_by == ""
        assert world.events[-1].address == "10.0.0.1"
        with pytest.raises(AlarmHeldError, match="judged by bob"):
            await book.evaluate(alarm.id, "eve", AlarmState.FALSE, "")
        with pytest.raises(AlarmHeldError, match="judged already"):
            await book.take(alarm.id, "bob", release=False)
        await book.evaluate(alarm.id, "bob", AlarmState.FALSE, "a cat")
        book.end(alarm.id, NOW + 2 * MINUTE)
        (found,) = (await book.query(QueryAlarms())).alarms
        assert (found.state, found.comment) == (AlarmState.FALSE, "a cat")
        assert found.end_us == NOW + 2 * MINUTE


async def test_only_verdicts_of_alarms_that_exist_are_taken(world: World) -> None:
    async with world.opened() as book:
        alarm = raised(book)
        for state in (AlarmState.PENDING, AlarmState.UNCLASSIFIED):
            with pytest.raises(AlarmError, match="no verdict"):
                await book.evaluate(alarm.id, "bob", state, "")
        with pytest.raises(AlarmError, match="2000 characters"):
            await book.evaluate(alarm.id, "bob", AlarmState.FALSE, "x" * 2001)
        with pytest.raises(UnknownAlarmError):
            await book.evaluate("unknown", "bob", AlarmState.FALSE, "")
        with pytest.raises(UnknownAlarmError):
            await book.take("unknown", "bob", release=False)


async def test_unjudged_past_the_pending_time_is_unclassified_and_may_still_be_judged(
    world: World,
) -> None:
    async with world.opened() as book:
        ended, held, going_on = raised(book), raised(book, "d"), raised(book, "e")
        book.end(ended.id, NOW)
        book.end(held.id, NOW)
        await book.take(held.id, "bob", release=False)
        book.expire(NOW + 10 * MINUTE)
        assert len(book.pending()) == 3
        book.expire(NOW + 10 * MINUTE + 1)
        assert [alarm.id for alarm in book.pending()] == [held.id, going_on.id]
        query = QueryAlarms(states=[AlarmState.UNCLASSIFIED])
        assert [alarm.id for alarm in (await book.query(query)).alarms] == [ended.id]
        await book.evaluate(ended.id, "bob", AlarmState.FALSE, "late")
        assert (await book.query(query)).alarms == []


async def test_what_a_user_held_is_given_back_when_the_user_leaves(world: World) -> None:
    async with world.opened() as book:
        bobs, eves = raised(book), raised(book, "d")
        await book.take(bobs.id, "bob", release=False)
        await book.take(eves.id, "eve", release=False)
        book.release_all("bob")
        assert [alarm.taken_by for alarm in book.pending()] == ["", "eve"]


async def test_alarms_survive_a_restart_without_holders(world: World) -> None:
    async with world.opened() as book:
        judged, pending = raised(book), raised(book, "d")
        await book.evaluate(judged.id, "bob", AlarmState.FALSE, "")
        await book.take(pending.id, "bob", release=False)
    world.clock.time_us += MINUTE
    async with world.opened() as book:
        (again,) = book.pending()
        assert (again.id, again.taken_by, again.end_us) == (pending.id, "", NOW)
        assert len((await book.query(QueryAlarms())).alarms) == 2
        await book.evaluate(pending.id, "eve", AlarmState.CONFIRMED, "")


async def test_an_alarm_that_a_crash_cut_short_has_ended(world: World, tmp_path: Path) -> None:
    async with world.opened() as book:
        alarm = raised(book)
        await book.flush()
        copy = World(tmp_path / "copy")
        copy.path.parent.mkdir()
        for suffix in ("", "-wal"):
            source = world.path.with_name(world.path.name + suffix)
            copy.path.with_name(copy.path.name + suffix).write_bytes(source.read_bytes())
    copy.clock.time_us += MINUTE
    async with copy.opened() as book:
        (again,) = book.pending()
        assert (again.id, again.end_us) == (alarm.id, NOW + MINUTE)


async def test_searching_by_time_camera_and_state(world: World) -> None:
    async with world.opened() as book:
        made = [raised(book, f"cam{number}", NOW + number * MINUTE) for number in range(5)]
        for alarm in made[:4]:
            book.end(alarm.id, alarm.begin_us + SECOND_US)
        await book.evaluate(made[1].id, "bob", AlarmState.FALSE, "")

        async def found(query: QueryAlarms) -> list[int]:
            return [int(one.camera[3:]) for one in (await book.query(query)).alarms]

        assert await found(QueryAlarms()) == [4, 3, 2, 1, 0]
        assert await found(QueryAlarms(begin_us=NOW + 2 * MINUTE)) == [4, 3, 2]
        assert await found(QueryAlarms(begin_us=NOW + 9 * MINUTE)) == [4]  # goes on
        assert await found(QueryAlarms(end_us=NOW + MINUTE)) == [0]
        assert await found(QueryAlarms(cameras=["cam1", "cam3"])) == [3, 1]
        assert await found(QueryAlarms(states=[AlarmState.FALSE])) == [1]
        page = await book.query(QueryAlarms(limit=2))
        assert (len(page.alarms), page.more) == (2, True)


async def test_a_flood_of_alarms_makes_the_oldest_unclassified(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms_module, "MAX_PENDING", 5)
    async with world.opened() as book:
        made = [raised(book, f"cam{number}") for number in range(8)]
        assert [alarm.id for alarm in book.pending()] == [alarm.id for alarm in made[3:]]


async def test_a_damaged_file_is_set_aside_and_told(world: World) -> None:
    world.path.write_bytes(b"rubbish" * 1000)
    async with world.opened() as book:
        raised(book)
        assert len((await book.query(QueryAlarms())).alarms) == 1
    assert world.kinds()[0] == "server.recovered"
    assert "begins anew" in world.events[0].text
