"""A data folder as `shared/data` is laid out, with its footage and ground truth altered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from PIL import Image

from axxond.analytics.offline_source import frames
from tests.bench import altered_truth
from tests.bench.accuracy import DATA, HIGHWAY_FPS, picture
from tests.bench.alterations import Alteration, Picture, Still

_TICKS = 1000  # a second
_RATE = 25  # what the encoder believes; frames have their own times
_H264 = {"qp": "0", "preset": "ultrafast"}  # without loss
_JPEG_QUALITY = 98
# Others begin with what is asked about, when they are shown backwards.
_EITHER_WAY = (
    altered_truth.VTEST,
    "video/one-by-one-person-detection.mp4",
    "video/bgslib_vehicles.avi",
)


def make(folder: Path, alteration: Alteration, clips: Sequence[str]) -> None:
    """Fill the empty folder; a clip that has ended before the cut is left out."""
    width = next(_read(DATA / altered_truth.VTEST)).picture.y.shape[1]
    if alteration.backwards:
        clips = [clip for clip in clips if clip in _EITHER_WAY]
    ends = {clip: _end_s(clip) for clip in clips if alteration.backwards}
    altered_truth.write(DATA / "gt", folder / "gt", alteration, width, ends)
    (folder / "video").mkdir()
    for clip in clips:
        if (DATA / clip).is_dir():
            _write_highway(DATA / clip, folder / clip, alteration)
        else:
            stills = alteration.stills(_read(DATA / clip))
            _write_video(folder / clip, stills, alteration.crf)


def _end_s(clip: str) -> float:
    """The time of its last frame."""
    return max(frame.time_us for frame in frames(DATA / clip, None)) / 1e6


def _read(path: Path) -> Iterator[Still]:
    for number, frame in enumerate(frames(path, None)):
        height, width = frame.luma.shape
        size = width // 2, height // 2
        grey = np.full((size[1], size[0]), 128, np.uint8)
        colour = [
            np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)
            for plane in (frame.chroma or (grey, grey))
        ]
        yield Still(number, frame.time_us / 1e6, Picture(frame.luma.copy(), *colour))


def _write_video(path: Path, stills: Iterable[Still], crf: int | None) -> None:
    """Matroska, whatever the name says; no file where there is no picture."""
    stream: VideoStream | None = None
    container = None
    for _, at_s, planes in stills:
        height, width = planes.y.shape
        if container is None or stream is None:
            container = av.open(str(path), "w", format="matroska")
            stream = container.add_stream("libx264", rate=_RATE)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.codec_context.time_base = Fraction(1, _TICKS)
            stream.options = _H264 if crf is None else {"crf": str(crf), "preset": "veryfast"}
        flat = np.concatenate([plane.reshape(-1) for plane in planes])
        frame = av.VideoFrame.from_ndarray(flat.reshape(-1, width), format="yuv420p")
        frame.pts, frame.time_base = round(at_s * _TICKS), Fraction(1, _TICKS)
        container.mux(stream.encode(frame))
    if container is not None and stream is not None:
        container.mux(stream.encode())
        container.close()


def _write_highway(source: Path, folder: Path, alteration: Alteration) -> None:
    folder.mkdir()
    stills = alteration.stills(_read(source / "input"))
    if alteration.crf:
        coded = folder / "coded.mkv"
        _write_video(coded, stills, alteration.crf)
        stills = _read(coded)
    for name in ("input", "groundtruth"):
        (folder / name).mkdir()
    for number, _, planes in stills:
        y, cb, cr = (Image.fromarray(plane) for plane in planes)
        whole = Image.merge("YCbCr", (y, cb.resize(y.size), cr.resize(y.size)))
        whole.save(
            folder / f"input/in{number + 1:06d}.jpg", quality=_JPEG_QUALITY, subsampling="4:2:0"
        )
    first = round(alteration.cut_s * HIGHWAY_FPS)
    kept = range(first, len(list((source / "input").iterdir())), alteration.each)
    for number, was in enumerate(kept, 1):
        truth = picture(source / f"groundtruth/gt{was + 1:06d}.png")
        path = folder / f"groundtruth/gt{number:06d}.png"
        cv2.imwrite(str(path), alteration.plane(truth, was, sharp=True))
    region = picture(source / "ROI.bmp")
    still = Alteration("", mirrored=alteration.mirrored, scale=alteration.scale)
    cv2.imwrite(str(folder / "ROI.bmp"), still.plane(region, 0, sharp=True))
