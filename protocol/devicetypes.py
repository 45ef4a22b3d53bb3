"""What the wire says of devices: streams, inputs and outputs, places of a PTZ camera, finds.

Tokens are a device's own names of its parts and mean nothing outside it.  None: not known, or (in
a change) to stay as it is.
"""

from __future__ import annotations

from attrs import field, frozen

from protocol.types import Codec, DeviceEventKind, DeviceState, FailureKind, ObjectKind


@frozen
class Range:
    least: float
    most: float


@frozen
class Size:
    width: int
    height: int


@frozen
class StreamOptions:
    """What a stream may be set to; empty or None: the device does not say, or not allow it."""

    codecs: list[Codec] = field(factory=list)
    sizes: list[Size] = field(factory=list)
    fps: Range | None = None
    bitrate_bps: Range | None = None
    gop: Range | None = None  # frames
    quality: Range | None = None


@frozen
class StreamSetup:
    """How a stream is encoded."""

    codec: Codec | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    bitrate_bps: int | None = None
    gop: int | None = None
    quality: float | None = None


@frozen
class DeviceStream:
    """One stream that a device offers; those of one `channel` show the same picture.  `url` is
    what the properties `url` and `low_url` of a camera take."""

    token: str
    name: str
    channel: str
    url: str
    setup: StreamSetup
    options: StreamOptions
    audio: bool = False


@frozen
class DevicePort:
    """A digital input or a relay output, as the device sees it (electrically)."""

    token: str
    name: str
    active: bool | None = None
    normally_closed: bool | None = None


@frozen
class Preset:
    token: str
    name: str


@frozen
class PtzPlace:
    """Shares of the whole range: pan and tilt in [-1; 1], zoom in [0; 1]."""

    pan: float | None
    tilt: float | None
    zoom: float | None
    moving: bool | None


@frozen
class PtzHolder:
    """Who steers a PTZ camera.  `user` "": nobody; `until_us`: when it is free again unless it
    is steered meanwhile (0: nobody).  `patrol`: it goes from preset to preset by itself."""

    camera: str
    user: str = ""
    priority: int = 0
    until_us: int = 0
    patrol: bool = False


@frozen
class IoState:
    """A sensor's or relay's state now.  `object_id` is the sensor or relay, `active` what counts:
    a sensor that is normally closed is active while its contact is open.  None: not known."""

    object_id: str
    kind: ObjectKind
    camera: str
    active: bool | None
    since_us: int


@frozen
class DeviceNotice:
    """Where the control side of a device stands: its streams have a state of their own
    (`CameraStatus`).  `events`: what it notices arrives here."""

    device: str
    state: DeviceState
    since_us: int
    failure: FailureKind | None
    reason: str
    events: bool


@frozen
class FoundDevice:
    """A device that answered in the network.  `key` is the same whenever it is found; `url` and
    `driver` are what the properties of a device take; `device`: the one of the tree that it is
    ("" = new).  `serial`: MAC address or serial number, "" = not told."""

    key: str
    name: str
    manufacturer: str
    model: str
    serial: str
    host: str
    url: str
    driver: str
    device: str = ""


@frozen
class Credential:
    user: str
    password: str = field(repr=False)


@frozen
class NewCamera:
    """One picture of a new device.  `url` "": the device's own."""

    name: str
    channel: str = ""
    url: str = ""
    low_url: str = ""


@frozen
class NewPort:
    """An input or output of a new device that becomes a sensor or relay."""

    token: str
    name: str


@frozen
class NewDevice:
    """A device to be added, with all that hangs on it.  `ptz`: its first camera (with several,
    each) gets telemetry; inputs and outputs hang on the first camera."""

    name: str
    driver: str
    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    compatibility: bool = False
    cameras: list[NewCamera] = field(factory=list)
    inputs: list[NewPort] = field(factory=list)
    outputs: list[NewPort] = field(factory=list)
    ptz: bool = False
    events: list[DeviceEventKind] = field(factory=list)  # become a camera-side detector
