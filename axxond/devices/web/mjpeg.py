"""HTTP MJPEG: JPEG images that a device pushes one after the other, or gives one by one.

An address that answers with a single image is asked again and again: once a second, or as often
as `#interval=SECONDS` at its end says.
"""

from __future__ import annotations

import asyncio
import re
import time
from urllib.parse import parse_qs, urldefrag

from axxond.base.units import KIB
from axxond.devices import failures
from axxond.devices.address import with_login
from axxond.devices.bitstream import jpegscan
from axxond.devices.control import ControlSettings
from axxond.devices.port import DeviceError, Sink, StreamSettings
from axxond.devices.web.client import WebClient, chunks, shown
from axxond.media.arrival import ArrivalClock
from axxond.media.packet import Packet
from axxond.media.timeline import StreamClock
from protocol.types import Codec, FailureKind, VideoFormat

_DEFAULT_INTERVAL_S = 1.0
_LEAST_INTERVAL_S = 0.04
# So much may come before the first image; an image of a device is preceded by a few lines.
_MAX_PREFACE_BYTES = 64 * KIB
# After the first, sound or text may stand between two images.
_MAX_WASTE_BYTES = jpegscan.MAX_IMAGE_BYTES
_RATE = 90_000
# Seconds since whenever, as mjpg-streamer and others give them with every part.
_TIMESTAMP = re.compile(rb"^x-timestamp:[ \t]*(\d{1,12}\.\d{1,9})\s*$", re.IGNORECASE | re.M)
_IMAGES = ("multipart/", "image/jpeg", "image/jpg", "video/x-motion-jpeg", "video/mjpeg")
_OTHER = "something else than JPEG images"
_VAGUE = ("", "application/octet-stream", "text/plain")


class MjpegDriver:
    name = "mjpeg"

    def source(self, settings: StreamSettings) -> MjpegSource:
        return MjpegSource(settings)

    def control(self, settings: ControlSettings) -> None:
        """A stream is all there is."""


class MjpegSource:
    """One attempt.  Raises DeviceError UNSUPPORTED for an address that gives other video."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings

    async def run(self, sink: Sink) -> None:
        settings = self._settings
        address, user, password = with_login(settings.url, settings.user, settings.password)
        url, fragment = urldefrag(address)
        interval_s = _interval_s(url, fragment, settings.stall_timeout_s)
        pictures = Pictures(sink)
        web = WebClient(url, user, password, settings.connect_timeout_s)
        loop = asyncio.get_running_loop()
        try:
            due_s = loop.time()
            while await self._follow(web, url, pictures):
                due_s = max(due_s + interval_s, loop.time())
                await asyncio.sleep(due_s - loop.time())
        finally:
            await web.close()

    async def _follow(self, web: WebClient, url: str, pictures: Pictures) -> bool:
        """Until the answer ends; whether it is one of an address to be asked again."""
        stream = jpegscan.JpegStream()
        count = 0
        async with web.open(url) as reply:
            _refuse_others(shown(reply), reply.content_type)
            async for data in chunks(reply):
                arrival_us = time.time_ns() // 1000
                for image in stream.feed(data):
                    count += 1
                    pictures.take(image, arrival_us)
                _refuse_waste(shown(reply), stream, count)
            if not count:
                raise _no_image(shown(reply), reply.content_type)
            if count != 1 or reply.content_type.startswith("multipart/"):
                raise failures.closed(shown(reply))
        return True


class Pictures:
    """Images to packets, timed by the sender's own stamps where it gives them."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._format = VideoFormat(Codec.MJPEG, 0, 0)
        self._arrivals = ArrivalClock()
        self._clock = StreamClock(_RATE)
        self._last_us = 0

    def take(self, image: jpegscan.Image, arrival_us: int) -> None:
        found = jpegscan.size(image.data)
        if found is None:  # nothing could show it
            return
        if found != (self._format.width, self._format.height):
            self._format = VideoFormat(Codec.MJPEG, *found)
        pts_us, interval_us, jumped = self._time(image.before, arrival_us)
        packet = Packet(self._format, image.data, pts_us, pts_us, interval_us, True, jumped)
        self._sink.packet(packet)

    def _time(self, before: bytes, arrival_us: int) -> tuple[int, int, bool]:
        stamps = _TIMESTAMP.findall(before)
        if not stamps:
            pts_us = max(self._arrivals.stamp(arrival_us), self._last_us + 1)
            self._last_us = pts_us
            return pts_us, self._arrivals.interval_us, False
        raw = round(float(stamps[-1]) * _RATE) % (1 << 32)
        stamp = self._clock.stamp(raw, arrival_us)
        self._last_us = stamp.pts_us
        return stamp.pts_us, self._clock.interval_us, stamp.discontinuity


def _interval_s(url: str, fragment: str, stall_timeout_s: float) -> float:
    given = parse_qs(fragment).get("interval", [])
    if not given:
        return min(_DEFAULT_INTERVAL_S, stall_timeout_s / 2)
    try:
        wished = float(given[-1])
    except ValueError:
        wished = 0.0
    if not _LEAST_INTERVAL_S <= wished < stall_timeout_s:
        text = f"{url} cannot be asked every {given[-1]} s: the interval is a number of seconds"
        limits = f"from {_LEAST_INTERVAL_S:g} to below the stall time-out ({stall_timeout_s:g} s)."
        raise DeviceError(FailureKind.UNSUPPORTED, f"{text} {limits}")
    return wished


def _refuse_others(url: str, kind: str) -> None:
    if kind.startswith(_IMAGES) or kind in _VAGUE:
        return
    if kind.startswith(("text/", "application/xhtml", "application/json")):
        text = f"{url} gives a page ({kind}), not pictures. Check the path of the address."
        raise DeviceError(FailureKind.NOT_VIDEO, text)
    raise failures.unsupported(url, kind)


def _refuse_waste(url: str, stream: jpegscan.JpegStream, count: int) -> None:
    if stream.waste_bytes > (_MAX_WASTE_BYTES if count else _MAX_PREFACE_BYTES):
        if count:
            raise failures.garbage(url, "no image any more", "JPEG")
        raise failures.unsupported(url, _OTHER)


def _no_image(url: str, kind: str) -> DeviceError:
    if not kind.startswith(_IMAGES):
        return failures.unsupported(url, _OTHER)
    text = f"{url} gives no picture: its answer has ended without one. Check the address."
    return DeviceError(FailureKind.NOT_VIDEO, text)
