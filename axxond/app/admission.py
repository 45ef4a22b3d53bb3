"""When a detector's events count: armed-only, and its schedule."""

from __future__ import annotations

from axxond.base.schedule import parse
from axxond.config.objects import ConfigObject


def counts(camera: ConfigObject, detector: ConfigObject, now_us: int) -> bool:
    """By the server's local time.  Without a schedule it counts always; sensors have none."""
    if detector["armed_only"] and not camera["armed"]:
        return False
    windows = detector.properties.get("schedule")
    return not windows or parse(windows).covers(now_us)
