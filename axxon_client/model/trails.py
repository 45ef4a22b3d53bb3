"""What detectors see on a live picture: boxes of now, and the ways of tracked objects.  Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from attrs import define, field, frozen

from protocol.types import SeenObject

# A way is shown so long; more would cover the picture.
TRAIL_US = 5_000_000
# Objects that have not been told of for so long are gone, even if nobody said so.
STALE_US = 2_000_000
_MAX_POINTS = 64  # of one way: 5 s at 10 analysed frames a second, and some
_MAX_OBJECTS = 100

Place = tuple[float, float]


@frozen
class Way:
    """The feet of one object, oldest first; shares of the frame."""

    places: tuple[Place, ...]
    firing: bool


@define
class _Track:
    places: deque[tuple[int, Place]] = field(factory=lambda: deque(maxlen=_MAX_POINTS))
    firing: bool = False


@define
class Trails:
    """Feed it each notice; `objects` is what to box now."""

    objects: list[SeenObject] = field(factory=list)
    _tracks: dict[int, _Track] = field(factory=dict)
    _time_us: int = 0

    def feed(self, time_us: int, objects: list[SeenObject]) -> None:
        if time_us < self._time_us or time_us - self._time_us > STALE_US:
            self._tracks.clear()
        self._time_us = time_us
        self.objects = objects[:_MAX_OBJECTS]
        seen = {one.id for one in self.objects if one.id}
        self._tracks = {key: track for key, track in self._tracks.items() if key in seen}
        for one in self.objects:
            if one.id:
                track = self._tracks.setdefault(one.id, _Track())
                track.firing = one.firing
                track.places.append((time_us, (one.box.x + one.box.w / 2, one.box.y + one.box.h)))

    def clear(self) -> None:
        self.objects = []
        self._tracks.clear()

    def ways(self) -> Iterator[Way]:
        """Of tracked objects that have been somewhere else."""
        for track in self._tracks.values():
            fresh = [place for us, place in track.places if self._time_us - us <= TRAIL_US]
            if len(fresh) > 1:
                yield Way(tuple(fresh), track.firing)
