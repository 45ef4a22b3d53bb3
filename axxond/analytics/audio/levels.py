"""Samples to levels: how loud each twentieth of a second is.

A level is in dBFS as AES17-2020 (3.12.3) has it: a sine that just fills the range is 0 dBFS.  It
is taken about the mean, so that an offset (G.711 has no zero) is silence.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from axxond.analytics.kernels.sound import CARRY, powers
from axxond.base.units import SECOND_US

Samples = NDArray[np.float32]

STRETCH_US = SECOND_US // 20
SILENCE_DBFS = -120.0
"""The lowest level; also of sound that is not there."""

_FULL_SINE_DB = 10 * math.log10(2)
# Sound's times jitter by as much; more is a hole, or the camera's clock was set.
_JITTER_US = SECOND_US // 5
# Sound arrives later than the picture of the same moment, by as much at most; after that there
# is none.
GRACE_US = SECOND_US


@frozen
class Level:
    """Of the stretch [time_us; time_us + STRETCH_US)."""

    time_us: int
    dbfs: float


class LevelMeter:
    """Levels without a hole: where sound is missing, they are SILENCE_DBFS.  Times rise."""

    def __init__(self) -> None:
        self._next_us: int | None = None  # begin of the stretch that is not full yet
        self._rate = 0
        self._stretch = 1
        self._filled = 0
        self._carry = np.zeros((1, CARRY))

    def restart(self) -> None:
        """The time of what follows has nothing to do with what was."""
        self._next_us = None
        self._drop()

    def sound(self, samples: Samples, rate: int, time_us: int) -> list[Level]:
        """samples: float32, channels x samples, full scale 1.0, contiguous; the first one was
        heard at `time_us`."""
        if samples.dtype != np.float32 or samples.ndim != 2 or not samples.flags.c_contiguous:
            raise ValueError(f"samples are {samples.dtype} {samples.shape}, not planes of float32")
        channels, count = samples.shape
        if rate < SECOND_US // STRETCH_US or not channels or not count:
            return []
        if (channels, rate) != (len(self._carry), self._rate):
            self._drop()
            self._rate, self._stretch = rate, rate * STRETCH_US // SECOND_US
            self._carry = np.zeros((channels, CARRY))
        missing, ahead = self._come_to(time_us)
        if ahead >= count:
            return []
        fresh = np.ascontiguousarray(samples[:, ahead:])
        out = np.zeros((self._filled + count - ahead) // self._stretch)
        self._filled = powers(fresh, self._stretch, self._filled, self._carry, out)
        return [*missing, *(self._level(power) for power in out.tolist())]

    def quiet(self, until_us: int) -> list[Level]:
        """The clock shows `until_us`; what was not heard GRACE_US before that, never will be."""
        if self._next_us is None:
            self._next_us = until_us
        missing_us = until_us - GRACE_US - self._next_us
        if missing_us < STRETCH_US:
            return []
        self._drop()
        return [self._level(0.0) for _ in range(missing_us // STRETCH_US)]

    def _come_to(self, time_us: int) -> tuple[list[Level], int]:
        """What was missing before `time_us`, and how many samples from there on are of a time
        that has levels already."""
        if self._next_us is None:
            self._next_us = time_us
            return [], 0
        late_us = time_us - self._next_us - self._filled * SECOND_US // self._rate
        if abs(late_us) <= _JITTER_US:
            return [], 0
        self._drop()
        if late_us < 0:
            return [], (self._next_us - time_us) * self._rate // SECOND_US
        count = (time_us - self._next_us) // STRETCH_US
        return [self._level(0.0) for _ in range(count)], 0

    def _drop(self) -> None:
        """What is not a full stretch."""
        self._filled = 0
        self._carry[:] = 0.0

    def _level(self, power: float) -> Level:
        assert self._next_us is not None
        level = Level(self._next_us, _dbfs(power))
        self._next_us += STRETCH_US
        return level


def _dbfs(power: float) -> float:
    """Of a mean square; full scale is 1.0."""
    if power <= 0.0:
        return SILENCE_DBFS
    return max(SILENCE_DBFS, 10 * math.log10(power) + _FULL_SINE_DB)
