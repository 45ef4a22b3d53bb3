"""`axxond.devices.control.Control` of an Axis device."""

from __future__ import annotations

import asyncio
import time

from axxond.base import tasks
from axxond.devices.axis import events, ports, profiles, ptz
from axxond.devices.axis.address import parse
from axxond.devices.axis.clock import AxisClock
from axxond.devices.axis.link import Link
from axxond.devices.axis.params import Params
from axxond.devices.axis.ports import AxisPorts
from axxond.devices.axis.ptz import AxisLens, AxisPtz
from axxond.devices.axis.talk import AxisTalk
from axxond.devices.control import (
    ControlSettings,
    Description,
    DeviceClock,
    EventSink,
    Lens,
    Outputs,
    Ptz,
    StreamSetter,
    StreamSetup,
    Talk,
)
from axxond.devices.port import DeviceError, StreamSettings
from axxond.devices.rtsp.client import RtspSource
from axxond.media.packet import Packet
from protocol.types import Capability, FailureKind

_C = Capability
_GROUPS = ("Brand", "Properties", "IOPort", "PTZ", *profiles.GROUPS)
# Whoever subscribes is told all states: after so long a silence it is done anew, for a device
# may have dropped us without a word.
_SILENCE_S = 300.0
# A connection for events that ends within moments, again and again.
_MAX_SHORT_LIVES = 3
_SHORT_LIFE_S = 5.0
_JPEG = b"\xff\xd8"
_INSTANCES = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
    '<m:GetEventInstances xmlns:m="http://www.axis.com/vapix/ws/event1"/></s:Body></s:Envelope>'
)
_INSTANCES_ACTION = "http://www.axis.com/vapix/ws/event1/GetEventInstances"


