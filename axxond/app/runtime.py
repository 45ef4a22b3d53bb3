"""Runs the parts that a tree wants, and follows its changes.  On the event loop.

What a part tells comes out by the callbacks of `Told`.  A part that cannot start is told, and
tried again while everything else runs.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from attrs import frozen

from axxond.analytics.pipeline import (
    CameraAnalytics,
    DetectorEvent,
    DetectorSettings,
    Listener,
    Thrift,
    Tracked,
)
from axxond.analytics.warmup import prepare
from axxond.app.names import FOREIGN_MARK, KERNELS_FOLDER
from axxond.app.wanted import (
    AnalyticsPart,
    ArchivePart,
    ControlPart,
    Difference,
    HubPart,
    LinkPart,
    Part,
    StreamPart,
    difference,
    wanted,
)
from axxond.archive.archive import Archive
from axxond.archive.errors import Trouble
from axxond.archive.link import Mode, RecordingLink
from axxond.base.clock import Clock
from axxond.base.errors import AxxonError
from axxond.base.tasks import cancel, spawn
from axxond.config.objects import Objects
from axxond.devices.control import DeviceEvent
from axxond.devices.drivers import driver
from axxond.devices.keeper import ControlKeeper, ControlState
from axxond.devices.supervisor import StreamState, StreamSupervisor
from axxond.stream.hub import Gap, PrerollBudget, StreamHub, StreamKey
from axxond.stream.pool import DecoderPool
from axxond.stream.workers import ProcessCrew
from protocol.types import DeviceState, GapReason, SeenObject, StreamRole

log = logging.getLogger(__name__)

_RETRY_S = 5.0


@frozen
class Told:
    """Callbacks, all on the loop."""

    state: Callable[[StreamKey, StreamState], None]
    detector: Callable[[str, DetectorEvent], None]
    seen: Callable[[str, int, list[SeenObject]], None]
    tracked: Callable[[str, Tracked], None]  # a camera's objects, where they are to be stored
    stopped_seeing: Callable[[str], None]  # a camera's detectors were stopped
    detectors_lost: Callable[[str, float], None]  # of a camera; they begin anew in so many seconds
    trouble: Callable[[Trouble], None]
    failed: Callable[[Part, str], None]  # a part could not start, and why
    control: Callable[[str, ControlState], None]  # by device
    device_event: Callable[[str, DeviceEvent], None]


class Runtime:
    """`hubs`, `supervisors`, `archives`, `keepers` are what runs now, for reading;
    `with_analytics`: kernels are compiled.  `told` must be set before the first `apply`."""

    told: Told

    def __init__(self, data_folder: Path, clock: Clock, decode_processes: int) -> None:
        self.hubs: dict[StreamKey, StreamHub] = {}
        self.supervisors: dict[StreamKey, StreamSupervisor] = {}
        self.archives: dict[str, Archive] = {}
        kernels = partial(prepare, data_folder / KERNELS_FOLDER)
        self._crew = ProcessCrew(decode_processes, kernels)
        self.pool = DecoderPool(self._crew)
        self.with_analytics = False
        self.keepers: dict[str, ControlKeeper] = {}  # by device; none: it has only its streams
        self._links_of: dict[str, dict[str, LinkPart]] = {}  # camera: id: recording
        self._analytics: dict[str, CameraAnalytics] = {}
        self._closed: dict[str, Archive] = {}
        self._network_lost: dict[StreamKey, int] = {}
        self._data_folder = data_folder
        self._clock = clock
        self._preroll = PrerollBudget()
        self._running: dict[str, Part] = {}
        self._objects: Objects = {}
        self._closing = False
        self._changing = asyncio.Lock()
        self._retry: asyncio.Task[None] | None = None

    async def apply(self, objects: Objects) -> None:
        """Stop what is no longer wanted, start what is; returns when all of it has been tried."""
        self._objects = objects
        async with self._changing:
            await self._follow(self._objects)

    async def start_analytics(self) -> None:
        """Detectors run from here on (their kernels are compiled)."""
        self.with_analytics = True
        self._crew.call()
        await self.apply(self._objects)

    @property
    def turn_s(self) -> float:
        """How long the most patient detector's stream waits for its results."""
        return self.pool.turn_s

    @property
    def pids(self) -> list[int]:
        """Of the processes that decode and analyse."""
        return self._crew.pids

    def save(self, thrift: Thrift) -> None:
        """All detectors see less, or all again, those that are tried out too."""
        self.pool.tell(thrift)

    async def close(self) -> None:
        """Streams first, then what reads them, then archives: nothing received is lost."""
        await cancel(self._retry)
        async with self._changing:
            self._closing = True
            self._closed = dict(self.archives)
            self._network_lost = {key: hub.lost_packets for key, hub in self.hubs.items()}
            await self._change(difference(self._running, {}))
        await self.pool.close()

    def hub(self, camera: str, role: StreamRole) -> StreamHub | None:
        """A camera with one stream has that for both roles."""
        wanted = self.hubs.get(StreamKey(camera, role))
        return wanted or self.hubs.get(StreamKey(camera, StreamRole.HIGH))

    def look_away(self, camera: str, until_us: int) -> None:
        """As `CameraAnalytics.look_away`, for all detectors of a camera."""
        for analytics in self._analytics.values():
            if analytics.camera == camera:
                analytics.look_away(until_us)

    def all_archives(self) -> list[Archive]:
        """Those that run, after `close` those that ran: their counters stay readable."""
        return list((self._closed or self.archives).values())

    def recorded_to(self, camera: str) -> list[Archive]:
        """As `all_archives`, those that have a part of the camera's counters."""
        return [one for one in self.all_archives() if one.recorder.stats(camera).received]

    def network_lost(self, key: StreamKey) -> int:
        """Packets of the stream that the network lost since the start."""
        hub = self.hubs.get(key)
        return hub.lost_packets if hub is not None else self._network_lost.get(key, 0)

    def archives_of(self, camera: str) -> list[Archive]:
        """Where a camera is recorded to now."""
        ids = {link.archive for link in self.links_of(camera)}
        return [archive for id_, archive in self.archives.items() if id_ in ids]

    def all_links(self) -> list[list[LinkPart]]:
        """All recordings that run, by camera."""
        return [list(links.values()) for links in self._links_of.values()]

    def holding(self, camera: str) -> list[tuple[Archive, str]]:
        """Archives that may have a camera's footage, and its id there: all of this server's, or
        ("<archive>:<camera there>") the one that was recorded elsewhere."""
        archive, mark, there = camera.partition(FOREIGN_MARK)
        if mark:
            attached = self.archives.get(archive)
            return [(attached, there)] if attached is not None and attached.read_only else []
        return [(one, camera) for one in self.archives.values() if not one.read_only]

    def links_of(self, camera: str) -> list[LinkPart]:
        """The camera's recordings that run."""
        return list(self._links_of.get(camera, {}).values())

    async def _follow(self, objects: Objects) -> None:
        if self._closing:
            return
        parts = wanted(objects, self._data_folder)
        if not self.with_analytics:
            parts = {
                name: part for name, part in parts.items() if not isinstance(part, AnalyticsPart)
            }
        await self._change(difference(self._running, parts))
        if set(self._running) != set(parts) and (self._retry is None or self._retry.done()):
            self._retry = spawn(self._try_again(), "parts-retry")

    async def _try_again(self) -> None:
        await asyncio.sleep(_RETRY_S)
        self._retry = None
        await self.apply(self._objects)

    async def _change(self, changes: Difference) -> None:
        """Parts of one kind together, kind after kind."""
        for _kind, group in itertools.groupby(changes.stop, key=_kind_of):
            await asyncio.gather(*(self._try_to_stop(name, part) for name, part in group))
        for _kind, group in itertools.groupby(changes.start, key=_kind_of):
            await asyncio.gather(*(self._try(name, part) for name, part in group))
        for name, part in changes.alter:
            try:
                self._alter(name, part)
            except AxxonError as error:  # it goes on as it was
                self.told.failed(part, str(error))
            else:
                self._running[name] = part

    async def _try(self, name: str, part: Part) -> None:
        try:
            await self._start(name, part)
        except (AxxonError, OSError) as error:
            self.told.failed(part, str(error))
        except Exception as error:  # the edge: no part may keep the others from running
            log.exception("starting %s failed", name)
            self.told.failed(part, f"{name} failed ({type(error).__name__}); see the log")
        else:
            self._running[name] = part

    async def _try_to_stop(self, name: str, part: Part) -> None:
        del self._running[name]
        try:
            await self._stop(name, part)
        except Exception:  # the edge: the others must be stopped and flushed all the same
            log.exception("stopping %s failed", name)

    async def _start(self, name: str, part: Part) -> None:
        match part:
            case ArchivePart(settings):
                archive = await Archive.open(settings, self._clock, self.told.trouble)
                self.archives[settings.id] = archive
            case HubPart(key):
                self.hubs[key] = StreamHub(key, self._preroll)
            case StreamPart():
                self._start_stream(part)
            case LinkPart():
                self._attach(part)
            case AnalyticsPart():
                self._start_analytics(name, part)
            case ControlPart():
                self._start_control(part)

    async def _stop(self, name: str, part: Part) -> None:
        match part:
            case ArchivePart(settings):
                await self.archives.pop(settings.id).close()
            case HubPart(key):
                self.hubs.pop(key).close()
            case StreamPart(key):
                await self.supervisors.pop(key).stop()
            case LinkPart():
                del self._links_of[part.camera][part.id]
                if not self._closing:  # at the end it stays wanted: the pause is a gap
                    self.archives[part.archive].recorder.detach(part.id)
            case AnalyticsPart(hub):
                await self._analytics.pop(name).stop()
                self.told.stopped_seeing(hub.key.camera)
            case ControlPart(device):
                if (keeper := self.keepers.pop(device, None)) is not None:
                    await keeper.stop()

    def _alter(self, name: str, part: Part) -> None:
        match part:
            case ArchivePart(settings):
                self.archives[settings.id].limit(settings)
            case LinkPart():
                self._attach(part)
            case AnalyticsPart():
                self._analytics[name].change(_detectors_of(part))
                was = self._running[name]
                if isinstance(was, AnalyticsPart) and was.records > part.records:
                    # Who was stored until now is not followed any more.
                    cut = Tracked(self._clock.now_us(), (), cut=True)
                    self.told.tracked(part.hub.key.camera, cut)

    def _start_stream(self, part: StreamPart) -> None:
        hub = self.hubs[part.key]

        def on_state(state: StreamState) -> None:
            if state.state in (DeviceState.WAITING, DeviceState.STOPPED):
                stopped = state.state is DeviceState.STOPPED
                reason = GapReason.RESTART if stopped else GapReason.CAMERA_DOWN
                hub.interrupt(Gap(state.since_us, reason, state.reason))
            self.told.state(part.key, state)

        supervisor = StreamSupervisor(
            part.settings, driver(part.driver), hub.publish, on_state, self._clock
        )
        self.supervisors[part.key] = supervisor
        supervisor.start()

    def _start_control(self, part: ControlPart) -> None:
        with_driver = driver(part.driver)
        if with_driver.control(part.settings) is None:
            return
        keeper = ControlKeeper(
            part.settings,
            with_driver,
            lambda state: self.told.control(part.device, state),
            lambda event: self.told.device_event(part.device, event),
            self._clock,
        )
        self.keepers[part.device] = keeper
        keeper.start()

    def _attach(self, part: LinkPart) -> None:
        archive = self.archives.get(part.archive)
        if archive is None:
            raise AxxonError(f"its archive in {part.folders[0]} is not open")
        link = RecordingLink(
            id=part.id,
            camera=part.camera,
            camera_name=part.camera_name,
            mode=Mode(part.mode),
            audio=part.audio,
            pre_event_us=part.pre_event_us,
            post_event_us=part.post_event_us,
            schedule=part.schedule,
            key_frames_only=part.key_frames_only,
        )
        archive.recorder.attach(link, self.hubs[part.hub.key])
        self._links_of.setdefault(part.camera, {})[part.id] = part

    def _start_analytics(self, name: str, part: AnalyticsPart) -> None:
        camera = part.hub.key.camera

        def on_event(event: DetectorEvent) -> None:
            self.told.detector(camera, event)

        def on_seen(time_us: int, objects: list[SeenObject]) -> None:
            self.told.seen(camera, time_us, objects)

        def on_tracked(tracked: Tracked) -> None:
            now = self._running.get(name, part)
            if isinstance(now, AnalyticsPart) and now.records:
                self.told.tracked(camera, tracked)

        def on_lost(wait_s: float) -> None:
            self.told.detectors_lost(camera, wait_s)

        detectors = _detectors_of(part)
        listener = Listener(on_event, on_seen, on_tracked, on_lost)
        hub = self.hubs[part.hub.key]
        analytics = CameraAnalytics(camera, detectors, hub, self.pool, listener, self._clock)
        analytics.start()
        self._analytics[name] = analytics


def _detectors_of(part: AnalyticsPart) -> list[DetectorSettings]:
    return [DetectorSettings(one.id, one.kind, dict(one.properties)) for one in part.detectors]


def _kind_of(named: tuple[str, Part]) -> type[Part]:
    return type(named[1])
