"""The object tracker as a detector of the configuration: its settings, and its boxes to draw.

It raises no events; without one, the tracker runs at its defaults where a detector needs it.
"""

from __future__ import annotations

from axxond.analytics import port
from axxond.analytics import properties as read
from axxond.analytics.foreground import Scene
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.tracker import AUTO, TrackerSettings
from protocol.types import Box

KIND = "tracker"
_MAX_IDLE_S = 3600.0


def tracker_settings(properties: read.Properties) -> TrackerSettings:
    """sensitivity: None is auto."""
    known = TrackerSettings()
    return TrackerSettings(
        int(read.number(properties, "sensitivity", AUTO, 1, 100)),
        read.number(properties, "min_size", 0, 0, 100) or known.min_size,
        read.number(properties, "max_size", known.max_size, 0, 100),
        read.duration_us(properties, "idle_s", known.idle_us / 1e6, 0, _MAX_IDLE_S),
        read.flag(properties, "antishaker", known.antishaker),
    )


class Tracking:
    boxes: tuple[Box, ...] = ()

    def feed(self, _scene: Scene) -> list[DetectorEvent]:
        return []

    def interrupt(self, _time_us: int) -> list[DetectorEvent]:
        return []


def _make(settings: DetectorSettings, _plane: Plane) -> Tracking:
    tracker_settings(settings.properties)
    return Tracking()


port.register(KIND, _make, needs_objects=True)
