"""The fall-back driver: libav in a thread per stream, for what our client does not speak.

Any address that FFmpeg opens: HTTP, UDP, MPEG-TS, odd codecs by RTSP, and files, which are played
at their own pace and looped for ever with continuous time.

libav gets no interrupt callback and PyAV's logging is left alone: both would take the
interpreter's lock on every read.  Network reads end by FFmpeg's own `timeout` option, so a stopped
source may keep its thread for that long.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import av
import av.container
import av.error
import av.packet

from axxond.base.units import SECOND_US
from axxond.devices import failures
from axxond.devices.address import file_of
from axxond.devices.ahead import Ahead
from axxond.devices.control import ControlSettings
from axxond.devices.handover import Handover, read_on_thread
from axxond.devices.libav_tracks import AvTrack, UnsupportedError, best_tracks
from axxond.devices.port import DeviceError, Sink, StreamSettings
from axxond.media.packet import Packet
from protocol.types import FailureKind

_NETWORK_SCHEMES = frozenset(
    ("rtsp", "rtsps", "http", "https", "udp", "rtp", "tcp", "rtmp", "rtmps", "srt", "mms", "mmsh")
)
_LOOKAHEAD_S = 2.0  # how long libav may study a stream before it starts


class LibavDriver:
    name = "libav"

    def source(self, settings: StreamSettings) -> LibavSource:
        return LibavSource(settings)

    def control(self, settings: ControlSettings) -> None:
        """A stream is all there is."""


class LibavSource:
    """One attempt, in a thread of its own."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings

    async def run(self, sink: Sink) -> None:
        await read_on_thread("libav", sink, lambda handover: _Reader(self._settings, handover))


