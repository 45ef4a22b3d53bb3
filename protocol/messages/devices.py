"""Devices: what they offer, their streams, finding and adding new ones."""

from __future__ import annotations

from attrs import field, frozen

from protocol.devicetypes import (
    Credential,
    DeviceNotice,
    DevicePort,
    DeviceStream,
    FoundDevice,
    NewDevice,
    StreamSetup,
)
from protocol.messages.base import Message, Request
from protocol.messages.channels import Opened
from protocol.messages.tree import Changed
from protocol.types import Capability, FailureKind, Right


@frozen
class DeviceDescribed(Message):
    """`switched_off`: what compatibility mode leaves out, sentences for a person.
    `clock_offset_us`: the device's clock minus the server's, when it was asked."""

    NAME = "device.described"
    status: DeviceNotice
    manufacturer: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""
    capabilities: list[Capability] = field(factory=list)
    streams: list[DeviceStream] = field(factory=list)
    inputs: list[DevicePort] = field(factory=list)
    outputs: list[DevicePort] = field(factory=list)
    switched_off: list[str] = field(factory=list)
    clock_offset_us: int | None = None


@frozen
class DescribeDevice(Request):
    """What a device of the tree offers.  Only `status` while it cannot be reached, or when its
    driver knows of nothing but its stream (then the state is "disabled").  `fresh`: ask the
    device again (else: as it said when it was last connected)."""

    NAME = "device.describe"
    REPLY = DeviceDescribed
    RIGHT = Right.LIVE
    device: str
    fresh: bool = False


@frozen
class StreamSet(Message):
    """What the device made of it."""

    NAME = "device.stream.set.reply"
    setup: StreamSetup


@frozen
class SetStream(Request):
    """Change how one stream of a device is encoded; `setup` holds only what changes."""

    NAME = "device.stream.set"
    REPLY = StreamSet
    RIGHT = Right.CONFIGURE
    device: str
    token: str
    setup: StreamSetup


@frozen
class ClockSet(Message):
    """`before_us`: the device's clock minus the server's before (None: it did not say)."""

    NAME = "device.clock.set.reply"
    before_us: int | None


@frozen
class SetDeviceClock(Request):
    """Set a device's clock to the server's."""

    NAME = "device.clock.set"
    REPLY = ClockSet
    RIGHT = Right.CONFIGURE
    device: str


@frozen
class Snapshot(Message):
    """The reply's payload is a JPEG."""

    NAME = "device.snapshot.reply"


@frozen
class TakeSnapshot(Request):
    """A camera's present picture, made by the camera itself."""

    NAME = "device.snapshot"
    REPLY = Snapshot
    RIGHT = Right.LIVE
    camera: str


@frozen
class DeviceStateNotice(Message):
    """With topic "io": the control side of a device came, went, or failed in another way; on
    subscribing that of each."""

    NAME = "device.state"
    devices: list[DeviceNotice]


@frozen
class Discover(Request):
    """Look for devices in the network until the channel is closed.  What is found comes as
    `FoundNotice`; a device that says more of itself later comes again with the same key."""

    NAME = "discovery.start"
    REPLY = Opened
    RIGHT = Right.CONFIGURE


@frozen
class FoundNotice(Message):
    NAME = "discovery.found"
    channel: int
    found: list[FoundDevice]


@frozen
class DeviceTried(Message):
    """`failure` None: it works, `suggestion` is what `AddDevices` takes, with `used` as its
    log-in (-1: none was needed; its place in the request's list; the password is left out), and
    the reply's payload is a JPEG, or b"".  Else `text` says what to do."""

    NAME = "device.try.reply"
    failure: FailureKind | None
    text: str
    used: int = -1
    manufacturer: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""
    capabilities: list[Capability] = field(factory=list)
    streams: list[DeviceStream] = field(factory=list)
    switched_off: list[str] = field(factory=list)
    suggestion: NewDevice | None = None


@frozen
class TryDevice(Request):
    """Log in to a device that is not in the tree with each of at most 8 `credentials` in turn
    until one is taken.  `name`: what the suggestion is called ("" = by make and model)."""

    NAME = "device.try"
    REPLY = DeviceTried
    RIGHT = Right.CONFIGURE
    url: str
    driver: str
    credentials: list[Credential] = field(factory=list)
    compatibility: bool = False
    name: str = ""


@frozen
class AddDevices(Request):
    """Add at most 64 devices, all or none, each with its cameras: numbered, recorded to the first
    archive, watched by a motion detector.  Names that are taken get a number.  The reply's ids
    are the devices', in order."""

    NAME = "devices.add"
    REPLY = Changed
    RIGHT = Right.CONFIGURE
    devices: list[NewDevice]
