"""Detectors on stored tracks: how often one would have fired.  Pure.

The detector itself runs, the same code as live, object by object: situation detectors keep their
objects apart, so that those which cannot matter are left out, and of the others only the moments
at which something changes are shown (`moments`).  Those that count objects see the objects of one
time together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from attrs import define, frozen

from axxond.analytics import kinds, tracking_settings
from axxond.analytics.chain import WITH_OBJECTS
from axxond.analytics.foreground import Scene
from axxond.analytics.objects import TrackedObject
from axxond.analytics.plane import Plane
from axxond.analytics.port import Detector, DetectorEvent, DetectorSettings, make
from axxond.analytics.situation import Attention
from axxond.base.errors import ConfigError
from axxond.trajectories.moments import Watched, watched
from axxond.trajectories.tracks import TICK_US, Track, Tracks
from protocol.types import Box, Phase

# An object between two calls of `progress`.
_PROGRESS_EVERY = 512

Progress = Callable[[float], None]
"""the share that is done; what it raises ends the work"""


@frozen
class Firing:
    """One event, from begin to end (the same for an instant)."""

    begin_us: int
    end_us: int
    object_id: int | None
    direction: str
    box: Box | None


@define
class _Moment:
    """What a detector on objects reads of a scene."""

    time_us: int
    objects: tuple[TrackedObject, ...]


def check(settings: DetectorSettings) -> None:
    """Whether it can run on stored tracks; ConfigError says why not."""
    kinds.check(settings)
    if settings.kind == tracking_settings.KIND:
        text = "the tracker raises no events, and what it would have found with other settings is"
        text += " not stored"
    elif settings.kind not in WITH_OBJECTS:
        text = f"{settings.kind} looks at the picture or listens, and only objects are stored"
    elif _attention(_made(settings)) is None:
        text = f"{settings.kind} looks at the picture of an object, which is not stored"
    else:
        return
    raise ConfigError(f"type: cannot be tried on stored metadata: {text}", settings.id, "type")


def backtest(
    settings: DetectorSettings,
    tracks: Tracks,
    period_us: tuple[int, int],
    progress: Progress | None = None,
) -> list[Firing]:
    """What it would have told, of events that begin in the period; by begin.  ConfigError as of
    `check`."""
    check(settings)
    detector = _made(settings)
    attention = _attention(detector)
    assert attention is not None
    chosen = watched(attention, tracks)
    events = _Events()
    if attention.crowd:
        _together(detector, _crowds(list(chosen), attention.crowd), events)
    else:
        _one_by_one(detector, chosen, events, _progress(progress, tracks))
    begin_us, end_us = period_us
    return [one for one in events.ordered() if begin_us <= one.begin_us < end_us]


def _made(settings: DetectorSettings) -> Detector:
    return make(settings, Plane.of(640, 360))


def _attention(detector: Detector) -> Attention | None:
    found: Attention | None = getattr(detector, "attention", None)
    return found


def _progress(progress: Progress | None, tracks: Tracks) -> Callable[[int], None]:
    first = int(tracks.numbers[0]) if len(tracks) else 0
    span = (int(tracks.numbers[-1]) - first + 1) if len(tracks) else 1

    def tell(number: int) -> None:
        if progress is not None:
            progress((number - first) / span)

    return tell


def _one_by_one(
    detector: Detector, chosen: Iterator[Watched], events: _Events, tell: Callable[[int], None]
) -> None:
    feed = _feeder(detector, events)
    for count, one in enumerate(chosen):
        if count % _PROGRESS_EVERY == 0:
            tell(one.track.number)
        track = one.track
        for tick in one.ticks:
            feed(tick, (track.at(tick),))
        gone = track.last_tick + 1
        if track.lost and not one.settled:
            feed(gone, ())
        events.take(detector.interrupt(gone * TICK_US))


def _together(detector: Detector, crowds: Iterator[list[Watched]], events: _Events) -> None:
    feed = _feeder(detector, events)
    for crowd in crowds:
        ticks = {tick for one in crowd for tick in one.ticks}
        ticks |= {one.track.last_tick + 1 for one in crowd}
        for tick in sorted(ticks):
            feed(tick, _present([one.track for one in crowd], tick))
        events.take(detector.interrupt((max(ticks) + 1) * TICK_US))


def _present(tracks: list[Track], tick: int) -> tuple[TrackedObject, ...]:
    return tuple(one.at(tick) for one in tracks if one.first_tick <= tick <= one.last_tick)


def _crowds(chosen: list[Watched], more_than: int) -> Iterator[list[Watched]]:
    """Groups of objects whose times touch, where more than so many are there at once."""
    chosen.sort(key=lambda one: one.track.first_tick)
    group: list[Watched] = []
    until = 0
    for one in [*chosen, None]:
        if one is not None and group and one.track.first_tick <= until + 1:
            group.append(one)
            until = max(until, one.track.last_tick)
            continue
        if _most(group) > more_than:
            yield group
        if one is not None:
            group, until = [one], one.track.last_tick


def _most(group: list[Watched]) -> int:
    """How many are there at once."""
    steps = [(one.track.first_tick, 1) for one in group]
    steps += [(one.track.last_tick + 1, -1) for one in group]
    count = most = 0
    for _, step in sorted(steps):
        count += step
        most = max(most, count)
    return most


def _feeder(
    detector: Detector, events: _Events
) -> Callable[[int, tuple[TrackedObject, ...]], None]:
    moment = _Moment(0, ())
    scene = cast(Scene, moment)  # it reads no more of one

    def feed(tick: int, objects: tuple[TrackedObject, ...]) -> None:
        moment.time_us, moment.objects = tick * TICK_US, objects
        if found := detector.feed(scene):
            events.take(found)

    return feed


class _Events:
    """Begins and their ends, put together."""

    def __init__(self) -> None:
        self._going_on: dict[int | None, DetectorEvent] = {}
        self._done: list[Firing] = []

    def take(self, events: list[DetectorEvent]) -> None:
        for event in events:
            if event.phase is Phase.BEGIN:
                self._going_on[event.object_id] = event
            elif event.phase is Phase.INSTANT:
                self._add(event, event.time_us)
            elif (begun := self._going_on.pop(event.object_id, None)) is not None:
                self._add(begun, max(event.time_us, begun.time_us))

    def ordered(self) -> list[Firing]:
        return sorted(self._done, key=lambda one: (one.begin_us, one.object_id or 0))

    def _add(self, event: DetectorEvent, end_us: int) -> None:
        box = event.boxes[0] if event.boxes else None
        firing = Firing(event.time_us, end_us, event.object_id, event.direction, box)
        self._done.append(firing)
