"""What happens before the lens and is no object: light, clouds, rain, snow, leaves, screens.

Each is a frozen description; `made` turns it into a function of canvas and time.  A canvas is
the frame with margins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from attrs import frozen

from tests.fakes.scenes.canvas import Canvas, ellipse, patches

Change = Callable[[Canvas, float], Canvas]
"""canvas (may be changed in place), second -> canvas"""


class Weather(Protocol):
    """One thing that happens."""

    def made(self, rng: np.random.Generator, height: int, width: int) -> Change:
        """For canvases of that size, in the order of time."""


@frozen
class Light:
    """All light times `gain` from `at_s` on, reached over `over_s` (0: at once); back again at
    `until_s`."""

    at_s: float
    gain: float
    over_s: float = 0.0
    until_s: float = 1e9

    def made(self, _rng: np.random.Generator, _height: int, _width: int) -> Change:
        def change(canvas: Canvas, time_s: float) -> Canvas:
            begun = self._done(time_s - self.at_s) - self._done(time_s - self.until_s)
            if begun > 0:
                canvas *= np.float32(1 + (self.gain - 1) * begun)
            return canvas

        return change

    def _done(self, passed_s: float) -> float:
        if passed_s < 0:
            return 0.0
        return 1.0 if self.over_s <= 0 else min(passed_s / self.over_s, 1.0)


@frozen
class Lamp:
    """A lamp that lights a part of the place more than the rest, on and off every `period_s`."""

    gain: float
    period_s: float
    from_s: float = 3.0

    def made(self, rng: np.random.Generator, height: int, width: int) -> Change:
        y, x = rng.uniform(0.1, 0.5) * height, rng.uniform(0.2, 0.8) * width
        down = (np.arange(height)[:, None] - y) / height
        right = (np.arange(width)[None, :] - x) / width
        near = (1 / (1 + 2.5 * (down * down + right * right))).astype(np.float32)

        def change(canvas: Canvas, time_s: float) -> Canvas:
            if time_s >= self.from_s and int((time_s - self.from_s) / self.period_s) % 2 == 0:
                canvas *= 1 + (self.gain - 1) * near
            return canvas

        return change


@frozen
class Clouds:
    """Soft shadows that drift over the place; `least`: the light that is left in their middle."""

    least: float = 0.6
    speed: float = 0.04  # widths a second

    def made(self, rng: np.random.Generator, height: int, width: int) -> Change:
        sky = patches(rng, height, 6 * width, max(width // 2, 4))
        depth = np.clip(sky * 1.4, 0, 1)

        def change(canvas: Canvas, time_s: float) -> Canvas:
            at = int(time_s * self.speed * width) % (5 * width)
            canvas *= 1 - (1 - self.least) * depth[:, at : at + width]
            return canvas

        return change


@frozen
class Shadows:
    """Sharp shadows of what is not in the picture (people, birds, a flag), that move over the
    ground every few seconds."""

    light: float = 0.62
    period_s: float = 6.0

    def made(self, rng: np.random.Generator, height: int, width: int) -> Change:
        size = height * rng.uniform(0.12, 0.22), height * rng.uniform(0.1, 0.2)
        y, speed = height * rng.uniform(0.55, 0.8), width * rng.uniform(0.12, 0.3)

        def change(canvas: Canvas, time_s: float) -> Canvas:
            x = (time_s % self.period_s) * speed - size[1]
            if time_s >= self.period_s and x < width + size[1]:
                canvas *= 1 - (1 - self.light) * ellipse(height, width, y, x, *size)
            return canvas

        return change


@frozen
class Rain:
    """`drops` streaks a frame, each for one frame."""

    drops: int = 120
    length: float = 0.07  # of the height
    strength: float = 28.0

    def made(self, rng: np.random.Generator, height: int, width: int) -> Change:
        slope = rng.uniform(-0.2, 0.2)
        long = max(round(self.length * height), 3)
        down = np.arange(long)

        def change(canvas: Canvas, _time_s: float) -> Canvas:
            top = rng.integers(-long, height, self.drops)
            left = rng.uniform(0, width, self.drops)
            rows = top[:, None] + down[None, :]
            columns = np.rint(left[:, None] + slope * down[None, :]).astype(int)
            inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
            bright = (self.strength * rng.uniform(0.4, 1.2, (self.drops, 1))).astype(np.float32)
            light = np.broadcast_to(bright, rows.shape)[inside]
            canvas[0, rows[inside], columns[inside]] += light
            return canvas

        return change


@frozen
class Snow:
    """Flakes that fall and drift; each lives until it leaves the picture."""

    flakes: int = 140
    strength: float = 60.0
    fall: float = 0.35  # heights a second

    def made(self, rng: np.random.Generator, height: int, width: int) -> Change:
        y, x = rng.uniform(0, height, self.flakes), rng.uniform(0, width, self.flakes)
        pace = rng.uniform(0.6, 1.5, self.flakes) * self.fall * height
        big = rng.uniform(0, 1, self.flakes) < 0.15

        def change(canvas: Canvas, time_s: float) -> Canvas:
            rows = ((y + pace * time_s) % (height - 1)).astype(int)
            columns = ((x + 9 * np.sin(time_s * 1.3 + y)) % (width - 1)).astype(int)
            canvas[0, rows, columns] += self.strength
            for down, right in ((0, 1), (1, 0), (1, 1)):
                canvas[0, rows[big] + down, columns[big] + right] += self.strength * 0.8
            return canvas

        return change


@frozen
class Leaves:
    """A bush or a tree whose texture sways.  `size`: of the frame, a side; `sway_px`."""

    size: float = 0.35
    sway_px: float = 2.5
    gusty: bool = True

    def made(self, rng: np.random.Generator, height: int, width: int) -> Change:
        tall, wide = round(self.size * height), round(self.size * width)
        top = rng.integers(0, height - tall)
        left = rng.integers(4, width - wide - 4)
        texture = np.stack([patches(rng, tall, wide + 16, step) for step in (3, 6, 9)])
        luma = 70 + 28 * texture[0] + 16 * texture[1]
        cover = ellipse(tall, wide, tall / 2, wide / 2, tall / 2, wide / 2)
        cover *= patches(rng, tall, wide, 6) > -0.55
        paint = np.stack([luma, -14 + 5 * texture[2], -12 + 4 * texture[2]])
        phases = rng.uniform(0, 2 * np.pi, 4)
        rows = np.arange(tall)

        def change(canvas: Canvas, time_s: float) -> Canvas:
            gust = 0.6 + 0.4 * np.sin(time_s * 0.5 + phases[3]) if self.gusty else 1.0
            step = self.sway_px * gust * (
                np.sin(4.1 * time_s + rows * 0.11 + phases[0])
                + 0.6 * np.sin(9.7 * time_s + rows * 0.31 + phases[1])
            )  # fmt: skip
            columns = 8 + np.arange(wide)[None, :] + np.rint(step).astype(int)[:, None]
            moved = np.take_along_axis(paint, np.clip(columns, 0, wide + 15)[None], 2)
            part = canvas[:, top : top + tall, left : left + wide]
            part += cover * (moved - part)
            return canvas

        return change


@frozen
class Screen:
    """A television or a neon sign: a rectangle whose light and picture change."""

    size: float = 0.15
    depth: float = 45.0
    period_s: float = 0.4

    def made(self, rng: np.random.Generator, height: int, width: int) -> Change:
        tall, wide = round(self.size * height), round(self.size * width * 0.8)
        top, left = rng.integers(0, height - tall), rng.integers(0, width - wide)
        state = {"until_s": 0.0, "value": 0.0}

        def change(canvas: Canvas, time_s: float) -> Canvas:
            if time_s >= state["until_s"]:
                state["until_s"] = time_s + rng.uniform(0.3, 1.7) * self.period_s
                state["value"] = float(rng.uniform(-1, 1)) * self.depth
            canvas[0, top : top + tall, left : left + wide] += np.float32(state["value"])
            return canvas

        return change


@frozen
class Mains:
    """Lamps on mains: bands of light that run over the picture, and a beat of all of it."""

    depth: float = 0.06

    def made(self, rng: np.random.Generator, height: int, _width: int) -> Change:
        rows = np.arange(height, dtype=np.float32)[:, None]
        hertz = rng.uniform(0.7, 4.3)

        def change(canvas: Canvas, time_s: float) -> Canvas:
            wave = np.sin(2 * np.pi * (rows / height + hertz * time_s))
            canvas *= (1 + self.depth * wave).astype(np.float32)
            return canvas

        return change
