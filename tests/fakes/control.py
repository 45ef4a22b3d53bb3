"""A device with everything that `axxond.devices.control` knows of, in memory."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from attrs import define, evolve, field

from axxond.devices.control import (
    Description,
    DeviceEvent,
    EventSink,
    IoPort,
    Preset,
    PtzStatus,
    StreamInfo,
    StreamSetup,
)
from axxond.devices.port import DeviceError
from protocol.types import AudioFormat, Capability, Codec, FailureKind

T = TypeVar("T", IoPort, StreamInfo)
_SETUP = StreamSetup(Codec.H264, 640, 360, 25.0, 1_000_000, 25)


_DESCRIPTION = Description(
    "Acme",
    "Dome",
    "1.0",
    "0001",
    frozenset(Capability),
    (StreamInfo("main", "main", "1", "rtsp://camera/main", _SETUP),),
    (IoPort("in1", "Door", False),),
    (IoPort("out1", "Lamp", False),),
    0,
)
_START = PtzStatus(0.0, 0.0, 0.0, False)


@define(slots=False)
class FakeControl:
    """Facets are the device itself.  `away`: every call fails as if it were unplugged."""

    description: Description = _DESCRIPTION
    away: bool = False
    place: PtzStatus = _START
    home: PtzStatus = _START
    speed: tuple[float, float, float] = (0.0, 0.0, 0.0)
    lens_speeds: dict[str, float] = field(factory=dict)
    automatic: dict[str, bool] = field(factory=dict)
    places: dict[str, tuple[str, PtzStatus]] = field(factory=dict)
    spoken: list[bytes] = field(factory=list)
    now_us: int | None = None
    happened: asyncio.Queue[DeviceEvent] = field(factory=asyncio.Queue)

    def __attrs_post_init__(self) -> None:
        """The device is all of its facets."""
        self.ptz = self.lens = self.outputs = self.streams = self.clock = self.talk = self

    async def describe(self) -> Description:
        self._reach()
        return self.description

    async def events(self, sink: EventSink) -> None:
        self._reach()
        sink.subscribed(True)
        try:
            while True:
                sink.device_event(await self.happened.get())
                self._reach()
        finally:
            sink.subscribed(False)

    async def snapshot(self, channel: str) -> bytes:
        self._reach()
        return b"\xff\xd8" + channel.encode() + b"\xff\xd9"

    async def close(self) -> None:
        """Nothing is open."""

    async def move(self, channel: str, pan: float, tilt: float, zoom: float) -> None:
        self._reach(channel)
        self.speed = (pan, tilt, zoom)

    async def stop(self, channel: str) -> None:
        self._reach(channel)
        self.speed = (0.0, 0.0, 0.0)

    async def go(
        self, channel: str, pan: float | None, tilt: float | None, zoom: float | None
    ) -> None:
        self._reach(channel)
        given = {"pan": pan, "tilt": tilt, "zoom": zoom}
        self.place = evolve(self.place, **{k: v for k, v in given.items() if v is not None})

    async def shift(self, channel: str, pan: float, tilt: float, zoom: float) -> None:
        now = self.place
        await self.go(
            channel,
            (now.pan or 0.0) + pan / 10,
            (now.tilt or 0.0) + tilt / 10,
            (now.zoom or 0.0) + (zoom - 1.0) / 10,
        )

    async def status(self, channel: str) -> PtzStatus:
        self._reach(channel)
        return evolve(self.place, moving=any(self.speed))

    async def presets(self, channel: str) -> tuple[Preset, ...]:
        self._reach(channel)
        return tuple(Preset(token, name) for token, (name, _place) in self.places.items())

    async def go_preset(self, channel: str, token: str) -> None:
        self._reach(channel)
        if token not in self.places:
            raise DeviceError(FailureKind.UNSUPPORTED, f"The camera has no preset {token}.")
        self.place = self.places[token][1]

    async def set_preset(self, channel: str, name: str, token: str = "") -> Preset:
        self._reach(channel)
        token = token or f"p{len(self.places) + 1}"
        self.places[token] = (name, self.place)
        return Preset(token, name)

    async def remove_preset(self, channel: str, token: str) -> None:
        self._reach(channel)
        self.places.pop(token, None)

    async def go_home(self, channel: str) -> None:
        self._reach(channel)
        self.place = self.home

    async def set_home(self, channel: str) -> None:
        self._reach(channel)
        self.home = self.place

    async def focus(self, channel: str, speed: float) -> None:
        self._reach(channel)
        self.lens_speeds["focus"] = speed

    async def auto_focus(self, channel: str, on: bool) -> None:
        self._reach(channel)
        self.automatic["focus"] = on

    async def iris(self, channel: str, speed: float) -> None:
        self._reach(channel)
        self.lens_speeds["iris"] = speed

    async def auto_iris(self, channel: str, on: bool) -> None:
        self._reach(channel)
        self.automatic["iris"] = on

    async def set_output(self, token: str, active: bool) -> None:
        self._reach()
        _known(token, self.description.outputs)
        outputs = tuple(
            evolve(one, active=active) if one.token == token else one
            for one in self.description.outputs
        )
        self.description = evolve(self.description, outputs=outputs)

    async def set_stream(self, token: str, setup: StreamSetup) -> StreamSetup:
        self._reach()
        stream = _known(token, self.description.streams)
        given = {
            name: value
            for name in ("codec", "width", "height", "fps", "bitrate_bps", "gop", "quality")
            if (value := getattr(setup, name)) is not None
        }
        made = evolve(stream.setup, **given)
        self.description = evolve(self.description, streams=(evolve(stream, setup=made),))
        return made

    async def set_clock(self, now_us: int) -> None:
        self._reach()
        self.now_us = now_us

    async def open(self, channel: str) -> AudioFormat:
        self._reach(channel)
        return AudioFormat(Codec.PCMU, 8000, 1, 8)

    async def send(self, samples: bytes) -> None:
        self._reach()
        self.spoken.append(samples)

    def _reach(self, channel: str = "") -> None:
        """`channel`: of the fake's one."""
        if self.away:
            raise DeviceError(FailureKind.UNREACHABLE, f"The camera {channel} is away.")


def _known(token: str, among: tuple[T, ...]) -> T:
    for one in among:
        if one.token == token:
            return one
    raise DeviceError(FailureKind.UNSUPPORTED, f"The camera has no {token}.")
