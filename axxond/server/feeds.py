"""Notices to all sessions that subscribed: packed once a kind of reader, sent to many.

On the event loop.  Status is on change, at most once a second; a session that is behind misses
it and gets the whole state later.  Tree, events and alarms are never left out: a client that
reads none of them is cut by the transport's bound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from attrs import evolve

from axxond.base.tasks import cancel, spawn
from axxond.base.units import KIB
from axxond.server.handlers.subscriptions import (
    ALARMS,
    EVENTS,
    EXPORTS,
    IO,
    PTZ,
    STATUS,
    TREE,
)
from axxond.server.ports import Unlisten
from axxond.server.session import Session
from axxond.server.shared import Shared
from axxond.server.visibility import sees_users, visible
from protocol.connection import pack_notice
from protocol.messages import (
    AlarmNotice,
    DeviceStateNotice,
    EventNotice,
    ExportNotice,
    IoNotice,
    Message,
    PtzNotice,
    StatusNotice,
    SystemNotice,
    TreeChanged,
)
from protocol.types import AlarmRecord, CameraStatus, EventRecord, ExportRecord

_SYSTEM_EVERY_S = 1.0
_STATUS_EVERY_S = 1.0
# A session with more than this waiting gets no status: it would be old when it arrives.
_BEHIND_BYTES = 512 * KIB

Sessions = Callable[[], Iterable[Session]]


class Feeds:
    def __init__(self, shared: Shared, sessions: Sessions) -> None:
        self._shared = shared
        self._sessions = sessions
        self._pending: dict[str, CameraStatus] = {}
        self._flush: asyncio.TimerHandle | None = None
        self._flushed_s = float("-inf")
        self._unlisten: list[Unlisten] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        system = self._shared.system
        self._unlisten = [
            system.tree.listen(self._on_tree),
            system.journal.listen(self._on_event),
            system.alarms.listen(self._on_alarm),
            system.exports.listen(self._on_export),
            system.devices.listen_states(
                lambda one: self._send(IO, DeviceStateNotice([one])),
            ),
            system.devices.listen_io(lambda one: self._send(IO, IoNotice([one]))),
            system.ptz.listen(lambda one: self._send(PTZ, PtzNotice([one]))),
            system.cameras.listen_statuses(self._on_status),
            system.auth.listen_revoked(self._on_revoked),
        ]
        self._task = spawn(self._tell_system(), "server status")

    async def stop(self) -> None:
        for unlisten in self._unlisten:
            unlisten()
        self._unlisten = []
        if self._flush is not None:
            self._flush.cancel()
        await cancel(self._task)

    def _subscribed(self, topic: str) -> list[Session]:
        return [session for session in self._sessions() if topic in session.topics]

    def _on_tree(self, delta: TreeChanged) -> None:
        sessions = self._subscribed(TREE)
        if not sessions:
            return
        whole = pack_notice(delta)
        part = pack_notice(evolve(delta, changed=visible(delta.changed, with_users=False)))
        for session in sessions:
            session.connection.send_media(whole if sees_users(session.who.rights) else part)

    def _on_event(self, event: EventRecord) -> None:
        self._send(EVENTS, EventNotice(event))

    def _on_alarm(self, alarm: AlarmRecord) -> None:
        self._send(ALARMS, AlarmNotice(alarm))

    def _on_export(self, job: ExportRecord) -> None:
        self._send(EXPORTS, ExportNotice(job))

    def _send(self, topic: str, notice: Message) -> None:
        sessions = self._subscribed(topic)
        if sessions:
            data = pack_notice(notice)
            for session in sessions:
                session.connection.send_media(data)

    def _on_revoked(self, user: str) -> None:
        for session in list(self._sessions()):
            if session.identity is not None and session.identity.user == user:
                session.end("your account was changed: log in again")

    # --- status ---

    def _on_status(self, status: CameraStatus) -> None:
        self._pending[status.camera] = status
        if self._flush is None:
            loop = asyncio.get_running_loop()
            at_s = max(loop.time(), self._flushed_s + _STATUS_EVERY_S)
            self._flush = loop.call_at(at_s, self._flush_status)

    def _flush_status(self) -> None:
        self._flush = None
        self._flushed_s = asyncio.get_running_loop().time()
        statuses = list(self._pending.values())
        self._pending.clear()
        sessions = self._subscribed(STATUS)
        if not sessions:
            return
        data = pack_notice(StatusNotice(statuses))
        for session in sessions:
            if session.connection.outbound_bytes > _BEHIND_BYTES:
                session.status_stale = True
            elif not session.status_stale:
                session.connection.send_media(data)

    async def _tell_system(self) -> None:
        while True:
            await asyncio.sleep(_SYSTEM_EVERY_S)
            sessions = self._subscribed(STATUS)
            if sessions:
                self._tell(sessions)

    def _tell(self, sessions: list[Session]) -> None:
        system, load = self._shared.system, self._shared.system.load()
        notice = SystemNotice(
            system.clock.now_us(),
            load.cpu_percent,
            load.memory_bytes,
            load.archive_bytes,
            load.archive_quota_bytes,
            self._shared.clients,
            load.step,
            load.machine_percent,
        )
        data = pack_notice(notice)
        for session in sessions:
            if session.connection.outbound_bytes > _BEHIND_BYTES:
                continue
            if session.status_stale:
                session.status_stale = False
                session.connection.notify(StatusNotice(system.cameras.statuses()))
            session.connection.send_media(data)
