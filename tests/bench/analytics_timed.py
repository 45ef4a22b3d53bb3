"""The daemon's detectors, with a result for every picture, named by the time of its packet."""

from __future__ import annotations

from attrs import frozen

from axxond.analytics.chain import Chain, Findings
from axxond.analytics.offline_config import detector
from axxond.analytics.stream_time import PicturesInUtc
from axxond.media.straight import StraightTime
from axxond.stream.decoder import PictureStage
from axxond.stream.planes import Chroma, Plane
from axxond.stream.stage import Recipe

Result = tuple[int, Findings | None]
_DETECTORS = (
    detector("motion", "motion"),
    detector("line", "line_crossing", lines=[[[0.5, 0.0], [0.5, 1.0]]]),
    detector("loitering", "loitering", time_s=10.0),
    detector("quality", "quality_loss"),
)


@frozen
class Timed(Recipe[Result]):
    def stage(self) -> PictureStage[Result]:
        return PictureStage(_TimedWork())


class _TimedWork:
    def __init__(self) -> None:
        self._time = StraightTime()
        self._work = PicturesInUtc(Chain(_DETECTORS), self._time)

    def frame(self, luma: Plane, pts_us: int, chroma: Chroma | None) -> Result:
        return pts_us, self._work.frame(luma, self._time.of(pts_us, None), chroma)

    def gap(self, at_us: int) -> Result:
        return at_us, self._work.gap(at_us)
