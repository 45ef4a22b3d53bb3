"""The daemon: everything in order, from the data folder's lock to the open port, and back.

Recording begins before the kernels are compiled and before the port is open, and ends after both
are closed: nothing that came is lost at a stop.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import field, frozen

from axxond.analytics import load as load_kernels
from axxond.analytics import warm_up
from axxond.app import first, summary
from axxond.app.cameras import Cameras
from axxond.app.controls import Controls
from axxond.app.demo import Simulator, add_cameras, has_demo_cameras
from axxond.app.devices import Devices
from axxond.app.exports import ExportFootage, make_exports
from axxond.app.finding import Search
from axxond.app.first import FirstAdmin
from axxond.app.footage import Footage
from axxond.app.governor import Measures, Pressure
from axxond.app.io import Io
from axxond.app.lifecycle import FolderLock, Pulse, notify
from axxond.app.load import OwnLoad
from axxond.app.metadata import Metadata
from axxond.app.names import ALARMS_FILE, CONFIG_FILE, JOURNAL_FILE, KERNELS_FOLDER
from axxond.app.office import Alarms, Tree, Users
from axxond.app.previews import Previews
from axxond.app.ptz import Ptz
from axxond.app.relays import Relays
from axxond.app.relief import Relief, machine_cpu_percent
from axxond.app.responder import Responder
from axxond.app.runtime import Runtime, Told
from axxond.app.status import StatusBoard
from axxond.app.trials import Trials
from axxond.app.vault import Vault
from axxond.app.wanted import ArchivePart, Part
from axxond.archive.errors import Trouble
from axxond.archive.export.jobs import Exports
from axxond.archive.export.key import EvidenceKey
from axxond.auth import Authenticator
from axxond.auth.passwords import Passwords
from axxond.base.clock import SystemClock
from axxond.base.errors import AxxonError
from axxond.base.tasks import cancel, in_thread, spawn
from axxond.base.units import MINUTE_US, MS_US, SECOND_US
from axxond.config.objects import TreeDelta
from axxond.config.store import ConfigStore
from axxond.config.tree import ConfigTree
from axxond.events.bus import EventBus
from axxond.events.types import (
    ARCHIVE_HEALTHY,
    ARCHIVE_TROUBLE,
    CONFIG_REFUSED,
    DETECTORS_LOST,
    SERVER_BLOCKED,
    SERVER_STARTED,
    SERVER_STOPPED,
    Event,
    EventType,
)
from axxond.journal import Journal
from axxond.responses.alarms import AlarmBook
from axxond.server.listener import Server
from axxond.server.ports import Load, System
from axxond.server.shared import ServerSettings
from axxond.stream.hardware import Choice
from protocol.types import EventRecord

log = logging.getLogger(__name__)

_DEMO_WAIT_S = 15.0
_BLOCKED_EVERY_US = 5 * MINUTE_US


@frozen
class RunSettings:
    """How one run of the daemon is started.  `admin_password` is for the first start only."""

    data_folder: Path
    bind: str
    port: int
    decode_processes: int = 0
    admin_password: str = field(default="", repr=False)
    demo: bool = False
    collect_events: bool = False
    analytics: bool = True


def version() -> str:
    return importlib.metadata.version("axxon")


class Daemon:
    """Use `running`; then `port`, `first_admin` (None but at the first start) and `summary`."""

    def __init__(self, settings: RunSettings) -> None:
        self._settings = settings
        folder = settings.data_folder
        self._clock = SystemClock()
        self._bus = EventBus()
        self._passwords = Passwords()
        self._store = ConfigStore(folder / CONFIG_FILE)
        self._tree = ConfigTree(self._store, self._clock, self._passwords.hash)
        self._journal = Journal(folder / JOURNAL_FILE, self._clock)
        self._alarms = AlarmBook(folder / ALARMS_FILE, self._bus, self._clock)
        self._runtime = Runtime(folder, self._clock, settings.decode_processes)
        parts = (self._tree, self._runtime, self._alarms, self._bus, self._clock)
        self._board = StatusBoard(*parts)
        self._responder = Responder(*parts)
        self._cameras = Cameras(
            self._tree, self._runtime, self._board, self._responder, self._bus, self._clock
        )
        self._metadata = Metadata(folder, self._tree, self._bus, self._clock)
        self._controls = Controls(self._tree, self._runtime, self._bus, self._clock)
        self._io = Io(self._tree, self._controls, self._clock, self._responder.detector)
        self._relays = Relays(self._tree, self._controls, self._io)
        looks_away = self._runtime.look_away
        self._ptz = Ptz(self._tree, self._controls, self._clock, looks_away)
        self._responder.switch_relay = self._relays.respond
        self._responder.go_to_preset = self._ptz.respond
        self._search = Search(self._tree)
        self._runtime.told = Told(
            state=self._board.stream_state,
            detector=self._responder.detector,
            seen=self._cameras.seen,
            tracked=self._metadata.recorder.tracked,
            stopped_seeing=self._responder.stopped_seeing,
            detectors_lost=self._on_detectors_lost,
            trouble=self._on_trouble,
            failed=self._on_failed,
            control=self._controls.state,
            device_event=self._controls.event,
        )
        self._footage: Footage
        self._vault: Vault
        self._exports: Exports | None = None
        self._evidence_key: EvidenceKey
        self._pulse = Pulse(self._clock, self._on_blocked)
        self._relief = Relief(self._pressure, self._relieve, self._tell, self._clock)
        self._server: Server | None = None
        self._following: asyncio.Task[None] | None = None
        self._blocked_us = 0
        self._blocked_told_us: int | None = None
        self._refused: set[str] = set()
        self._events: list[EventRecord] = []
        self._starting: list[asyncio.Task[None]] = []
        self.first_admin: FirstAdmin | None = None
        self.fingerprint = ""

    @property
    def port(self) -> int:
        assert self._server is not None
        return self._server.port

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Daemon]:
        """Raises AxxonError or OSError with a sentence when it cannot start."""
        async with AsyncExitStack() as stack:
            await self._lock(stack)
            await self._open_books(stack)
            if self._settings.demo:
                await self._run_demo(stack)
            await self._run_parts(stack)
            await self._run_exports(stack)
            await self._open_port(stack)
            await self._run_helpers(stack)
            notify("READY=1")
            stack.callback(notify, "STOPPING=1")
            yield self

    async def settled(self) -> None:
        """Until detectors and demo cameras run, or could not be started."""
        if self._starting:
            await asyncio.wait(self._starting)

    def summary(self) -> dict[str, Any]:
        """After the end of `running`."""
        counted = summary.cameras(self._tree, self._runtime)
        return summary.document(counted, self._events, summary.archive_totals(self._runtime))

    async def _lock(self, stack: AsyncExitStack) -> None:
        lock = FolderLock(self._settings.data_folder)
        await in_thread(lock.acquire)
        stack.callback(lock.release)

    async def _open_books(self, stack: AsyncExitStack) -> None:
        """Databases, journal first: it hears of the others' troubles."""
        if self._settings.collect_events:
            self._journal.listen(self._collect)
        await self._journal.open(self._bus)
        stack.push_async_callback(self._journal.close)
        await self._tree.open()
        stack.push_async_callback(self._tree.close)
        if self._tree.server is None:
            self.first_admin = await first.set_up(
                self._tree, self._settings.data_folder, self._settings.admin_password
            )
        await self._alarms.open()
        stack.push_async_callback(self._alarms.close)
        self._set_retention()
        self._tell(SERVER_STARTED, f"axxond {version()} started")
        stack.callback(self._tell, SERVER_STOPPED, "axxond stopped")

    async def _run_demo(self, stack: AsyncExitStack) -> None:
        """Cameras that are in the tree already are waited for; the first time, their footage is
        made first, while the server runs."""
        simulator = Simulator()
        stack.push_async_callback(simulator.stop)
        start = spawn(self._start_demo(simulator), "demo-start")
        self._starting.append(start)
        stack.push_async_callback(cancel, start)
        if has_demo_cameras(self._tree):
            await asyncio.wait((start,), timeout=_DEMO_WAIT_S)

    async def _run_parts(self, stack: AsyncExitStack) -> None:
        """Archives and cameras."""
        if self._settings.analytics:
            await load_kernels()
        await self._metadata.start()
        stack.push_async_callback(self._metadata.close)
        stack.push_async_callback(self._responder.close)
        stack.push_async_callback(self._runtime.close)
        stack.push_async_callback(self._close_controls)
        self._responder.start()
        self._io.start()
        self._ptz.start()
        await self._runtime.apply(self._tree.snapshot())
        stack.callback(self._tree.listen(self._on_tree))
        stack.push_async_callback(self._end_following)

    async def _close_controls(self) -> None:
        """While devices still answer: nothing stays switched on or turning."""
        self._search.close()
        await self._relays.close()
        await self._ptz.close()
        await self._controls.close()
        self._io.close()

    async def _run_exports(self, stack: AsyncExitStack) -> None:
        """They read the archives, and go on where the last run ended."""
        assert self._tree.server is not None
        self._vault = Vault(self._tree, self._runtime, self._bus, self._clock)
        self._footage = Footage(self._runtime, self._journal, self._alarms)
        self._exports, self._evidence_key = await make_exports(
            self._settings.data_folder,
            ExportFootage(self._footage, self._tree, self._runtime, self._journal),
            (self._tree.server, f"axxond {version()}"),
            self._bus,
            self._clock,
        )
        self._set_retention()
        await self._exports.open()
        stack.push_async_callback(self._exports.close)

    async def _open_port(self, stack: AsyncExitStack) -> None:
        server_object = self._tree.server
        assert server_object is not None
        assert self._exports is not None
        load = OwnLoad(lambda: self._runtime.pids)
        office = Tree(self._tree, self._bus, self._clock)
        system = System(
            node=server_object.id,
            node_name=server_object.name,
            software=f"axxond {version()}",
            started_us=self._clock.now_us(),
            clock=self._clock,
            bus=self._bus,
            auth=Users(
                self._tree, Authenticator(self._tree, self._passwords, self._bus, self._clock)
            ),
            cameras=self._cameras,
            trials=Trials(
                self._tree, self._metadata, lambda: self._runtime.with_analytics, self._clock
            ),
            previews=Previews(self._tree, self._runtime),
            archives=self._footage,
            vault=self._vault,
            tree=office,
            devices=Devices(
                self._tree, office, self._controls, self._io, self._relays, self._search
            ),
            ptz=self._ptz,
            journal=self._journal,
            alarms=Alarms(self._alarms, self._bus),
            load=lambda: self._load(load),
            exports=self._exports,
            evidence_key=self._evidence_key.fingerprint,
        )
        settings = self._settings
        where = ServerSettings(settings.bind, settings.port, settings.data_folder)
        self._server = Server(system, where)
        try:
            await self._server.start()
        except OSError as error:
            text = f"Listening on {settings.bind} port {settings.port} failed: {error.strerror}"
            raise AxxonError(text) from error
        finally:
            stack.push_async_callback(self._server.close)
        self.fingerprint = self._server.fingerprint

    async def _run_helpers(self, stack: AsyncExitStack) -> None:
        helpers: list[tuple[Coroutine[Any, Any, None], str]] = [
            (self._board.run(), "status"),
            (self._vault.run(), "planner"),
            (self._responder.run(), "schedules"),
            (self._ptz.run(), "ptz"),
            (self._pulse.run(), "pulse"),
            (self._relief.run(), "relief"),
        ]
        for work, name in helpers:
            stack.push_async_callback(cancel, spawn(work, name))
        if self._settings.analytics:
            start = spawn(self._start_analytics(), "analytics-start")
            self._starting.append(start)
            stack.push_async_callback(cancel, start)

    async def _start_analytics(self) -> None:
        await warm_up(self._settings.data_folder / KERNELS_FOLDER)
        await self._runtime.start_analytics()

    async def _start_demo(self, simulator: Simulator) -> None:
        try:
            await add_cameras(self._tree, await simulator.start())
        except AxxonError as error:
            log.error("%s", error)

    def _on_tree(self, _delta: TreeDelta) -> None:
        """One follower at a time; it looks at the newest tree."""
        self._set_retention()
        if self._following is None or self._following.done():
            self._following = spawn(self._follow(), "follow-tree")

    async def _follow(self) -> None:
        revision = -1
        while revision != self._tree.revision:
            revision = self._tree.revision
            await self._runtime.apply(self._tree.snapshot())
            self._responder.resume()

    async def _end_following(self) -> None:
        if self._following is not None:
            await asyncio.gather(self._following, return_exceptions=True)

    def _set_retention(self) -> None:
        server = self._tree.server
        assert server is not None
        self._journal.retention_days = server["journal_days"]
        self._alarms.retention_days = server["journal_days"]
        self._alarms.pending_us = round(server["alarm_pending_s"] * SECOND_US)
        self._metadata.set_limits()
        self._runtime.pool.choose_card(Choice(server["hardware_decoding"]))
        if self._exports is not None:
            self._exports.limit_days = server["export_days"]
            self._exports.limit_bytes = round(server["export_gb"] * 1_000_000_000)

    def _load(self, own: OwnLoad) -> Load:
        archives = self._runtime.archives.values()
        return Load(
            own.cpu_percent(),
            own.memory_bytes(),
            sum(archive.used_bytes for archive in archives),
            sum(archive.settings.total_bytes for archive in archives),
            self._relief.step,
            self._relief.newest.cpu_percent,
        )

    def _pressure(self) -> Pressure:
        turn_us = round(self._runtime.turn_s * SECOND_US)
        return Pressure(turn_us, self._pulse.worst_us(), machine_cpu_percent())

    def _relieve(self, measures: Measures) -> None:
        self._cameras.preview(measures.previews)
        self._runtime.save(measures.thrift)

    def _on_trouble(self, trouble: Trouble) -> None:
        archive = self._tree.find(trouble.archive)
        name = archive.name if archive is not None else ""
        kind = ARCHIVE_HEALTHY if trouble.over else ARCHIVE_TROUBLE
        details = {"kind": str(trouble.kind)}
        now_us = self._clock.now_us()
        self._bus.publish(
            Event(kind, now_us, trouble.archive, name, trouble.text, details=details)
        )

    def _on_detectors_lost(self, camera: str, wait_s: float) -> None:
        """By no fault of theirs those of other cameras in that process begin anew at once."""
        text = "Detectors were interrupted: their process ended"
        if wait_s:
            text = f"Detectors pause for {wait_s:.0f} s: their process ended at these pictures"
        known = self._tree.find(camera)
        name = known.name if known is not None else ""
        now_us = self._clock.now_us()
        self._bus.publish(Event(DETECTORS_LOST, now_us, camera, name, text))

    def _on_failed(self, part: Part, text: str) -> None:
        """Told once a reason: it is tried again every few seconds."""
        log.warning("starting %s failed: %s", type(part).__name__, text)
        if text not in self._refused:
            self._refused.add(text)
            kind = ARCHIVE_TROUBLE if isinstance(part, ArchivePart) else CONFIG_REFUSED
            self._tell(kind, text)

    def _on_blocked(self, late_us: int) -> None:
        """Each is logged; the journal gets the longest of five minutes."""
        log.warning("the event loop was blocked for %d ms", late_us // MS_US)
        self._blocked_us = max(self._blocked_us, late_us)
        now_us = self._clock.monotonic_us()
        told_us = self._blocked_told_us
        if told_us is None or now_us - told_us >= _BLOCKED_EVERY_US:
            self._tell(SERVER_BLOCKED, f"Nothing ran for {self._blocked_us // MS_US} ms")
            self._blocked_us, self._blocked_told_us = 0, now_us

    def _tell(self, kind: EventType, text: str) -> None:
        server = self._tree.server
        id_, name = (server.id, server.name) if server is not None else ("", "")
        self._bus.publish(Event(kind, self._clock.now_us(), id_, name, text))

    def _collect(self, event: EventRecord) -> None:
        if len(self._events) < summary.MAX_EVENTS:
            self._events.append(event)
