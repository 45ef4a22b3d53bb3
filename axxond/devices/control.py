"""The control side of a driver: what a device can do beside sending pictures.

A `Control` is one log-in to one device.  `describe` says what the device offers; its facets
(`ptz`, `lens`, …) are None where the device or the driver has none, so that the rest of the system
asks for capabilities, never for brands.  All calls are made on the event loop and raise
`DeviceError`; none retries by itself and none blocks the loop.  Tokens are the device's own names
of its parts (a profile, a preset, an input) and mean nothing outside it.
"""

from __future__ import annotations

from typing import Protocol

from attrs import field, frozen

from protocol.types import AudioFormat, Capability, Codec, DeviceEventKind


@frozen
class ControlSettings:
    """How to reach a device.  `url` never holds credentials.  `compatibility`: take nothing for
    granted but the first stream (ONVIF compatibility mode of the SPEC)."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    compatibility: bool = False
    timeout_s: float = 5.0


@frozen
class StreamOptions:
    """What a stream may be set to; empty or None: the device does not say or not allow."""

    codecs: tuple[Codec, ...] = ()
    sizes: tuple[tuple[int, int], ...] = ()  # width, height in pixels
    fps: tuple[float, float] | None = None  # least, most
    bitrate_bps: tuple[int, int] | None = None
    gop: tuple[int, int] | None = None  # in frames
    quality: tuple[float, float] | None = None


@frozen
class StreamSetup:
    """How a stream is encoded; None: not known, or (in a change) to stay."""

    codec: Codec | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    bitrate_bps: int | None = None
    gop: int | None = None
    quality: float | None = None


@frozen
class StreamInfo:
    """One stream that the device offers.  `url` is what `StreamSettings.url` takes to get it
    through the same driver; streams of one `channel` show the same picture."""

    token: str
    name: str
    channel: str
    url: str
    setup: StreamSetup
    options: StreamOptions = StreamOptions()
    audio: bool = False


@frozen
class IoPort:
    """A digital input or a relay output.  `active` None: not known."""

    token: str
    name: str
    active: bool | None = None
    normally_closed: bool | None = None


@frozen
class Description:
    """What a device says of itself.  `streams`: `axxond.devices.choice` says which to take.
    `clock_offset_us`: its clock minus ours, None: not told.
    `switched_off`: what compatibility mode leaves out, sentences for a person."""

    manufacturer: str
    model: str
    firmware: str
    serial: str
    capabilities: frozenset[Capability]
    streams: tuple[StreamInfo, ...] = ()
    inputs: tuple[IoPort, ...] = ()
    outputs: tuple[IoPort, ...] = ()
    clock_offset_us: int | None = None
    switched_off: tuple[str, ...] = ()


@frozen
class Preset:
    token: str
    name: str


@frozen
class PtzStatus:
    """Shares of the whole range: pan and tilt in [-1; 1], zoom in [0; 1]; None: not told."""

    pan: float | None
    tilt: float | None
    zoom: float | None
    moving: bool | None


class Ptz(Protocol):
    """Pan, tilt and zoom of one channel (`StreamInfo.channel`; "" = the first)."""

    async def move(self, channel: str, pan: float, tilt: float, zoom: float) -> None:
        """Go on moving at these speeds, each in [-1; 1]: right, up and in are positive."""
        ...

    async def stop(self, channel: str) -> None: ...

    async def go(
        self, channel: str, pan: float | None, tilt: float | None, zoom: float | None
    ) -> None:
        """To an absolute place, as in `PtzStatus`; None: stays."""
        ...

    async def shift(self, channel: str, pan: float, tilt: float, zoom: float) -> None:
        """By shares of the present picture's width and height: (0.5, 0) brings its right edge to
        the middle.  `zoom`: 2.0 = twice as near, 1.0 = as it is."""
        ...

    async def status(self, channel: str) -> PtzStatus: ...

    async def presets(self, channel: str) -> tuple[Preset, ...]: ...

    async def go_preset(self, channel: str, token: str) -> None: ...

    async def set_preset(self, channel: str, name: str, token: str = "") -> Preset:
        """The present place under a name; with `token`, an existing preset is set anew."""
        ...

    async def remove_preset(self, channel: str, token: str) -> None: ...

    async def go_home(self, channel: str) -> None: ...

    async def set_home(self, channel: str) -> None: ...


class Lens(Protocol):
    """Focus and iris of one channel.  Speeds in [-1; 1]: far and open are positive, 0 stops."""

    async def focus(self, channel: str, speed: float) -> None: ...

    async def auto_focus(self, channel: str, on: bool) -> None: ...

    async def iris(self, channel: str, speed: float) -> None: ...

    async def auto_iris(self, channel: str, on: bool) -> None: ...


class Outputs(Protocol):
    async def set_output(self, token: str, active: bool) -> None: ...


class StreamSetter(Protocol):
    async def set_stream(self, token: str, setup: StreamSetup) -> StreamSetup:
        """Returns what the device made of it."""
        ...


class DeviceClock(Protocol):
    async def set_clock(self, now_us: int) -> None: ...


class Talk(Protocol):
    """The device's loudspeaker.  One speaker at a time; `open` ends when `close` was called or
    by DeviceError."""

    async def open(self, channel: str) -> AudioFormat:
        """What `send` takes from here on."""
        ...

    async def send(self, samples: bytes) -> None:
        """Encoded as `open` said; paced by who calls."""
        ...

    async def close(self) -> None: ...


@frozen
class DeviceEvent:
    """What a device noticed.  `source`: the input's, output's or rule's token; `active` None: an
    instant; `initial`: the state told on subscribing, no change; `topic`: the device's own name
    of it."""

    kind: DeviceEventKind
    source: str
    active: bool | None
    time_us: int
    channel: str = ""
    initial: bool = False
    topic: str = ""


class EventSink(Protocol):
    def device_event(self, event: DeviceEvent) -> None: ...

    def subscribed(self, on: bool) -> None:
        """Events arrive from here on, or no longer (it is being subscribed anew)."""
        ...


class Control(Protocol):
    """See the module's docstring.  Facets are valid once `describe` has returned."""

    ptz: Ptz | None
    lens: Lens | None
    outputs: Outputs | None
    streams: StreamSetter | None
    clock: DeviceClock | None
    talk: Talk | None

    async def describe(self) -> Description: ...

    async def events(self, sink: EventSink) -> None:
        """Deliver events until cancelled, renewing the subscription and making it anew after
        silence.  Raises DeviceError when the device is not there (any more) or has no events."""
        ...

    async def snapshot(self, channel: str) -> bytes:
        """A JPEG of the present picture.  Raises DeviceError UNSUPPORTED where there is none."""
        ...

    async def close(self) -> None: ...
