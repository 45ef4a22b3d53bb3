"""The planes of a decoded picture, as bytes, without a copy where the format allows it."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Chroma = tuple[Plane, Plane]
"""Cb and Cr, 128 = no colour, each of the same share of the luma's width and height"""


@frozen
class _Layout:
    """What of a pixel format can be read in place; `wide` and `tall`: of a colour plane, 0 where
    colour cannot."""

    luma: bool
    wide: int
    tall: int


# By pixel format, width and height: to ask libav's wrapper for them costs more than the planes.
_layouts: dict[tuple[str, int, int], _Layout] = {}
_MAX_LAYOUTS = 256


def read(frame: VideoFrame) -> tuple[Plane, Chroma | None]:
    """Luma, height x width, rows contiguous with a stride: the frame's own plane where luma is one
    of 8 bits a pixel, else a converted copy.  Colour as the frame's own planes; None where it has
    none, or not as planes of bytes.  Valid as long as the frame is."""
    width, height = frame.width, frame.height
    layout = _layout(frame, width, height)
    if not layout.luma:
        return _plane(frame.reformat(format="gray").planes[0], width, height), None
    planes = frame.planes
    first = _plane(planes[0], width, height)
    if not layout.wide:
        return first, None
    wide, tall = layout.wide, layout.tall
    return first, (_plane(planes[1], wide, tall), _plane(planes[2], wide, tall))


def _plane(plane: VideoPlane, width: int, height: int) -> Plane:
    stride = plane.line_size
    rows: Plane = np.frombuffer(memoryview(plane), np.uint8, height * stride)
    return rows.reshape(height, stride)[:, :width]


def _layout(frame: VideoFrame, width: int, height: int) -> _Layout:
    form = frame.format
    key = form.name, width, height
    known = _layouts.get(key)
    if known is None:
        alone = form.name == "gray" or (form.is_planar and len(frame.planes) > 1)
        bytes_of_yuv = form.components[0].bits == 8 and not (form.is_rgb or form.has_palette)
        readable = alone and bytes_of_yuv
        wide = tall = 0
        if readable and len(frame.planes) == 3:
            wide, tall = form.components[1].width, form.components[1].height
        if len(_layouts) >= _MAX_LAYOUTS:  # a camera may change its size for ever
            _layouts.clear()
        known = _layouts[key] = _Layout(readable, wide, tall)
    return known
