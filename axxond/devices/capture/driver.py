"""The driver `capture`: addresses as `axxond.devices.capture.address` has them."""

from __future__ import annotations

import threading

from attrs import evolve

from axxond.base import tasks
from axxond.devices import failures
from axxond.devices.capture import address, cards
from axxond.devices.capture.address import CaptureAddress
from axxond.devices.capture.encoder import Encoder
from axxond.devices.capture.pool import ChannelEncoder
from axxond.devices.capture.port import Card, Channel
from axxond.devices.capture.standard import Standard
from axxond.devices.control import (
    Control,
    ControlSettings,
    Description,
    DeviceClock,
    EventSink,
    Lens,
    Outputs,
    Ptz,
    StreamInfo,
    StreamOptions,
    StreamSetter,
    StreamSetup,
    Talk,
)
from axxond.devices.handover import Handover, read_on_thread
from axxond.devices.port import DeviceError, Sink, Source, StreamSettings
from protocol.types import FailureKind

_READ_S = 0.25  # how long a thread waits for a picture before it looks whether it is to end


class CaptureDriver:
    name = "capture"

    def source(self, settings: StreamSettings) -> Source:
        return CaptureSource(settings)

    def control(self, settings: ControlSettings) -> Control:
        return CaptureControl(settings)


class CaptureSource:
    """One attempt: a thread that waits for pictures, the pool encodes them."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings

    async def run(self, sink: Sink) -> None:
        where = address.parse(self._settings.url)
        await read_on_thread("capture", sink, lambda handover: _Reader(where, handover))


class _Reader:
    """Runs on its thread; `run` returns the failure that ended it."""

    def __init__(self, where: CaptureAddress, handover: Handover) -> None:
        self.stop = threading.Event()
        self._where = where
        self._handover = handover

    def run(self) -> DeviceError:
        where = self._where
        try:
            card = cards.find(where.card)
            standard = cards.standard(where.card, card, where.channel)
            self._read(card, standard)
        except DeviceError as error:
            return error
        except OSError as error:
            return cards.lost(where.card, error)
        return failures.closed(where.url, "it was told to")

    def _read(self, card: Card, standard: Standard) -> None:
        channel = card.open(self._where.channel, standard)
        try:
            encoder = ChannelEncoder(lambda: Encoder(self._where, standard), self._handover.put)
            try:
                self._follow(channel, encoder)
            finally:
                encoder.close()
        finally:
            channel.close()

    def _follow(self, channel: Channel, encoder: ChannelEncoder) -> None:
        while not self.stop.is_set():
            if encoder.failed is not None:
                codec = self._where.codec.value
                text = f"{self._where.url} cannot be encoded as {codec} ({encoder.failed})."
                raise DeviceError(FailureKind.UNSUPPORTED, f"{text} Choose another encoding.")
            picture = channel.read(_READ_S)
            if picture is not None:
                encoder.put(picture)


class CaptureControl:
    """Says what channels a card has, and its standard; there is nothing to be set or moved."""

    def __init__(self, settings: ControlSettings) -> None:
        self.ptz: Ptz | None = None
        self.lens: Lens | None = None
        self.outputs: Outputs | None = None
        self.streams: StreamSetter | None = None
        self.clock: DeviceClock | None = None
        self.talk: Talk | None = None
        self._where = address.parse(settings.url)

    async def describe(self) -> Description:
        name = self._where.card
        card, standard = await tasks.in_thread(_look, name)
        options = StreamOptions(
            codecs=address.CODECS,
            sizes=(standard.size,),
            bitrate_bps=(1000 * address.BITRATE_KBPS[0], 1000 * address.BITRATE_KBPS[1]),
            gop=address.GOP,
        )
        channels = (
            self._stream(number, standard, options) for number in range(1, card.channels + 1)
        )
        model = f"{card.name} ({standard.value}, {card.channels} channels)"
        return Description("", model, "", "", frozenset(), tuple(channels))

    def _stream(self, number: int, standard: Standard, options: StreamOptions) -> StreamInfo:
        where = evolve(self._where, channel=number)
        setup = StreamSetup(
            where.codec, *standard.size, float(standard.fps), where.bitrate_bps, where.gop
        )
        token = str(number)
        return StreamInfo(token, f"Channel {number}", token, where.url, setup, options)

    async def events(self, sink: EventSink) -> None:
        raise _none(self._where.card, "events")

    async def snapshot(self, channel: str) -> bytes:
        raise _none(self._where.card, "snapshots")

    async def close(self) -> None:
        """Nothing is open."""


def _look(name: str) -> tuple[Card, Standard]:
    card = cards.find(name)
    known = cards.known_standard(name)
    if known is None:
        known = cards.standard(name, card, 1)
    return card, known


def _none(card: str, what: str) -> DeviceError:
    return DeviceError(FailureKind.UNSUPPORTED, f"The capture card {card} has no {what}.")
