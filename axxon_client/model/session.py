"""One server as the client knows it: its models, kept up to date by what the link brings."""

from __future__ import annotations

import time
from collections.abc import Iterable

from attrs import evolve
from PyQt5.QtCore import QObject, pyqtSignal

from axxon_client.model import devices
from axxon_client.model.alarms import AlarmModel
from axxon_client.model.archives import ArchiveBook
from axxon_client.model.bridge import Done, Failed, Failure, Requester
from axxon_client.model.exports import ExportBook
from axxon_client.model.layouts import LayoutBook
from axxon_client.model.protections import ProtectionBook
from axxon_client.model.statuses import StatusBook
from axxon_client.model.store import ObjectStore
from axxon_client.net.states import LinkPhase, LinkState
from protocol.messages import (
    AlarmNotice,
    AlarmPage,
    ControlCamera,
    EventNotice,
    ExportNotice,
    GetSchema,
    GetTree,
    LoginReply,
    Message,
    QueryAlarms,
    Request,
    Schema,
    StatusNotice,
    SystemNotice,
    Tree,
    TreeChanged,
)
from protocol.types import AlarmRecord, EventRecord, Right

_TOPICS = ["tree", "alarms", "status", *devices.TOPICS]
_TOPICS_OF_RIGHTS = {Right.JOURNAL: "events", Right.EXPORT: "exports"}
_ALARMS_AT_START = 200


def topics(rights: Iterable[Right]) -> list[str]:
    """What the client is told of by itself, as far as its rights go."""
    return [*_TOPICS, *(topic for right, topic in _TOPICS_OF_RIGHTS.items() if right in rights)]


class ServerClock:
    """The server's time of day, carried on by this machine's monotonic clock."""

    def __init__(self) -> None:
        self._server_us = time.time_ns() // 1000
        self._mono_ns = time.monotonic_ns()

    def set(self, server_us: int) -> None:
        self._server_us = server_us
        self._mono_ns = time.monotonic_ns()

    def now_us(self) -> int:
        return self._server_us + (time.monotonic_ns() - self._mono_ns) // 1000


class Session(QObject):
    """Signals: `ready()` when tree and schema are there (again); `link_changed(LinkState)`;
    `happened(EventRecord)`; `trouble(Failure)` for what went wrong with nobody else to tell;
    `noticed(Message)` for what belongs to a request that somebody made (a search)."""

    ready = pyqtSignal()
    link_changed = pyqtSignal(object)
    happened = pyqtSignal(object)
    trouble = pyqtSignal(object)
    noticed = pyqtSignal(object)

    def __init__(self, requester: Requester, address: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.address = address
        self._requester = requester
        self.clock = ServerClock()
        self.store = ObjectStore(self)
        self.statuses = StatusBook(self)
        self.alarms = AlarmModel(self)
        self.layouts = LayoutBook(self.store, self, self)
        self.exports = ExportBook(self, self)
        self.devices = devices.DeviceBook(self)
        self.archives = ArchiveBook(self.store, self, self)
        self.protections = ProtectionBook(self, self)
        self.link = LinkState(LinkPhase.READY)
        self.user = ""
        self.role = ""
        self.rights: frozenset[Right] = frozenset()
        self.node_name = address
        self.loaded = False
        self.store.changed.connect(self._on_tree)
        self.layouts.failed.connect(self.trouble)

    # --- asking

    def request(
        self,
        message: Request,
        done: Done | None = None,
        failed: Failed | None = None,
        owner: QObject | None = None,
    ) -> None:
        """Without `failed`, a refusal becomes the signal `trouble`."""
        self._requester.request(message, done, failed or self._tell, owner or self)

    def control(self, camera: str, action: str) -> None:
        self.request(ControlCamera(camera, action))

    def may(self, right: Right) -> bool:
        return right in self.rights

    @property
    def lost(self) -> bool:
        return self.link.phase is not LinkPhase.READY

    # --- following

    def begin(self, login: LoginReply) -> None:
        """After log-in."""
        self.user = login.user
        self.role = login.role
        self.rights = frozenset(login.rights)
        self.node_name = login.node_name
        self.alarms.user = login.user
        self.clock.set(login.server_time_us)
        self.refresh()

    def refresh(self) -> None:
        """Ask for all that is shown; after log-in and after every reconnect."""
        self.request(GetSchema(), self._on_schema)
        self.request(GetTree(), self._on_whole_tree)
        self.request(QueryAlarms(limit=_ALARMS_AT_START), self._on_alarms)
        if self.may(Right.EXPORT):
            self.exports.refresh()

    def on_link(self, state: LinkState) -> None:
        was_lost = self.lost
        self.link = state
        self.link_changed.emit(state)
        if was_lost and not self.lost and self.loaded:
            self.refresh()

    def on_notice(self, message: Message, _payload: bytes = b"") -> None:
        if isinstance(message, StatusNotice):
            self.statuses.update(message.cameras)
        elif isinstance(message, SystemNotice):
            self.clock.set(message.time_us)
            self.statuses.set_system(message)
        elif isinstance(message, EventNotice):
            self._on_event(message.event)
        elif isinstance(message, AlarmNotice):
            self._on_alarm(message.alarm)
        elif isinstance(message, ExportNotice):
            self.exports.update(message.job)
        elif isinstance(message, TreeChanged):
            self.store.update(message.revision, message.changed, message.removed)
        elif not self.devices.take(message):
            self.noticed.emit(message)

    def _on_event(self, event: EventRecord) -> None:
        self.happened.emit(event)

    def _on_alarm(self, alarm: AlarmRecord) -> None:
        self.alarms.update(alarm)

    def _on_schema(self, schema: Schema, _payload: bytes) -> None:
        self.store.set_schema(schema.kinds)

    def _on_whole_tree(self, tree: Tree, _payload: bytes) -> None:
        self.store.load(tree.revision, tree.objects)
        self.loaded = True
        self.ready.emit()

    def _on_alarms(self, page: AlarmPage, _payload: bytes) -> None:
        self.alarms.load(page.alarms)

    def _on_tree(self, _changed: frozenset[str], removed: frozenset[str]) -> None:
        self.statuses.forget(removed)
        self.devices.forget(removed)

    def _tell(self, failure: Failure) -> None:
        self.trouble.emit(failure)

    def named(self, alarm: AlarmRecord) -> AlarmRecord:
        """The alarm with its camera's present title."""
        title = self.store.title(alarm.camera)
        return evolve(alarm, camera_name=title) if title else alarm
