"""What tiles and the tree show of each camera, and events of what changes.  On the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import define, evolve

from axxond.app.runtime import Runtime
from axxond.base.clock import Clock
from axxond.base.units import MINUTE_US, SECOND_US
from axxond.config.objects import ConfigObject
from axxond.config.tree import ConfigTree
from axxond.devices.supervisor import StreamState
from axxond.events.bus import EventBus
from axxond.events.types import (
    DEVICE_FAILED,
    DEVICE_ONLINE,
    RECORDING_LOST,
    RECORDING_STARTED,
    RECORDING_STOPPED,
    STREAM_CHANGED,
    STREAM_LOSS,
    Event,
    EventType,
)
from axxond.responses.alarms import AlarmBook
from axxond.stream.hub import StreamKey
from protocol.types import (
    CameraStatus,
    DeviceState,
    Format,
    MediaKind,
    ObjectKind,
    StreamRole,
    VideoFormat,
)

_TICK_S = 1.0
# Losses of a bad network are told once a minute and camera, with their sum.
_LOSS_EVERY_US = MINUTE_US


@define
class _Meter:
    """What a stream's counters were at the last tick."""

    time_us: int
    bytes: int = 0
    video: int = 0
    lost_told: int = 0
    loss_told_us: int = 0
    unrecorded_told: int = 0
    unrecorded_told_us: int = 0
    format: Format | None = None
    bitrate_bps: int = 0
    fps: float = 0.0


