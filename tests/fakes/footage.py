"""Small H.264 loops made by PyAV: something for a fake camera to show, the same for any time.

A loop is `GOPS` groups of pictures of one second each.  The picture of time t is picture
t modulo the loop, so that live video and footage of any hour need no storage.  The camera's
number stands on the picture; a box crosses it once a loop.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from protocol.types import Codec, VideoFormat

FPS = 25
FRAME_US = 1_000_000 // FPS
GOP_US = 1_000_000
GOPS = 4
LOOP_FRAMES = GOPS * FPS
_SEGMENTS = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc",
    "5": "afgcd", "6": "afgedc", "7": "abc", "8": "abcdefg", "9": "abfgcd",
}  # fmt: skip
_BARS = {
    "a": (0, 0, 3, 1), "b": (2, 0, 1, 3), "c": (2, 2, 1, 3), "d": (0, 4, 3, 1),
    "e": (0, 2, 1, 3), "f": (0, 0, 1, 3), "g": (0, 2, 3, 1),
}  # fmt: skip


@frozen(eq=False)
class Loop:
    """`frames[i]` is an access unit as `Codec.H264` says; every FPS-th is a key frame."""

    format: VideoFormat
    frames: list[bytes]

    def at(self, time_us: int) -> bytes:
        return self.frames[time_us // FRAME_US % len(self.frames)]


def is_key(time_us: int) -> bool:
    return time_us % GOP_US == 0


@functools.cache
def loop(number: int, width: int, height: int) -> Loop:
    """The loop of camera `number`; takes some 0.2 s the first time."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base = Fraction(1, FPS)
    encoder.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "x264-params": f"keyint={FPS}:min-keyint={FPS}:scenecut=0:annexb=0:threads=1:qp=30",
    }
    frames = []
    for index in range(LOOP_FRAMES):
        frame = av.VideoFrame.from_ndarray(draw(number, index, width, height), "yuv420p")
        frame.pts = index
        frames += [bytes(packet) for packet in encoder.encode(frame)]
    frames += [bytes(packet) for packet in encoder.encode(None)]
    assert len(frames) == LOOP_FRAMES
    return Loop(VideoFormat(Codec.H264, width, height, avcc(frames[0])), frames)


def box_at(index: int) -> tuple[float, float, float, float]:
    """The moving box of a loop's picture, as shares of the frame."""
    return index / LOOP_FRAMES * 0.85, 0.6, 0.12, 0.25


def draw(number: int, index: int, width: int, height: int) -> NDArray[np.uint8]:
    """A planar yuv420p picture, height * 3 / 2 rows."""
    luma = np.linspace(40, 120, height, dtype=np.float32)[:, None] + np.linspace(
        0, 40, width, dtype=np.float32
    )
    picture = luma.astype(np.uint8)
    u = np.full((height // 2, width // 2), 128 + 40 * np.cos(number * 1.3), np.uint8)
    v = np.full((height // 2, width // 2), 128 + 40 * np.sin(number * 1.3), np.uint8)
    _digits(picture, str(number), height // 20)
    x, y, w, h = box_at(index)
    left, top = int(x * width) & ~1, int(y * height) & ~1
    right, bottom = left + (int(w * width) & ~1), top + (int(h * height) & ~1)
    picture[top:bottom, left:right] = 220
    u[top // 2 : bottom // 2, left // 2 : right // 2] = 100
    v[top // 2 : bottom // 2, left // 2 : right // 2] = 170
    return np.concatenate([picture.ravel(), u.ravel(), v.ravel()]).reshape(-1, width)


def _digits(picture: NDArray[np.uint8], text: str, unit: int) -> None:
    for place, digit in enumerate(text):
        for bar in _SEGMENTS[digit]:
            x, y, w, h = _BARS[bar]
            left, top = unit * (2 + x + 4 * place), unit * (3 + y)
            picture[top : top + h * unit, left : left + w * unit] = 235


def units_of(access_unit: bytes) -> Iterator[bytes]:
    """Its NAL units."""
    position = 0
    while position < len(access_unit):
        size = int.from_bytes(access_unit[position : position + 4], "big")
        yield access_unit[position + 4 : position + 4 + size]
        position += 4 + size


def annexb(access_unit: bytes) -> bytes:
    """With start codes instead of lengths (ITU-T H.264, annex B)."""
    return b"".join(b"\0\0\0\1" + unit for unit in units_of(access_unit))


def avcc(access_unit: bytes) -> bytes:
    """An avcC record (ISO/IEC 14496-15, 5.3.3.1) from in-band parameter sets."""
    units: dict[int, bytes] = {}
    for unit in units_of(access_unit):
        units.setdefault(unit[0] & 31, unit)
    sps, pps = units[7], units[8]
    head = bytes([1, sps[1], sps[2], sps[3], 0xFF, 0xE1])
    return b"".join(
        [head, len(sps).to_bytes(2, "big"), sps, b"\x01", len(pps).to_bytes(2, "big"), pps]
    )


@functools.cache
def tone() -> bytes:
    """One second of a quiet 440 Hz tone, 8 kHz mu-law (ITU-T G.711)."""
    samples = (np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000) * 3000).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
    frame.sample_rate = 8000
    encoder = av.CodecContext.create("pcm_mulaw", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 8000, "mono", "s16"
    return b"".join(bytes(packet) for packet in encoder.encode(frame))


def tone_at(time_us: int) -> bytes:
    """The 40 ms of sound that begin at a picture's time."""
    begin = time_us % GOP_US * 8 // 1000
    return tone()[begin : begin + 8 * FRAME_US // 1000]
