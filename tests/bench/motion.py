"""Luma in, boxes out: our motion detection against OpenCV's, in speed and in what is found.

Speed: processor time of one thread, in turn, on the same 640 x 360 luma; the peer is MOG2 + 5 x 5
median + connected components.  What is found: see `accuracy`; one configuration
of ours, the default, for all clips.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from axxond.analytics.chain import Chain
from axxond.analytics.foreground import Blobs, Foreground
from axxond.analytics.motion import MotionSettings
from axxond.analytics.offline_config import detector
from axxond.analytics.plane import Plane
from tests.bench.accuracy import (
    DATA,
    Accuracy,
    Counting,
    Luma,
    Method,
    Mixture,
    highway,
    luma_frames,
    vtest,
)
from tests.bench.table import Row, against, limited

_WIDTH, _HEIGHT = 640, 360
_FRAMES = 700
_QUICK_FRAMES = 250
_LEARNING_FRAMES = 50
_BLOCK_FRAMES = 10
_CAMERAS = 16
_RATIO = 0.1
_AIM = 0.05
# 64 cameras at 8 fps on two cores have 3.9 ms a frame, of which decoding takes one.
_WHOLE_US = 2500
_MOG2, _KNN = "OpenCV MOG2", "OpenCV KNN"

Boxes = Callable[[Luma, int], int]
"""luma, time_us -> how many"""


class Ours:
    """Our chain up to the boxes, and its mask at the size of the frame."""

    def __init__(self, width: int = _WIDTH, height: int = _HEIGHT) -> None:
        self._plane = Plane.of(width, height)
        self._foreground = Foreground(self._plane)
        self._blobs = Blobs(self._plane)

    def boxes(self, luma: Luma, time_us: int) -> int:
        """How many."""
        scene = self._foreground.feed(luma, time_us)
        return len(self._blobs.find(scene, MotionSettings().least_area))

    def mask(self, luma: Luma, time_us: int) -> Luma:
        scene = self._foreground.feed(luma, time_us)
        factor = self._plane.factor
        picture = self._plane.picture(scene.mask)
        full = np.zeros(luma.shape, np.uint8)
        enlarged = picture.repeat(factor, 0).repeat(factor, 1)
        full[: enlarged.shape[0], : enlarged.shape[1]] = enlarged
        return full


class OursAnySize:
    """Ours, for the size of its first frame."""

    def __init__(self) -> None:
        self._made: Ours | None = None

    def __call__(self, luma: Luma, time_us: int) -> Luma:
        if self._made is None:
            self._made = Ours(luma.shape[1], luma.shape[0])
        return self._made.mask(luma, time_us)


class Peer:
    """A mixture's foreground to boxes; `half`: on the averaged picture of half the size."""

    def __init__(self, kind: str, half: bool = False) -> None:
        self._mixture = Mixture(kind)
        self._half = half

    def boxes(self, luma: Luma, _time_us: int) -> int:
        if self._half:
            size = (luma.shape[1] // 2, luma.shape[0] // 2)
            luma = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)
        return int(cv2.connectedComponentsWithStats(self._mixture(luma))[0])


