"""Every kind of detector, of pictures and of sound, and what checks its settings."""

from __future__ import annotations

from axxond.analytics import chain
from axxond.analytics.audio import detectors as sound
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorSettings, make

KINDS = (*chain.KINDS, *sound.KINDS)


def is_of_sound(kind: str) -> bool:
    """It listens; all others look."""
    return kind in sound.KINDS


def check(settings: DetectorSettings) -> None:
    """ConfigError when there is no such kind or a property is wrong."""
    if is_of_sound(settings.kind):
        sound.LevelDetector(settings)
    else:
        make(settings, Plane.of(640, 360))
