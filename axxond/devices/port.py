"""What a driver is: a port that the supervisor runs, in the field's terms.

A driver makes sources.  A source connects, delivers packets until it is cancelled, and raises
`DeviceError` when the device is not there (any more); it never retries by itself.
"""

from __future__ import annotations

from typing import Protocol

from attrs import field, frozen

from axxond.base.errors import AxxonError
from axxond.devices.control import Control, ControlSettings
from axxond.media.packet import Packet
from protocol.types import FailureKind


class DeviceError(AxxonError):
    """A device failed: `kind` chooses the remedy, the message is for a person."""

    def __init__(self, kind: FailureKind, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@frozen
class StreamSettings:
    """Where one stream of a device is and how to log in.  `url` never holds credentials.
    `compatibility`: as in `axxond.devices.control.ControlSettings`."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    audio: bool = True
    connect_timeout_s: float = 5.0
    stall_timeout_s: float = 5.0  # no packet for that long: FailureKind.STALLED
    compatibility: bool = False


class Sink(Protocol):
    """Where a source delivers, on the event loop."""

    def packet(self, packet: Packet) -> None: ...

    def clock_offset(self, offset_us: int) -> None:
        """The camera's clock minus ours, from an RTCP sender report."""
        ...


class Source(Protocol):
    """One connection attempt to one stream."""

    async def run(self, sink: Sink) -> None:
        """Connect and deliver until cancelled.  Raises DeviceError; never returns otherwise."""
        ...


class Driver(Protocol):
    """Named in a device's `driver` property."""

    name: str

    def source(self, settings: StreamSettings) -> Source: ...

    def control(self, settings: ControlSettings) -> Control | None:
        """None: this kind of device has nothing but its stream.  Does not connect yet."""
        ...
