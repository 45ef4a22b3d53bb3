"""The planes of a decoded picture, as bytes, without a copy where the format allows it."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Chroma = tuple[Plane, Plane]
"""Cb and Cr, 128 = no colour, each of the same share of the luma's width and height"""


@frozen
class _Layout:
    """What of a pixel format can be read in place."""

    luma: bool
    chroma: bool


_layouts: dict[str, _Layout] = {}  # by pixel format; there are some hundred


def luma(frame: VideoFrame) -> Plane:
    """height x width, rows contiguous with a stride: the frame's own plane where luma is one of 8
    bits a pixel, else a converted copy.  Valid as long as the frame is."""
    if not _layout(frame).luma:
        frame = frame.reformat(format="gray")
    return _plane(frame, 0, frame.width, frame.height)


def chroma(frame: VideoFrame) -> Chroma | None:
    """The frame's own planes; None where it has no colour, or not as planes of bytes."""
    if not _layout(frame).chroma:
        return None
    wide, tall = frame.format.components[1].width, frame.format.components[1].height
    return _plane(frame, 1, wide, tall), _plane(frame, 2, wide, tall)


def _plane(frame: VideoFrame, number: int, width: int, height: int) -> Plane:
    plane = frame.planes[number]
    rows: Plane = np.frombuffer(memoryview(plane), np.uint8, height * plane.line_size)
    return rows.reshape(height, plane.line_size)[:, :width]


def _layout(frame: VideoFrame) -> _Layout:
    name = frame.format.name
    if name not in _layouts:
        form = frame.format
        alone = form.name == "gray" or (form.is_planar and len(frame.planes) > 1)
        bytes_of_yuv = form.components[0].bits == 8 and not (form.is_rgb or form.has_palette)
        readable = alone and bytes_of_yuv
        _layouts[name] = _Layout(readable, readable and len(frame.planes) == 3)
    return _layouts[name]
