"""Events from a camera's metadata stream, over a real connection."""

from __future__ import annotations

import asyncio

import pytest

from axxond.base import tasks
from axxond.devices.onvif import metadata
from axxond.devices.onvif.topics import Reader
from axxond.devices.port import DeviceError, StreamSettings
from protocol.types import DeviceEventKind, FailureKind
from tests.axxond.devices.contract_control import Sink
from tests.axxond.devices.rtsp import wire

_TRACK = "m=application 0 RTP/AVP 98\r\na=rtpmap:98 vnd.onvif.metadata/90000\r\na=control:m\r\n"
_DOCUMENT = (
    b"<MetadataStream><Event><NotificationMessage><Topic>tns1:Device/Trigger/DigitalInput</Topic>"
    b'<Message><Message PropertyOperation="Changed"><Source><SimpleItem Name="InputToken"'
    b' Value="1"/></Source><Data><SimpleItem Name="LogicalState" Value="true"/></Data></Message>'
    b"</Message></NotificationMessage></Event></MetadataStream>"
)


async def _camera(description: bytes) -> asyncio.Server:
    """Plays the metadata once, in two packets, to whoever asks."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in wire.talk(description):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
        half = len(_DOCUMENT) // 2
        for number, part in enumerate((_DOCUMENT[:half], _DOCUMENT[half:])):
            packet = wire.rtp(number, 0, part, marker=number == 1, payload_type=98)
            writer.write(wire.interleaved(0, packet))
        await reader.read()
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


def _settings(server: asyncio.Server) -> StreamSettings:
    return StreamSettings(f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/m")


async def test_an_input_is_told_by_the_metadata_stream() -> None:
    server, sink = await _camera(wire.sdp(wire.H264_LINES, _TRACK)), Sink()
    work = tasks.spawn(metadata.run(_settings(server), Reader({}), sink), "metadata")
    await sink.until(lambda: len(sink.events) == 1)
    await tasks.cancel(work)
    server.close()
    (event,) = sink.events
    assert (event.kind, event.source, event.active) == (DeviceEventKind.INPUT, "1", True)
    assert sink.subscriptions == [True, False]


async def test_a_stream_without_metadata_says_so() -> None:
    server, sink = await _camera(wire.sdp(wire.H264_LINES)), Sink()
    with pytest.raises(DeviceError, match="no events") as caught:
        await metadata.run(_settings(server), Reader({}), sink)
    server.close()
    assert caught.value.kind is FailureKind.UNSUPPORTED
    assert sink.subscriptions == []
