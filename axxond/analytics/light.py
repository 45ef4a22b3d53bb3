"""Keeps the working picture in one light while lamps, clouds and the camera's exposure change."""

from __future__ import annotations

import numpy as np

from axxond.analytics.kernels import light
from axxond.analytics.plane import Bytes, Plane
from axxond.base.units import SECOND_US

# What the light has become is believed at this pace, which the background model can follow.
_FOLLOW_LEVELS_PER_S = 1


class Light:
    """Fed with every working picture; gives it back in the light of the first one, or rather of
    a light that follows the present one slowly."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        shape = plane.height // light.BLOCK_PX, plane.width // light.BLOCK_PX
        self._blocks = np.zeros(shape, np.int32)
        self._now = self._blocks.reshape(-1)
        self._known = np.zeros_like(self._now)
        self._differences = np.zeros_like(self._now)
        self._histogram = np.zeros(light.HISTOGRAM, np.int32)
        self._sums = np.zeros(plane.pitch, np.uint16)
        self._line = np.zeros(2, np.int64)
        self._out = plane.new()
        self._last_us: int | None = None

    def restart(self) -> None:
        """The next picture's light is the known one."""
        self._last_us = None

    def feed(self, luma: Bytes, time_us: int) -> Bytes:
        """The picture itself, or one that the next call overwrites."""
        light.average(luma, self._sums, self._blocks)
        if self._last_us is None:
            self._known[:] = self._now
            self._last_us = time_us
            return luma
        light.fit(self._now, self._known, self._differences, self._histogram, self._line)
        self._follow(time_us)
        gain, offset = self._line.tolist()
        if (gain, offset) == (light.GAIN_ONE, 0):
            return luma
        light.relight(luma, self._line, self._plane.height, self._plane.width, self._out)
        return self._out

    def _follow(self, time_us: int) -> None:
        passed_us = max(time_us - (self._last_us or 0), 0)
        self._last_us = time_us
        step = max(_FOLLOW_LEVELS_PER_S * light.SCALE * passed_us // SECOND_US, 1)
        light.follow(self._now, self._known, step)
