"""Those who share a blob: where in it each of them is, and how large.

None of them is seen whole, so that each keeps its size and its look from before; together they
cover the blob from edge to edge.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from axxond.analytics.foreground import Scene
from axxond.analytics.kernels import tracking
from axxond.analytics.matching import Area
from axxond.analytics.track import Track

_REACH_PX = 4
_DOUBT = 2.0
# They grow and shrink as the blob does, when they come nearer or go away; where it is much larger
# than they are, somebody else has joined them.
_SIZE_STEP = 0.1
_LEAST_RATIO, _LARGEST_RATIO = 0.75, 1.33


def share_out(scene: Scene, blob: Area, group: Sequence[Track]) -> None:
    """Put each of at least two tracks where it is in the blob, and count it as seen there."""
    for track in group:
        keep_in(track, blob)
    steps = _steps(scene, blob, group)
    _resize(blob, group, steps)
    for track, (right, down) in zip(group, steps, strict=True):
        x, bottom = track.foot
        track.see(x + right, bottom + down, scene.time_us, _DOUBT)
        keep_in(track, blob)


def keep_in(track: Track, blob: Area) -> None:
    """Who shares a blob is in it."""
    left, top, right, bottom = track.area
    across = down = 0.0
    if right - left <= blob.width:
        across = max(blob.left - left, 0) - max(right - blob.right, 0)
    if bottom - top <= blob.height:
        down = max(blob.top - top, 0) - max(bottom - blob.bottom, 0)
    if across or down:
        track.shift(across, down)


def _steps(scene: Scene, blob: Area, group: Sequence[Track]) -> list[tuple[int, int]]:
    """Of each, to the right and down from where it is expected."""
    side = 2 * _REACH_PX + 1
    unlike = np.full((len(group), side, side), tracking.DIFFERENCE_CAP * tracking.SCORE_ONE)
    boxes = []
    for number, track in enumerate(group):
        x, y, right, bottom = track.area
        boxes.append((round(x), round(y), max(round(right - x), 1), max(round(bottom - y), 1)))
        if track.pattern is not None:
            track.pattern.compare(scene.luma, track.x.at, track.bottom.at, unlike[number])
    left, top, right, bottom = (round(v) for v in (blob.left, blob.top, blob.right, blob.bottom))
    sums = np.zeros((bottom - top + 1, right - left + 1), np.int64)
    steps = np.zeros((len(group), 2), np.int64)
    edges = np.array((left, top, right, bottom), np.int64)
    tracking.share(scene.mask, edges, np.array(boxes, np.int64), unlike, sums, steps)
    return [(across, down) for across, down in steps.tolist()]


def _resize(blob: Area, group: Sequence[Track], steps: Sequence[tuple[int, int]]) -> None:
    tops = [track.area.top + down for track, (_, down) in zip(group, steps, strict=True)]
    bottoms = [track.area.bottom + down for track, (_, down) in zip(group, steps, strict=True)]
    ratio = blob.height / (max(bottoms) - min(tops))
    if _LEAST_RATIO < ratio < _LARGEST_RATIO:
        for track in group:
            track.scale(ratio**_SIZE_STEP)
