"""One camera's analytics: from a stream's hub, through the decoder pool, to what it finds.

The chain of detectors runs in the pool's threads; everything here, callbacks included, runs on
the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen

from axxond.analytics.audio.chain import SoundChain
from axxond.analytics.chain import MAX_ANALYSED_FPS, Chain, Findings
from axxond.analytics.kinds import is_of_sound
from axxond.analytics.objects import Tracked
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.stream_time import PicturesInUtc, SoundInUtc, in_utc
from axxond.base.clock import Clock
from axxond.base.units import SECOND_US
from axxond.media.straight import StraightTime
from axxond.stream.decoder import Discard, PictureStage
from axxond.stream.hub import StreamHub
from axxond.stream.pool import DecodedStream, DecoderPool, DecodeStats, Stage
from axxond.stream.sound import SoundStage
from protocol.types import SeenObject

__all__ = [
    "FULL_RATE",
    "CameraAnalytics",
    "DetectorEvent",
    "DetectorSettings",
    "Discard",
    "Listener",
    "Thrift",
    "Tracked",
]


def _ignore(_tracked: Tracked) -> None:
    pass


@frozen
class Listener:
    """Called on the event loop.  `event(event)`: a detector's begin or end.  `seen(time_us,
    objects)`: what is to be drawn on the live picture of that time; [] takes the last away.
    `tracked(tracked)`: each analysed frame's objects, where there are or just were any."""

    event: Callable[[DetectorEvent], None]
    seen: Callable[[int, list[SeenObject]], None]
    tracked: Callable[[Tracked], None] = _ignore


@frozen
class Thrift:
    """How much less than usual detectors see: pictures MAX_ANALYSED_FPS / `slower` times a second
    at most, of those that are decoded.  Sound is cheap: it is always heard whole."""

    slower: int = 1
    discard: Discard = Discard.NOTHING


FULL_RATE = Thrift()


class CameraAnalytics:
    """Runs detectors of one camera on one of its streams, all of pictures or all of sound;
    ConfigError when a detector's settings are wrong."""

    def __init__(
        self,
        camera: str,
        detectors: Sequence[DetectorSettings],
        hub: StreamHub,
        pool: DecoderPool,
        listener: Listener,
        clock: Clock,
    ) -> None:
        self.camera = camera
        listens = bool(detectors) and is_of_sound(detectors[0].kind)
        self._chain = SoundChain(detectors) if listens else Chain(detectors)
        # Detectors live in stream time, so that they see a camera as they see a file.
        self._time = StraightTime()
        self._thrift = FULL_RATE
        self._pictures: PictureStage[Findings] | None = None
        self._hub = hub
        self._pool = pool
        self._listener = listener
        self._clock = clock
        self._stream: DecodedStream[Findings] | None = None
        self._drawn = False
        self._stats = DecodeStats()

    @property
    def stats(self) -> DecodeStats:
        """Counters since the last `start`."""
        if self._stream is not None:
            self._stats = self._stream.stats
        return self._stats

    def change(self, detectors: Sequence[DetectorSettings]) -> None:
        """Other detectors of pictures from the next one on, as `Chain.change`."""
        assert isinstance(self._chain, Chain)
        self._chain.change(detectors)

    def start(self) -> None:
        """Begin with the next key frame.  For the event loop."""
        if self._stream is None:
            name = f"analytics {self.camera}"
            self._time.restart()
            self._stream = self._pool.open(self._hub, self._stage(), self._report, name)

    def look_away(self, until_us: int) -> None:
        """The camera turns by command up to that time (UTC): what its picture does means
        nothing."""
        if isinstance(self._chain, Chain):
            until_us -= self._time.shift_us
            self._chain.blind_until_us = max(self._chain.blind_until_us, until_us)

    def save(self, thrift: Thrift) -> None:
        """See less, or all again, from the next picture on."""
        self._thrift = thrift
        if isinstance(self._chain, Chain):
            self._chain.interval_us = thrift.slower * SECOND_US // MAX_ANALYSED_FPS
        if self._pictures is not None:
            self._pictures.discard(thrift.discard)

    async def stop(self) -> None:
        """Stop decoding; events that are going on end now."""
        if self._stream is None:
            return
        stream, self._stats, self._stream = self._stream, self._stream.stats, None
        await stream.close()
        findings = self._chain.close(self._clock.now_us() - self._time.shift_us)
        if findings is not None:
            self._report(in_utc(findings, self._time.shift_us))
        if self._drawn:
            self._draw(self._clock.now_us(), [])

    def _stage(self) -> Stage[Findings]:
        if isinstance(self._chain, SoundChain):
            return SoundStage(SoundInUtc(self._chain, self._time), self._time)
        self._pictures = PictureStage(PicturesInUtc(self._chain, self._time), self._time)
        self.save(self._thrift)
        return self._pictures

    def _report(self, findings: Findings) -> None:
        for event in findings.events:
            self._listener.event(event)
        if findings.seen is not None:
            self._draw(findings.time_us, list(findings.seen))
        if findings.tracked is not None:
            self._listener.tracked(findings.tracked)

    def _draw(self, time_us: int, objects: list[SeenObject]) -> None:
        self._drawn = bool(objects)
        self._listener.seen(time_us, objects)
