"""The journal's service.

On the event loop: an event gets its id and goes to listeners at once, and into a queue.  Every
`_BATCH_S` the queue is written as one transaction on the writer's thread; queries run on the
reader's, after what was noticed before them has been written.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

from axxond.base.clock import Clock
from axxond.base.database import DamagedDatabaseError, Database, DatabaseError, set_aside
from axxond.base.tasks import cancel, spawn
from axxond.base.units import DAY_US
from axxond.events.bus import EventBus
from axxond.events.types import JOURNAL_LOST, SERVER_RECOVERED, Event
from axxond.journal.search import search
from axxond.journal.store import STEPS, Words, forget, insert, last_id
from protocol.messages import JournalPage, QueryJournal
from protocol.types import EventRecord

log = logging.getLogger(__name__)
Listener = Callable[[EventRecord], None]

# What a crash of the machine may take with it, and the pause between two commits.
_BATCH_S = 0.2
# A second of a whole site gone wild (64 cameras); more is counted and told, not kept.
MAX_QUEUED = 20_000
_FORGET_EVERY_S = 600.0
_FORGET_AT_ONCE = 2_000  # events a transaction: the writer is not kept from new ones
_RETRY_S = 5.0
_MAX_TEXT = 2_000  # characters of an event's text that are kept


class Journal:
    """`retention_days` 0 = for ever; it may be set at any time."""

    def __init__(self, path: Path, clock: Clock, retention_days: int = 0) -> None:
        self.path = path
        self.retention_days = retention_days
        self._clock = clock
        self._writer = Database(path, STEPS, durable=False)
        self._reader = Database(path, STEPS, durable=False)
        self._words = Words()
        self._queue: list[EventRecord] = []
        self._writing = asyncio.Lock()
        self._wake = asyncio.Event()
        self._next_id = 1
        self._lost = 0
        self._listeners: list[Listener] = []
        self._bus: EventBus | None = None
        self._unlisten: Callable[[], None] = lambda: None
        self._task: asyncio.Task[None] | None = None
        self._forgetting: asyncio.Task[None] | None = None

    async def open(self, bus: EventBus) -> None:
        """Listen on the bus from here on.  A damaged file is set aside, which is an event.

        Raises DatabaseError when the file cannot be opened.
        """
        self._bus = bus
        trouble = await self._open_files()
        self._unlisten = bus.listen(self.note)
        if trouble is not None:
            bus.publish(trouble)
        self._task = spawn(self._write_on(), "journal-writer")
        self._forgetting = spawn(self._forget_on(), "journal-retention")

    async def close(self) -> None:
        """Write what is queued, end the threads."""
        self._unlisten()
        await cancel(self._task, self._forgetting)
        try:
            await self.flush()
        except DatabaseError as error:
            log.error("%d events were not written to the journal: %s", len(self._queue), error)
        await self._writer.close()
        await self._reader.close()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Called on the loop with every event as it happens."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def note(self, event: Event) -> None:
        """For the bus."""
        record = EventRecord(
            self._next_id,
            event.time_us,
            event.type.name,
            event.type.severity,
            event.phase,
            event.object_id,
            event.object_name,
            event.text[:_MAX_TEXT],
            event.user,
            event.address,
            event.group,
            event.details,
        )
        self._next_id += 1
        if len(self._queue) < MAX_QUEUED:
            self._queue.append(record)
            self._wake.set()
        else:
            self._lost += 1
        for listener in list(self._listeners):
            listener(record)

    async def query(self, query: QueryJournal) -> JournalPage:
        """Raises DatabaseError."""
        await self.flush()
        return await self._reader.call(search, query)

    async def flush(self) -> None:
        """What was noticed before is on disk when this returns.  Raises DatabaseError.

        A caller that is cancelled leaves no batch half noted: the writing goes on without it.
        """
        if self._queue:
            error = await asyncio.shield(spawn(self._flush(), "journal-flush"))
            if error is not None:
                raise error

    async def _flush(self) -> DatabaseError | None:
        async with self._writing:
            try:
                while self._queue:
                    batch = list(self._queue)
                    await self._writer.call(self._insert, batch)
                    del self._queue[: len(batch)]
            except DatabaseError as error:
                return error
        return None

    def _insert(self, connection: sqlite3.Connection, batch: list[EventRecord]) -> None:
        try:
            insert(connection, self._words, batch)
        except sqlite3.Error:
            self._words.clear()
            raise

    async def _open_files(self) -> Event | None:
        """What is to be told when the file had to be begun anew."""
        try:
            await self._writer.open(check=False)
            self._next_id = await self._writer.call(last_id) + 1
            await self._reader.open(check=False)
        except DamagedDatabaseError as error:
            return await self._begin_anew(error)
        return None

    async def _begin_anew(self, error: DamagedDatabaseError) -> Event:
        """The old file stays beside the new one, for whoever can read it yet."""
        await self._writer.close()
        await self._reader.close()
        now_us = self._clock.now_us()
        aside = set_aside(self.path, now_us)
        await self._reopen()
        text = f"The journal was damaged ({error.reason}) and begins anew; the old one: {aside}"
        log.error(text)
        return Event(SERVER_RECOVERED, now_us, "", "Journal", text)

    async def _reopen(self) -> None:
        self._words.clear()
        self._writer = Database(self.path, STEPS, durable=False)
        self._reader = Database(self.path, STEPS, durable=False)
        await self._writer.open(check=False)
        await self._reader.open(check=False)

    def _tell(self, event: Event) -> None:
        assert self._bus is not None
        self._bus.publish(event)

    async def _write_on(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(_BATCH_S)
            try:
                await self._write_or_begin_anew()
            except DatabaseError as error:
                log.error("writing the journal failed, trying again: %s", error)
                await asyncio.sleep(_RETRY_S)
                self._wake.set()
            self._tell_lost()

    async def _write_or_begin_anew(self) -> None:
        try:
            if self._writer.closed or self._reader.closed:  # beginning anew had failed
                async with self._writing:
                    await self._reopen()
            await self.flush()
        except DamagedDatabaseError as error:
            async with self._writing:
                trouble = await self._begin_anew(error)
            self._tell(trouble)

    def _tell_lost(self) -> None:
        if self._lost and len(self._queue) < MAX_QUEUED:
            lost, self._lost = self._lost, 0
            text = f"{lost} events came faster than they could be written and are not here"
            self._tell(Event(JOURNAL_LOST, self._clock.now_us(), "", "Journal", text))

    async def _forget_on(self) -> None:
        while True:
            try:
                await self._forget_old()
            except DatabaseError as error:
                log.error("removing old events from the journal failed: %s", error)
            await asyncio.sleep(_FORGET_EVERY_S)

    async def _forget_old(self) -> None:
        if self.retention_days <= 0:
            return
        before_us = self._clock.now_us() - self.retention_days * DAY_US
        more = 1
        while more:
            async with self._writing:
                more = await self._writer.call(forget, before_us, _FORGET_AT_ONCE)
