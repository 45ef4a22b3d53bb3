"""Stored metadata, and detectors tried on it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from axxond.base.tasks import cancel as cancel_task
from axxond.base.tasks import spawn
from axxond.base.units import DAY_US
from axxond.server.errors import invalid
from axxond.server.ports import Trial
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import (
    BackTest,
    BackTested,
    BackTestProgress,
    CancelBackTest,
    Done,
    GetMetadata,
    Metadata,
)
from protocol.types import Right

if TYPE_CHECKING:
    from axxond.server.session import Session

_MAX_DAYS = 400
_MAX_TICKET = 64
# They run one after the other; more of one client's would only wait.
_MAX_TRIALS = 2
_PROGRESS_S = 0.5


async def get_metadata(session: Session, _: GetMetadata) -> Metadata:
    return await session.system.trials.stored()


async def back_test(session: Session, request: BackTest) -> BackTested:
    session.demand(Right.ARCHIVE, request.NAME)
    if not 0 < request.end_us - request.begin_us <= _MAX_DAYS * DAY_US:
        raise invalid("end_us", f"the period must be longer than 0 and at most {_MAX_DAYS} days")
    if len(request.ticket) > _MAX_TICKET:
        raise invalid("ticket", f"longer than {_MAX_TICKET} characters")
    trials = session.trials
    ticket = request.ticket or f"#{id(request)}"
    if ticket in trials:
        raise invalid("ticket", "a back-test with this ticket is under way")
    if len(trials) >= _MAX_TRIALS:
        text = f"at most {_MAX_TRIALS} back-tests for one client"
        raise ProtocolError(ErrorCode.LIMIT, text, request.NAME)
    trial = trials[ticket] = Trial()
    work = spawn(session.system.trials.run(request, trial), "back-test")
    try:
        while not work.done():
            await asyncio.wait((work,), timeout=_PROGRESS_S)
            if request.ticket and not work.done():
                session.connection.notify(BackTestProgress(ticket, trial.share))
        return work.result()
    finally:
        trial.cancelled = True
        del trials[ticket]
        await cancel_task(work)


async def cancel(session: Session, request: CancelBackTest) -> Done:
    trial = session.trials.get(request.ticket)
    if trial is not None:
        trial.cancelled = True
    return Done()
