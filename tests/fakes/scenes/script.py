"""A scene, frame by frame: what is seen, and what is there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from tests.fakes.scenes.backdrop import Place, backdrop
from tests.fakes.scenes.camera import Camera, Noise, Shake
from tests.fakes.scenes.canvas import Bytes, Canvas, as_planes, shifted
from tests.fakes.scenes.things import Rect, Sprite, Thing, paint, shade
from tests.fakes.scenes.weather import Change, Weather

_MARGIN_PX = 12  # around the frame, for shaking

Occluder = tuple[float, float, float, float]
"""left, top, right, bottom in shares of the frame: a post, a wall in front of the things"""


@frozen
class Script:
    """`scenery` is behind the things, `weather` before them.  `turned_s`: when the camera is
    turned to another place, over half a second.  `things` are painted in the order of their feet,
    the lower later."""

    seed: int
    seconds: float
    width: int = 320
    height: int = 180
    fps: float = 10.0
    place: Place = "street"
    things: tuple[Thing, ...] = ()
    occluders: tuple[Occluder, ...] = ()
    scenery: tuple[Weather, ...] = ()
    weather: tuple[Weather, ...] = ()
    camera: tuple[Camera, ...] = (Noise(),)
    shake: Shake | None = None
    turned_s: float = 1e9
    begin_us: int = 0


@frozen
class Shot:
    """`luma`; `chroma`: Cb and Cr, half its size a side.  `boxes`: by the number of the thing in
    its script, those that can be seen, within the frame."""

    time_us: int
    luma: Bytes
    chroma: tuple[Bytes, Bytes]
    boxes: dict[int, Rect] = field(factory=dict)


@frozen
class _Stage:
    """All that is made once for a scene."""

    script: Script
    places: tuple[Canvas, Canvas]
    sprites: list[Sprite]
    scenery: list[Change]
    weather: list[Change]
    camera: list[Change]
    phases: NDArray[np.float64]


def shots(script: Script) -> Iterator[Shot]:
    """Render; the same script gives the same frames."""
    stage = _staged(script)
    for number in range(round(script.seconds * script.fps)):
        yield _shot(stage, number / script.fps)


def _staged(script: Script) -> _Stage:
    rng = np.random.default_rng(script.seed)
    height, width = script.height + 2 * _MARGIN_PX, script.width + 2 * _MARGIN_PX
    place, other = (backdrop(rng, height, width, script.place) for _ in range(2))
    _put_occluders(rng, place, script)
    ground = float(place[0, height // 3 :].mean())
    return _Stage(
        script,
        (place, other),
        [Sprite.of(rng, thing, script.height, ground) for thing in script.things],
        [one.made(_child(rng), height, width) for one in script.scenery],
        [one.made(_child(rng), height, width) for one in script.weather],
        [one.made(_child(rng), script.height, script.width) for one in script.camera],
        rng.uniform(0, 2 * np.pi, 4),
    )


def _child(rng: np.random.Generator) -> np.random.Generator:
    return np.random.default_rng(int(rng.integers(1 << 62)))


def _put_occluders(rng: np.random.Generator, place: Canvas, script: Script) -> None:
    for rows, columns in _spans(script):
        place[0, rows, columns] = rng.uniform(50, 170)
        place[0, rows, columns] += rng.normal(0, 4, place[0, rows, columns].shape)
        place[1:, rows, columns] = rng.uniform(-12, 12, (2, 1, 1))


def _spans(script: Script) -> Iterator[tuple[slice, slice]]:
    """Of the canvas."""
    for left, top, right, bottom in script.occluders:
        yield (
            slice(
                _MARGIN_PX + round(top * script.height), _MARGIN_PX + round(bottom * script.height)
            ),
            slice(
                _MARGIN_PX + round(left * script.width), _MARGIN_PX + round(right * script.width)
            ),
        )


def _shot(stage: _Stage, time_s: float) -> Shot:
    script = stage.script
    turned = script.turned_s <= time_s
    place = stage.places[turned]
    canvas = place.copy()
    for change in stage.scenery:
        canvas = change(canvas, time_s)
    boxes = {} if turned else _put_things(stage, canvas, time_s)
    for change in stage.weather:
        canvas = change(canvas, time_s)
    down, right = script.shake.offset(stage.phases, time_s) if script.shake else (0.0, 0.0)
    if turned and time_s < script.turned_s + 0.5:
        right += _MARGIN_PX * (1 - 2 * (time_s - script.turned_s)) * 0.9
    limit = _MARGIN_PX - 1.5
    down, right = (float(np.clip(step, -limit, limit)) for step in (down, right))
    picture = shifted(canvas, _MARGIN_PX + down, _MARGIN_PX + right, script.height, script.width)
    for change in stage.camera:
        picture = change(picture, time_s)
    luma, cb, cr = as_planes(picture)
    return Shot(script.begin_us + round(time_s * 1e6), luma, (cb, cr), boxes)


def _put_things(stage: _Stage, canvas: Canvas, time_s: float) -> dict[int, Rect]:
    script = stage.script
    before = canvas.copy() if script.occluders else canvas
    present = sorted(
        (point[1], point[0], number)
        for number, thing in enumerate(script.things)
        if (point := thing.path.at(time_s)) is not None
    )
    boxes: dict[int, Rect] = {}
    placed = []
    for y, x, number in present:
        sprite = stage.sprites[number]
        tall, wide = sprite.size_px(y, script.height)
        left = _MARGIN_PX + round(x * script.width - wide / 2)
        bottom = _MARGIN_PX + round(y * script.height)
        look = sprite.look(time_s, tall, wide)
        placed.append((look, left, bottom, sprite.thing.shadow))
        box = _visible(script, left - _MARGIN_PX, bottom - _MARGIN_PX - tall, wide, tall)
        if box is not None:
            boxes[number] = box
    for look, left, bottom, light in placed:
        if light < 1:
            shade(canvas, look, left, bottom, light)
    for look, left, bottom, _ in placed:
        paint(canvas, look, left, bottom - look.shape[1])
    for rows, columns in _spans(script):
        canvas[:, rows, columns] = before[:, rows, columns]
    return boxes


def _visible(script: Script, left: int, top: int, wide: int, tall: int) -> Rect | None:
    """Within the frame; None when none of it is, or an occluder hides it."""
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + wide, script.width), min(top + tall, script.height)
    if x0 >= x1 or y0 >= y1:
        return None
    hidden = any(
        a * script.width <= x0 and c * script.width >= x1
        and b * script.height <= y0 and d * script.height >= y1
        for a, b, c, d in script.occluders
    )  # fmt: skip
    return None if hidden else (x0, y0, x1, y1)
