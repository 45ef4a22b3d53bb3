"""The journal and the alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axxond.server.errors import invalid
from protocol.messages import (
    AlarmPage,
    Done,
    EvaluateAlarm,
    JournalPage,
    QueryAlarms,
    QueryJournal,
    TakeAlarm,
)
from protocol.types import AlarmState

if TYPE_CHECKING:
    from axxond.server.session import Session

_MAX_PAGE = 1000
_MAX_COMMENT = 2000


async def query_journal(session: Session, request: QueryJournal) -> JournalPage:
    _check_limit(request.limit)
    if request.before_id is not None and request.before_id < 0:
        raise invalid("before_id", f"{request.before_id} is below 0")
    return await session.system.journal.query(request)


async def query_alarms(session: Session, request: QueryAlarms) -> AlarmPage:
    _check_limit(request.limit)
    return await session.system.alarms.query(request)


async def take_alarm(session: Session, request: TakeAlarm) -> Done:
    alarms = session.system.alarms
    await alarms.take(request.alarm, request.release, session.who, session.address)
    return Done()


async def evaluate_alarm(session: Session, request: EvaluateAlarm) -> Done:
    if request.verdict is AlarmState.PENDING:
        raise invalid("verdict", "an evaluated alarm is no longer pending")
    if len(request.comment) > _MAX_COMMENT:
        raise invalid("comment", f"longer than {_MAX_COMMENT} characters")
    await session.system.alarms.evaluate(request, session.who, session.address)
    return Done()


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= _MAX_PAGE:
        raise invalid("limit", f"{limit} is not within [1; {_MAX_PAGE}]")
