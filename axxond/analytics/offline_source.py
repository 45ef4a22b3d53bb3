"""Frames and sound for an offline run: of any file that libav reads, or a folder of images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.error
from attrs import frozen
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from axxond.analytics.plane import Bytes
from axxond.base.errors import AxxonError
from axxond.base.units import SECOND_US
from axxond.stream import planes
from axxond.stream.planes import Chroma
from axxond.stream.sound import Samples, samples_of

DEFAULT_FPS = 25.0
_IMAGES = {".jpg", ".jpeg", ".png", ".bmp", ".pgm", ".ppm", ".tif", ".tiff", ".webp"}


class SourceError(AxxonError):
    """The footage cannot be read."""


@frozen
class Frame:
    """`name`: of the frame, for a file made from it.  `luma`, `chroma`: see stream.planes; valid
    until the next one."""

    name: str
    time_us: int
    luma: Bytes
    chroma: Chroma | None


@frozen
class Sound:
    """`samples`: channels x samples of float32, `rate` a second, the first one of `time_us`."""

    time_us: int
    samples: Samples
    rate: int


def has_pictures(path: Path) -> bool:
    """A folder, or a file with a video track (a cover of a song is none); SourceError."""
    if path.is_dir() or not path.exists():
        return True
    with _opened(path) as source:
        return _video(source) is not None


def has_sound(path: Path) -> bool:
    """SourceError when it is no file that libav reads."""
    if not path.is_file():
        return False
    with _opened(path) as source:
        return bool(source.streams.audio)


def sound(path: Path) -> Iterator[Sound]:
    """All of the first sound track with its media times.  SourceError."""
    next_us = 0
    with _opened(path) as source:
        for frame in _all_frames(source, source.streams.audio[0]):
            assert isinstance(frame, AudioFrame)
            time_us = next_us if frame.time is None else round(frame.time * SECOND_US)
            next_us = time_us + frame.samples * SECOND_US // frame.sample_rate
            try:
                samples = samples_of(frame)
            except ValueError as error:
                raise SourceError(f"analyze {path}: its sound: {error}") from error
            yield Sound(time_us, samples, frame.sample_rate)


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
        picture = next((frame for _, frame in _decoded(image)), None)
        if picture is None:
            raise SourceError(f"analyze {image}: it is not an image")
        at_us = round(number * 1e6 / fps)
        yield Frame(image.stem, at_us, *planes.read(picture))


def _by_number(path: Path) -> tuple[int, str]:
    """By the last number in the name: frame2 before frame10."""
    digits = re.findall(r"\d+", path.stem)
    return (int(digits[-1]) if digits else -1), path.name


def _of_video(path: Path, fps: float | None) -> Iterator[Frame]:
    number = 0
    for time_s, picture in _decoded(path):
        at_s = number / (fps or DEFAULT_FPS) if fps or time_s is None else time_s
        at_us = round(at_s * 1e6)
        yield Frame(f"{number:06d}", at_us, *planes.read(picture))
        number += 1
    if number == 0:
        raise SourceError(f"analyze {path}: no frame of it can be decoded")


def _decoded(path: Path) -> Iterator[tuple[float | None, VideoFrame]]:
    with _opened(path) as source:
        stream = _video(source)
        if stream is None:
            raise SourceError(f"analyze {path}: there is no video in it")
        for frame in _all_frames(source, stream):
            assert isinstance(frame, VideoFrame)
            yield frame.time, frame


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    try:
        with av.open(str(path)) as source:
            yield source
    except (av.error.FFmpegError, OSError) as error:
        raise SourceError(f"analyze {path}: {error.strerror or error}") from error


def _video(source: InputContainer) -> VideoStream | None:
    for stream in source.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def _all_frames(
    source: InputContainer, stream: VideoStream | AudioStream
) -> Iterator[VideoFrame | AudioFrame]:
    """Damaged packets are passed over, as live."""
    stream.codec_context.thread_type = "AUTO"
    for packet in source.demux(stream):
        try:
            decoded = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in decoded:
            assert isinstance(frame, VideoFrame | AudioFrame)
            yield frame
