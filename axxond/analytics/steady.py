"""Antishaker: the picture as if the camera stood still."""

from __future__ import annotations

import numpy as np

from axxond.analytics.kernels import steady
from axxond.analytics.plane import Bytes, Plane

_REACH_PX = 6
# A swing is one when the profiles agree so much better with it than without.
_BETTER = 0.7
_LEAST_STEP = 3  # in 1/steady.STEP_ONE; smaller ones are noise
_FOLLOW = 0.02  # a frame: the known profiles take on the present ones
_LEAST_SIDE_PX = 64


class Steady:
    """Fed with every working picture; gives it back where the first ones were."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._wide = min(plane.width, plane.height) >= _LEAST_SIDE_PX
        self._now = [np.zeros(side, np.int32) for side in (plane.height, plane.width)]
        self._known = [profile.astype(np.float64) for profile in self._now]
        self._whole = [np.zeros_like(profile) for profile in self._now]
        self._match = np.zeros(3, np.int64)
        self._out = plane.new()
        self._fresh = True

    def restart(self) -> None:
        """The next picture is where it belongs."""
        self._fresh = True

    def feed(self, luma: Bytes) -> Bytes:
        """The picture itself, or one that the next call overwrites."""
        if not self._wide:
            return luma
        plane = self._plane
        down, across = self._now
        steady.profiles(luma, plane.height, plane.width, across, down)
        if self._fresh:
            self._fresh = False
            for known, whole, now in zip(self._known, self._whole, self._now, strict=True):
                known[:] = whole[:] = now
            return luma
        steps = [self._step(axis) for axis in (0, 1)]
        if steps == [0, 0]:
            self._follow()
            return luma
        steady.take_back(luma, *steps, plane.height, plane.width, self._out)
        steady.profiles(self._out, plane.height, plane.width, across, down)
        self._follow()
        return self._out

    def _step(self, axis: int) -> int:
        """In 1/steady.STEP_ONE pixel."""
        steady.align(self._now[axis], self._whole[axis], _REACH_PX, self._match)
        step, there, here = self._match.tolist()
        clear = there <= _BETTER * here and abs(step) >= _LEAST_STEP
        return step if clear else 0

    def _follow(self) -> None:
        for known, whole, now in zip(self._known, self._whole, self._now, strict=True):
            steady.follow(now, _FOLLOW, known, whole)
