"""Which cameras the simulator has: the demo set, and any number of equal ones for load.

Encodes what is missing into the cache folder; blocking, for before the server starts.
"""

from __future__ import annotations

import concurrent.futures
import sys
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from attrs import evolve, frozen
from av.video.frame import VideoFrame

from axxond.devices.demo import ENTRANCE_HALL, SHOP_SHELF, SYNTHETIC_YARD, DemoCamera, clips
from axxond.devices.demo.clips import Encoding
from axxond.devices.demo.server import Stream
from axxond.devices.demo.sound import sound_track
from axxond.devices.demo.track import Track
from axxond.devices.demo.yard import PERIOD_S, Renderer
from protocol.types import Codec

_CLIPS = Path(__file__).with_name("clips")
# Part of every cached file's name: raise it when an encoding below changes.
_CACHE_VERSION = 4
_MAX_GOP_S = Fraction(2)
_YARD_FPS = Fraction(25, 2)
_LOAD_CLIP_S = 20
_PROGRESS_INTERVAL_S = 1.0


@frozen
class Camera:
    """One entry of the ready line; `low` is None for a camera with a single stream."""

    name: str
    high: Stream
    low: Stream | None = None


class Progress:
    """Tells on stderr, at most once a second, how much of the encoding is done.  Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total = 0
        self._done = 0
        self._said_s = 0.0

    def expect(self, frames: int) -> None:
        with self._lock:
            self._total += frames

    def step(self) -> None:
        with self._lock:
            self._done += 1
            now_s = time.monotonic()
            if now_s - self._said_s < _PROGRESS_INTERVAL_S and self._done != self._total:
                return
            self._said_s = now_s
            percent = min(100, 100 * self._done // max(1, self._total))
        sys.stderr.write(f"preparing footage: {percent} %\n")
        sys.stderr.flush()


def demo_cameras(cache: Path) -> list[Camera]:
    """The demo set, its footage rendered and encoded at the first time, on two threads."""
    cache.mkdir(parents=True, exist_ok=True)
    progress = Progress()
    jobs = [
        _clip_job(cache, "entrance-hall", "one-by-one-person-detection.mp4", (384, 216), 2),
        _clip_job(cache, "shop-shelf", "bottle-detection.mp4", (320, 180), 4),
        _yard_job(cache),
    ]
    with concurrent.futures.ThreadPoolExecutor(2, thread_name_prefix="encode") as pool:
        # The longest first, so that the two threads end together.
        works = [pool.submit(_prepare, job, progress) for job in reversed(jobs)]
        for work in works:
            work.result()
    sounds = [
        sound_track(Codec.AAC, 440),
        sound_track(Codec.PCMU, 330),
        sound_track(Codec.PCMA, 550),
    ]
    names = [ENTRANCE_HALL, SHOP_SHELF, SYNTHETIC_YARD]
    return [
        _demo_camera(name, job, sound)
        for name, job, sound in zip(names, jobs, sounds, strict=True)
    ]


@frozen
class _Job:
    """Two streams of one camera: files, and how to make those that are missing."""

    high: Path
    low: Path
    targets: dict[Path, Encoding]
    frames: Callable[[], Iterator[VideoFrame]]
    count: int


def _prepare(job: _Job, progress: Progress) -> None:
    missing = {path: how for path, how in job.targets.items() if not path.exists()}
    if missing:
        progress.expect(job.count)
        # All of a job's files again: the first target gives the rate of the pictures.
        clips.encode(job.frames(), job.targets, progress.step)


def _demo_camera(name: DemoCamera, job: _Job, sound: Track) -> Camera:
    video = clips.read_video(job.high)
    # Every n-th picture may end a little later than the whole; both streams loop together.
    low_video = evolve(clips.read_video(job.low), loop_s=video.loop_s)
    high = Stream(name.name, name.path, [video, sound])
    low = Stream(f"{name.name} (low)", name.low_path, [low_video])
    return Camera(name.name, high, low)


def _cached(cache: Path, name: str) -> Path:
    return cache / f"v{_CACHE_VERSION}-{name}.mp4"


def _clip_job(cache: Path, name: str, file: str, low_size: tuple[int, int], step: int) -> _Job:
    """A clip that ships: the high stream as it is when cameras would send it so."""
    source = _CLIPS / file
    track = clips.read_video(source)
    fps = Fraction(len(track.units)) / track.loop_s
    low = _cached(cache, f"{name}-low")
    low_encoding = Encoding(*low_size, fps / step, crf=24)
    if clips.fits_streaming(source, _MAX_GOP_S):
        count = len(track.units) // step
        return _Job(source, low, {low: low_encoding}, lambda: clips.pictures(source, step), count)
    high = _cached(cache, name)
    width, height = clips.picture_size(source)
    targets = {high: Encoding(width, height, fps, crf=23), low: low_encoding}
    return _Job(high, low, targets, lambda: clips.pictures(source), len(track.units))


def _yard_job(cache: Path) -> _Job:
    high, low = _cached(cache, "synthetic-yard"), _cached(cache, "synthetic-yard-low")
    targets = {
        high: Encoding(640, 360, _YARD_FPS, crf=27),
        low: Encoding(320, 180, _YARD_FPS / 2, crf=25),
    }
    count = int(PERIOD_S * _YARD_FPS)
    return _Job(high, low, targets, lambda: _yard_pictures(count, 640, 360, _YARD_FPS), count)


def _yard_pictures(count: int, width: int, height: int, fps: Fraction) -> Iterator[VideoFrame]:
    renderer = Renderer(width, height)
    for number in range(count):
        yield VideoFrame.from_ndarray(renderer.draw(float(number / fps), number), format="yuv420p")


def load_cameras(
    count: int, video: Track, audio: Track | None, from_start: bool = False
) -> list[Camera]:
    """Cameras `load/1` to `load/count` with one clip, evenly apart in time, so that neither
    their frames nor their key frames come in bursts; or (`from_start`) as `Stream` says."""
    tracks = [video] if audio is None else [video, audio]
    loop_us = int(video.loop_s * 1_000_000)
    return [
        Camera(
            f"Load {number}",
            Stream(
                f"Load {number}",
                f"load/{number}",
                tracks,
                loop_us * (number - 1) // count,
                from_start,
            ),
        )
        for number in range(1, count + 1)
    ]


def load_clip(cache: Path, encoding: Encoding) -> Path:
    """A noisy moving test picture of that encoding, rendered at the first time."""
    cache.mkdir(parents=True, exist_ok=True)
    e = encoding
    rate = "crf" if e.rate_bps is None else f"{e.rate_bps}"
    name = f"load-{e.codec.value}-{e.width}x{e.height}-{float(e.fps):g}-{rate}-{e.gop_frames}"
    path = _cached(cache, name)
    if not path.exists():
        progress = Progress()
        count = int(_LOAD_CLIP_S * e.fps) // e.gop_frames * e.gop_frames
        progress.expect(count)
        clips.encode(_test_pictures(e.width, e.height, count), {path: e}, progress.step)
    return path


def _test_pictures(width: int, height: int, count: int) -> Iterator[VideoFrame]:
    random = np.random.default_rng(5)
    grain = random.integers(60, 180, (height + 64, width + 256), np.uint8)
    picture = np.full((height * 3 // 2, width), 128, np.uint8)
    for number in range(count):
        dx, dy = number * 3 % 256, number % 64
        picture[:height] = grain[dy : dy + height, dx : dx + width]
        picture[: height // 2] = 100
        yield VideoFrame.from_ndarray(picture, format="yuv420p")
