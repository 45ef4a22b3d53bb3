"""What all situation detectors share: the area, who is in it and since when, and events.

They read objects, not pixels.  Where an object stands is its foot.  Events bear the time at which
a thing began or ended, which is up to `hold_us` (or a moment of making sure) before they are
told.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import define, evolve, frozen

from axxond.analytics import properties as read
from axxond.analytics.foreground import Scene
from axxond.analytics.objects import Place, TrackedObject
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.zones import Polygon, contains, polygons
from axxond.base.units import SECOND_US
from protocol.types import Box, Phase

MAX_HOLD_S = 600.0
DEFAULT_HOLD_S = 3.0
MAX_SIZE = 100.0  # % of the frame

# A change of side is believed when it has lasted so long: boxes jitter.
SURE_US = 4 * SECOND_US // 10
# So near to the frame's edge (a share of it) a thing comes into the picture or leaves it.
EDGE = 0.03
# Who has kept its place for so long has stopped.
STOPPED_US = 3 * SECOND_US // 2


@frozen
class Area:
    """No zones: everywhere.  Sizes in % of the frame."""

    zones: tuple[Polygon, ...] = ()
    masks: tuple[Polygon, ...] = ()
    min_size: float = 0.0
    max_size: float = MAX_SIZE

    @classmethod
    def of(cls, properties: read.Properties) -> Area:
        return cls(
            polygons(properties.get("zones") or [], "zones"),
            polygons(properties.get("masks") or [], "masks"),
            read.number(properties, "min_size", 0.0, 0.0, MAX_SIZE),
            read.number(properties, "max_size", MAX_SIZE, 0.0, MAX_SIZE),
        )

    def holds(self, place: Place) -> bool:
        if not (self.zones or self.masks):
            return True
        x, y = (min(max(value, 0.0), 1.0) for value in place)
        inside = not self.zones or any(contains(zone, x, y) for zone in self.zones)
        return inside and not any(contains(mask, x, y) for mask in self.masks)

    def fits(self, thing: TrackedObject) -> bool:
        return self.min_size <= 100 * thing.box.w * thing.box.h <= self.max_size


class Rule(enum.Enum):
    """What makes a detector tell something: somebody comes in, goes out or is lost inside, stays
    inside, goes over a line; or there are too many."""

    ENTERS = enum.auto()
    LEAVES = enum.auto()
    STAYS = enum.auto()
    CROSSES = enum.auto()
    CROWDS = enum.auto()


@frozen
class Attention:
    """What a detector asks of stored tracks.  `least_us`: STAYS inside so long; `stood`: and has
    stood still for `stand_us` (None: whether or not; False: and has not); `hold_us`: may be
    interrupted so long.  `direction`: CROSSES the `lines` so.  `crowd`: CROWDS of more than so
    many."""

    area: Area
    rule: Rule
    least_us: int = 0
    stood: bool | None = None
    stand_us: int = 0
    hold_us: int = 0
    lines: tuple[read.Segment, ...] = ()
    direction: str = ""
    crowd: int = 0


def is_at_edge(box: Box) -> bool:
    return min(box.x, box.y) <= EDGE or box.x + box.w >= 1 - EDGE or box.y + box.h >= 1 - EDGE


@define
class Stay:
    """One object's stay on one side of an area's border."""

    thing: TrackedObject
    inside: bool
    since_us: int
    fresh: bool = True  # from the beginning, not by crossing the border
    leaning_us: int | None = None  # since when it has seemed to be on the other side


@frozen
class Change:
    """`thing` came in or went out at that time; `crossed`: over the border (False: it appeared
    or was lost there)."""

    thing: TrackedObject
    inside: bool
    time_us: int
    crossed: bool


class Presence:
    """Who is in an area, and since when; follows objects that have moved and fit."""

    def __init__(self, area: Area) -> None:
        self._area = area
        self._stays: dict[int, Stay] = {}

    def feed(self, scene: Scene) -> list[Change]:
        """What changed, surely, with this frame."""
        changes: list[Change] = []
        present = {one.id: one for one in scene.objects if one.moved}
        for number in [number for number in self._stays if number not in present]:
            stay = self._stays.pop(number)
            if stay.inside:
                changes.append(Change(stay.thing, False, stay.thing.seen_us, False))
        for number, thing in present.items():
            stay_now = self._stays.get(number)
            if stay_now is None:
                if self._area.fits(thing):
                    changes += self._meet(thing)
            else:
                stay_now.thing = thing
                changes += self._follow(stay_now, scene.time_us)
        return changes

    def inside(self) -> dict[int, Stay]:
        return {number: stay for number, stay in self._stays.items() if stay.inside}

    def clear(self) -> None:
        self._stays = {}

    def _meet(self, thing: TrackedObject) -> list[Change]:
        """It may have been told a moment after it was born: `before` is where."""
        began = self._area.holds(thing.before)
        self._stays[thing.id] = Stay(thing, began, thing.born_us)
        if not began:
            return []
        entered = is_at_edge(thing.box)
        return [Change(thing, True, thing.born_us, entered)]

    def _follow(self, stay: Stay, now_us: int) -> list[Change]:
        if stay.thing.hidden:
            return []
        if self._area.holds(stay.thing.foot) == stay.inside:
            stay.leaning_us = None
            return []
        if stay.leaning_us is None:
            stay.leaning_us = now_us
        if now_us - stay.leaning_us < SURE_US:
            return []
        stay.inside = not stay.inside
        stay.since_us, stay.leaning_us, stay.fresh = stay.leaning_us, None, False
        return [Change(stay.thing, stay.inside, stay.since_us, True)]


@define
class _Episode:
    box: Box
    last_us: int


class Episodes:
    """Turns "this holds for these objects now" into begins and ends."""

    def __init__(self, detector_id: str, kind: str, hold_us: int) -> None:
        self._id = detector_id
        self._kind = kind
        self._hold_us = hold_us
        self._going_on: dict[int, _Episode] = {}

    @property
    def boxes(self) -> tuple[Box, ...]:
        return tuple(episode.box for episode in self._going_on.values())

    def feed(self, now_us: int, holding: Mapping[int, TrackedObject]) -> list[DetectorEvent]:
        events = []
        for number, thing in holding.items():
            if number not in self._going_on:
                if thing.hidden:
                    continue
                events.append(self._event(Phase.BEGIN, now_us, number, thing.box))
            self._going_on[number] = _Episode(thing.box, max(thing.seen_us, 0))
        for number, episode in list(self._going_on.items()):
            if number not in holding and now_us - episode.last_us >= self._hold_us:
                events.append(self._end(number))
        return events

    def interrupt(self) -> list[DetectorEvent]:
        return [self._end(number) for number in list(self._going_on)]

    def _end(self, number: int) -> DetectorEvent:
        episode = self._going_on.pop(number)
        return self._event(Phase.END, episode.last_us, number, episode.box)

    def _event(self, phase: Phase, time_us: int, number: int, box: Box) -> DetectorEvent:
        return DetectorEvent(self._id, self._kind, phase, time_us, (box,), number)


class Situation:
    """A detector whose events last, one for each object: a kind says for whom it holds."""

    boxes: tuple[Box, ...] = ()

    def __init__(self, settings: DetectorSettings) -> None:
        hold_us = read.duration_us(settings.properties, "hold_s", DEFAULT_HOLD_S, 0, MAX_HOLD_S)
        self.area = Area.of(settings.properties)
        self.presence = Presence(self.area)
        self.episodes = Episodes(settings.id, settings.kind, hold_us)
        self.attention: Attention | None = Attention(self.area, Rule.STAYS, hold_us=hold_us)

    def attend(self, **given: Any) -> None:
        """For a kind that needs it: fields of its `Attention`."""
        if self.attention is not None:
            self.attention = evolve(self.attention, **given)

    def holding(self, scene: Scene) -> Mapping[int, TrackedObject]:
        """For whom it holds in this frame."""
        raise NotImplementedError

    def feed(self, scene: Scene) -> list[DetectorEvent]:
        self.presence.feed(scene)
        return self.episodes.feed(scene.time_us, self.holding(scene))

    def interrupt(self, _time_us: int) -> list[DetectorEvent]:
        self.presence.clear()
        return self.episodes.interrupt()


class Passing:
    """A detector whose events are instants."""

    RULE: ClassVar[Rule]
    boxes: tuple[Box, ...] = ()

    def __init__(self, settings: DetectorSettings) -> None:
        self._settings = settings
        self.area = Area.of(settings.properties)
        self.presence = Presence(self.area)
        self.attention: Attention | None = Attention(self.area, self.RULE)

    def interrupt(self, _time_us: int) -> list[DetectorEvent]:
        self.presence.clear()
        return []

    def instant(self, thing: TrackedObject, time_us: int, direction: str = "") -> DetectorEvent:
        settings = self._settings
        return DetectorEvent(
            settings.id, settings.kind, Phase.INSTANT, time_us, (thing.box,), thing.id, direction
        )
