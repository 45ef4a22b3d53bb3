"""What a camera makes of the light: shake, noise, coding, infrared, and what is done to it.

Each is a frozen description; `made` turns it into a function of picture and time.  `Shake` says
where the frame lies in the canvas; all others work on the frame.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tests.fakes.scenes.canvas import Canvas, blurred, ellipse, patches

Change = Callable[[Canvas, float], Canvas]
Tampering = Literal["covered", "blur", "glare", "dark", "noise"]
TAMPERINGS: tuple[Tampering, ...] = ("covered", "blur", "glare", "dark", "noise")


class Camera(Protocol):
    """One trait of a camera."""

    def made(self, rng: np.random.Generator, height: int, width: int) -> Change:
        """For frames of that size, in the order of time."""


@frozen
class Shake:
    """Wind on a mast: sums of waves, in pixels of the frame; from `at_s` to `until_s`."""

    reach_px: float
    hertz: float = 2.0
    at_s: float = 0.0
    until_s: float = 1e9

    def offset(self, phases: NDArray[np.float64], time_s: float) -> tuple[float, float]:
        """Down and to the right; `phases`: four random numbers of [0; 2 pi]."""
        if not self.at_s <= time_s < self.until_s:
            return 0.0, 0.0
        a, b, c, d = phases
        turn = 2 * np.pi * self.hertz * time_s
        down = 0.7 * np.sin(turn + a) + 0.3 * np.sin(2.3 * turn + b)
        right = 0.7 * np.sin(0.83 * turn + c) + 0.3 * np.sin(2.9 * turn + d)
        return float(down) * self.reach_px, float(right) * self.reach_px


@frozen
class Noise:
    """Of the sensor: standard deviation in grey levels, a little of it shared by neighbours."""

    level: float = 3.0

    def made(self, rng: np.random.Generator, height: int, width: int) -> Change:
        pool = rng.normal(0, 1, (3, height + 97, width + 131)).astype(np.float32)
        pool[:, :, 1:] = 0.9 * pool[:, :, 1:] + 0.45 * pool[:, :, :-1]
        pool *= np.float32(self.level)
        pool[1:] *= 0.5

        def change(picture: Canvas, _time_s: float) -> Canvas:
            down, right = rng.integers(97), rng.integers(131)
            picture += pool[:, down : down + height, right : right + width]
            return picture

        return change


@frozen
class Coding:
    """Like H.264 at a low rate: blocks of 8 x 8 quantised (`step` grey levels), those that hardly
    changed kept; every `gop_s` a key frame that looks a little different."""

    step: float = 10.0
    gop_s: float = 2.0

    def made(self, _rng: np.random.Generator, height: int, width: int) -> Change:
        tall, wide = height // 8 * 8, width // 8 * 8
        turn = _cosines()
        weight = self.step * (1 + 0.35 * (np.arange(8)[:, None] + np.arange(8)[None, :]))
        known = np.zeros((tall // 8, wide // 8, 8, 8), np.float32)
        state = {"key_s": -1e9}

        def change(picture: Canvas, time_s: float) -> Canvas:
            luma = picture[0, :tall, :wide]
            blocks = luma.reshape(tall // 8, 8, wide // 8, 8).transpose(0, 2, 1, 3)
            scale = weight.astype(np.float32)
            if time_s - state["key_s"] >= self.gop_s:
                state["key_s"] = time_s
                scale = scale * np.float32(1.4)
                known[:] = _quantised(blocks, turn, scale)
            else:
                rest = _quantised(blocks - known, turn, scale)
                loud = np.abs(blocks - known).mean((2, 3)) > 0.35 * self.step
                known[loud] += rest[loud]
            picture[0, :tall, :wide] = known.transpose(0, 2, 1, 3).reshape(tall, wide)
            return picture

        return change


def _cosines() -> NDArray[np.float32]:
    """The orthonormal DCT-II of 8 points."""
    k, n = np.arange(8)[:, None], np.arange(8)[None, :]
    turn = np.cos(np.pi * k * (2 * n + 1) / 16) * 0.5
    turn[0] *= np.sqrt(0.5)
    return turn.astype(np.float32)


def _quantised(
    blocks: NDArray[np.float32], turn: NDArray[np.float32], scale: NDArray[np.float32]
) -> NDArray[np.float32]:
    rough = np.rint(turn @ blocks @ turn.T / scale) * scale
    made: NDArray[np.float32] = turn.T @ rough @ turn
    return made


@frozen
class Infrared:
    """The filter swings away at `at_s` (and back at `until_s`): for half a second the exposure
    hunts, then there is no colour and other surfaces are bright."""

    at_s: float
    until_s: float = 1e9
    gain: float = 0.8
    hunting_s: float = 0.6

    def made(self, rng: np.random.Generator, height: int, width: int) -> Change:
        warmth = 25 * patches(rng, height, width, max(width // 6, 4))

        def change(picture: Canvas, time_s: float) -> Canvas:
            night = self.at_s <= time_s < self.until_s
            if night:
                picture[0] = picture[0] * self.gain + warmth - 1.2 * picture[1]
                picture[1:] = 0
            for began_s in (self.at_s, self.until_s):
                passed_s = time_s - began_s
                if 0 <= passed_s < self.hunting_s:
                    left = 1 - passed_s / self.hunting_s
                    picture *= np.float32(1 + 1.6 * left if night else 1 - 0.8 * left)
            return picture

        return change


@frozen
class Exposure:
    """Automatic exposure that hunts: all levels go up and down."""

    depth: float = 0.15
    period_s: float = 7.0

    def made(self, _rng: np.random.Generator, _height: int, _width: int) -> Change:
        def change(picture: Canvas, time_s: float) -> Canvas:
            wave = np.sin(2 * np.pi * time_s / self.period_s)
            picture *= np.float32(1 + self.depth * np.sign(wave) * wave**2)
            return picture

        return change


@frozen
class Tamper:
    """From `at_s` to `until_s`, reached over `over_s`."""

    kind: Tampering
    at_s: float
    until_s: float = 1e9
    over_s: float = 0.5

    def made(self, rng: np.random.Generator, height: int, width: int) -> Change:
        act = {
            "covered": _cover, "blur": _defocus, "glare": _dazzle, "dark": _darken,
            "noise": _spoil,
        }[self.kind](rng, height, width)  # fmt: skip

        def change(picture: Canvas, time_s: float) -> Canvas:
            if not self.at_s <= time_s < self.until_s:
                return picture
            return act(picture, min((time_s - self.at_s + 0.05) / self.over_s, 1.0))

        return change


Act = Callable[[Canvas, float], Canvas]
"""picture, how much of it is done in (0; 1] -> picture"""


def _cover(rng: np.random.Generator, height: int, width: int) -> Act:
    """A hand, a bag or paint comes from one side."""
    level, slant = rng.uniform(15, 130), rng.uniform(-25, 25)
    cloth = level + slant * patches(rng, height, width, max(width // 2, 4))
    flipped = rng.uniform() < 0.5

    def act(picture: Canvas, done: float) -> Canvas:
        wide = round(done * width)
        part = slice(width - wide, width) if flipped else slice(0, wide)
        picture[0, :, part] = cloth[:, part]
        picture[1:, :, part] = 2
        return picture

    return act


def _defocus(rng: np.random.Generator, height: int, _width: int) -> Act:
    reach = height * rng.uniform(0.03, 0.05)

    def act(picture: Canvas, done: float) -> Canvas:
        return blurred(picture, max(round(reach * done), 1), 3)

    return act


def _dazzle(rng: np.random.Generator, height: int, width: int) -> Act:
    y, x = rng.uniform(0.3, 0.7) * height, rng.uniform(0.3, 0.7) * width
    beam = ellipse(height, width, y, x, height * 1.2, width * 0.9)
    down = (np.arange(height)[:, None] - y) / height
    right = (np.arange(width)[None, :] - x) / width
    beam = (beam + 1.5 * np.exp(-3 * (down * down + right * right))).astype(np.float32)

    def act(picture: Canvas, done: float) -> Canvas:
        picture[0] += np.float32(170 * done) * beam
        return picture

    return act


def _darken(rng: np.random.Generator, _height: int, _width: int) -> Act:
    left = rng.uniform(0.02, 0.08)

    def act(picture: Canvas, done: float) -> Canvas:
        picture *= np.float32(1 - (1 - left) * done)
        return picture

    return act


def _spoil(rng: np.random.Generator, height: int, width: int) -> Act:
    level = rng.uniform(40, 60)

    def act(picture: Canvas, done: float) -> Canvas:
        picture[0] += rng.normal(0, level * done, (height, width)).astype(np.float32)
        return picture

    return act
