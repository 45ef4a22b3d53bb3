"""What moves or is left in a scene: its look, its place, its shadow."""

from __future__ import annotations

from typing import Literal

import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from tests.fakes.scenes.canvas import Canvas, ellipse, patches
from tests.fakes.scenes.paths import Path

Kind = Literal["person", "vehicle", "bag"]
Rect = tuple[int, int, int, int]
"""left, top, right, bottom in pixels, right and bottom exclusive"""

_GAIT_HZ = 1.8
_PHASES = 4
_ASPECT = {"person": 0.42, "vehicle": 2.1, "bag": 1.25}
_SHADOW_FLAT = 0.45  # of a thing's height
_SKIN = (150.0, -14.0, 22.0)


@frozen
class Thing:
    """`height`: share of the frame's height, when its foot is at 0.6 of it; `depth`: how much
    larger (of that) it is a whole frame further down.  `tone`: how much lighter (or darker) than
    the ground its main part is, in grey levels.  `colour`: its Cb and Cr.  `shadow`: 1 none; else
    what is left of the light in it."""

    kind: Kind
    path: Path
    height: float
    tone: float
    colour: tuple[float, float] = (0.0, 0.0)
    depth: float = 0.5
    shadow: float = 1.0


@define
class Sprite:
    """One thing's look: 4 x rows x columns (luma, Cb, Cr, cover) for each phase of its gait."""

    thing: Thing
    looks: list[NDArray[np.float32]]

    @classmethod
    def of(cls, rng: np.random.Generator, thing: Thing, frame_px: int, ground: float) -> Sprite:
        tall = max(round(thing.height * frame_px * 1.3), 4)
        wide = max(round(tall * _ASPECT[thing.kind]), 4)
        base = float(np.clip(ground + thing.tone, 12, 232))
        make = {"person": _person, "vehicle": _vehicle, "bag": _bag}[thing.kind]
        skin = 7 * patches(rng, tall, wide, 4) + rng.normal(0, 3, (tall, wide))
        spread = float(rng.uniform(-30, 30))
        looks = []
        for phase in range(_PHASES if thing.kind == "person" else 1):
            look = make(tall, wide, base, thing.colour, phase, spread)
            look[0] += skin
            looks.append(look)
        return cls(thing, looks)

    def size_px(self, foot_y: float, frame_px: int) -> tuple[int, int]:
        """Height and width when its foot is there."""
        thing = self.thing
        tall = thing.height * frame_px * (1 + thing.depth * (foot_y - 0.6))
        return max(round(tall), 3), max(round(tall * _ASPECT[thing.kind]), 3)

    def look(self, time_s: float, tall: int, wide: int) -> NDArray[np.float32]:
        moves = self.thing.path.moves(time_s)
        phase = int(time_s * _GAIT_HZ * _PHASES) % len(self.looks) if moves else 0
        whole = self.looks[phase]
        rows = (np.arange(tall) + 0.5) * whole.shape[1] / tall
        columns = (np.arange(wide) + 0.5) * whole.shape[2] / wide
        return whole[:, rows.astype(int)][:, :, columns.astype(int)]


def _fill(look: NDArray[np.float32], cover: NDArray[np.float32], paint: tuple[float, ...]) -> None:
    for channel, value in enumerate(paint):
        look[channel] += cover * (value - look[channel])
    look[3] = np.maximum(look[3], cover)


def _person(
    tall: int, wide: int, base: float, colour: tuple[float, float], phase: int, spread: float
) -> NDArray[np.float32]:
    look = np.zeros((4, tall, wide), np.float32)
    stride = (0.0, 0.16, 0.0, -0.16)[phase] * wide
    middle = wide / 2
    legs = float(np.clip(base + spread, 10, 235))
    for side in (-1, 1):
        x = middle + side * (0.12 * wide + stride)
        leg = ellipse(tall, wide, 0.76 * tall, x, 0.25 * tall, 0.15 * wide)
        _fill(look, leg, (legs, colour[0] * 0.3, colour[1] * 0.3))
    _fill(
        look, ellipse(tall, wide, 0.40 * tall, middle, 0.25 * tall, 0.36 * wide), (base, *colour)
    )
    _fill(look, ellipse(tall, wide, 0.09 * tall, middle, 0.09 * tall, 0.19 * wide), _SKIN)
    return look


def _vehicle(
    tall: int, wide: int, base: float, colour: tuple[float, float], _phase: int, spread: float
) -> NDArray[np.float32]:
    look = np.zeros((4, tall, wide), np.float32)
    body = np.zeros((tall, wide), np.float32)
    body[round(tall * 0.4) : round(tall * 0.9)] = 1
    body[: round(tall * 0.45), round(wide * 0.2) : round(wide * 0.8)] = 1
    _fill(look, body, (base, *colour))
    glass = np.zeros((tall, wide), np.float32)
    glass[round(tall * 0.08) : round(tall * 0.38), round(wide * 0.26) : round(wide * 0.74)] = 1
    _fill(look, glass, (float(np.clip(base - 45 - abs(spread) / 2, 15, 200)), 3, -2))
    for x in (0.22, 0.78):
        _fill(
            look, ellipse(tall, wide, 0.86 * tall, x * wide, 0.14 * tall, 0.08 * wide), (25, 0, 0)
        )
    return look


def _bag(
    tall: int, wide: int, base: float, colour: tuple[float, float], _phase: int, spread: float
) -> NDArray[np.float32]:
    look = np.zeros((4, tall, wide), np.float32)
    body = np.zeros((tall, wide), np.float32)
    body[round(tall * 0.15) :] = 1
    _fill(look, body, (base, *colour))
    band = np.zeros((tall, wide), np.float32)
    band[round(tall * 0.5) : round(tall * 0.65)] = 1
    _fill(look, band, (float(np.clip(base + spread, 10, 235)), *colour))
    return look


def paint(canvas: Canvas, look: NDArray[np.float32], left: int, top: int) -> None:
    """The look over the canvas, where it covers it."""
    part, own = _meeting(canvas, look, left, top)
    if own.size:
        part += own[3] * (own[:3] - part)


def shade(canvas: Canvas, look: NDArray[np.float32], left: int, bottom: int, light: float) -> None:
    """Its shadow on the ground: its outline, flat and to the right; takes light, not colour."""
    tall = max(round(look.shape[1] * _SHADOW_FLAT), 2)
    rows = ((np.arange(tall) + 0.5) * look.shape[1] / tall).astype(int)
    flat = look[3][rows]
    lean = tall
    wide = np.zeros((tall, flat.shape[1] + lean), np.float32)
    for y in range(tall):
        right = round((tall - 1 - y) / max(tall - 1, 1) * lean)
        wide[y, right : right + flat.shape[1]] = flat[y]
    mask = wide[None]
    part, own = _meeting(canvas, mask, left, bottom - tall)
    if own.size:
        part *= 1 - own * (1 - light)


def _meeting(
    canvas: Canvas, look: NDArray[np.float32], left: int, top: int
) -> tuple[Canvas, NDArray[np.float32]]:
    """What lies in each other of both."""
    _, height, width = canvas.shape
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + look.shape[2], width), min(top + look.shape[1], height)
    if x0 >= x1 or y0 >= y1:
        return canvas[:, :0, :0], look[:, :0, :0]
    return canvas[:, y0:y1, x0:x1], look[:, y0 - top : y1 - top, x0 - left : x1 - left]
