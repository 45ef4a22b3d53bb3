"""Frames for an offline run: any video that libav reads, or a folder of numbered images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import av
import av.error
import numpy as np
from attrs import frozen
from av.video.frame import VideoFrame

from axxond.analytics.plane import Bytes
from axxond.base.errors import AxxonError

DEFAULT_FPS = 25.0
_IMAGES = {".jpg", ".jpeg", ".png", ".bmp", ".pgm", ".ppm", ".tif", ".tiff", ".webp"}


class SourceError(AxxonError):
    """The footage cannot be read."""


@frozen
class Frame:
    """`name`: of the frame, for a file made from it.  `luma`: valid until the next one."""

    name: str
    time_us: int
    luma: Bytes


def frames(path: Path, fps: float | None) -> Iterator[Frame]:
    """All frames with their media times; `fps`: of images (None: DEFAULT_FPS), and of a video
    instead of its own times.  SourceError when there are none to be read."""
    if path.is_dir():
        yield from _of_folder(path, fps or DEFAULT_FPS)
    elif path.exists():
        yield from _of_video(path, fps)
    else:
        raise SourceError(f"analyze {path}: there is no such file or folder")


def _of_folder(path: Path, fps: float) -> Iterator[Frame]:
    images = sorted(
        (one for one in path.iterdir() if one.suffix.lower() in _IMAGES), key=_by_number
    )
    if not images:
        raise SourceError(f"analyze {path}: the folder holds no images")
    for number, image in enumerate(images):
        luma = next((luma for _, luma in _decoded(image)), None)
        if luma is None:
            raise SourceError(f"analyze {image}: it is not an image")
        yield Frame(image.stem, round(number * 1e6 / fps), luma)


def _by_number(path: Path) -> tuple[int, str]:
    """By the last number in the name: frame2 before frame10."""
    digits = re.findall(r"\d+", path.stem)
    return (int(digits[-1]) if digits else -1), path.name


def _of_video(path: Path, fps: float | None) -> Iterator[Frame]:
    number = 0
    for time_s, luma in _decoded(path):
        at_s = number / (fps or DEFAULT_FPS) if fps or time_s is None else time_s
        yield Frame(f"{number:06d}", round(at_s * 1e6), luma)
        number += 1
    if number == 0:
        raise SourceError(f"analyze {path}: no frame of it can be decoded")


def _decoded(path: Path) -> Iterator[tuple[float | None, Bytes]]:
    """Damaged packets are passed over, as live."""
    try:
        with av.open(str(path)) as source:
            if not source.streams.video:
                raise SourceError(f"analyze {path}: there is no video in it")
            stream = source.streams.video[0]
            stream.thread_type = "AUTO"
            for packet in source.demux(stream):
                try:
                    decoded = packet.decode()
                except av.error.InvalidDataError:
                    continue
                for frame in decoded:
                    assert isinstance(frame, VideoFrame)
                    yield frame.time, _luma(frame)
    except (av.error.FFmpegError, OSError) as error:
        raise SourceError(f"analyze {path}: {error.strerror or error}") from error


def _luma(frame: VideoFrame) -> Bytes:
    form = frame.format
    planar = form.name == "gray" or (form.is_planar and len(frame.planes) > 1)
    if not planar or form.components[0].bits != 8 or form.is_rgb or form.has_palette:
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    rows: Bytes = np.frombuffer(memoryview(plane), np.uint8, frame.height * plane.line_size)
    return rows.reshape(frame.height, plane.line_size)[:, : frame.width]