class _Reader:
    """Runs on its thread; `run` returns the failure that ended it."""

    def __init__(self, settings: StreamSettings, handover: Handover) -> None:
        self.stop = threading.Event()
        self._settings = settings
        self._url = failures.without_login(settings.url)
        self._handover = handover

    def run(self) -> DeviceError:
        try:
            self._read()
        except DeviceError as error:
            return error
        except UnsupportedError as error:
            return failures.unsupported(self._url, str(error))
        except (av.error.FFmpegError, OSError, ValueError) as error:
            if self._handover.used and isinstance(error, OSError):
                # FFmpeg 8 calls the end of an HTTP stream without a length an I/O error.
                return failures.closed(self._url, (error.strerror or "").lower())
            return _mapped(self._url, self._settings, error)
        return failures.closed(self._url, "the stream is over")

    def _read(self) -> None:
        address, options = _address(self._settings)
        with av.open(address, options=options) as container:
            assert isinstance(container, av.container.InputContainer)
            tracks = best_tracks(container, self._settings.audio)
            if not tracks:
                raise failures.no_video(self._url)
            if container.duration or Path(address).is_file():
                self._play(container, tracks, container.duration or 0)
            else:
                self._relay(container, tracks)

    def _relay(self, container: av.container.InputContainer, tracks: dict[int, AvTrack]) -> None:
        """A live stream: times come from the clocks of its tracks and from arrival."""
        for packet in container.demux([track.stream for track in tracks.values()]):
            if self.stop.is_set():
                return
            for unit in tracks[packet.stream_index].live(packet, time.time_ns() // 1000):
                self._handover.put(unit)

    def _play(
        self, container: av.container.InputContainer, tracks: dict[int, AvTrack], duration_us: int
    ) -> None:
        """A recording, over and over: each round follows the one before."""
        begin_us = time.time_ns() // 1000
        streams = [track.stream for track in tracks.values()]
        ahead = Ahead()
        while True:
            extent = _Extent()
            for packet in container.demux(streams):
                if packet.dts is None or packet.time_base is None:
                    continue
                extent.add(packet)
                track = tracks[packet.stream_index]
                for unit in track.placed(packet, begin_us - extent.first_us):
                    ahead.push(unit)
                if self._send(ahead.ready()):
                    return
            if not extent.length_us:
                self._send(ahead.ready(is_over=True))
                return
            begin_us += max(extent.length_us, min(duration_us, 2 * extent.length_us))
            container.seek(min(0, extent.first_us))

    def _send(self, packets: Iterator[Packet]) -> bool:
        """Each when its time has come; whether it was told to stop meanwhile."""
        for packet in packets:
            if self._wait_until(packet.dts_us):
                return True
            self._handover.put(packet)
        return False

    def _wait_until(self, time_us: int) -> bool:
        """Whether it was told to stop meanwhile."""
        return self.stop.wait(max(0.0, time_us / SECOND_US - time.time()))


class _Extent:
    """From when to when a recording is shown, by its own times in microseconds.

    `first_us`: the decoding time of its first packet.  `length_us` leaves room for what is shown
    after the last is decoded, or the next round would begin before this one is over.
    """

    def __init__(self) -> None:
        self.first_us = 0
        self._begin_us: int | None = None
        self._end_us = 0
        self._count = 0

    def add(self, packet: av.packet.Packet[Any]) -> None:
        assert packet.dts is not None
        assert packet.time_base is not None
        shown = packet.dts if packet.pts is None else max(packet.pts, packet.dts)
        shown_us = int(shown * packet.time_base * SECOND_US)
        end_us = shown_us + int((packet.duration or 0) * packet.time_base * SECOND_US)
        if self._begin_us is None:
            self.first_us = int(packet.dts * packet.time_base * SECOND_US)
            self._begin_us, self._end_us = shown_us, end_us
        self._begin_us = min(self._begin_us, shown_us)
        self._end_us = max(self._end_us, end_us, shown_us + 1)
        self._count += 1

    @property
    def length_us(self) -> int:
        """0 for a single picture."""
        if self._count < 2 or self._begin_us is None:
            return 0
        return self._end_us - self._begin_us


def _address(settings: StreamSettings) -> tuple[str, dict[str, str]]:
    """What FFmpeg opens, log-in included, and with which options."""
    try:
        parts = urlsplit(settings.url)
    except ValueError as error:
        raise failures.bad_address(failures.without_login(settings.url)) from error
    scheme = parts.scheme.lower()
    path = file_of(settings.url)
    if path is not None:
        if not path.is_file():
            raise DeviceError(FailureKind.UNREACHABLE, f"There is no file {path}.")
        return str(path), {}
    if scheme not in _NETWORK_SCHEMES:
        raise failures.bad_address(failures.without_login(settings.url))
    limit_us = round(max(settings.connect_timeout_s, settings.stall_timeout_s) * SECOND_US)
    options = {"timeout": str(limit_us), "analyzeduration": str(round(_LOOKAHEAD_S * SECOND_US))}
    if scheme.startswith("rtsp"):
        options["rtsp_flags"] = "prefer_tcp"
    if settings.user:
        login = f"{quote(settings.user, '')}:{quote(settings.password, '')}"
        place = parts.netloc.rpartition("@")[2]
        parts = parts._replace(netloc=f"{login}@{place}")
    return urlunsplit(parts), options


def _mapped(url: str, settings: StreamSettings, error: Exception) -> DeviceError:
    """libav's error in our words; its own text holds the address with the log-in."""
    why = (getattr(error, "strerror", None) or type(error).__name__).lower()
    match error:
        case av.error.HTTPUnauthorizedError():
            return failures.login(url, settings.user)
        case av.error.HTTPForbiddenError():
            return failures.refused(url, settings.user, "GET", 403, "Forbidden")
        case av.error.HTTPNotFoundError():
            return failures.refused(url, settings.user, "GET", 404, "Not Found")
        case av.error.HTTPError():
            return DeviceError(FailureKind.NOT_VIDEO, f"{url} answers: {why}. Check the address.")
        case TimeoutError():
            limit_s = max(settings.connect_timeout_s, settings.stall_timeout_s)
            return failures.timed_out(url, "answer", limit_s)
        case av.error.InvalidDataError():
            text = f"{url} sends what is no video that can be read. Check the address."
            return DeviceError(FailureKind.NOT_VIDEO, text)
        case av.error.ProtocolNotFoundError() | av.error.DemuxerNotFoundError():
            return failures.unsupported(url, "a transport or container")
        case av.error.EOFError():
            return failures.closed(url)
        case ValueError():
            return failures.garbage(url, why)
    return failures.unreachable(url, why)
