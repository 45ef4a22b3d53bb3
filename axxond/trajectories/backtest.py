"""Detectors on stored tracks: how often one would have fired.  Pure.

Situation detectors keep their objects apart: `judging` judges one after the other as they do.
Those that count objects run themselves, the same code as live, on the objects of one time
together, and are shown only the moments at which something changes (`moments`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from attrs import define

from axxond.analytics import kinds, tracking_settings
from axxond.analytics.chain import WITH_OBJECTS
from axxond.analytics.foreground import Scene
from axxond.analytics.objects import TrackedObject
from axxond.analytics.plane import Plane
from axxond.analytics.port import Detector, DetectorEvent, DetectorSettings, make
from axxond.analytics.situation import Attention, Rule
from axxond.base.errors import ConfigError
from axxond.trajectories.judging import Firing, Progress, judged
from axxond.trajectories.moments import Watched, ticks, watched
from axxond.trajectories.tracks import TICK_US, Tracks, Viewer, thing
from protocol.types import Phase


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
    if attention.rule is not Rule.CROWDS:
        return judged(attention, viewer, period_us, progress)
    events = _Events()
    hidden = viewer.hidden_since()
    for crowd in _crowds(list(watched(attention, viewer)), attention.crowd):
        if progress is not None:
            progress(crowd[0].index / len(tracks))
        moments = set().union(
            *(ticks(one, attention.hold_us, hidden.get(one.index, ())) for one in crowd)
        )
        _together(detector, viewer, crowd, moments, events)
    begin_us, end_us = period_us
    return [one for one in events.ordered() if begin_us <= one.begin_us < end_us]


def _made(settings: DetectorSettings) -> Detector:
    return make(settings, Plane.of(640, 360))


def _attention(detector: Detector) -> Attention | None:
    found: Attention | None = getattr(detector, "attention", None)
    return found


def _together(
    detector: Detector, viewer: Viewer, crowd: list[Watched], moments: set[int], events: _Events
) -> None:
    moment = _Moment(0, ())
    scene = cast(Scene, moment)  # it reads no more of one
    ordered = sorted(moments | {one.last + 1 for one in crowd})
    there = [[one.index for one in crowd if one.first <= at <= one.last] for at in ordered]
    looks = viewer.look(
        [index for some in there for index in some],
        [at for at, some in zip(ordered, there, strict=True) for _ in some],
    )
    for at, some in zip(ordered, there, strict=True):
        moment.time_us = at * TICK_US
        moment.objects = tuple(thing(next(looks)) for _ in some)
        events.take(detector.feed(scene))
    events.take(detector.interrupt((ordered[-1] + 1) * TICK_US))


def _crowds(chosen: list[Watched], more_than: int) -> Iterator[list[Watched]]:
    """Groups of objects whose times touch, where more than so many are there at once."""
    chosen.sort(key=lambda one: one.first)
    group: list[Watched] = []
    until = 0
    for one in [*chosen, None]:
        if one is not None and group and one.first <= until + 1:
            group.append(one)
            until = max(until, one.last)
            continue
        if len(group) > more_than and _most([(e.first, e.last) for e in group]) > more_than:
            yield group
        if one is not None:
            group, until = [one], one.last


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
