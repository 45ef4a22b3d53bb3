"""What every detector is: settings, events, and the port that the pipeline drives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from attrs import field, frozen

from axxond.analytics.foreground import Scene
from axxond.analytics.plane import Plane
from axxond.base.errors import ConfigError
from protocol.types import Box, Phase


@frozen
class DetectorSettings:
    """One detector of a camera: its object's id, its kind (property "type") and the properties
    as the configuration holds them; each kind reads and checks its own."""

    id: str
    kind: str = "motion"
    properties: dict[str, Any] = field(factory=dict)


@frozen
class DetectorEvent:
    """`time_us`: when it happened, which may be a moment before it is told.  `boxes` is what the
    detector saw (the last of it, at an end).  `object_id`: the tracked object that it is about, if
    it is about one; begin and end of an event have the same.  `direction`:
    of a crossing.  `reason`: of a loss of quality."""

    detector_id: str
    kind: str
    phase: Phase
    time_us: int
    boxes: tuple[Box, ...] = ()
    object_id: int | None = None
    direction: str = ""
    reason: str = ""


class Detector(Protocol):
    """A function of the frames and their times, with memory.  Called by one thread at a time."""

    boxes: tuple[Box, ...]
    """what it sees now, for drawing"""

    def feed(self, scene: Scene) -> list[DetectorEvent]:
        """One frame; times rise from call to call."""

    def interrupt(self, time_us: int) -> list[DetectorEvent]:
        """The stream ended or jumps: end what is going on and begin anew."""


Maker = Callable[[DetectorSettings, Plane], Detector]
"""Raises ConfigError when a property is out of range."""

_makers: dict[str, Maker] = {}


_with_objects: set[str] = set()


def register(kind: str, maker: Maker, needs_objects: bool = False) -> None:
    """Make a kind of detector known; each detector's module calls it for itself.
    `needs_objects`: it reads `Scene.objects`."""
    _makers[kind] = maker
    if needs_objects:
        _with_objects.add(kind)


def needs_objects(kind: str) -> bool:
    return kind in _with_objects


def make(settings: DetectorSettings, plane: Plane) -> Detector:
    """A detector of the settings' kind, for pictures of that plane; ConfigError when there is no
    such kind or a property is wrong."""
    maker = _makers.get(settings.kind)
    if maker is None:
        known = ", ".join(sorted(_makers))
        text = f"detector type {settings.kind!r} is not known (known: {known})"
        raise ConfigError(text, settings.id, "type")
    try:
        return maker(settings, plane)
    except ConfigError as error:
        raise ConfigError(str(error), settings.id, error.field) from error
