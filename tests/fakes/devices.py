"""Devices behind the server's ports, in memory: one with everything (PTZ, lens, a sensor, a relay,
a loudspeaker), others with nothing but their streams.  For the server's tests, and by
`tests.fakes.server` for the client's.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from functools import cache

from attrs import define, evolve, field
from PIL import Image

from axxond.devices.port import DeviceError
from axxond.server.ports import Identity, Unlisten
from protocol import messages as m
from protocol.devicetypes import (
    DeviceNotice,
    DevicePort,
    DeviceStream,
    FoundDevice,
    IoState,
    NewCamera,
    NewDevice,
    NewPort,
    Preset,
    PtzHolder,
    PtzPlace,
    Range,
    Size,
    StreamOptions,
    StreamSetup,
)
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import Capability, Codec, DeviceEventKind, DeviceState, FailureKind, ObjectKind

SECOND_US = 1_000_000
RELEASE_US = 15 * SECOND_US
PASSWORD = "camera-secret"  # what `FOUND` takes, from the user "admin"
_START = PtzPlace(0.0, 0.0, 0.0, False)
OPTIONS = StreamOptions(
    [Codec.H264, Codec.H265, Codec.MJPEG],
    [Size(1920, 1080), Size(1280, 720), Size(640, 360)],
    Range(1, 30),
    Range(64_000, 8_000_000),
    Range(1, 150),
    Range(0, 100),
)


@cache
def snapshot() -> bytes:
    """A small JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (320, 180), (60, 90, 120)).save(out, "JPEG")
    return out.getvalue()


def _stream(token: str, channel: str, host: str, setup: StreamSetup) -> DeviceStream:
    return DeviceStream(token, token, channel, f"rtsp://{host}/{token}", setup, OPTIONS, True)


def streams(host: str) -> list[DeviceStream]:
    high = StreamSetup(Codec.H264, 1920, 1080, 25.0, 4_000_000, 50, 70.0)
    low = StreamSetup(Codec.H264, 640, 360, 10.0, 500_000, 20, 50.0)
    return [_stream("main", "1", host, high), _stream("sub", "1", host, low)]


def found(number: int, device: str = "") -> FoundDevice:
    """Odd ones are ONVIF, even ones Axis."""
    axis = number % 2 == 0
    host = f"192.0.2.{100 + number}"
    serial = f"00408C0000{number:02X}"
    make, model = ("AXIS", "P1375") if axis else ("Acme", "Dome 5")
    name = f"AXIS {model} - {serial}" if axis else f"{make} {model}"
    url = f"http://{host}/" if axis else f"http://{host}/onvif/device_service"
    return FoundDevice(
        serial, name, make, model, serial, host, url, "axis" if axis else "onvif", device
    )