class AxisControl:
    """One log-in.  Facets are there once `describe` has returned."""

    def __init__(self, settings: ControlSettings) -> None:
        self.ptz: Ptz | None = None
        self.lens: Lens | None = None
        self.outputs: Outputs | None = None
        self.streams: StreamSetter | None = None
        self.clock: DeviceClock | None = None
        self.talk: Talk | None = None
        address, self._user, self._password = parse(settings.url, settings.user, settings.password)
        self._timeout_s = settings.timeout_s
        self._link = Link(address, self._user, self._password, settings.timeout_s)
        self._outputs: frozenset[str] = frozenset()
        self._talk: AxisTalk | None = None

    async def close(self) -> None:
        if self._talk is not None:
            await self._talk.close()
        await self._link.close()

    async def describe(self) -> Description:
        link = self._link
        told = await link.params(*_GROUPS)
        if not told.values:
            text = f"{link.place} answers, but not as an Axis device. Choose another driver."
            raise DeviceError(FailureKind.NOT_VIDEO, text)
        inputs, outputs = ports.listed(told)
        inputs, outputs = (
            await ports.with_states(link, inputs),
            await ports.with_states(link, outputs),
        )
        streams = profiles.streams(told, link.address)
        capabilities = self._facets(told, streams[0].channel if streams else "1", bool(outputs))
        self._outputs = frozenset(port.token for port in outputs)
        has = {
            _C.SOUND: any(stream.audio for stream in streams),
            _C.EVENTS: await self._has_events(told),
            _C.INPUTS: bool(inputs),
            _C.OUTPUTS: bool(outputs),
            _C.CLOCK: True,
            _C.SNAPSHOT: True,
            _C.STREAM_SETTINGS: bool(streams),
        }
        return Description(
            told.text("Brand.Brand") or "AXIS",
            told.text("Brand.ProdShortName").removeprefix("AXIS ") or told.text("Brand.ProdNbr"),
            told.text("Properties.Firmware.Version"),
            told.text("Properties.System.SerialNumber"),
            capabilities | {name for name, is_there in has.items() if is_there},
            streams,
            inputs,
            outputs,
            await link.clock_offset_us(),
        )

    def _facets(self, told: Params, channel: str, has_outputs: bool) -> frozenset[Capability]:
        link = self._link
        moves = ptz.capabilities(told, channel)
        found = set(moves)
        self.ptz = AxisPtz(link) if _C.PTZ in moves else None
        self.lens = AxisLens(link) if moves & {_C.FOCUS, _C.IRIS} else None
        _, outputs = ports.listed(told)
        self.outputs = AxisPorts(link, outputs) if has_outputs else None
        self.streams = AxisStreams(link)
        self.clock = AxisClock(link)
        self._talk = self.talk = AxisTalk(link) if profiles.has_speaker(told) else None
        if self.talk is not None:
            found.add(_C.TALK)
        return frozenset(found)

    async def _has_events(self, told: Params) -> bool:
        try:
            answer = await self._link.soap("/vapix/services", _INSTANCES_ACTION, _INSTANCES)
        except DeviceError as error:
            if error.kind is not FailureKind.UNSUPPORTED:
                raise
            return bool(told.text("Properties.API.RTSP.Version"))
        return bool(events.catalogue(answer))

    async def snapshot(self, channel: str) -> bytes:
        answer = await self._link.ask("jpg/image.cgi", {"camera": channel or "1"})
        if not answer.body.startswith(_JPEG):
            raise self._link.failed("jpg/image.cgi", "it gives no picture")
        return answer.body

    async def events(self, sink: EventSink) -> None:
        short_lives = 0
        while True:
            begun_s = time.monotonic()
            try:
                await self._follow(sink)
            except DeviceError as error:
                lasted_s = time.monotonic() - begun_s
                short_lives = short_lives + 1 if lasted_s < _SHORT_LIFE_S else 0
                gone = error.kind not in (FailureKind.CLOSED, FailureKind.GARBAGE)
                if gone or short_lives >= _MAX_SHORT_LIVES:
                    raise

    async def _follow(self, sink: EventSink) -> None:
        """One connection: until it ends (DeviceError), or has been silent for long."""
        port = await self._link.rtsp_port()
        url = self._link.address.events(port)
        listener = _Listener(sink, self._outputs)
        settings = StreamSettings(
            url, self._user, self._password, connect_timeout_s=self._timeout_s
        )
        source = tasks.spawn(_ended(RtspSource(settings, listener.document), listener), "events")
        try:
            while not source.done():
                heard = listener.heard
                await asyncio.wait((source,), timeout=_SILENCE_S)
                if not source.done() and listener.heard == heard:
                    return
            error = source.result()
            if error is not None:
                raise error
        finally:
            await tasks.cancel(source)
            listener.over()


async def _ended(source: RtspSource, listener: _Listener) -> DeviceError | None:
    """The failure as a value: it is expected."""
    try:
        await source.run(listener)
    except DeviceError as error:
        return error
    return None


class _Listener:
    """Documents to events; the sink of a source that delivers no packets."""

    def __init__(self, sink: EventSink, outputs: frozenset[str]) -> None:
        self.heard = 0
        self._sink = sink
        self._outputs = outputs
        self._subscribed = False

    def document(self, document: bytes, arrival_us: int) -> None:
        self.heard += 1
        if not self._subscribed:
            self._subscribed = True
            self._sink.subscribed(True)
        for event in events.read(document, arrival_us, self._outputs):
            self._sink.device_event(event)

    def over(self) -> None:
        if self._subscribed:
            self._subscribed = False
            self._sink.subscribed(False)

    def packet(self, packet: Packet) -> None:
        """None comes."""

    def clock_offset(self, offset_us: int) -> None:
        """None comes."""


class AxisStreams:
    """`axxond.devices.control.StreamSetter`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def set_stream(self, token: str, setup: StreamSetup) -> StreamSetup:
        told = await self._link.params(*profiles.GROUPS)
        wanted = profiles.change(token, setup, told)
        if wanted is None:
            text = f"{self._link.place} has no stream {token} any more."
            raise DeviceError(FailureKind.UNSUPPORTED, text)
        if wanted:
            await self._link.update(wanted)
        told = await self._link.params(*profiles.GROUPS)
        for stream in profiles.streams(told, self._link.address):
            if stream.token == token:
                return stream.setup
        raise self._link.failed("the change", f"the stream {token} is not there afterwards")
