"""Footage with ground truth, and how well a method's foreground agrees with it.

A method takes luma frames with their times and gives masks of the frame's size, not 0 where
something moves.  Every method sees the same frames and is scored by the same rules:

`highway` (CDnet 2014 baseline/highway, frames 1 to 1100): pixels inside the region of interest
from frame 470 on; truth 255 is moving, 0 and 50 (shadow) are not, 85 and 170 are not scored.
F1 over all pixels.  Object recall: of the connected moving areas of at least 50 pixels, on every
third frame, those of which at least half is found.

`vtest` (PETS 2009 S2L1): published boxes of people, from frame 50 (5 s) on.  Object recall: boxes
of which at least 30 % is foreground (a person fills about half of the box).  Precision: the share
of foreground pixels that lie inside a box.  F: the harmonic mean of the two.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from axxond.analytics.offline_source import frames
from tests.bench.table import Row

Luma = NDArray[np.uint8]
Method = Callable[[Luma, int], Luma]
"""luma, time_us -> mask"""

DATA = Path(__file__).resolve().parents[3] / "shared/data"

HIGHWAY_FPS = 25
_HIGHWAY_STEP = 3
_LEAST_OBJECT = 50 / (320 * 240)
_LEAST_OF_OBJECT = 0.5
_VTEST_SCORED_FROM = 50
_VTEST_FPS = 10
_LEAST_OF_BOX = 0.3


@frozen
class Accuracy:
    """Each in [0; 1]; `f`: of precision and pixel recall (highway), or object recall (vtest)."""

    f: float
    precision: float
    objects: float


@define
class _Counts:
    hits: int = 0  # foreground where it belongs
    false: int = 0
    missed: int = 0
    objects: int = 0
    found: int = 0


def luma_frames(clip: Path) -> Iterator[tuple[Luma, int]]:
    """The luma and the time of each frame."""
    for frame in frames(clip, None):
        yield np.ascontiguousarray(frame.luma), frame.time_us


def picture(path: Path) -> Luma:
    """The luma of an image."""
    read = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert read is not None, path
    return np.asarray(read, np.uint8)


def highway(method: Method, data: Path = DATA) -> Accuracy:
    """Score a fresh method on the highway."""
    folder = data / "video/cdnet_highway"
    known = json.loads((data / "gt/events.json").read_text())["video/cdnet_highway"]
    fps, scored_from = known.get("fps", HIGHWAY_FPS), known["temporalROI"][0]
    region = picture(folder / "ROI.bmp") > 0
    counts = _Counts()
    for number in range(1, len(list((folder / "input").iterdir())) + 1):
        luma = picture(folder / f"input/in{number:06d}.jpg")
        mask = method(luma, round(number * 1_000_000 / fps)) > 0
        if number < scored_from:
            continue
        truth = picture(folder / f"groundtruth/gt{number:06d}.png")
        scored = region & (truth != 85) & (truth != 170)
        moving = (truth == 255) & region
        counts.hits += int((mask & moving).sum())
        counts.false += int((mask & ~moving & scored).sum())
        counts.missed += int((~mask & moving).sum())
        if number % _HIGHWAY_STEP == 0:
            _count_areas(counts, moving, mask)
    return Accuracy(
        2 * counts.hits / (2 * counts.hits + counts.false + counts.missed),
        counts.hits / (counts.hits + counts.false),
        counts.found / counts.objects,
    )


def _count_areas(counts: _Counts, moving: NDArray[np.bool_], mask: NDArray[np.bool_]) -> None:
    number, labels, stats, _ = cv2.connectedComponentsWithStats(moving.astype(np.uint8))
    for label in range(1, number):
        if stats[label, cv2.CC_STAT_AREA] >= _LEAST_OBJECT * moving.size:
            counts.objects += 1
            counts.found += bool(mask[labels == label].mean() >= _LEAST_OF_OBJECT)


def _vtest_boxes(height: int, width: int) -> dict[int, list[tuple[slice, slice]]]:
    """Per frame, the people's rows and columns."""
    boxes: dict[int, list[tuple[slice, slice]]] = {}
    with (DATA / "gt/vtest_PETS09-S2L1_gt.csv").open() as lines:
        for row in csv.DictReader(lines):
            x, y, w, h = (float(row[name]) for name in "xywh")
            rows = slice(max(round(y), 0), min(round(y + h), height))
            columns = slice(max(round(x), 0), min(round(x + w), width))
            if rows.start < rows.stop and columns.start < columns.stop:
                boxes.setdefault(int(row["frame0"]), []).append((rows, columns))
    return boxes


