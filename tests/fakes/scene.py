"""Rendered scenes whose moving objects are known exactly: seeded luma frames for detectors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

Luma = NDArray[np.uint8]


@frozen
class Mover:
    """A textured rectangle in pixels; at `enter_s` its left top corner is at `at`, it moves by
    `speed` pixels a second, and is gone at `leave_s`.  `grey`: its mean level."""

    at: tuple[float, float]
    speed: tuple[float, float]
    size: tuple[int, int]
    grey: int
    enter_s: float = 0.0
    leave_s: float = 1e9

    def box(self, time_s: float) -> tuple[int, int, int, int] | None:
        """left, top, right, bottom in pixels; None when it is not there."""
        if not self.enter_s <= time_s < self.leave_s:
            return None
        age_s = time_s - self.enter_s
        left = round(self.at[0] + self.speed[0] * age_s)
        top = round(self.at[1] + self.speed[1] * age_s)
        return left, top, left + self.size[0], top + self.size[1]


@frozen
class Step:
    """A change of light: the picture is multiplied by `gain` from `at_s` on, reached over
    `over_s` (0: at once)."""

    at_s: float
    gain: float
    over_s: float = 0.0

    def factor(self, time_s: float) -> float:
        if time_s < self.at_s:
            return 1.0
        done = 1.0 if self.over_s <= 0 else min(1.0, (time_s - self.at_s) / self.over_s)
        return 1.0 + (self.gain - 1.0) * done


@frozen
class SceneScript:
    """What happens.  `noise`: standard deviation of the sensor's noise, in grey levels."""

    width: int = 320
    height: int = 180
    fps: float = 10.0
    seed: int = 1
    noise: float = 3.0
    movers: tuple[Mover, ...] = ()
    light: tuple[Step, ...] = ()
    background: tuple[int, int] = field(default=(60, 160))


@frozen
class Shot:
    """One frame; `truth` is 1 where a mover is."""

    time_us: int
    luma: Luma
    truth: Luma


def shots(script: SceneScript, seconds: float, begin_us: int = 0) -> Iterator[Shot]:
    """Render; the same script gives the same frames."""
    rng = np.random.default_rng(script.seed)
    still = _background(script, rng)
    skins = [
        mover.grey + rng.normal(0, 8, (mover.size[1], mover.size[0])) for mover in script.movers
    ]
    for number in range(round(seconds * script.fps)):
        time_s = number / script.fps
        picture = still.copy()
        truth = np.zeros(still.shape, np.uint8)
        for mover, skin in zip(script.movers, skins, strict=True):
            _paint(picture, truth, skin, mover.box(time_s))
        for step in script.light:
            picture *= step.factor(time_s)
        picture += rng.normal(0, script.noise, picture.shape)
        luma = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
        yield Shot(begin_us + round(time_s * 1e6), luma, truth)


def _background(script: SceneScript, rng: np.random.Generator) -> NDArray[np.float64]:
    """Soft structure between the two levels: coarse random patches, interpolated."""
    low, high = script.background
    coarse = rng.uniform(low, high, (7, 11))
    y = np.linspace(0, 5.999, script.height)
    x = np.linspace(0, 9.999, script.width)
    rows, columns = y.astype(int), x.astype(int)
    down, right = (y - rows)[:, None], (x - columns)[None, :]
    top = coarse[rows][:, columns] * (1 - right) + coarse[rows][:, columns + 1] * right
    below = coarse[rows + 1][:, columns] * (1 - right) + coarse[rows + 1][:, columns + 1] * right
    made: NDArray[np.float64] = top * (1 - down) + below * down
    return made


def _paint(
    picture: NDArray[np.float64],
    truth: Luma,
    skin: NDArray[np.float64],
    box: tuple[int, int, int, int] | None,
) -> None:
    if box is None:
        return
    height, width = picture.shape
    left, top, right, bottom = box
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    if x0 < x1 and y0 < y1:
        picture[y0:y1, x0:x1] = skin[y0 - top : y1 - top, x0 - left : x1 - left]
        truth[y0:y1, x0:x1] = 1
