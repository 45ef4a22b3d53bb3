"""Capture cards of Linux by V4L2 (linuxpy).

A card is all capture devices on one bus place: cards with several channels have a device file for
each.  Webcams and other devices without television standards are cards of no standard and are not
listed.
"""

from __future__ import annotations

import contextlib
import errno
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from attrs import frozen
from linuxpy.video import device as v4l2
from linuxpy.video.device import Device, PixelFormat, StandardID, VideoCapture

from axxond.devices.capture.port import Picture
from axxond.devices.capture.standard import Standard

_NTSC = (
    StandardID.NTSC_M | StandardID.NTSC_M_JP | StandardID.NTSC_443 | StandardID.NTSC_M_KR
    | StandardID.PAL_M | StandardID.PAL_60
)  # fmt: skip
_SET = {Standard.NTSC: StandardID.NTSC_M, Standard.PAL: StandardID.PAL_B}
# Kernel buffers of a channel: a fifth of a second while the encoders are busy.
_BUFFERS = 5
# What a picture's bytes are called, in the order of our liking: what needs no conversion first.
_FORMATS = {
    PixelFormat.YUV420: "yuv420p",
    PixelFormat.NV12: "nv12",
    PixelFormat.YUYV: "yuyv422",
    PixelFormat.UYVY: "uyvy422",
}
_NO_SIGNAL = (errno.ENODATA, errno.ENOLCK, errno.EINVAL, errno.ENOTTY, errno.EBUSY)


@frozen
class V4l2Card:
    """`axxond.devices.capture.port.Card`; `files` in the order of the channels."""

    name: str
    files: tuple[Path, ...]

    @property
    def channels(self) -> int:
        return len(self.files)

    def detect(self, channel: int) -> Standard | None:
        with Device(self.files[channel - 1]) as device:
            try:
                found = device.query_std()
            except OSError as error:
                if error.errno in _NO_SIGNAL:
                    return None
                raise
        return standard_of(found)

    def open(self, channel: int, standard: Standard) -> V4l2Channel:
        return V4l2Channel(self.files[channel - 1], standard)


class V4l2Channel:
    """`axxond.devices.capture.port.Channel`."""

    def __init__(self, path: Path, standard: Standard) -> None:
        self._stack = contextlib.ExitStack()
        try:
            device = self._stack.enter_context(Device(path))
            with contextlib.suppress(OSError):  # set already, or a card with one standard
                device.set_std(_SET[standard])
            capture = VideoCapture(device, _BUFFERS)
            self._format = _agree(capture, *standard.size)
            self._stack.enter_context(capture)
            self._reader = capture.buffer.frame_reader
        except BaseException:
            self._stack.close()
            raise

    def read(self, timeout_s: float) -> Picture | None:
        frame = self._reader.read(timeout_s)
        if frame is None or not frame.nbytes:
            return None
        return _picture(frame, self._format), _utc_us(frame.timestamp)

    def close(self) -> None:
        self._stack.close()


def standard_of(found: int) -> Standard | None:
    """A card that sees nothing tells no standard, or all of them."""
    ntsc, pal = found & _NTSC, found & ~_NTSC
    if not found or (ntsc and pal):
        return None
    return Standard.NTSC if ntsc else Standard.PAL


def cards() -> list[V4l2Card]:
    """Of this machine, in the order of their device files."""
    found: dict[str, list[tuple[Path, str]]] = {}
    for path, bus, name in _capture_files():
        found.setdefault(bus, []).append((path, name))
    return [
        V4l2Card(channels[0][1], tuple(path for path, _ in channels))
        for channels in found.values()
    ]


def _capture_files() -> Iterator[tuple[Path, str, str]]:
    for path in sorted(v4l2.iter_video_capture_files(), key=_number):
        with contextlib.suppress(OSError), Device(path) as device:
            device.get_std()  # refused by what has no television standards
            yield Path(path), device.info.bus_info, device.info.card


def _number(path: Path) -> int:
    digits = "".join(letter for letter in Path(path).name if letter.isdigit())
    return int(digits or 0)


def _agree(capture: Any, width: int, height: int) -> str:
    """Raises OSError when the card offers no kind of picture that we know."""
    for wanted, name in _FORMATS.items():
        with contextlib.suppress(OSError):
            capture.set_format(width, height, wanted.name)
        got = capture.get_format()
        if got.pixel_format == wanted:
            return name
    raise OSError(f"pictures as {got.pixel_format.name} are not understood")


def _picture(frame: Any, form: str) -> av.VideoFrame:
    width, height, data = frame.width, frame.height, np.frombuffer(frame.data, np.uint8)
    if form in ("yuv420p", "nv12"):
        shape: tuple[int, ...] = (height * 3 // 2, width)
    else:
        shape = (height, width, 2)
    if form == "uyvy422":  # PyAV takes the other order only
        data, form = data[: math.prod(shape)].reshape(-1, 2)[:, ::-1].reshape(-1), "yuyv422"
    return av.VideoFrame.from_ndarray(data[: math.prod(shape)].reshape(shape), format=form)


def _utc_us(monotonic_s: float) -> int:
    """V4L2 stamps buffers by the monotonic clock; a driver that does not is not believed."""
    age_s = time.monotonic() - monotonic_s
    age_s = age_s if 0 <= age_s < 1 else 0.0
    return time.time_ns() // 1000 - round(age_s * 1_000_000)