class Whole:
    """The tracker and four detectors on it and on the picture, with a colour plane of grey."""

    def __init__(self) -> None:
        kinds = ("line_crossing", "loitering", "abandoned_object", "quality_loss")
        line = [[[0.5, 0.0], [0.5, 1.0]]]
        self._chain = Chain([detector(kind, kind, lines=line) for kind in kinds])
        ramp = np.linspace(112, 144, _WIDTH // 2).astype(np.uint8)
        grey = np.ascontiguousarray(np.broadcast_to(ramp, (_HEIGHT // 2, _WIDTH // 2)))
        self._chroma = (grey, grey)

    def boxes(self, luma: Luma, time_us: int) -> int:
        """How many objects."""
        self._chain.frame(luma, time_us, self._chroma)
        return len(self._chain.objects)


def run(quick: bool) -> list[Row]:
    if not (DATA / "video/vtest.avi").exists():
        raise SystemExit(f"bench motion: its footage is not in {DATA}")
    cv2.setNumThreads(1)
    return [*_speed(quick), *_finding(quick)]


def _speed(quick: bool) -> list[Row]:
    frames = list(_frames(_QUICK_FRAMES if quick else _FRAMES))
    one = _in_turn(
        {
            "ours": [Ours().boxes],
            "MOG2": [Peer("MOG2").boxes],
            "half": [Peer("MOG2", half=True).boxes],
            "KNN": [Peer("KNN").boxes],
            "whole": [Whole().boxes],
        },
        frames,
    )
    many = _in_turn(
        {
            "ours": [Ours().boxes for _ in range(_CAMERAS)],
            "MOG2": [Peer("MOG2").boxes for _ in range(_CAMERAS)],
        },
        frames[: _FRAMES // _CAMERAS],
    )
    metric, unit = "640x360 luma to boxes", "us CPU/frame"
    several = f"the same, {_CAMERAS} cameras by turns"
    whole, knn = f"{_MOG2} + median + components", "OpenCV KNN + median + components"
    return [
        against(metric, unit, one["ours"], one["MOG2"], whole, _RATIO),
        against(f"{metric}, aim", unit, one["ours"], one["MOG2"], whole, _AIM),
        against(several, unit, many["ours"], many["MOG2"], whole, _RATIO),
        Row(metric, unit, one["ours"], one["half"], "the same on the halved picture"),
        Row(metric, unit, one["ours"], one["KNN"], knn),
        limited("the same with shadows, tracker, 4 detectors", unit, one["whole"], _WHOLE_US),
    ]


def _frames(count: int) -> Iterator[Luma]:
    """The crossroad, 8 people at a time, at the size of a low stream."""
    for luma, _ in luma_frames(DATA / "video/vtest.avi"):
        if count == 0:
            return
        count -= 1
        size = (_WIDTH, _HEIGHT)
        yield np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


def _in_turn(runners: dict[str, list[Boxes]], frames: list[Luma]) -> dict[str, float]:
    """Medians of the processor time a frame, in microseconds.

    Each runner has a block of frames in turn; one of several cameras gives each camera every
    frame, so that no camera finds its memory in the caches.
    """
    spent: dict[str, list[int]] = {name: [] for name in runners}
    for first in range(0, len(frames), _BLOCK_FRAMES):
        block = frames[first : first + _BLOCK_FRAMES]
        for name, cameras in runners.items():
            times = [
                _timed(boxes, luma, number * 100_000)
                for number, luma in enumerate(block, first)
                for boxes in cameras
            ]
            if first >= _LEARNING_FRAMES or len(cameras) > 1:
                spent[name] += times
    return {name: statistics.median(times) / 1000 for name, times in spent.items()}


def _timed(boxes: Boxes, luma: Luma, time_us: int) -> int:
    began_ns = time.thread_time_ns()
    boxes(luma, time_us)
    return time.thread_time_ns() - began_ns


def _finding(quick: bool) -> list[Row]:
    peers: dict[str, Callable[[], Method]] = {
        _MOG2: Mixture,
        _KNN: lambda: Mixture("KNN"),
        f"{_MOG2}, shadows off": lambda: Mixture("MOG2", shadows=False),
        f"{_KNN}, shadows off": lambda: Mixture("KNN", shadows=False),
        "CNT-like": Counting,
    }
    if quick:
        peers = {name: peers[name] for name in (_MOG2, f"{_KNN}, shadows off")}
    rows = []
    for clip, score in (("highway", highway), ("vtest", vtest)):
        ours = score(OursAnySize())
        for name, make in peers.items():
            rows += compared(clip, ours, score(make()), name)
    return rows


def compared(clip: str, ours: Accuracy, theirs: Accuracy, name: str) -> list[Row]:
    """F and object recall must reach MOG2's and KNN's; the rest is for information."""
    goal = ">= 1x" if name.startswith((_MOG2, _KNN)) else ""
    whole = "pixel F1" if clip == "highway" else "F (pixel precision, object recall)"
    figures = [
        (whole, ours.f, theirs.f, goal),
        ("object recall", ours.objects, theirs.objects, goal),
        ("pixel precision", ours.precision, theirs.precision, ""),
    ]
    return [
        Row(f"{clip} {what}", "", mine, other, name, wanted, not wanted or mine >= other)
        for what, mine, other, wanted in figures
    ]
