"""A decoded picture: planes as views of the decoder's own memory."""

from __future__ import annotations

import enum

import av
import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

# Without a word from the stream, high definition is BT.709 (ITU-R BT.709-6), less is BT.601.
_HD_ROWS = 720
# AVCOL_SPC_* and AVCOL_RANGE_* (libavutil/pixfmt.h).
_SPC_BT709 = 1
_SPC_UNKNOWN = (0, 2)
_RANGE_FULL = 2
_FULL_NAMES = frozenset({"yuvj420p", "yuvj422p", "yuvj444p"})


class Layout(enum.Enum):
    """How chroma lies: planes of their own, or u and v in turn; width and height divisors."""

    I420 = ("planar", 2, 2)
    I422 = ("planar", 2, 1)
    I444 = ("planar", 1, 1)
    NV12 = ("pairs", 2, 2)
    GRAY = ("none", 1, 1)


_LAYOUTS = {
    "yuv420p": Layout.I420,
    "yuvj420p": Layout.I420,
    "yuv422p": Layout.I422,
    "yuvj422p": Layout.I422,
    "yuv444p": Layout.I444,
    "yuvj444p": Layout.I444,
    "nv12": Layout.NV12,
    "gray": Layout.GRAY,
}


@frozen(eq=False)
class VideoPicture:
    """`planes`: y; y, u, v; or y, uv (NV12, twice as wide), each (rows, columns) of uint8 with
    `strides[0]` >= columns.  They live as long as `frame`, which nobody may change.

    `pixel_aspect` is the width of a pixel over its height.
    """

    planes: tuple[NDArray[np.uint8], ...] = field(repr=False)
    layout: Layout
    width: int
    height: int
    pts_us: int
    full_range: bool
    bt709: bool
    pixel_aspect: float
    interlaced: bool
    frame: av.VideoFrame = field(repr=False)

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one row to the next, of each plane."""
        return tuple(plane.strides[0] for plane in self.planes)

    @property
    def aspect(self) -> float:
        """Width over height as it is to be shown."""
        return self.width * self.pixel_aspect / self.height

    @property
    def bytes(self) -> int:
        return sum(plane.nbytes for plane in self.planes)


def picture_of(frame: av.VideoFrame, pts_us: int, pixel_aspect: float = 1.0) -> VideoPicture:
    """Wrap a decoder's frame; formats that no surface knows are converted to planar 4:2:0."""
    name = frame.format.name
    full = name in _FULL_NAMES or int(frame.color_range) == _RANGE_FULL
    if name not in _LAYOUTS:
        frame = frame.reformat(format="yuv420p", threads=1)
        name = "yuv420p"
    layout = _LAYOUTS[name]
    space = int(frame.colorspace)
    hd = frame.height >= _HD_ROWS
    return VideoPicture(
        planes=tuple(_plane(plane, layout, index) for index, plane in enumerate(frame.planes)),
        layout=layout,
        width=frame.width,
        height=frame.height,
        pts_us=pts_us,
        full_range=full,
        bt709=hd if space in _SPC_UNKNOWN else space == _SPC_BT709,
        pixel_aspect=pixel_aspect,
        interlaced=bool(frame.interlaced_frame),
        frame=frame,
    )


def _plane(plane: av.video.plane.VideoPlane, layout: Layout, index: int) -> NDArray[np.uint8]:
    columns = plane.width * 2 if layout is Layout.NV12 and index == 1 else plane.width
    rows = np.frombuffer(memoryview(plane), np.uint8, plane.line_size * plane.height)
    view: NDArray[np.uint8] = rows.reshape(plane.height, plane.line_size)[:, :columns]
    return view
