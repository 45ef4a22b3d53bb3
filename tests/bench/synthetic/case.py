"""One scene of the suite, the detectors on it, and what they must find."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from axxond.analytics.offline_config import detector
from axxond.analytics.port import DetectorSettings
from tests.fakes.scenes.script import Script


@frozen
class Expected:
    """An event that must begin at that second, give or take `within_s`."""

    kind: str
    at_s: float
    within_s: float
    direction: str = ""
    reason: str = ""


@frozen
class Case:
    """`asked`: each detector's kind and its settings, at the defaults but for those.  `pause`:
    begin and length of an interruption of the stream.  `quiet`: nothing of interest happens, so
    nothing may be found."""

    name: str
    script: Script
    asked: tuple[tuple[str, dict[str, Any]], ...]
    expected: tuple[Expected, ...] = ()
    pause: tuple[float, float] | None = None
    quiet: bool = False
    tags: tuple[str, ...] = field(default=())

    def detectors(self) -> list[DetectorSettings]:
        return [detector(kind, kind, **given) for kind, given in self.asked]
