"""What a detector would see and report with settings that are not stored; a `FrameWork`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from axxond.analytics.chain import Chain
from axxond.analytics.colours import Chroma
from axxond.analytics.foreground import Scene
from axxond.analytics.kernels.cells import CELL_PX
from axxond.analytics.plane import Bytes
from axxond.analytics.port import DetectorEvent, DetectorSettings
from protocol.types import SeenObject

# So many of a cell's pixels make it foreground, as for the detectors' own groups of cells.
_LEAST_IN_CELL = 5


@frozen
class Glimpse:
    """One analysed picture.  `cells`: packed bits, rows x columns, as
    `protocol.messages.PreviewNotice` has them; none while the scene is being learnt."""

    time_us: int
    seen: tuple[SeenObject, ...] = ()
    events: tuple[DetectorEvent, ...] = ()
    rows: int = 0
    columns: int = 0
    cells: bytes = b""


class Preview:
    def __init__(self, detectors: Sequence[DetectorSettings]) -> None:
        """ConfigError when a detector's settings are wrong."""
        self._chain = Chain(detectors)
        self._seen: tuple[SeenObject, ...] = ()

    def change(self, detectors: Sequence[DetectorSettings]) -> None:
        """From the next frame on.  ConfigError, and nothing changes, when they are wrong."""
        self._chain.change(detectors)

    def look_every(self, interval_us: int) -> None:
        """Analyse no more than that, from the next frame on."""
        self._chain.interval_us = interval_us

    def frame(self, luma: Bytes, pts_us: int, chroma: Chroma | None = None, /) -> Glimpse | None:
        findings = self._chain.frame(luma, pts_us, chroma)
        if self._chain.last_us != pts_us:
            return None
        if findings is not None and findings.seen is not None:
            self._seen = findings.seen
        events = findings.events if findings is not None else ()
        scene = self._chain.scene
        if scene is None or not scene.settled:
            return Glimpse(pts_us, self._seen, events)
        return Glimpse(pts_us, self._seen, events, *foreground_cells(scene))

    def gap(self, at_us: int, /) -> Glimpse | None:
        findings = self._chain.gap(at_us)
        self._seen = ()
        return Glimpse(at_us, (), findings.events if findings is not None else ())


def foreground_cells(scene: Scene) -> tuple[int, int, bytes]:
    """Rows, columns and packed bits of the cells that lie wholly inside the picture."""
    plane = scene.plane
    rows, columns = plane.height // CELL_PX, plane.width // CELL_PX
    inside = scene.mask[: rows * CELL_PX, : columns * CELL_PX]
    counts = inside.reshape(rows, CELL_PX, columns, CELL_PX).sum((1, 3), dtype=np.uint8)
    return rows, columns, np.packbits(counts >= _LEAST_IN_CELL).tobytes()
