"""Abandoned object: something that was left stays still for T; ends when it is taken away."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from attrs import define

from axxond.analytics import port
from axxond.analytics import properties as read
from axxond.analytics.calm import changed
from axxond.analytics.foreground import Scene
from axxond.analytics.objects import TrackedObject
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorSettings
from axxond.analytics.situation import Situation
from axxond.base.units import SECOND_US

KIND = "abandoned_object"
_DEFAULT_S, _MIN_S, _MAX_S = 60.0, 15.0, 1800.0
_DEFAULT_SENSITIVITY = 20

# How clearly it must stand out from the background, in grey levels, at sensitivity 0; each step
# asks for less.
_CLEAREST = 26.0
_CLEARNESS_A_STEP = 0.2
# A person who stands moves a little; of a thing's pixels no more than this share change within
# half a second (per sensitivity, which allows for flicker and leaves in front of it).
_LEAST_UNREST = 0.02
_UNREST_A_STEP = 0.0005
# Whoever walks past changes them too, but not for long.
_PASSING_US = 5 * SECOND_US
_FOUND_US = SECOND_US


@define
class _Watch:
    calm_us: int  # since when it has been calm
    restless_us: int | None = None
    clearness: float = 0.0


class AbandonedObject(Situation):
    """Things that appeared at their place as well as those that came and stopped."""

    def __init__(self, settings: DetectorSettings) -> None:
        super().__init__(settings)
        given = settings.properties
        self._time_us = read.duration_us(given, "time_s", _DEFAULT_S, _MIN_S, _MAX_S)
        sensitivity = read.number(given, "sensitivity", _DEFAULT_SENSITIVITY, 1, 100)
        self._least_clearness = _CLEAREST - sensitivity * _CLEARNESS_A_STEP
        self._most_unrest = _LEAST_UNREST + sensitivity * _UNREST_A_STEP
        self.attention = None  # it looks at the picture, too
        self._watched: dict[int, _Watch] = {}

    def holding(self, scene: Scene) -> Mapping[int, TrackedObject]:
        still = {
            thing.id: thing
            for thing in scene.objects
            if scene.time_us - thing.still_us >= _FOUND_US
            and self.area.fits(thing)
            and self.area.holds(thing.foot)
        }
        self._watched = {
            number: self._watched.get(number) or _Watch(thing.still_us)
            for number, thing in still.items()
        }
        return {number: thing for number, thing in still.items() if self._is_left(thing, scene)}

    def _is_left(self, thing: TrackedObject, scene: Scene) -> bool:
        watch = self._watched[thing.id]
        if not thing.hidden:
            self._watch(watch, thing, scene)
        since_us = max(watch.calm_us, thing.still_us)
        clear = watch.clearness >= self._least_clearness
        return clear and scene.time_us - since_us >= self._time_us

    def _watch(self, watch: _Watch, thing: TrackedObject, scene: Scene) -> None:
        rows, columns = _pixels(thing, scene.plane)
        mask = scene.mask[rows, columns]
        count = int(mask.sum())
        if count:
            # Not from the nearest of its looks: the noisier they are, the nearer that is.
            apart = np.abs(scene.luma[rows, columns].astype(np.int32) - scene.usual[rows, columns])
            watch.clearness = max(watch.clearness, float((apart * mask).sum()) / count)
        if changed(scene, rows, columns) > self._most_unrest:
            if watch.restless_us is None:
                watch.restless_us = scene.time_us
            if scene.time_us - watch.restless_us >= _PASSING_US:
                watch.calm_us = scene.time_us
        else:
            watch.restless_us = None


def _pixels(thing: TrackedObject, plane: Plane) -> tuple[slice, slice]:
    box = thing.box
    top, left = round(box.y * plane.height), round(box.x * plane.width)
    bottom, right = round((box.y + box.h) * plane.height), round((box.x + box.w) * plane.width)
    return slice(top, bottom), slice(left, right)


def _make(settings: DetectorSettings, _plane: Plane) -> AbandonedObject:
    return AbandonedObject(settings)


port.register(KIND, _make, needs_objects=True)
