"""Detectors on stored tracks: how often one would have fired.  Pure.

The detector itself runs, the same code as live, object by object: situation detectors keep their
objects apart, so that those which cannot matter are left out, and of the others only the moments
at which something changes are shown (`moments`).  Those that count objects see the objects of one
time together.
"""

from __future__ import annotations

import itertools
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
from axxond.trajectories.tracks import TICK_US, Tracks, Viewer, thing
from protocol.types import Box, Phase

# Objects that are looked at between two calls of `progress`.
_PORTION = 512

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
    viewer = Viewer(tracks)
    chosen = watched(attention, viewer)
    events = _Events()
    if attention.crowd:
        _together(detector, viewer, _crowds(viewer, list(chosen), attention.crowd), events)
    else:
        for portion in _portions(chosen):
            if progress is not None:
                progress(portion[0].index / len(tracks))
            _one_by_one(detector, viewer, portion, events)
    begin_us, end_us = period_us
    return [one for one in events.ordered() if begin_us <= one.begin_us < end_us]


def _made(settings: DetectorSettings) -> Detector:
    return make(settings, Plane.of(640, 360))


def _attention(detector: Detector) -> Attention | None:
    found: Attention | None = getattr(detector, "attention", None)
    return found


def _portions(chosen: Iterator[Watched]) -> Iterator[list[Watched]]:
    while portion := list(itertools.islice(chosen, _PORTION)):
        yield portion


def _one_by_one(
    detector: Detector, viewer: Viewer, portion: list[Watched], events: _Events
) -> None:
    looks = viewer.look(
        [one.index for one in portion for _ in one.ticks],
        [tick for one in portion for tick in one.ticks],
    )
    moment = _Moment(0, ())
    scene = cast(Scene, moment)  # it reads no more of one
    last, lost = viewer.last, viewer.lost
    for one in portion:
        aside = one.aside
        for tick in one.ticks:
            look = next(looks)
            if tick in aside and not detector.pending:  # type: ignore[attr-defined]
                continue
            moment.time_us, moment.objects = tick * TICK_US, (thing(look),)
            if found := detector.feed(scene):
                events.take(found)
        gone_us = (int(last[one.index]) + 1) * TICK_US
        if not one.settled and lost[one.index]:
            moment.time_us, moment.objects = gone_us, ()
            events.take(detector.feed(scene))
        events.take(detector.interrupt(gone_us))


def _together(
    detector: Detector, viewer: Viewer, crowds: Iterator[list[Watched]], events: _Events
) -> None:
    moment = _Moment(0, ())
    scene = cast(Scene, moment)
    for crowd in crowds:
        spans = [(one.index, int(viewer.first[one.index]), int(viewer.last[one.index]))
                 for one in crowd]  # fmt: skip
        ticks = {tick for one in crowd for tick in one.ticks} | {last + 1 for *_, last in spans}
        ordered = sorted(ticks)
        there = [[at for at, first, last in spans if first <= tick <= last] for tick in ordered]
        looks = viewer.look(
            [at for some in there for at in some],
            [tick for tick, some in zip(ordered, there, strict=True) for _ in some],
        )
        for tick, some in zip(ordered, there, strict=True):
            moment.time_us = tick * TICK_US
            moment.objects = tuple(thing(next(looks)) for _ in some)
            events.take(detector.feed(scene))
        events.take(detector.interrupt((ordered[-1] + 1) * TICK_US))


def _crowds(viewer: Viewer, chosen: list[Watched], more_than: int) -> Iterator[list[Watched]]:
    """Groups of objects whose times touch, where more than so many are there at once."""
    first, last = viewer.first.tolist(), viewer.last.tolist()
    chosen.sort(key=lambda one: first[one.index])
    group: list[Watched] = []
    until = 0
    for one in [*chosen, None]:
        if one is not None and group and first[one.index] <= until + 1:
            group.append(one)
            until = max(until, last[one.index])
            continue
        if _most([(first[each.index], last[each.index]) for each in group]) > more_than:
            yield group
        if one is not None:
            group, until = [one], last[one.index]


def _most(spans: list[tuple[int, int]]) -> int:
    """How many are there at once."""
    steps = [(first, 1) for first, _ in spans] + [(last + 1, -1) for _, last in spans]
    count = most = 0
    for _, step in sorted(steps):
        count += step
        most = max(most, count)
    return most


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
