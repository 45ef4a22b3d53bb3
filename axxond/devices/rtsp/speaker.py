"""Sound to a device's loudspeaker: RTP over the RTSP connection (ONVIF Streaming §5.3)."""

from __future__ import annotations

import asyncio
import secrets
import struct

from axxond.base import tasks
from axxond.devices import failures
from axxond.devices.port import DeviceError, StreamSettings
from axxond.devices.rtsp import depay, rtp
from axxond.devices.rtsp.client import Connection, converse
from axxond.devices.rtsp.reception import Reception
from axxond.devices.rtsp.sdp import PayloadFormat
from axxond.devices.rtsp.session import SPEAKER, Chosen, Session
from axxond.media.packet import Packet
from protocol.types import AudioFormat, Codec, FailureKind

_MAX_PAYLOAD_BYTES = 1400  # fits a frame of Ethernet on the device's side, too
_AAC_SAMPLES = 1024  # of an access unit (ISO/IEC 14496-3, AAC-LC)
_INTERLEAVED = struct.Struct(">BBH")
_SECOND = 0x80  # of the header: the marker


class Packets:
    """Encoded sound in, interleaved RTP packets out, without I/O (RFC 3551, RFC 3640)."""

    def __init__(self, offer: PayloadFormat, form: AudioFormat, channel: int) -> None:
        self._type = offer.payload_type
        self._is_aac = form.codec is Codec.AAC
        self._bits = (form.bits_per_sample or 8) * form.channels  # of a sample of all channels
        # Where samples are no whole bytes, eight of them are (RFC 3551 §4.5.4).
        whole_bytes = self._bits if self._bits % 8 else self._bits // 8
        self._most_bytes = _MAX_PAYLOAD_BYTES // whole_bytes * whole_bytes
        self._channel = channel
        self._number = secrets.randbits(16)
        self._time = secrets.randbits(32)
        self._ssrc = secrets.randbits(32)
        self._begins = True

    def pack(self, samples: bytes) -> bytes:
        """AAC: one access unit; else any number of whole samples."""
        if self._is_aac:
            head = struct.pack(">HH", 16, len(samples) << 3 & 0xFFFF)
            return self._one(head + samples, _AAC_SAMPLES, marker=True)
        made = bytearray()
        for begin in range(0, len(samples), self._most_bytes):
            piece = samples[begin : begin + self._most_bytes]
            # The first packet after silence has the marker (RFC 3551 §4.1).
            made += self._one(piece, len(piece) * 8 // self._bits, marker=self._begins)
            self._begins = False
        return bytes(made)

    def _one(self, payload: bytes, ticks: int, *, marker: bool) -> bytes:
        second = self._type | (_SECOND if marker else 0)
        header = rtp.HEADER.pack(0x80, second, self._number, self._time, self._ssrc)
        self._number = self._number + 1 & 0xFFFF
        self._time = self._time + ticks & 0xFFFFFFFF
        frame = _INTERLEAVED.pack(0x24, self._channel, len(header) + len(payload))
        return frame + header + payload


class Speaker:
    """One conversation: `open`, `send` as often as there is something to say, `close`."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings
        self._connection: Connection | None = None
        self._packets: Packets | None = None
        self._task: asyncio.Task[None] | None = None
        self._error: DeviceError | None = None

    async def open(self) -> AudioFormat:
        """Raises DeviceError, UNSUPPORTED when there is no loudspeaker."""
        ready: asyncio.Future[AudioFormat] = asyncio.get_running_loop().create_future()
        self._task = tasks.spawn(self._run(ready), "loudspeaker")
        try:
            return await ready
        except BaseException:
            await self.close()
            raise

    async def send(self, samples: bytes) -> None:
        """Raises DeviceError when the device has ended it."""
        if self._error is not None:
            raise self._error
        if self._connection is None or self._packets is None:
            raise DeviceError(FailureKind.CLOSED, "The loudspeaker is not open.")
        self._connection.write(self._packets.pack(samples))

    async def close(self) -> None:
        await tasks.cancel(self._task)
        self._task = self._connection = self._packets = None

    async def _run(self, ready: asyncio.Future[AudioFormat]) -> None:
        async def go_on(session: Session, connection: Connection) -> None:
            (chosen,) = session.chosen
            form = _form(session.url, chosen.offer)
            self._packets = Packets(chosen.offer, form, chosen.channel)
            self._connection = connection
            if not ready.done():
                ready.set_result(form)
            await connection.keep_alive()

        try:
            await converse(self._settings, SPEAKER, lambda s: _Deaf(s, _NoSink()), go_on)
        except DeviceError as error:
            self._error = error
            if not ready.done():
                ready.set_exception(error)


class _Deaf(Reception):
    """Whatever comes on the channels is the device's report on what it hears."""

    def wire(self, chosen: Chosen) -> None:
        """Nothing to listen to."""


class _NoSink:
    def packet(self, packet: Packet) -> None:
        """None comes."""

    def clock_offset(self, offset_us: int) -> None:
        """None comes."""


def _form(url: str, offer: PayloadFormat) -> AudioFormat:
    form = depay.choose("audio", offer, lambda *_: None).format
    if not isinstance(form, AudioFormat):
        raise failures.unsupported(url, f"its loudspeaker as {offer.encoding}")
    return form
