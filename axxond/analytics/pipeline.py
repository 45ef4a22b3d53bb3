"""One camera's analytics: from a stream's hub, through the decoder pool, to what it finds.

The detectors run with the pool's crew, in another process; everything here, callbacks included,
runs on the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve, frozen

from axxond.analytics.chain import Findings
from axxond.analytics.kinds import check, is_of_sound
from axxond.analytics.objects import Tracked
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.watching import Change, Close, Listening, LookAway, Looking, Thrift
from axxond.base.clock import Clock
from axxond.stream.decoder import Discard
from axxond.stream.hub import StreamHub
from axxond.stream.pool import DecodedStream, DecoderPool
from axxond.stream.stage import DecodeStats, Recipe
from protocol.types import Phase, SeenObject

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

FULL_RATE = Thrift()


def _ignore(_told: object) -> None:
    pass


@frozen
class Listener:
    """Called on the event loop.  `event(event)`: a detector's begin or end.  `seen(time_us,
    objects)`: what is to be drawn on the live picture of that time; [] takes the last away.
    `tracked(tracked)`: each analysed frame's objects, where there are or just were any.
    `lost(wait_s)`: whoever ran the detectors is gone; they begin anew after so many seconds."""

    event: Callable[[DetectorEvent], None]
    seen: Callable[[int, list[SeenObject]], None]
    tracked: Callable[[Tracked], None] = _ignore
    lost: Callable[[float], None] = _ignore


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
        self._detectors = _checked(detectors)
        self._hub = hub
        self._pool = pool
        self._listener = listener
        self._clock = clock
        self._stream: DecodedStream[Findings] | None = None
        self._going: dict[tuple[str, int | None], DetectorEvent] = {}  # that have begun
        self._drawn = False
        self._followed = False
        self._stats = DecodeStats()

    @property
    def stats(self) -> DecodeStats:
        """Counters since the last `start`."""
        if self._stream is not None:
            self._stats = self._stream.stats
        return self._stats

    def change(self, detectors: Sequence[DetectorSettings]) -> None:
        """Other detectors of pictures from the next one on: events that are going on end, what was
        learnt of the scene stays.  ConfigError, and nothing changes, when their settings are
        wrong."""
        self._detectors = _checked(detectors)
        if self._stream is not None:
            self._stream.tell(Change(self._detectors))

    def start(self) -> None:
        """Begin with the next key frame."""
        if self._stream is not None:
            return
        listens = bool(self._detectors) and is_of_sound(self._detectors[0].kind)
        recipe: Recipe[Findings] = (Listening if listens else Looking)(self._detectors)
        name = f"analytics {self.camera}"
        self._stream = self._pool.open(self._hub, recipe, self._report, name, self._lose)

    def look_away(self, until_us: int) -> None:
        """The camera turns by command up to that time (UTC): what its picture does means
        nothing."""
        if self._stream is not None:
            self._stream.tell(LookAway(until_us))

    async def stop(self) -> None:
        """Stop decoding; events that are going on end now."""
        if self._stream is None:
            return
        stream, self._stream = self._stream, None
        await stream.close(Close(self._clock.now_us()))
        self._stats = stream.stats
        if self._drawn:
            self._draw(self._clock.now_us(), [])

    def _lose(self, wait_s: float) -> None:
        """What the detectors knew is gone: nobody else will end what they began."""
        now_us = self._clock.now_us()
        for event in list(self._going.values()):
            self._tell(evolve(event, phase=Phase.END, time_us=max(now_us, event.time_us)))
        if self._drawn:
            self._draw(now_us, [])
        if self._followed:
            self._follow(Tracked(now_us, (), cut=True))
        self._listener.lost(wait_s)

    def _report(self, findings: Findings) -> None:
        for event in findings.events:
            self._tell(event)
        if findings.seen is not None:
            self._draw(findings.time_us, list(findings.seen))
        if findings.tracked is not None:
            self._follow(findings.tracked)

    def _tell(self, event: DetectorEvent) -> None:
        key = event.detector_id, event.object_id
        if event.phase is Phase.BEGIN:
            self._going[key] = event
        elif event.phase is Phase.END:
            self._going.pop(key, None)
        self._listener.event(event)

    def _draw(self, time_us: int, objects: list[SeenObject]) -> None:
        self._drawn = bool(objects)
        self._listener.seen(time_us, objects)

    def _follow(self, tracked: Tracked) -> None:
        self._followed = bool(tracked.objects)
        self._listener.tracked(tracked)


def _checked(detectors: Sequence[DetectorSettings]) -> tuple[DetectorSettings, ...]:
    for one in detectors:
        check(one)
    return tuple(detectors)
