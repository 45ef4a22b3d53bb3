"""The alarm book: what is pending, who holds it, how it was judged.

On the event loop: alarms that go on or are pending are in memory (they are the ones that change),
and every change is told at once and written within `_BATCH_S`.  Taking and judging answer when
they are on disk.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from pathlib import Path

from attrs import evolve

from axxond.base.clock import Clock
from axxond.base.database import DamagedDatabaseError, Database, DatabaseError, set_aside
from axxond.base.errors import AxxonError
from axxond.base.tasks import cancel, spawn
from axxond.base.units import DAY_US, SECOND_US
from axxond.events.bus import EventBus
from axxond.events.types import (
    ALARM_ENDED,
    ALARM_EVALUATED,
    ALARM_RAISED,
    ALARM_TAKEN,
    SERVER_RECOVERED,
    Event,
    EventType,
)
from axxond.responses.store import STEPS, forget, get, put, search, unsettled
from protocol.messages import AlarmPage, QueryAlarms
from protocol.types import AlarmRecord, AlarmState, Phase

log = logging.getLogger(__name__)
Listener = Callable[[AlarmRecord], None]

_BATCH_S = 0.2
_TICK_S = 1.0
_RETRY_S = 5.0
# Pending alarms a guard could ever work through; beyond it the oldest becomes unclassified.
MAX_PENDING = 10_000
MAX_COMMENT = 2_000
_FORGET_EVERY_TICKS = 600
_VERDICTS = (AlarmState.CONFIRMED, AlarmState.SUSPICIOUS, AlarmState.FALSE)


class AlarmError(AxxonError):
    """The alarm cannot be taken or judged; the text is for the user."""


class UnknownAlarmError(AlarmError):
    pass


class AlarmHeldError(AlarmError):
    """Somebody else holds it or has judged it."""


class AlarmBook:
    """`pending_us`: unjudged for longer becomes unclassified, unless someone holds it.
    `retention_days`: of judged alarms, 0 = for ever.  Both may be set at any time."""

    def __init__(
        self, path: Path, bus: EventBus, clock: Clock, pending_us: int = 600 * SECOND_US
    ) -> None:
        self.path = path
        self.pending_us = pending_us
        self.retention_days = 0
        self._bus = bus
        self._clock = clock
        self._database = Database(path, STEPS, durable=True)
        self._alarms: dict[str, AlarmRecord] = {}  # oldest first
        self._going_on: dict[str, dict[str, AlarmRecord]] = {}  # camera: id: alarm
        self._dirty: dict[str, AlarmRecord] = {}
        self._writing = asyncio.Lock()
        self._wake = asyncio.Event()
        self._listeners: list[Listener] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Read what is unsettled.  What went on when the program ended has ended; who held an
        alarm holds it no longer.  A damaged file is set aside, which is an event."""
        try:
            await self._database.open(check=True)
        except DamagedDatabaseError as error:
            await self._begin_anew(error)
        now_us = self._clock.now_us()
        for alarm in await self._database.call(unsettled):
            ended = evolve(alarm, end_us=alarm.end_us or now_us, taken_by="")
            self._dirty[alarm.id] = ended
            if ended.state is AlarmState.PENDING:
                self._alarms[alarm.id] = ended
        self._tasks = [spawn(self._write_on(), "alarm-writer"), spawn(self._tick_on(), "alarms")]

    async def close(self) -> None:
        await cancel(*self._tasks)
        now_us = self._clock.now_us()
        for alarm in list(self._alarms.values()):
            if alarm.end_us is None:
                self.end(alarm.id, now_us)
        try:
            await self.flush()
        except DatabaseError as error:
            log.error("%d changes of alarms were not stored: %s", len(self._dirty), error)
        await self._database.close()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Called on the loop with every new or changed alarm."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def pending(self) -> list[AlarmRecord]:
        """Not judged yet, oldest first."""
        return [item for item in self._alarms.values() if item.state is AlarmState.PENDING]

    def active(self, camera: str, kind: str | None = None) -> AlarmRecord | None:
        """The alarm that goes on at a camera (of that kind)."""
        alarms = reversed(self._going_on.get(camera, {}).values())
        return next((one for one in alarms if kind is None or one.kind == kind), None)

    def raise_alarm(
        self, camera: str, camera_name: str, kind: str, now_us: int, user: str = ""
    ) -> AlarmRecord:
        id_ = uuid.uuid4().hex
        alarm = AlarmRecord(id_, camera, camera_name, kind, now_us, None, AlarmState.PENDING)
        pending = self.pending()
        if len(pending) >= MAX_PENDING:
            self._expire(pending[0], now_us)
        self._change(alarm, ALARM_RAISED, f"Alarm: {in_words(kind)}", now_us, user)
        return alarm

    def end(self, id_: str, now_us: int) -> None:
        """What raised the alarm is over; unknown and ended ones are left as they are."""
        alarm = self._alarms.get(id_)
        if alarm is None or alarm.end_us is not None:
            return
        text = f"Alarm is over after {max(0, now_us - alarm.begin_us) // SECOND_US} s"
        self._change(evolve(alarm, end_us=max(now_us, alarm.begin_us)), ALARM_ENDED, text, now_us)

    def extend(self, camera: str, kind: str) -> bool:
        """The newest pending alarm of that kind goes on; False when there is none."""
        for alarm in reversed(self._alarms.values()):
            if alarm.camera == camera and alarm.kind == kind:
                if alarm.state is AlarmState.PENDING:
                    self._put(evolve(alarm, end_us=None))
                    return True
                return False
        return False

    async def take(self, id_: str, user: str, release: bool, address: str = "") -> None:
        """Raises UnknownAlarmError, AlarmHeldError, DatabaseError."""
        alarm = await self._find(id_)
        self._refuse_held(alarm, user)
        if alarm.state is not AlarmState.PENDING:
            raise AlarmHeldError(f"The alarm was judged already ({alarm.state}).")
        holder = "" if release else user
        if alarm.taken_by != holder:
            text = "Alarm was given back" if release else "Alarm was taken"
            changed = evolve(alarm, taken_by=holder)
            self._change(changed, ALARM_TAKEN, text, self._clock.now_us(), user, address)
        await self.flush()

    async def evaluate(
        self, id_: str, user: str, verdict: AlarmState, comment: str, address: str = ""
    ) -> None:
        """Judge a pending or unclassified alarm, or change one's own verdict.

        Raises UnknownAlarmError, AlarmHeldError, AlarmError (no verdict), DatabaseError.
        """
        if verdict not in _VERDICTS:
            names = ", ".join(_VERDICTS)
            raise AlarmError(f'"{verdict}" is no verdict; it must be one of {names}.')
        if len(comment) > MAX_COMMENT:
            raise AlarmError(f"A comment has at most {MAX_COMMENT} characters.")
        alarm = await self._find(id_)
        self._refuse_held(alarm, user)
        now_us = self._clock.now_us()
        changed = evolve(
            alarm,
            state=verdict,
            taken_by="",
            comment=comment,
            evaluated_by=user,
            evaluated_us=now_us,
        )
        text = f"Alarm is {verdict}" + (f": {comment}" if comment else "")
        self._change(changed, ALARM_EVALUATED, text, now_us, user, address)
        await self.flush()

    def release_all(self, user: str) -> None:
        """The user's last session has ended."""
        for alarm in self.pending():
            if alarm.taken_by == user:
                text = "Alarm was given back: its holder logged out"
                changed = evolve(alarm, taken_by="")
                self._change(changed, ALARM_TAKEN, text, self._clock.now_us(), user)

    async def query(self, query: QueryAlarms) -> AlarmPage:
        await self.flush()
        return await self._database.call(search, query)

    def expire(self, now_us: int) -> None:
        """Unjudged past the pending time, over, and held by nobody: unclassified."""
        for alarm in self.pending():
            over_us = alarm.end_us
            if over_us is not None and not alarm.taken_by and now_us - over_us > self.pending_us:
                self._expire(alarm, now_us)

    async def flush(self) -> None:
        """What changed before is on disk when this returns.  Raises DatabaseError."""
        if self._dirty:
            error = await asyncio.shield(spawn(self._flush(), "alarm-flush"))
            if error is not None:
                raise error

    async def _flush(self) -> DatabaseError | None:
        async with self._writing:
            batch = dict(self._dirty)
            try:
                await self._database.call(put, list(batch.values()))
            except DatabaseError as error:
                return error
            for id_, alarm in batch.items():
                if self._dirty.get(id_) is alarm:
                    del self._dirty[id_]
        return None

    def _expire(self, alarm: AlarmRecord, now_us: int) -> None:
        changed = evolve(
            alarm,
            state=AlarmState.UNCLASSIFIED,
            end_us=alarm.end_us or now_us,
            taken_by="",
            evaluated_us=now_us,
        )
        self._change(changed, ALARM_EVALUATED, "Alarm is unclassified: nobody judged it", now_us)

    async def _find(self, id_: str) -> AlarmRecord:
        alarm = self._alarms.get(id_) or self._dirty.get(id_)
        if alarm is None:
            alarm = await self._database.call(get, id_)
        if alarm is None:
            raise UnknownAlarmError("There is no such alarm.")
        return self._alarms.get(id_) or self._dirty.get(id_) or alarm

    @staticmethod
    def _refuse_held(alarm: AlarmRecord, user: str) -> None:
        if alarm.taken_by and alarm.taken_by != user:
            raise AlarmHeldError(f"The alarm is held by {alarm.taken_by}.")
        judged = alarm.state in _VERDICTS
        if judged and alarm.evaluated_by != user:
            raise AlarmHeldError(f"The alarm was judged by {alarm.evaluated_by} already.")

    def _change(
        self,
        alarm: AlarmRecord,
        kind: EventType,
        text: str,
        now_us: int,
        user: str = "",
        address: str = "",
    ) -> None:
        self._put(alarm)
        phases = {ALARM_RAISED: Phase.BEGIN, ALARM_ENDED: Phase.END}
        self._bus.publish(
            Event(
                kind,
                now_us,
                alarm.camera,
                alarm.camera_name,
                text,
                phases.get(kind, Phase.INSTANT),
                alarm.id,
                user,
                address,
            )
        )

    def _put(self, alarm: AlarmRecord) -> None:
        self._dirty[alarm.id] = alarm
        self._wake.set()
        if alarm.end_us is None or alarm.state is AlarmState.PENDING:
            self._alarms[alarm.id] = alarm
        else:
            self._alarms.pop(alarm.id, None)
        going_on = self._going_on.setdefault(alarm.camera, {})
        if alarm.end_us is None:
            going_on[alarm.id] = alarm
        else:
            going_on.pop(alarm.id, None)
        if not going_on:
            del self._going_on[alarm.camera]
        for listener in list(self._listeners):
            listener(alarm)

    async def _begin_anew(self, error: DamagedDatabaseError) -> None:
        await self._database.close()
        now_us = self._clock.now_us()
        aside = set_aside(self.path, now_us)
        self._database = Database(self.path, STEPS, durable=True)
        await self._database.open(check=False)
        text = f"The alarm book was damaged ({error.reason}) and begins anew; the old one: {aside}"
        log.error(text)
        self._bus.publish(Event(SERVER_RECOVERED, now_us, "", "Alarms", text))

    async def _write_on(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(_BATCH_S)
            try:
                await self.flush()
            except DatabaseError as error:
                log.error("storing alarms failed, trying again: %s", error)
                await asyncio.sleep(_RETRY_S)
                self._wake.set()

    async def _tick_on(self) -> None:
        tick = 0
        while True:
            self.expire(self._clock.now_us())
            if self.retention_days > 0 and tick % _FORGET_EVERY_TICKS == 0:
                await self._forget()
            tick += 1
            await asyncio.sleep(_TICK_S)

    async def _forget(self) -> None:
        before_us = self._clock.now_us() - self.retention_days * DAY_US
        try:
            await self._database.call(forget, before_us)
        except DatabaseError as error:
            log.error("removing old alarms failed: %s", error)


def in_words(kind: str) -> str:
    """What raised an alarm, for a person: "detector.line_crossing" is "line crossing"."""
    return kind.rpartition(".")[2].replace("_", " ")
