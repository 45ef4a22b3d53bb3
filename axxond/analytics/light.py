"""Keeps the working picture in one light while lamps, clouds and the camera's exposure change.

A change of exposure is one straight line for the whole picture; a lamp or a cloud lights some of
it more than the rest: a smooth surface of gains over it.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from axxond.analytics.kernels import light
from axxond.analytics.plane import Bytes, Plane
from axxond.base.units import SECOND_US

Floats = NDArray[np.floating[Any]]

# What the light has become is believed at this pace, which the background model can follow.
_FOLLOW_LEVELS_PER_S = 1

_MIDDLE_LEVEL = 110.0
# By so many grey levels the correction of a medium grey changes at once: a lamp was switched.
_JUMP = 6.0
# A light that was there so short a time ago is no change: a tube that flickers, lamps on mains.
_FLICKER_US = 2 * SECOND_US
_MOST_LIGHTS = 32  # that are kept of it

# A surface is looked for when fewer of the blocks than that are as they were, and taken when more
# than that lie close to it (in natural logarithms of the gain).
_UNCHANGED = 0.5
_EXPLAINED = 0.6
_CLOSE = 0.07
_ROUNDS = 6
_LEAST_LEVEL, _MOST_LEVEL = 8 * light.SCALE, 245 * light.SCALE  # else clipped: not to be judged
_LEAST_BLOCKS = 24
_RIDGE = 1e-6 * np.eye(6)  # there is always a solution
_MOST_GAIN = 1.4  # natural logarithm: four times


class Light:
    """Fed with every working picture; gives it back in the light of the first one, or rather of
    a light that follows the present one slowly.  `jumped`: the light of the newest picture is
    another than any of the last _FLICKER_US."""

    def __init__(self, plane: Plane) -> None:
        self.jumped = False
        self._plane = plane
        shape = plane.height // light.BLOCK_PX, plane.width // light.BLOCK_PX
        self._blocks = np.zeros(shape, np.int32)
        self._now = self._blocks.reshape(-1)
        self._known = np.zeros_like(self._now)
        self._differences = np.zeros_like(self._now)
        self._histogram = np.zeros(light.HISTOGRAM, np.int32)
        self._sums = np.zeros(plane.pitch, np.uint16)
        self._line = np.zeros(3, np.int64)
        self._out = plane.new()
        self._last_us: int | None = None
        # What a medium grey was corrected to, when: the newest last.
        self._middles: deque[tuple[int, Floats | float]] = deque(maxlen=_MOST_LIGHTS)
        self._surface = _Surface(plane)

    def restart(self) -> None:
        """The next picture's light is the known one."""
        self._last_us = None

    def feed(self, luma: Bytes, time_us: int) -> Bytes:
        """The picture itself, or one that the next call overwrites."""
        light.average(luma, self._sums, self._blocks)
        if self._last_us is None:
            self._known[:] = self._now
            self._last_us = time_us
            self.jumped = False
            self._middles.clear()
            self._middles.append((time_us, _MIDDLE_LEVEL))
            return luma
        light.fit(self._now, self._known, self._differences, self._histogram, self._line)
        out = self._corrected(luma, time_us)
        self._follow(time_us)
        return out

    def _corrected(self, luma: Bytes, time_us: int) -> Bytes:
        gain, offset, unchanged = self._line.tolist()
        plane = self._plane
        middle: Floats | float = (gain * _MIDDLE_LEVEL + offset) / light.GAIN_ONE
        out = luma
        if (gain, offset) != (light.GAIN_ONE, 0):
            light.relight(luma, self._line, plane.height, plane.width, self._out)
            out = self._out
        elif unchanged < _UNCHANGED * self._now.size:
            gains = self._surface.fit(self._now, self._known)
            if gains is not None:
                light.relight_by(luma, gains, plane.height, plane.width, self._out)
                out = self._out
                middle = gains * (_MIDDLE_LEVEL / light.GAIN_ONE)
        self._note(middle, time_us)
        return out

    def _note(self, middle: Floats | float, time_us: int) -> None:
        while len(self._middles) > 1 and self._middles[0][0] < time_us - _FLICKER_US:
            self._middles.popleft()
        # The newest first: it is nearly always like that.
        self.jumped = not any(
            _apart(middle, known) <= _JUMP for _, known in reversed(self._middles)
        )
        self._middles.append((time_us, middle))

    def _follow(self, time_us: int) -> None:
        passed_us = max(time_us - (self._last_us or 0), 0)
        self._last_us = time_us
        step = max(_FOLLOW_LEVELS_PER_S * light.SCALE * passed_us // SECOND_US, 1)
        light.follow(self._now, self._known, step)


class _Surface:
    """The logarithm of the gain as a polynomial of the second degree over the picture, fitted to
    the blocks by least squares in which those that do not agree (things) lose their weight."""

    def __init__(self, plane: Plane) -> None:
        side = light.BLOCK_PX
        height, width = plane.height / side, plane.width / side  # in blocks
        rows, columns = int(height), int(width)
        y, x = np.mgrid[0:rows, 0:columns] + 0.5
        self._blocks = _terms(y / height, x / width).reshape(-1, 6)
        v, u = np.mgrid[0 : int(np.ceil(height)) + 1, 0 : int(np.ceil(width)) + 1]
        self._corners = _terms(v / height, u / width)

    def fit(self, now: NDArray[np.int32], known: NDArray[np.int32]) -> NDArray[np.int32] | None:
        """What takes the blocks back to the known ones, as `kernels.light.relight_by` wants it;
        None when no surface does."""
        low, high = np.minimum(now, known), np.maximum(now, known)
        clear = (low >= _LEAST_LEVEL) & (high <= _MOST_LEVEL)
        if int(clear.sum()) < max(_LEAST_BLOCKS, now.size // 3):
            return None
        terms, wanted = self._blocks[clear], np.log(known[clear] / now[clear])
        weights: Floats = np.ones(wanted.size)
        factors: Floats = np.zeros(6)
        for _ in range(_ROUNDS):
            weighted = terms.T * weights
            factors = np.linalg.solve(weighted @ terms + _RIDGE, weighted @ wanted)
            apart = terms @ factors - wanted
            weights = 1 / (1 + (apart / (_CLOSE / 2)) ** 2) ** 2
        close = np.abs(apart) <= _CLOSE
        if float(close.mean()) < _EXPLAINED:
            return None
        # Beyond what has been seen, a polynomial runs away.
        least, most = wanted[close].min(), wanted[close].max()
        least, most = max(least, -_MOST_GAIN), min(most, _MOST_GAIN)
        gains = np.exp(np.clip(self._corners @ factors, least, most))
        made: NDArray[np.int32] = np.rint(gains * light.GAIN_ONE).astype(np.int32)
        return made


def _apart(one: Floats | float, other: Floats | float) -> float:
    """At most, where one of them is a surface."""
    apart: Floats | float = np.abs(one - other)
    return apart if isinstance(apart, float) else float(apart.max())


def _terms(y: Floats, x: Floats) -> Floats:
    """Of the polynomial, along a new last axis; y, x in [0; 1]."""
    v, u = 2 * y - 1, 2 * x - 1
    return np.stack([np.ones_like(v), v, u, v * v, v * u, u * u], axis=-1)
