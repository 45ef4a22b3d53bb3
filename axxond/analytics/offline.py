"""The detectors on a recording, as fast as the machine can: `axxond analyze`.

It drives the same chains as live analytics; the same frames, samples and times give the same
events.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import define, field, frozen
from PIL import Image

from axxond.analytics.audio.chain import SoundChain
from axxond.analytics.audio.levels import GRACE_US
from axxond.analytics.chain import Chain, Findings
from axxond.analytics.foreground import Foreground
from axxond.analytics.kinds import is_of_sound
from axxond.analytics.offline_source import (
    Frame,
    SourceError,
    frames,
    has_pictures,
    has_sound,
    sound,
)
from axxond.analytics.plane import MIN_SIDE_PX, Plane
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
        mask = plane.picture(known.feed(frame.luma, frame.time_us, frame.chroma).mask) * np.uint8(
            255
        )
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
    looking = [one for one in detectors if not is_of_sound(one.kind)]
    listening = [one for one in detectors if is_of_sound(one.kind)]
    tracker = [_TRACKER] if with_tracks and not any(d.kind == "tracker" for d in detectors) else []
    chain, ears = Chain([*looking, *tracker]), SoundChain(listening)
    events = _Events(detectors)
    tracks = _Tracks() if with_tracks else None
    masks = Masks(masks_folder) if masks_folder is not None else None
    seen = heard = _Extent()
    if has_pictures(path):
        seen = _look(chain, frames(path, fps), events, tracks, masks)
        if min(seen.shape) < MIN_SIDE_PX:
            size = f"{seen.shape[1]}x{seen.shape[0]}"
            raise SourceError(f"analyze {path}: its pictures are too small ({size})")
    elif not has_sound(path):
        raise SourceError(f"analyze {path}: there is neither video nor sound in it")
    if listening:
        heard = _listen(ears, path, events, seen)
    elif not seen.count:
        raise SourceError(f"analyze {path}: there is no video in it, and no detector of sound")
    result: dict[str, Any] = {
        "frames": seen.count,
        "duration_s": _seconds(max(seen.duration_us, heard.duration_us)),
        "events": events.told(),
    }
    if tracks is not None:
        result["tracks"] = [{"id": one, "boxes": rows} for one, rows in tracks.boxes.items()]
    return result


@frozen
class _Extent:
    """Of a track: frames, and the time from the first one to the end of the last one."""

    count: int = 0
    first_us: int = 0
    end_us: int = 0
    shape: tuple[int, ...] = ()

    @property
    def duration_us(self) -> int:
        return self.end_us - self.first_us


def _look(
    chain: Chain,
    footage: Iterable[Frame],
    events: _Events,
    tracks: _Tracks | None,
    masks: Masks | None,
) -> _Extent:
    count, first_us, last_us = 0, 0, 0
    shape: tuple[int, ...] = ()
    for frame in footage:
        first_us = frame.time_us if count == 0 else first_us
        count, last_us, shape = count + 1, max(last_us, frame.time_us), frame.luma.shape
        events.add(chain.frame(frame.luma, frame.time_us, frame.chroma))
        if tracks is not None and chain.last_us == frame.time_us:
            tracks.add(chain, frame.time_us)
        if masks is not None:
            masks.add(frame)
    events.add(chain.close(last_us))
    step_us = (last_us - first_us) // max(count - 1, 1)
    return _Extent(count, first_us, last_us + step_us, shape)


def _listen(chain: SoundChain, path: Path, events: _Events, seen: _Extent) -> _Extent:
    """Where the picture goes on without sound, there is none."""
    first_us, end_us = None, seen.first_us
    if seen.count:
        events.add(chain.quiet(seen.first_us))
    for block in sound(path) if has_sound(path) else ():
        first_us = block.time_us if first_us is None else first_us
        events.add(chain.sound(block.samples, block.rate, block.time_us))
        end_us = block.time_us + block.samples.shape[1] * SECOND_US // block.rate
    heard = _Extent(0, first_us or 0, end_us) if first_us is not None else _Extent()
    while seen.count and end_us < seen.end_us + GRACE_US:
        end_us = min(end_us + GRACE_US, seen.end_us + GRACE_US)
        events.add(chain.quiet(end_us))
    events.add(chain.close(end_us))
    return heard


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