class StatusBoard:
    """Makes a `CameraStatus` a camera a second and at each change of state, and tells listeners
    of those that differ."""

    def __init__(
        self, tree: ConfigTree, runtime: Runtime, alarms: AlarmBook, bus: EventBus, clock: Clock
    ) -> None:
        self._tree = tree
        self._runtime = runtime
        self._alarms = alarms
        self._bus = bus
        self._clock = clock
        self._statuses: dict[str, CameraStatus] = {}
        self._meters: dict[str, _Meter] = {}
        self._failures: dict[StreamKey, tuple[str | None, str]] = {}
        self._listeners: list[Callable[[CameraStatus], None]] = []

    def all(self) -> list[CameraStatus]:
        cameras = self._tree.of_kind(ObjectKind.CAMERA)
        return [self._statuses.get(camera.id) or self._now(camera.id) for camera in cameras]

    def listen(self, listener: Callable[[CameraStatus], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(_TICK_S)
            self.tick()

    def tick(self) -> None:
        """Once a second."""
        cameras = {camera.id for camera in self._tree.of_kind(ObjectKind.CAMERA)}
        for gone in set(self._meters) - cameras:
            del self._meters[gone]
            self._statuses.pop(gone, None)
        for key in [key for key in self._failures if key.camera not in cameras]:
            del self._failures[key]
        for camera in cameras:
            self._measure(camera)
            self.refresh(camera)

    def refresh(self, camera: str) -> None:
        """Something of the camera may have changed."""
        if self._tree.find(camera) is None:
            return
        status, before = self._now(camera), self._statuses.get(camera)
        if status == before:
            return
        self._statuses[camera] = status
        if status.recording != (before is not None and before.recording):
            kind = RECORDING_STARTED if status.recording else RECORDING_STOPPED
            self._tell(kind, camera, "Recording" if status.recording else "Not recording")
        for listener in list(self._listeners):
            listener(status)

    def stream_state(self, key: StreamKey, state: StreamState) -> None:
        """For `Told.state`: an event when a device comes, goes, or fails in another way."""
        self.refresh(key.camera)
        which = "" if key.role is StreamRole.HIGH else " (low-quality stream)"
        told = self._failures.get(key)
        if state.state is DeviceState.ONLINE:
            self._failures[key] = (None, "")
            if told != (None, ""):
                self._tell(DEVICE_ONLINE, key.camera, f"Connected{which}")
        elif state.state is DeviceState.WAITING and told != (state.failure, state.reason):
            self._failures[key] = (state.failure, state.reason)
            self._tell(DEVICE_FAILED, key.camera, f"{state.reason}{which}")
        elif state.state is DeviceState.STOPPED:
            self._failures.pop(key, None)

    def _now(self, camera: str) -> CameraStatus:
        key = StreamKey(camera, StreamRole.HIGH)
        supervisor, hub = self._runtime.supervisors.get(key), self._runtime.hubs.get(key)
        obj = self._tree.find(camera)
        state = self._stopped(obj) if supervisor is None else supervisor.state
        meter = self._meters.get(camera)
        online = state.state is DeviceState.ONLINE
        return CameraStatus(
            camera=camera,
            state=state.state,
            since_us=state.since_us,
            failure=state.failure,
            reason=state.reason,
            armed=obj is not None and bool(obj["armed"]),
            recording=self._recording(camera),
            alarm=self._alarms.active(camera) is not None,
            received_packets=hub.received_packets if hub else 0,
            lost_packets=hub.lost_packets if hub else 0,
            bitrate_bps=meter.bitrate_bps if meter and online else 0,
            fps=meter.fps if meter and online else 0.0,
            clock_offset_us=supervisor.timing.offset_us if supervisor else None,
            drift_ppm=supervisor.timing.drift_ppm if supervisor else None,
            jitter_us=supervisor.timing.jitter_us if supervisor else None,
        )

    def _stopped(self, camera: ConfigObject | None) -> StreamState:
        """Of a camera without a stream: switched off, or between two settings."""
        device = self._tree.find(camera.parent) if camera is not None else None
        enabled = device is not None and device["enabled"]
        state = DeviceState.STOPPED if enabled else DeviceState.DISABLED
        return StreamState(state, None, "", 0)

    def _recording(self, camera: str) -> bool:
        """Something of it is being written: a recording runs and its stream is there."""
        hubs, links = self._runtime.hubs, self._runtime.links_of(camera)
        if not any(hubs[link.hub.key].online for link in links):
            return False
        archives = self._runtime.archives_of(camera)
        return any(archive.recorder.stats(camera).recording for archive in archives)

    def _measure(self, camera: str) -> None:
        hub = self._runtime.hubs.get(StreamKey(camera, StreamRole.HIGH))
        if hub is None:
            return
        now_us = self._clock.monotonic_us()
        meter = self._meters.setdefault(camera, _Meter(now_us))
        seconds = (now_us - meter.time_us) / SECOND_US
        if seconds > 0 and hub.received_bytes >= meter.bytes:
            meter.bitrate_bps = round((hub.received_bytes - meter.bytes) * 8 / seconds)
            meter.fps = round((hub.video_packets - meter.video) / seconds, 1)
        meter.time_us, meter.bytes, meter.video = now_us, hub.received_bytes, hub.video_packets
        self._tell_loss(camera, meter, hub.lost_packets, now_us)
        self._tell_unrecorded(camera, meter, now_us)
        self._tell_format(camera, meter, hub.formats.get(MediaKind.VIDEO))

    def _tell_loss(self, camera: str, meter: _Meter, lost: int, now_us: int) -> None:
        new = lost - meter.lost_told
        if new > 0 and (not meter.loss_told_us or now_us - meter.loss_told_us >= _LOSS_EVERY_US):
            meter.lost_told, meter.loss_told_us = lost, now_us
            self._tell(STREAM_LOSS, camera, f"{new} packets were lost on the network")

    def _tell_unrecorded(self, camera: str, meter: _Meter, now_us: int) -> None:
        archives = self._runtime.archives_of(camera)
        lost = sum(archive.recorder.stats(camera).lost for archive in archives)
        new = lost - meter.unrecorded_told
        if new > 0 and (
            not meter.unrecorded_told_us or now_us - meter.unrecorded_told_us >= _LOSS_EVERY_US
        ):
            meter.unrecorded_told, meter.unrecorded_told_us = lost, now_us
            self._tell(RECORDING_LOST, camera, f"{new} packets could not be recorded")

    def _tell_format(self, camera: str, meter: _Meter, format_: Format | None) -> None:
        if not isinstance(format_, VideoFormat) or format_ is meter.format:
            return
        before, meter.format = meter.format, format_
        if isinstance(before, VideoFormat) and evolve(before, extradata=b"") != evolve(
            format_, extradata=b""
        ):
            text = f"Now {format_.codec} {format_.width}×{format_.height}"
            self._tell(STREAM_CHANGED, camera, text)

    def _tell(self, kind: EventType, camera: str, text: str) -> None:
        obj = self._tree.find(camera)
        name = obj.name if obj is not None else ""
        self._bus.publish(Event(kind, self._clock.now_us(), camera, name, text))
