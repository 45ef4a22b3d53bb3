"""What the cameras of the pictures show: parts of clips, and the synthetic yard."""

from __future__ import annotations

import functools
from pathlib import Path

import av
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from axxond.devices.demo.yard import Renderer
from tests.fakes import footage, world

CLIPS = Path(__file__).resolve().parents[1] / "axxond" / "devices" / "demo" / "clips"
PERSON, BOTTLE = CLIPS / "one-by-one-person-detection.mp4", CLIPS / "bottle-detection.mp4"


@frozen
class Scene:
    """What a camera sees: a clip from `start_s` on (None: the yard), a part of its frame,
    mirrored, without colour as at night."""

    name: str
    clip: Path | None
    start_s: float
    part: tuple[float, float, float, float] = (0, 0, 1, 1)
    mirrored: bool = False
    night: bool = False


SCENES = [
    Scene("Entrance hall", PERSON, 12),
    Scene("Shop shelf", BOTTLE, 6),
    Scene("Yard", None, 65),
    Scene("Reception", PERSON, 34, (0.25, 0.1, 0.75, 0.75), True),
    Scene("Counter", BOTTLE, 17, (0.0, 0.0, 0.75, 0.75), True),
    Scene("Gate north", None, 92, (0.0, 0.3, 0.7, 0.7)),
    Scene("Meeting room", PERSON, 58, (0.0, 0.0, 0.85, 0.85), night=True),
    Scene("Parking", None, 79),
    Scene("Corridor", PERSON, 83, (0.3, 0.0, 0.7, 0.7)),
    Scene("Stock", BOTTLE, 28, (0.3, 0.1, 0.7, 0.7)),
    Scene("Gate south", None, 109, mirrored=True, night=True),
    Scene("Lobby", PERSON, 104, mirrored=True),
    Scene("Till 1", BOTTLE, 12, (0.2, 0.2, 0.6, 0.6)),
    Scene("Till 2", BOTTLE, 22, mirrored=True),
    Scene("Fence east", None, 96, (0.3, 0.2, 0.7, 0.7), True),
    Scene("Stairs", PERSON, 22, (0.35, 0.15, 0.6, 0.6), night=True),
    Scene("Waiting room", PERSON, 72, (0.1, 0.05, 0.8, 0.8)),
    Scene("Storage", BOTTLE, 33, night=True),
    Scene("Loading bay", None, 84, (0.2, 0.3, 0.7, 0.7)),
    Scene("Office", PERSON, 118, (0.2, 0.0, 0.8, 0.8), True),
    Scene("Cold store", BOTTLE, 2, (0.4, 0.1, 0.6, 0.6), True, True),
    Scene("Back door", PERSON, 46, (0.4, 0.2, 0.55, 0.55)),
    Scene("Fence west", None, 69, (0.0, 0.2, 0.8, 0.8), night=True),
    Scene("Canteen", PERSON, 128, (0.0, 0.1, 0.7, 0.7), True),
    Scene("Showroom", BOTTLE, 24, (0.1, 0.0, 0.8, 0.8)),
]


@functools.lru_cache(maxsize=2)
def frames(number: int) -> list[NDArray[np.uint8]]:
    """RGB frames of a scene, for the length of a loop."""
    scene = SCENES[(number - 1) % len(SCENES)]
    if scene.clip is None:
        return _yard(scene)
    with av.open(str(scene.clip)) as container:
        stream = container.streams.video[0]
        wanted = round(footage.GOPS * float(stream.average_rate))
        container.seek(round(scene.start_s * 1_000_000))
        kept = []
        for frame in container.decode(stream):
            if frame.time >= scene.start_s:
                kept.append(_cut(scene, frame.to_ndarray(format="rgb24")))
            if len(kept) == wanted:
                break
    return kept


def _yard(scene: Scene) -> list[NDArray[np.uint8]]:
    renderer = Renderer(640, 360)
    kept = []
    for index in range(0, footage.LOOP_FRAMES, 2):
        planes = renderer.draw(scene.start_s + index / footage.FPS, index)
        rgb = av.VideoFrame.from_ndarray(planes, "yuv420p").to_ndarray(format="rgb24")
        kept.append(_cut(scene, rgb))
    return kept


def _cut(scene: Scene, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = rgb.shape[:2]
    x, y, w, h = scene.part
    part = rgb[
        round(y * height) : round((y + h) * height), round(x * width) : round((x + w) * width)
    ]
    if scene.mirrored:
        part = part[:, ::-1]
    if scene.night:
        grey = part.mean(axis=2, keepdims=True) * 0.8
        part = np.repeat(grey, 3, axis=2).astype(np.uint8)
    return np.ascontiguousarray(part)


def draw(number: int, index: int, width: int, height: int) -> NDArray[np.uint8]:
    """In place of the fake server's own pictures."""
    kept = frames(number)
    rgb = kept[index * len(kept) // footage.LOOP_FRAMES]
    frame = av.VideoFrame.from_ndarray(rgb, "rgb24")
    return frame.reformat(width, height, "yuv420p").to_ndarray()


def real_footage() -> None:
    """From here on the fake server shows the scenes, under their names."""
    footage.draw = draw
    world.NAMES = tuple(scene.name for scene in SCENES)
