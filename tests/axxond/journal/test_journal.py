"""Every event is kept, found again, and forgotten when its time has come."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from axxond.base.database import DatabaseError
from axxond.base.units import DAY_US, HOUR_US
from axxond.events.bus import EventBus
from axxond.events.types import Event, EventType
from axxond.journal import Journal, journal
from axxond.journal.store import STEPS, Words, forget, insert
from protocol.messages import QueryJournal
from protocol.types import EventRecord, Phase, Severity

NOW = 1_000 * DAY_US
MOTION = EventType("detector.motion", Severity.INFO)
LOGIN = EventType("user.login", Severity.INFO)
DENIED = EventType("user.denied", Severity.WARNING)


class FixedClock:
    def now_us(self) -> int:
        return NOW

    def monotonic_us(self) -> int:
        return NOW


@asynccontextmanager
async def opened(path: Path, days: int = 0) -> AsyncIterator[tuple[Journal, EventBus]]:
    bus, kept = EventBus(), Journal(path, FixedClock(), days)
    await kept.open(bus)
    try:
        yield kept, bus
    finally:
        await kept.close()


def event(kind: EventType = MOTION, at_us: int = NOW, obj: str = "cam1", **more: Any) -> Event:
    return Event(kind, at_us, obj, more.pop("name", "Gate"), more.pop("text", "moves"), **more)


async def texts(kept: Journal, **query: Any) -> list[str]:
    return [one.text for one in (await kept.query(QueryJournal(**query))).events]


async def test_an_event_comes_back_as_it_was(tmp_path: Path) -> None:
    details = {"boxes": [[0.1, 0.2, 0.3, 0.4]], "n": 1}
    sent = event(phase=Phase.BEGIN, group="g", user="bob", address="10.0.0.1", details=details)
    async with opened(tmp_path / "j.sqlite") as (kept, bus):
        heard: list[EventRecord] = []
        kept.listen(heard.append)
        bus.publish(sent)
        page = await kept.query(QueryJournal())
    assert page.events == heard
    (one,) = heard
    assert (one.id, one.type, one.severity, one.phase) == (1, MOTION.name, "info", "begin")
    assert (one.object_id, one.object_name, one.text) == ("cam1", "Gate", "moves")
    assert (one.user, one.address, one.group, one.details) == ("bob", "10.0.0.1", "g", details)


async def test_ids_go_on_after_reopening(tmp_path: Path) -> None:
    for first in (1, 3):
        async with opened(tmp_path / "j.sqlite") as (kept, bus):
            bus.publish(event())
            bus.publish(event())
            page = await kept.query(QueryJournal(limit=2))
            assert [one.id for one in page.events] == [first + 1, first]


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Journal]:
    """Three hours of events of two cameras and two users."""
    async with opened(tmp_path / "j.sqlite") as (kept, bus):
        for hour in range(3):
            at_us = NOW + hour * HOUR_US
            bus.publish(event(MOTION, at_us, "cam1", text=f"h{hour} cam1", phase=Phase.BEGIN))
            bus.publish(event(MOTION, at_us + 1, "cam2", name="Yard", text=f"h{hour} cam2"))
            bus.publish(event(LOGIN, at_us + 2, "u1", text=f"h{hour} login", user="bob"))
            bus.publish(event(DENIED, at_us + 3, "u2", text=f"h{hour} 100%_no", user="Éva"))
        yield kept


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"begin_us": NOW + 2 * HOUR_US}, "h2 100%_no h2 login h2 cam2 h2 cam1"),
        ({"end_us": NOW + 2}, "h0 cam2 h0 cam1"),
        ({"begin_us": NOW + 1, "end_us": NOW + 1}, ""),
        ({"begin_us": NOW + 99 * HOUR_US}, ""),
        ({"types": ["detector."], "end_us": NOW + 2}, "h0 cam2 h0 cam1"),
        ({"types": ["user.login"]}, "h2 login h1 login h0 login"),
        ({"types": ["user.log", "user.den"], "limit": 2}, "h2 100%_no h2 login"),
        ({"types": ["nothing."]}, ""),
        ({"objects": ["cam2"]}, "h2 cam2 h1 cam2 h0 cam2"),
        ({"objects": ["cam2", "u1"], "end_us": NOW + HOUR_US}, "h0 login h0 cam2"),
        ({"objects": ["cam2", "u1"], "types": ["user."]}, "h2 login h1 login h0 login"),
        ({"objects": ["nobody"]}, ""),
        ({"severities": [Severity.WARNING]}, "h2 100%_no h1 100%_no h0 100%_no"),
        ({"severities": [Severity.ERROR]}, ""),
        ({"phases": [Phase.BEGIN]}, "h2 cam1 h1 cam1 h0 cam1"),
        ({"phrase": "LOGIN"}, "h2 login h1 login h0 login"),
        ({"phrase": "yard"}, "h2 cam2 h1 cam2 h0 cam2"),
        ({"phrase": "1 log"}, "h1 login"),
        ({"phrase": "éva", "end_us": NOW + 9}, "h0 100%_no"),
        ({"phrase": "h1"}, "h1 100%_no h1 login h1 cam2 h1 cam1"),
        ({"phrase": "%_"}, "h2 100%_no h1 100%_no h0 100%_no"),
        ({"phrase": "0%"}, "h2 100%_no h1 100%_no h0 100%_no"),
        ({"phrase": 'cam" OR "login'}, ""),
        ({"phrase": "login", "types": ["detector."]}, ""),
        ({"phrase": "cam", "objects": ["cam1"], "begin_us": NOW + 9}, "h2 cam1 h1 cam1"),
        ({"phrase": "a\x00b"}, ""),
    ],
)
async def test_a_search_finds_what_it_asks_for_newest_first(
    kept: Journal, query: dict[str, Any], found: str
) -> None:
    assert " ".join(await texts(kept, **query)) == found


async def test_pages_follow_each_other_without_a_hole(kept: Journal) -> None:
    for query in ({}, {"phrase": "cam"}, {"types": ["detector."]}, {"objects": ["cam1", "cam2"]}):
        whole = (await kept.query(QueryJournal(**query))).events  # type: ignore[arg-type]
        assert len(whole) >= 6
        seen: list[EventRecord] = []
        before = None
        more = True
        while more:
            page = await kept.query(
                QueryJournal(**query, limit=2, before_id=before)  # type: ignore[arg-type]
            )
            seen += page.events
            before, more = page.events[-1].id, page.more
        assert seen == whole


async def test_a_period_is_right_when_the_clock_was_set_back(tmp_path: Path) -> None:
    async with opened(tmp_path / "j.sqlite") as (kept, bus):
        for number, hour in enumerate((10, 11, 12, 10, 11, 12)):
            bus.publish(event(at_us=hour * HOUR_US, text=f"{number}"))
        found = await texts(kept, begin_us=11 * HOUR_US, end_us=12 * HOUR_US)
        assert found == ["4", "1"]


async def test_more_than_the_queue_holds_is_told_and_memory_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MAX_QUEUED", 10)
    monkeypatch.setattr(journal, "_BATCH_S", 0.0)
    async with opened(tmp_path / "j.sqlite") as (kept, bus):
        told = asyncio.Event()
        kept.listen(lambda one: told.set() if one.type == "journal.lost" else None)
        for number in range(25):
            bus.publish(event(text=f"{number}"))
        async with asyncio.timeout(10):
            await told.wait()
        found = await texts(kept)
    assert found == [
        "15 events came faster than they could be written and are not here",
        *(f"{number}" for number in reversed(range(10))),
    ]


async def test_a_damaged_file_is_set_aside_and_told(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    path.write_bytes(b"rubbish" * 1000)
    async with opened(path) as (kept, bus):
        bus.publish(event(text="goes on"))
        found = await texts(kept)
    assert found[0] == "goes on"
    assert "begins anew" in found[1]
    (aside,) = damaged_files(tmp_path)
    assert aside.read_bytes() == b"rubbish" * 1000


async def test_a_file_damaged_while_running_is_set_aside_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage = sqlite3.DatabaseError("malformed")
    damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT

    def fail_once(*_args: object) -> None:
        monkeypatch.setattr(journal, "insert", insert)
        raise damage

    async with opened(tmp_path / "j.sqlite") as (kept, bus):
        bus.publish(event(text="before"))
        await kept.flush()
        told = asyncio.Event()
        kept.listen(lambda one: told.set() if "begins anew" in one.text else None)
        monkeypatch.setattr(journal, "insert", fail_once)
        bus.publish(event(text="after"))
        async with asyncio.timeout(10):
            await told.wait()
        assert [text[:20] for text in await texts(kept)] == ["The journal was dama", "after"]
    assert damaged_files(tmp_path)


def damaged_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.damaged-*") if path.suffix[-1].isdigit())


async def test_a_query_that_is_cancelled_disturbs_no_writing(tmp_path: Path) -> None:
    async with opened(tmp_path / "j.sqlite") as (kept, bus):
        for number in range(20):
            bus.publish(event(text=f"{number}"))
            query = asyncio.ensure_future(kept.query(QueryJournal()))
            await asyncio.sleep(0)
            query.cancel()
            await asyncio.gather(query, return_exceptions=True)
        assert len(await texts(kept)) == 20


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="unable to open"):
        async with opened(tmp_path / "none" / "j.sqlite"):
            pass


def rows(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


def test_forgetting_takes_the_old_ones_in_portions_and_their_words() -> None:
    connection = sqlite3.connect(":memory:")
    for step in STEPS:
        connection.executescript(step)
    words = Words()
    batch = [
        EventRecord(
            number + 1,
            number * HOUR_US // 10,
            "a.b",
            Severity.INFO,
            Phase.INSTANT,
            "obj",
            "",
            f"text{number:03}",
        )
        for number in range(100)
    ]
    for start in range(0, 100, 7):
        insert(connection, words, batch[start : start + 7])
    portions = 0
    while forget(connection, 5 * HOUR_US + HOUR_US // 2, 4):
        portions += 1
        assert portions < 100
    assert rows(connection, "SELECT count(*) FROM event") == 45
    assert rows(connection, "SELECT min(id) FROM event") == 56
    found = "SELECT count(*) FROM event_text WHERE event_text MATCH "
    assert rows(connection, found + "'text054'") == 0
    assert rows(connection, found + "'text055'") == 1
    assert rows(connection, "SELECT min(hour) FROM hour") == 5
    connection.execute("INSERT INTO event_text (event_text) VALUES ('integrity-check')")
    connection.close()


async def test_old_events_go_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    async with opened(path) as (kept, bus):
        bus.publish(event(at_us=NOW - 11 * DAY_US, text="old"))
        bus.publish(event(at_us=NOW - 9 * DAY_US, text="young"))
        await kept.flush()
    async with opened(path, days=10) as (kept, _bus):
        async with asyncio.timeout(10):
            while (found := await texts(kept)) != ["young"]:
                assert found == ["young", "old"]
