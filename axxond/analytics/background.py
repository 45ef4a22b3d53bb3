"""The background model of one stream: which pixels are not what is usually there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from axxond.analytics.kernels import background, cells
from axxond.analytics.matching import Area
from axxond.analytics.plane import Bytes, Plane
from axxond.base.units import SECOND_US

_SAMPLES = 16  # a pixel
_SAMPLE_LIFE_US = 20 * SECOND_US  # on average, until it is replaced
_AGE_TICK_US = SECOND_US // 4  # 255 ticks = 64 s until a thing that stays is background

# The least reach, in grey levels: coding noise is up to that, whatever the sensor.
_LEAST_REACH = 12
_LARGEST_LEAST_REACH = 30
# Half of a still picture's pixels change by less than 0.95 standard deviations of the noise
# between two frames.  Twice that leaves three pixels in a thousand without enough samples in
# reach; the vote of their neighbours takes these away.
_QUIET_SHARE = 0.5
_REACH_PER_CHANGE = 2.0
_CHANGE_PER_CHANGE = 4.5  # beyond that lies a four hundredth of a still picture
_NOISE_LINES = 4  # every so many is looked at
_NOISE_STEP = 0.05  # grey levels a frame

# Of 5 x 5 pixels; one less than half: thin parts of a person stay.
_LEAST_AROUND = 11

_TAKEN_STEP = 4

_MAX_DICE_SHIFT = 4096
_THROWS = 4099  # a prime: 7 min at 10 fps, and out of step with every rhythm of a scene


class Background:
    """Fed with the working picture, it fills `mask` (1: something is there) and `near` (distance
    from the nearest known look, in grey levels); both are overwritten by the next frame.

    Its result is a function of the frames and times: its dice are thrown from a fixed seed.
    """

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self.mask = plane.new()
        self.near = plane.new()
        self._raw = plane.new()
        self._last_raw = plane.new()
        self._blinking = plane.new()
        self._calm = plane.new()
        self._sums = plane.new()
        self._samples = np.zeros((plane.lines, _SAMPLES, plane.pitch), np.uint8)
        self._unrest = plane.new()
        self._age = plane.new()
        self._scratch = np.zeros((2, plane.pitch), np.uint8)
        # RandomState's streams are frozen for all versions of numpy.
        chance = np.random.RandomState(1)
        size = self.mask.size + _MAX_DICE_SHIFT
        self._dice = np.frombuffer(chance.bytes(size), np.uint8).copy()
        self._throws = _throws(chance)
        self._plan = np.zeros(background.PLAN, np.int64)
        self._frames = 0
        self._change = 0.0
        self._last_us = 0
        self._next_tick_us = 0

    @property
    def reach(self) -> int:
        """The least distance that tells a thing from noise, in grey levels."""
        wanted = round(self._change * _REACH_PER_CHANGE)
        return min(max(wanted, _LEAST_REACH), _LARGEST_LEAST_REACH)

    @property
    def change(self) -> int:
        """The least difference between two pictures that is not noise, in grey levels."""
        return max(cells.CHANGED, round(self._change * _CHANGE_PER_CHANGE))

    @property
    def complete(self) -> bool:
        """Whether it knows as many looks as it can: until then they are those of whatever was
        there at first."""
        return self._frames > _SAMPLES

    @property
    def usual(self) -> Bytes:
        """One of the known looks, a view."""
        look: Bytes = self._samples[:, 0]
        return look

    @property
    def looks(self) -> Bytes:
        """All known looks, lines x number x pitch; a view."""
        return self._samples

    def absorb(self, luma: Bytes, area: Area) -> None:
        """What is foreground in the area, and what borders on it, is background from now on."""
        rows = slice(max(int(area.top) - 2, 0), int(area.bottom) + 2)
        columns = slice(max(int(area.left) - 2, 0), int(area.right) + 2)
        # All looks: those of what went would hide the next one that looks so.
        self._samples[rows, :, columns] = luma[rows, columns][:, None]
        self._age[rows, columns] = 0

    def take(self, luma: Bytes, where: NDArray[np.bool_]) -> None:
        """What is there now, at those pixels of the picture, is background from now on."""
        picture = self.plane.picture
        rows, columns = np.nonzero(where)
        self._samples[rows, ::_TAKEN_STEP, columns] = luma[rows, columns][:, None]
        picture(self.mask)[where] = 0

    def restart(self) -> None:
        """The next frame is the whole of what is known."""
        self._frames = 0

    def feed(self, luma: Bytes, past: Bytes, time_us: int) -> float:
        """One frame, and an earlier one for the noise; returns the foreground's share."""
        if self._frames == 0:
            self._samples[:] = luma[:, None]
            self._age[:] = 0
            self._last_us = self._next_tick_us = time_us
        self._measure_noise(luma, past)
        background.compare(
            luma, self._samples, self.reach, self._unrest, self._scratch, self.near, self._raw
        )
        background.calm(self._raw, self._last_raw, self._blinking, self._calm)
        found = cells.majority(self._calm, _LEAST_AROUND, self._sums, self.mask)
        if 0 < self._frames < _SAMPLES:
            self._samples[:, self._frames] = luma
        self._learn(luma, time_us)
        self._frames += 1
        return float(found) / (self.plane.width * self.plane.height)

    def _measure_noise(self, luma: Bytes, past: Bytes) -> None:
        """Follow the change that _QUIET_SHARE of the pixels stay below."""
        loud = background.unlike(luma, past, int(self._change), _NOISE_LINES)
        seen = self.plane.width * self.plane.height / _NOISE_LINES
        if loud > (1 - _QUIET_SHARE) * seen:
            self._change = min(self._change + _NOISE_STEP, 255.0)
        else:
            self._change = max(self._change - _NOISE_STEP, 0.0)

    def _learn(self, luma: Bytes, time_us: int) -> None:
        passed_us = max(time_us - self._last_us, 0)
        self._last_us = time_us
        tick = 0
        if time_us >= self._next_tick_us:
            tick = 1
            self._next_tick_us = time_us + _AGE_TICK_US
        chance = min(max(256 * _SAMPLES * passed_us // _SAMPLE_LIFE_US, 1), 255)
        *moves, first, second = self._throws[self._frames % _THROWS]
        self._plan[:] = (chance, *moves, tick)
        background.learn(
            luma, self._raw, self._age, self._shifted(first), self._shifted(second),
            self._samples, self._plan,
        )  # fmt: skip

    def _shifted(self, first: int) -> Bytes:
        """A plane of random bytes, from the `first` on."""
        dice: Bytes = self._dice[first : first + self.mask.size].reshape(self.mask.shape)
        return dice


def _throws(chance: np.random.RandomState) -> list[list[int]]:
    """own, other, down, right of a plan, then two shifts of the dice."""
    ranges = ((0, _SAMPLES), (0, _SAMPLES), (-1, 2), (-1, 2), *((0, _MAX_DICE_SHIFT),) * 2)
    drawn = [chance.randint(low, high, _THROWS) for low, high in ranges]
    return [[int(value) for value in throw] for throw in zip(*drawn, strict=True)]
