"""The synthetic scene: a yard whose moving objects are known exactly.

`scene(t)` is the truth, `Renderer` its picture.  The scene repeats every 150 s.  In the first 90 s
nothing moves: there is the background, mild sensor noise and a slow drift of the light.  Then
people and cars cross, one after the other and once two at a time.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from protocol.types import Box

PERIOD_S = 150.0
# More than the minute that a first look lasts, from the simulator's start.
QUIET_S = 90.0

_NOISE_SIGMA = 1.5  # grey levels, as a small sensor has by day
_DRIFT_LEVELS = 6.0  # half the swing of the light over a period
_NOISE_PLANES = 7
_SKY, _HORIZON = 0.15, 0.42  # rows where wall and ground begin


@frozen
class Crossing:
    """An object that goes in a straight line; places are its box's centre, sizes and places
    shares of the frame, times seconds of the period."""

    id: str
    kind: str
    enter_s: float
    leave_s: float
    begin: tuple[float, float]
    end: tuple[float, float]
    size: tuple[float, float]
    colour: tuple[int, int, int]  # Y, U, V

    def box_at(self, t_s: float) -> Box | None:
        """Where it is, cut at the frame's edge; None when it is not in the picture."""
        if not self.enter_s <= t_s < self.leave_s:
            return None
        share = (t_s - self.enter_s) / (self.leave_s - self.enter_s)
        x = self.begin[0] + share * (self.end[0] - self.begin[0])
        y = self.begin[1] + share * (self.end[1] - self.begin[1])
        left, right = max(0.0, x - self.size[0] / 2), min(1.0, x + self.size[0] / 2)
        top, bottom = max(0.0, y - self.size[1] / 2), min(1.0, y + self.size[1] / 2)
        if right <= left or bottom <= top:
            return None
        return Box(left, top, right - left, bottom - top)


CROSSINGS = (
    Crossing("p1", "person", 92, 104, (-0.04, 0.66), (1.04, 0.66), (0.06, 0.30), (60, 118, 140)),
    Crossing("c1", "car", 108, 114, (1.15, 0.74), (-0.15, 0.74), (0.24, 0.20), (200, 120, 110)),
    Crossing("p2", "person", 119, 133, (-0.04, 0.60), (1.04, 0.80), (0.06, 0.30), (190, 140, 110)),
    Crossing("p3", "person", 121, 135, (1.04, 0.62), (-0.04, 0.58), (0.055, 0.28), (45, 128, 128)),
    Crossing("c2", "car", 138, 145, (-0.15, 0.80), (1.15, 0.80), (0.26, 0.22), (70, 150, 105)),
)


@frozen
class SceneObject:
    id: str
    kind: str  # "person" | "car"
    box: Box


def scene(t_s: float) -> list[SceneObject]:
    """The objects in the picture `t_s` seconds after the scene's start, any period."""
    phase_s = t_s % PERIOD_S
    objects = []
    for crossing in CROSSINGS:
        box = crossing.box_at(phase_s)
        if box is not None:
            objects.append(SceneObject(crossing.id, crossing.kind, box))
    return objects


class Renderer:
    """Draws the scene as YUV 4:2:0 planes; the same pictures at each run."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        random = np.random.default_rng(11)
        self._luma = _background(width, height, random)
        self._chroma = _background_chroma(width, height)
        noise = random.normal(0, _NOISE_SIGMA, (_NOISE_PLANES, height, width))
        self._noise = np.round(noise).astype(np.int16)
        self._picture = np.empty((height * 3 // 2, width), np.uint8)
        self._colours = {crossing.id: crossing.colour for crossing in CROSSINGS}

    def draw(self, t_s: float, number: int) -> NDArray[np.uint8]:
        """uint8, (height * 3 / 2, width): planes Y, U, V one after the other.  Valid until the
        next call.  `number` chooses the noise."""
        w, h = self.width, self.height
        drift = _DRIFT_LEVELS * math.sin(2 * math.pi * t_s / PERIOD_S)
        luma = self._luma + np.int16(round(drift))
        chroma = self._chroma.copy()
        for thing in scene(t_s):
            self._draw_object(luma, chroma, thing)
        shift = (number * 7919) % w
        luma += np.roll(self._noise[number % _NOISE_PLANES], shift, axis=1)
        np.clip(luma, 16, 235, out=luma)
        self._picture[:h] = luma
        self._picture[h:] = chroma.reshape(h // 2, w)
        return self._picture

    def _draw_object(
        self, luma: NDArray[np.int16], chroma: NDArray[np.uint8], thing: SceneObject
    ) -> None:
        box = thing.box
        left, right = round(box.x * self.width), round((box.x + box.w) * self.width)
        top, bottom = round(box.y * self.height), round((box.y + box.h) * self.height)
        if right <= left or bottom <= top:
            return
        y, u, v = self._colours[thing.id]
        shade = _silhouette(thing.kind, bottom - top, right - left)
        area = luma[top:bottom, left:right]
        area[shade] = y
        stripe = (bottom - top) // 3
        area[:stripe][shade[:stripe]] = min(235, y + 30)  # a head, a roof: lit from above
        half = shade[::2, ::2]
        for plane, value in zip(chroma, (u, v), strict=True):
            part = plane[
                top // 2 : top // 2 + half.shape[0], left // 2 : left // 2 + half.shape[1]
            ]
            part[half[: part.shape[0], : part.shape[1]]] = value


def _background(width: int, height: int, random: np.random.Generator) -> NDArray[np.int16]:
    """A sky, a wall with windows, a paved ground: static texture."""
    rows = np.linspace(0, 1, height)[:, None]
    columns = np.linspace(0, 1, width)[None, :]
    sky = 170 + 20 * rows + 0 * columns
    wall = 120 + 10 * np.sign(np.sin(columns * 60)) * (np.sin(rows * 90) > 0)
    ground = 110 + 40 * (rows - _HORIZON) + 6 * np.sin(columns * 40) * np.sin(rows**2 * 80)
    luma = np.where(rows < _SKY, sky, np.where(rows < _HORIZON, wall, ground))
    luma += random.normal(0, 2, (height, width))  # the surface's grain, which stays
    return np.round(luma).astype(np.int16)


def _background_chroma(width: int, height: int) -> NDArray[np.uint8]:
    """U and V: a blue sky, a brick wall, a greenish ground."""
    rows = (np.arange(height // 2) + 0.5) / (height // 2)
    u = np.where(rows < _SKY, 142, np.where(rows < _HORIZON, 120, 122))
    v = np.where(rows < _SKY, 118, np.where(rows < _HORIZON, 140, 126))
    columns = np.stack([u, v]).astype(np.uint8)
    return np.repeat(columns[:, :, None], width // 2, axis=2)


def _silhouette(kind: str, height: int, width: int) -> NDArray[np.bool_]:
    """Which pixels of its box an object covers; it touches all four edges."""
    y = (np.arange(height)[:, None] + 0.5) / height
    x = (np.arange(width)[None, :] + 0.5) / width
    if kind == "car":
        return (y > 0.4) | (np.abs(x - 0.5) < 0.28)
    head = (np.abs(x - 0.5) < 0.3) & (y < 0.2)
    return head | ((np.abs(x - 0.5) < 0.5 - 0.15 * (y > 0.55)) & (y >= 0.2))