def vtest(method: Method) -> Accuracy:
    """Score a fresh method on the crossroad."""
    boxes: dict[int, list[tuple[slice, slice]]] = {}
    counts = _Counts()
    for number, (luma, _) in enumerate(luma_frames(DATA / "video/vtest.avi")):
        boxes = boxes or _vtest_boxes(*luma.shape)
        mask = method(luma, number * 1_000_000 // _VTEST_FPS) > 0
        if number < _VTEST_SCORED_FROM:
            continue
        inside = np.zeros(mask.shape, np.bool_)
        for box in boxes.get(number, []):
            inside[box] = True
            counts.objects += 1
            counts.found += bool(mask[box].mean() >= _LEAST_OF_BOX)
        counts.hits += int((mask & inside).sum())
        counts.false += int((mask & ~inside).sum())
    precision = counts.hits / (counts.hits + counts.false)
    recall = counts.found / counts.objects
    return Accuracy(2 * precision * recall / (precision + recall), precision, recall)


class Mixture:
    """OpenCV's MOG2 or KNN at its defaults, shadows counted as background, then a 5 x 5 median;
    `shadows` False: its shadow detection off, as one would on luma alone."""

    def __init__(self, kind: str = "MOG2", shadows: bool = True) -> None:
        make = getattr(cv2, f"createBackgroundSubtractor{kind}")
        self._model: Any = make(detectShadows=shadows)

    def __call__(self, luma: Luma, _time_us: int = 0) -> Luma:
        mask = self._model.apply(luma)
        mask[mask < 255] = 0
        return np.asarray(cv2.medianBlur(mask, 5), np.uint8)


class Counting:
    """After OpenCV contrib's CNT at its defaults (this OpenCV has it not): a pixel that has kept
    its value (within 15) for 15 frames is background; the value that has been so for longest
    (up to 900) is remembered."""

    def __init__(self) -> None:
        self._last: NDArray[np.int16] | None = None

    def __call__(self, luma: Luma, _time_us: int = 0) -> Luma:
        now = luma.astype(np.int16)
        if self._last is None:
            self._last, self._known = now, now.copy()
            self._steady = np.zeros(luma.shape, np.int16)
            self._known_for = np.zeros(luma.shape, np.int16)
        same = np.abs(now - self._last) < 15
        self._steady = np.where(same, np.minimum(self._steady + 1, 900), 0).astype(np.int16)
        usual = np.abs(now - self._known) < 15
        self._known_for += np.where(usual, 1, -1).astype(np.int16)
        np.clip(self._known_for, 0, 900, out=self._known_for)
        better = self._steady > self._known_for
        self._known[better] = now[better]
        self._known_for[better] = self._steady[better]
        self._last = now
        mask = np.where((self._steady >= 15) | usual, 0, 255).astype(np.uint8)
        return np.asarray(cv2.medianBlur(mask, 5), np.uint8)


def run(quick: bool) -> list[Row]:
    """`quick`: few of the rendered scenes; every clip is seen whole."""
    # The modules of the parts build on this one.
    from tests.bench import accuracy_audio, accuracy_events, accuracy_synthetic

    cv2.setNumThreads(1)
    rows: list[Row] = []
    if accuracy_events.is_there():
        lines, rows = accuracy_events.all_lines_and_rows()
        heard, heard_rows = accuracy_audio.lines_and_rows()
        rows += heard_rows
        print(accuracy_events.as_text([*lines, *heard]))
    else:
        print(f"no footage in {DATA}: rendered scenes only")
    table, more = accuracy_synthetic.scored(quick=quick)
    print(table)
    return [*rows, *more]