@define
class FakeDevices:
    """`device` with `camera`, `sensor`, `relay` is the one with everything; `others` have nothing
    but streams.  The ports `Devices` and `Ptz` in one."""

    device: str = "dev1"
    camera: str = "cam1"
    sensor: str = "sensor1"
    relay: str = "relay1"
    others: list[str] = field(factory=list)
    now_us: Callable[[], int] = lambda: time.time_ns() // 1000
    away: bool = False
    found: list[FoundDevice] = field(factory=lambda: [found(number) for number in range(1, 5)])
    streams: list[DeviceStream] = field(factory=lambda: streams("192.0.2.1"))
    input_active: bool = False
    output_active: bool = False
    place: PtzPlace = _START
    presets: list[tuple[Preset, PtzPlace]] = field(factory=list)
    holder: PtzHolder = field(init=False)
    lens: list[m.SetLens] = field(factory=list)
    spoken: list[bytes] = field(factory=list)
    speaker: str = ""  # who speaks
    added: list[NewDevice] = field(factory=list)
    steered: list[m.Request] = field(factory=list)
    ended: list[object] = field(factory=list)
    searching: list[Callable[[list[FoundDevice]], None]] = field(factory=list)
    _states: list[Callable[[DeviceNotice], None]] = field(factory=list)
    _io: list[Callable[[IoState], None]] = field(factory=list)
    _ptz: list[Callable[[PtzHolder], None]] = field(factory=list)
    _since_us: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.holder = PtzHolder(self.camera)
        self._since_us = self.now_us()
        self.presets = [
            (Preset("p1", "Door"), PtzPlace(-0.5, 0.1, 0.2, False)),
            (Preset("p2", "Till"), PtzPlace(0.4, -0.1, 0.6, False)),
        ]

    # What happens by itself

    def go_away(self, away: bool) -> None:
        self.away = away
        for told in list(self._states):
            told(self._notice(self.device))

    def contact(self, active: bool) -> None:
        """The sensor's input changes."""
        self.input_active = active
        self._tell_io(self.sensor, ObjectKind.SENSOR, active)

    def find(self, one: FoundDevice) -> None:
        self.found.append(one)
        for told in list(self.searching):
            told([one])

    # Devices

    async def describe(self, device: str, fresh: bool) -> m.DeviceDescribed:
        status = self._notice(device)
        if device != self.device or self.away:
            return m.DeviceDescribed(status)
        return m.DeviceDescribed(
            status,
            "Acme",
            "Dome 5",
            "1.0.3",
            "0001",
            sorted(Capability),
            list(self.streams),
            [DevicePort("in1", "Door", self.input_active, False)],
            [DevicePort("out1", "Lamp", self.output_active, False)],
            [],
            12_000,
        )

    async def set_stream(
        self, request: m.SetStream, identity: Identity, address: str
    ) -> StreamSetup:
        self._reach(request.device)
        for index, stream in enumerate(self.streams):
            if stream.token == request.token:
                given = {
                    name: value
                    for name in (
                        "codec",
                        "width",
                        "height",
                        "fps",
                        "bitrate_bps",
                        "gop",
                        "quality",
                    )
                    if (value := getattr(request.setup, name)) is not None
                }
                self.streams[index] = evolve(stream, setup=evolve(stream.setup, **given))
                return self.streams[index].setup
        raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such stream", request.token)

    async def set_clock(self, device: str, identity: Identity, address: str) -> int | None:
        self._reach(device)
        return 12_000

    async def snapshot(self, camera: str) -> bytes:
        if camera != self.camera:
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such camera", camera)
        self._reach(self.device)
        return snapshot()

    async def try_device(self, request: m.TryDevice) -> tuple[m.DeviceTried, bytes]:
        """Hosts of `found` take "admin" with `PASSWORD`; others cannot be reached."""
        one = next((one for one in self.found if one.url == request.url), None)
        if one is None:
            text = f"{request.url} cannot be reached. Check the address and the camera's power."
            return m.DeviceTried(FailureKind.UNREACHABLE, text), b""
        used = next(
            (
                index
                for index, item in enumerate(request.credentials)
                if (item.user, item.password) == ("admin", PASSWORD)
            ),
            None,
        )
        if used is None:
            text = f"{request.url} takes none of the log-ins: enter the camera's own."
            return m.DeviceTried(FailureKind.LOGIN, text), b""
        offered = streams(one.host)
        suggestion = NewDevice(
            request.name or one.name,
            one.driver,
            one.url,
            "admin",
            compatibility=request.compatibility,
            cameras=[NewCamera(request.name or one.name, "1", offered[0].url, offered[1].url)],
            inputs=[NewPort("in1", "Door")],
            outputs=[NewPort("out1", "Lamp")],
            ptz=True,
            events=[DeviceEventKind.MOTION, DeviceEventKind.TAMPER],
        )
        off = ["Events are not used."] if request.compatibility else []
        tried = m.DeviceTried(
            None,
            "It works.",
            used,
            one.manufacturer,
            one.model,
            "1.0.3",
            one.serial,
            sorted(Capability),
            offered,
            off,
            suggestion,
        )
        return tried, snapshot()

    async def add(self, devices: list[NewDevice], identity: Identity, address: str) -> m.Changed:
        self.added += devices
        return m.Changed(len(self.added), [f"new-{one.name}" for one in devices])

    def discover(self, listener: Callable[[list[FoundDevice]], None]) -> Unlisten:
        self.searching.append(listener)
        listener(list(self.found))
        return lambda: self.searching.remove(listener)

    async def switch(
        self, relay: str, on: bool, seconds: float, identity: Identity, address: str
    ) -> None:
        if relay != self.relay:
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such relay", relay)
        self._reach(self.device)
        self.output_active = on
        self._tell_io(relay, ObjectKind.RELAY, on)

    async def talk(
        self, camera: str, identity: Identity, address: str, on_end: Callable[[str], None]
    ) -> FakeSpeech:
        if camera != self.camera:
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such camera", camera)
        if self.speaker:
            raise ProtocolError(ErrorCode.CONFLICT, f"{self.speaker} speaks there now", camera)
        self._reach(self.device)
        self.speaker = identity.user
        return FakeSpeech(self, on_end)

    def states(self) -> list[DeviceNotice]:
        return [self._notice(device) for device in (self.device, *self.others)]

    def listen_states(self, listener: Callable[[DeviceNotice], None]) -> Unlisten:
        self._states.append(listener)
        return lambda: self._states.remove(listener)

    def io_states(self) -> list[IoState]:
        return [
            self._io_state(self.sensor, ObjectKind.SENSOR, self.input_active),
            self._io_state(self.relay, ObjectKind.RELAY, self.output_active),
        ]

    def listen_io(self, listener: Callable[[IoState], None]) -> Unlisten:
        self._io.append(listener)
        return lambda: self._io.remove(listener)

    # Ptz

    async def state(self, camera: str) -> m.PtzState:
        self._ptz_camera(camera)
        names = [preset for preset, _ in self.presets]
        steering = [one for one in Capability if one.startswith("ptz")]
        more = [Capability.PRESETS, Capability.HOME, Capability.FOCUS, Capability.IRIS]
        return m.PtzState(self.holder, self.place, names, [*steering, *more])

    async def steer(
        self, request: m.Request, identity: Identity, address: str, session: object
    ) -> m.Message:
        self._ptz_camera(request.camera)
        self._reach(self.device)
        self._take(identity, request)
        self.steered.append(request)
        return self._steer(request)

    def session_ended(self, session: object) -> None:
        self.ended.append(session)

    def holders(self) -> list[PtzHolder]:
        return [self.holder]

    def listen(self, listener: Callable[[PtzHolder], None]) -> Unlisten:
        self._ptz.append(listener)
        return lambda: self._ptz.remove(listener)

    def _take(self, identity: Identity, request: m.Request) -> None:
        now_us = self.now_us()
        held = self.holder.user if self.holder.until_us > now_us else ""
        if held not in ("", identity.user) and self.holder.priority >= identity.ptz_priority:
            raise ProtocolError(ErrorCode.CONFLICT, f"{held} steers it now", self.camera)
        holder = PtzHolder(
            self.camera,
            identity.user,
            identity.ptz_priority,
            now_us + RELEASE_US,
            request.on if isinstance(request, m.Patrol) else self.holder.patrol,
        )
        if isinstance(request, m.TakePtz) and request.release:
            holder = PtzHolder(self.camera, patrol=self.holder.patrol)
        told = evolve(holder, until_us=0) != evolve(self.holder, until_us=0)
        self.holder = holder
        if told:
            for listener in list(self._ptz):
                listener(holder)

    def _steer(self, request: m.Request) -> m.Message:
        match request:
            case m.MovePtz(pan=pan, tilt=tilt, zoom=zoom):
                self.place = evolve(self.place, moving=bool(pan or tilt or zoom))
            case m.StopPtz():
                self.place = evolve(self.place, moving=False)
            case m.GoPtz(pan=pan, tilt=tilt, zoom=zoom):
                given = {"pan": pan, "tilt": tilt, "zoom": zoom}
                new = {name: value for name, value in given.items() if value is not None}
                self.place = evolve(self.place, **new)
            case m.GoPreset(token=token):
                self.place = self._preset(token)[1]
            case m.SetPreset(name=name, token=token):
                token = token or f"p{len(self.presets) + 1}"
                kept = [item for item in self.presets if item[0].token != token]
                self.presets = [*kept, (Preset(token, name), self.place)]
                return m.PresetSet(Preset(token, name))
            case m.RemovePreset(token=token):
                self.presets.remove(self._preset(token))
            case m.SetLens():
                self.lens.append(request)
        return m.Done()

    def _preset(self, token: str) -> tuple[Preset, PtzPlace]:
        for item in self.presets:
            if item[0].token == token:
                return item
        raise DeviceError(FailureKind.UNSUPPORTED, f"The camera has no preset {token}.")

    def _ptz_camera(self, camera: str) -> None:
        if camera != self.camera:
            raise ProtocolError(ErrorCode.NOT_FOUND, "this camera has no telemetry", camera)

    def _reach(self, device: str) -> None:
        if device != self.device:
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such device", device)
        if self.away:
            raise DeviceError(FailureKind.UNREACHABLE, "The camera cannot be reached.")

    def _notice(self, device: str) -> DeviceNotice:
        if device not in (self.device, *self.others):
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such device", device)
        if device != self.device:
            return DeviceNotice(device, DeviceState.DISABLED, self._since_us, None, "", False)
        if self.away:
            text = "The camera cannot be reached."
            failure = FailureKind.UNREACHABLE
            return DeviceNotice(device, DeviceState.WAITING, self._since_us, failure, text, False)
        return DeviceNotice(device, DeviceState.ONLINE, self._since_us, None, "", True)

    def _io_state(self, object_id: str, kind: ObjectKind, active: bool) -> IoState:
        return IoState(object_id, kind, self.camera, active, self._since_us)

    def _tell_io(self, object_id: str, kind: ObjectKind, active: bool) -> None:
        state = IoState(object_id, kind, self.camera, active, self.now_us())
        for told in list(self._io):
            told(state)


@define
class FakeSpeech:
    """Keeps what was said."""

    device: FakeDevices
    on_end: Callable[[str], None]
    sample_rate: int = 8000

    def feed(self, samples: bytes) -> int:
        self.device.spoken.append(samples)
        return 0

    async def close(self) -> None:
        self.device.speaker = ""
