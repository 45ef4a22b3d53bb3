"""Video decoding for detectors: a few threads for all cameras, luma only, bounded and fair.

A stream has at most one job in the pool, of a bounded number of packets, so that cameras take
turns.  Decoding and the work on the pictures run in the same thread, one after the other, both
mostly without the GIL; `DecodedStream._job` is the only code that runs there, and hands its
results to the event loop in one place.  All else here is for the event loop.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import time
from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

import av
import av.error
import numpy as np
from attrs import define
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from axxond.base import tasks
from axxond.base.units import MIB, SECOND_US
from axxond.media.packet import Packet
from axxond.stream.hub import Gap, Item, Policy, StreamHub
from protocol.types import Codec, VideoFormat

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Luma = NDArray[np.uint8]
log = logging.getLogger(__name__)

# A decoder that falls behind further than that (5 s at 25 fps) goes on with the newest GOP.
_MAX_QUEUED_PACKETS = 128
_MAX_QUEUED_BYTES = 8 * MIB
# One job: short enough that 64 cameras get their turn within a second on two threads.
_MAX_JOB_PACKETS = 8
# Packets gather that long before they become a job: a hand-over costs about as much as a frame.
_GATHER_S = 0.05
# Streams with gradual refresh have no key frames; after so long without one, decode regardless.
_MAX_BLIND_US = 10 * SECOND_US

_DECODERS = {
    Codec.H264: "h264",
    Codec.H265: "hevc",
    Codec.MJPEG: "mjpeg",
    Codec.MPEG4: "mpeg4",
    Codec.MXPEG: "mxpeg",
    Codec.SNOW: "snow",
    Codec.AV1: "av1",
}


class FrameWork(Protocol[R_co]):
    """What is done with a stream's pictures, in the pool's threads, one call at a time and in
    the order of the stream."""

    def frame(self, luma: Luma, pts_us: int, /) -> R_co | None:
        """`luma`: a view of the decoder's own plane, height x width, rows contiguous with a
        stride; valid during the call only.  A result is delivered on the event loop."""

    def gap(self, at_us: int, /) -> R_co | None:
        """The stream was interrupted."""


@define
class DecodeStats:
    """Counters of one stream.  `errors`: packets or pictures that could not be decoded (damaged,
    or of an unknown codec); `skipped`: packets not decoded because what they build on is missing;
    `dropped`: lost to the bound of the queue; `cpu_us`: processor time of decoding and work."""

    packets: int = 0
    frames: int = 0
    errors: int = 0
    skipped: int = 0
    dropped: int = 0
    cpu_us: int = 0


class Decoder:
    """Packets of one video track to luma planes.  Never raises on what a camera sent.

    After a loss or an error nothing is given out up to the next key frame (or _MAX_BLIND_US):
    grey smears would be taken for motion.
    """

    def __init__(self, stats: DecodeStats) -> None:
        self._stats = stats
        self._format: VideoFormat | None = None
        self._context: VideoCodecContext | None = None
        self._blind_since_us: int | None = None
        self._sound = False

    def reset(self) -> None:
        """Forget all reference pictures; wait for a key frame."""
        self._context = None
        self._format = None
        self._sound = False
        self._blind_since_us = None

    def decode(self, packet: Packet) -> Iterator[tuple[Luma, int]]:
        """Luma and time of every picture that this packet completes."""
        stats = self._stats
        stats.packets += 1
        if packet.discontinuity:
            self.reset()
        if packet.lost_before:
            self._sound = False
        if packet.format is not self._format and not self._open(packet.format):
            stats.errors += 1
            return
        if not self._is_decodable(packet):
            stats.skipped += 1
            return
        for frame in self._frames(packet):
            if frame.is_corrupt:
                self._damaged()
                continue
            stats.frames += 1
            yield _luma(frame), packet.pts_us if frame.pts is None else frame.pts

    def _open(self, wanted: Any) -> bool:
        """Make the context fit; False when there is no decoder."""
        known, self._format = self._format, wanted
        if known == wanted and self._context is not None:
            return True
        self._context = None
        self._sound = False
        name = _DECODERS.get(wanted.codec)
        if name is None:
            return False
        try:
            context = av.CodecContext.create(name, "r")
            assert isinstance(context, VideoCodecContext)
            context.thread_count = 1
            context.width, context.height = wanted.width, wanted.height  # Snow does not say
            if wanted.extradata:
                context.extradata = wanted.extradata
            context.open()
        except (av.error.FFmpegError, ValueError):
            return False
        self._context = context
        return True

    def _is_decodable(self, packet: Packet) -> bool:
        if self._context is None:
            return False
        if packet.keyframe:
            self._sound = True
        if self._sound:
            self._blind_since_us = None
            return True
        if self._blind_since_us is None:
            self._blind_since_us = packet.dts_us
        self._sound = abs(packet.dts_us - self._blind_since_us) >= _MAX_BLIND_US
        return self._sound

    def _frames(self, packet: Packet) -> list[VideoFrame]:
        assert self._context is not None
        if not packet.data:
            self._damaged()  # to libav, an empty packet is the end of the stream
            return []
        # In libav's own memory: it reads on behind the end and wants zeros there; a Packet made
        # of bytes has whatever lies there (MPEG-4 pictures were called corrupt at random).
        carrier = av.Packet(len(packet.data))
        carrier.update(packet.data)
        carrier.pts = packet.pts_us
        carrier.dts = packet.dts_us
        try:
            return self._context.decode(carrier)
        except av.error.FFmpegError:
            self._damaged()
            return []

    def _damaged(self) -> None:
        self._stats.errors += 1
        self._sound = False


def _luma(frame: VideoFrame) -> Luma:
    """The plane itself where luma is one of 8 bits a pixel, else a converted copy."""
    name = frame.format.name
    if name not in _direct:
        _direct[name] = _has_plane_of_bytes(frame)
    if not _direct[name]:
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    height, stride = frame.height, plane.line_size
    rows: Luma = np.frombuffer(memoryview(plane), np.uint8, height * stride)
    return rows.reshape(height, stride)[:, : frame.width]


_direct: dict[str, bool] = {}  # by pixel format; there are some hundred


def _has_plane_of_bytes(frame: VideoFrame) -> bool:
    """Whether the first plane is luma, a byte a pixel."""
    form = frame.format
    alone = form.name == "gray" or (form.is_planar and len(frame.planes) > 1)
    return alone and form.components[0].bits == 8 and not (form.is_rgb or form.has_palette)


class DecodedStream(Generic[R]):
    """One reader of one stream; made by `DecoderPool.open`."""

    def __init__(
        self,
        pool: DecoderPool,
        hub: StreamHub,
        work: FrameWork[R],
        on_result: Callable[[R], None],
        name: str,
    ) -> None:
        self.name = name
        self._stats = DecodeStats()
        self._pool = pool
        self._work = work
        self._on_result = on_result
        self._decoder = Decoder(self._stats)
        self._loop = asyncio.get_running_loop()
        self._idle = asyncio.Event()
        self._idle.set()
        self._failed = False
        self._subscription = hub.subscribe(
            Policy.DROP_OLDEST, _MAX_QUEUED_BYTES, _MAX_QUEUED_PACKETS
        )
        self._task = tasks.spawn(self._run(), name)

    @property
    def stats(self) -> DecodeStats:
        self._stats.dropped = self._subscription.dropped
        return self._stats

    async def close(self) -> None:
        """Returns when no job of this stream is running and its results have been delivered."""
        self._subscription.close()
        await tasks.cancel(self._task)
        await self._idle.wait()
        self._pool.forget(self)

    async def _run(self) -> None:
        while items := await self._subscription.wait():
            for first in range(0, len(items), _MAX_JOB_PACKETS):
                self._idle.clear()
                self._pool.submit(self._job, items[first : first + _MAX_JOB_PACKETS])
                await self._idle.wait()
            await asyncio.sleep(_GATHER_S)

    def _job(self, items: list[Item]) -> None:
        """In a pool's thread."""
        began_ns = time.thread_time_ns()
        results: list[R] = []
        for item in items:
            try:
                results.extend(self._results(item))
            except Exception:  # noqa: BLE001 - the edge of a thread: one camera's failure is its own
                self._fail()
        self._stats.cpu_us += (time.thread_time_ns() - began_ns) // 1000
        self._loop.call_soon_threadsafe(self._deliver, results)  # the one way back to the loop

    def _results(self, item: Item) -> Iterator[R]:
        if isinstance(item, Gap):
            self._decoder.reset()
            if (result := self._work.gap(item.at_us)) is not None:
                yield result
        elif item.is_video:
            for luma, pts_us in self._decoder.decode(item):
                result = self._work.frame(luma, pts_us)
                del luma  # so that the decoder can use the same, warm memory again
                if result is not None:
                    yield result

    def _fail(self) -> None:
        self._stats.errors += 1
        if not self._failed:
            log.exception("%s failed on a picture (further failures are counted only)", self.name)
        self._failed = True

    def _deliver(self, results: list[R]) -> None:
        self._idle.set()
        for result in results:
            self._on_result(result)


class DecoderPool:
    """`threads` threads (0: as many as cores) that decode for all streams opened on it."""

    def __init__(self, threads: int = 0) -> None:
        self.threads = threads or os.cpu_count() or 1
        self._executor = concurrent.futures.ThreadPoolExecutor(self.threads, "decode")
        self._streams: set[DecodedStream[Any]] = set()

    def open(
        self,
        hub: StreamHub,
        work: FrameWork[R],
        on_result: Callable[[R], None],
        name: str,
    ) -> DecodedStream[R]:
        """Decode the hub's video from its next key frame on; `on_result` is called on the loop
        with what `work` returned.  For the event loop."""
        stream = DecodedStream(self, hub, work, on_result, name)
        self._streams.add(stream)
        return stream

    async def close(self) -> None:
        """Close all streams and end the threads."""
        for stream in list(self._streams):
            await stream.close()
        await tasks.in_thread(self._executor.shutdown)

    def submit(self, job: Callable[[list[Item]], None], items: list[Item]) -> None:
        """For `DecodedStream`, which has one job at a time."""
        self._executor.submit(job, items)

    def forget(self, stream: DecodedStream[Any]) -> None:
        """For `DecodedStream.close`."""
        self._streams.discard(stream)
