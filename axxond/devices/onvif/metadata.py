"""Events in the metadata stream, for devices without a pull point (ONVIF Streaming §5.1.2.1)."""

from __future__ import annotations

from axxond.devices import elements
from axxond.devices.control import DeviceEvent, EventSink
from axxond.devices.onvif.topics import Reader
from axxond.devices.port import StreamSettings
from axxond.devices.rtsp.client import Connection, converse
from axxond.devices.rtsp.reception import Reception
from axxond.devices.rtsp.session import METADATA, Session
from axxond.media.packet import Packet

_MAX_EVENTS = 200  # in one document


async def run(settings: StreamSettings, reader: Reader, sink: EventSink) -> None:
    """As `axxond.devices.control.Control.events`; `settings.url` is the RTSP address."""
    begun = False

    def begin() -> None:
        nonlocal begun
        if not begun:
            begun = True
            sink.subscribed(True)

    async def go_on(_session: Session, connection: Connection) -> None:
        begin()
        await connection.keep_alive()

    def document(data: bytes, arrival_us: int) -> None:
        begin()  # it may come right behind the answer that it plays
        for event in events(data, reader, arrival_us):
            sink.device_event(event)

    def receive(session: Session) -> Reception:
        return Reception(session, _NoPictures(), document)

    try:
        await converse(settings, METADATA, receive, go_on)
    finally:
        if begun:
            sink.subscribed(False)


def events(document: bytes, reader: Reader, now_us: int) -> list[DeviceEvent]:
    """Those in one tt:MetadataStream; [] for what is none."""
    root = elements.parse(document)
    told = [] if root is None else root.all("Event/NotificationMessage")[:_MAX_EVENTS]
    found = (reader.event(one, now_us) for one in told)
    return [event for event in found if event is not None]


class _NoPictures:
    def packet(self, packet: Packet) -> None:
        """None comes."""

    def clock_offset(self, offset_us: int) -> None:
        """None comes."""
