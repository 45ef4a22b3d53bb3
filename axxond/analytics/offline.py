"""The detectors on a recording, as fast as the machine can: `axxond analyze`.

It drives the same chain as live analytics; the same frames and times give the same events.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import define, field
from PIL import Image

from axxond.analytics.chain import Chain, Findings
from axxond.analytics.foreground import Foreground
from axxond.analytics.offline_source import Frame, SourceError, frames
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.base.units import SECOND_US
from protocol.types import Box, Phase

_DIGITS = 3  # of times
_SHARE_DIGITS = 5
_TRACKER = DetectorSettings("tracker", "tracker")


@define
class _Event:
    settings: DetectorSettings
    first: DetectorEvent
    end_us: int


@define
class _Tracks:
    """Boxes by object."""

    boxes: dict[int, list[list[float]]] = field(factory=dict)

    def add(self, chain: Chain, time_us: int) -> None:
        for thing in chain.objects:
            if thing.moved and not thing.hidden:
                row = [_seconds(time_us), *_shares(thing.box)]
                self.boxes.setdefault(thing.id, []).append(row)


class Masks:
    """The foreground of every frame, also of those that the detectors pass over, as PNG of the
    frame's size: 255 where something is that is not background."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._foreground: Foreground | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, frame: Frame) -> None:
        height, width = frame.luma.shape
        known = self._foreground
        if known is None or (known.plane.full_height, known.plane.full_width) != (height, width):
            known = self._foreground = Foreground(Plane.of(width, height))
        plane = known.plane
        mask = plane.picture(known.feed(frame.luma, frame.time_us).mask) * np.uint8(255)
        large = mask.repeat(plane.factor, 0).repeat(plane.factor, 1)
        full = np.zeros((height, width), np.uint8)
        full[: large.shape[0], : large.shape[1]] = large
        Image.fromarray(full).save(self._folder / f"{frame.name}.png", compress_level=1)


def analyze(
    path: Path,
    detectors: Sequence[DetectorSettings],
    fps: float | None = None,
    with_tracks: bool = False,
    masks_folder: Path | None = None,
) -> dict[str, Any]:
    """What `--json` writes.  SourceError, ConfigError."""
    tracker = [_TRACKER] if with_tracks and not any(d.kind == "tracker" for d in detectors) else []
    chain = Chain([*detectors, *tracker])
    events = _Events(detectors)
    tracks = _Tracks()
    masks = Masks(masks_folder) if masks_folder is not None else None
    count, first_us, last_us, shape = 0, 0, 0, (0, 0)
    for frame in frames(path, fps):
        first_us = frame.time_us if count == 0 else first_us
        count, last_us, shape = count + 1, max(last_us, frame.time_us), frame.luma.shape
        events.add(chain.frame(frame.luma, frame.time_us))
        if with_tracks and chain.last_us == frame.time_us:
            tracks.add(chain, frame.time_us)
        if masks is not None:
            masks.add(frame)
    if min(shape) < 16:
        raise SourceError(f"analyze {path}: its pictures are too small ({shape[1]}x{shape[0]})")
    events.add(chain.close(last_us))
    step_us = (last_us - first_us) // max(count - 1, 1)
    result: dict[str, Any] = {
        "frames": count,
        "duration_s": _seconds(last_us - first_us + step_us),
        "events": events.told(),
    }
    if with_tracks:
        result["tracks"] = [{"id": one, "boxes": boxes} for one, boxes in tracks.boxes.items()]
    return result


class _Events:
    """Begins and their ends, put together."""

    def __init__(self, detectors: Sequence[DetectorSettings]) -> None:
        self._detectors = {one.id: one for one in detectors}
        self._all: list[_Event] = []
        self._going_on: dict[tuple[str, int | None], _Event] = {}

    def add(self, findings: Findings | None) -> None:
        for event in findings.events if findings is not None else ():
            key = event.detector_id, event.object_id
            if event.phase is Phase.END:
                self._going_on.pop(key).end_us = event.time_us
                continue
            made = _Event(self._detectors[event.detector_id], event, event.time_us)
            self._all.append(made)
            if event.phase is Phase.BEGIN:
                self._going_on[key] = made

    def told(self) -> list[dict[str, Any]]:
        """By begin."""
        ordered = sorted(self._all, key=lambda one: one.first.time_us)
        return [
            {
                "detector": one.settings.id,
                "kind": one.settings.kind,
                "begin_s": _seconds(one.first.time_us),
                "end_s": _seconds(max(one.end_us, one.first.time_us)),
                "object_id": one.first.object_id,
                "direction": one.first.direction or None,
                "reason": one.first.reason or None,
                "box": _shares(one.first.boxes[0]) if one.first.boxes else None,
            }
            for one in ordered
        ]


def _seconds(time_us: int) -> float:
    return round(time_us / SECOND_US, _DIGITS)


def _shares(box: Box) -> list[float]:
    return [round(value, _SHARE_DIGITS) for value in (box.x, box.y, box.w, box.h)]
