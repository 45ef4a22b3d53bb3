"""What a client wants to be told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from axxond.server.errors import invalid
from protocol.messages import (
    AlarmNotice,
    DeviceStateNotice,
    Done,
    IoNotice,
    PtzNotice,
    StatusNotice,
    Subscribe,
)
from protocol.types import Right

if TYPE_CHECKING:
    from axxond.server.session import Session

TREE, EVENTS, ALARMS, STATUS = "tree", "events", "alarms", "status"
EXPORTS, IO, PTZ = "exports", "io", "ptz"
_TOPICS = frozenset({TREE, EVENTS, ALARMS, STATUS, EXPORTS, IO, PTZ})


async def subscribe(session: Session, request: Subscribe) -> Done:
    topics = frozenset(request.topics)
    if unknown := topics - _TOPICS:
        raise invalid("topics", f"{min(unknown)!r} is not one of {', '.join(sorted(_TOPICS))}")
    if EVENTS in topics:
        session.demand(Right.JOURNAL, "subscribe.events")
    if EXPORTS in topics:
        session.demand(Right.EXPORT, "subscribe.exports")
    new = topics - session.topics
    session.topics = topics
    # The present state follows the reply.
    asyncio.get_running_loop().call_soon(_present, session, new)
    return Done()


def _present(session: Session, topics: frozenset[str]) -> None:
    if STATUS in topics:
        session.connection.notify(StatusNotice(session.system.cameras.statuses()))
    if ALARMS in topics:
        for alarm in session.system.alarms.pending():
            session.connection.notify(AlarmNotice(alarm))
    system = session.system
    if IO in topics:
        session.connection.notify(DeviceStateNotice(system.devices.states()))
        session.connection.notify(IoNotice(system.devices.io_states()))
    if PTZ in topics:
        session.connection.notify(PtzNotice(system.ptz.holders()))
