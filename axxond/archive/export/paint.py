"""What is drawn on pictures that leave the house: privacy masks, then time and camera name."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import cast

import numpy as np
from av.video.frame import VideoFrame
from PIL import Image, ImageDraw, ImageFont

from protocol.types import ExportMask

_Plane = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
_Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
_BLACK, _WHITE, _GREY = 16, 235, 128  # of video range (ITU-R BT.601, 8 bits)
# A face that is eight blocks wide is not recognized any more.
_LEAST_BLOCK_PX = 16
_BLOCKS_A_WIDTH = 40
_LEAST_TEXT_PX = 10
_TEXT_SHARE = 30  # of the picture's height
_FONT = "DejaVuSans.ttf"
_CACHED_MASKS = 4


def local_time(time_us: int) -> str:
    """The server's local time to a hundredth of a second, and its distance from UTC."""
    moment = datetime.fromtimestamp(time_us // 1_000_000, UTC).astimezone()
    zone = moment.strftime("%z")
    hundredth = time_us // 10_000 % 100
    return f"{moment:%Y-%m-%d %H:%M:%S}.{hundredth:02} {zone[:3]}:{zone[3:]}"


class Painter:
    """`paint` gives a new 8-bit 4:2:0 picture of video range with even sides."""

    def __init__(self, name: str, stamp: bool, mask: ExportMask | None) -> None:
        self._name = name
        self._stamp = stamp
        self._mask = mask

    def paint(self, frame: VideoFrame, time_us: int) -> VideoFrame:
        width, height = frame.width & ~1, frame.height & ~1
        flat = cast(_Plane, frame.reformat(width, height, "yuv420p").to_ndarray())
        planes = _planes(flat, width, height)
        if self._mask is not None and self._mask.polygons:
            self._hide(planes, self._mask)
        if self._stamp:
            _write(planes, f"{local_time(time_us)}  {self._name}")
        return VideoFrame.from_ndarray(flat, "yuv420p")

    def _hide(self, planes: list[_Plane], mask: ExportMask) -> None:
        height, width = planes[0].shape
        polygons = tuple(tuple((x, y) for x, y in one) for one in mask.polygons)
        covered = _covered(polygons, width, height)
        block = max(_LEAST_BLOCK_PX, width // _BLOCKS_A_WIDTH)
        for number, plane in enumerate(planes):
            where = covered if not number else _halved(covered)
            if mask.how == "pixelate":
                size = block if not number else block // 2
                plane[where] = _mosaic(plane, size)[where]
            else:
                plane[where] = _GREY if number else _BLACK


def _planes(flat: _Plane, width: int, height: int) -> list[_Plane]:
    """Views of Y, U and V in a picture as `to_ndarray` lays it out."""
    line = flat.reshape(-1)
    luma, chroma = width * height, width * height // 4
    half = (height // 2, width // 2)
    return [
        line[:luma].reshape(height, width),
        line[luma : luma + chroma].reshape(half),
        line[luma + chroma : luma + 2 * chroma].reshape(half),
    ]


@functools.lru_cache(_CACHED_MASKS)
def _covered(
    polygons: tuple[tuple[tuple[float, float], ...], ...], width: int, height: int
) -> _Mask:
    """Every pixel that a polygon (corners as shares of the sides) touches."""
    drawn = Image.new("1", (width, height))
    draw = ImageDraw.Draw(drawn)
    for polygon in polygons:
        corners = [(x * width, y * height) for x, y in polygon]
        if len(corners) > 2:
            draw.polygon(corners, fill=1, outline=1)
    return np.asarray(drawn, dtype=np.bool_)


def _halved(mask: _Mask) -> _Mask:
    """A chroma sample is hidden when any of its four pixels is."""
    height, width = mask.shape
    return cast(_Mask, mask.reshape(height // 2, 2, width // 2, 2).any(axis=(1, 3)))


def _mosaic(plane: _Plane, block: int) -> _Plane:
    """Blocks of the mean of what is in them."""
    height, width = plane.shape
    rows, columns = range(0, height, block), range(0, width, block)
    sums = np.add.reduceat(np.add.reduceat(plane, rows, 0, np.uint32), columns, 1)
    tall = np.diff([*rows, height])
    wide = np.diff([*columns, width])
    means = (sums // np.outer(tall, wide)).astype(np.uint8)
    return np.repeat(np.repeat(means, tall, 0), wide, 1)


def _write(planes: list[_Plane], text: str) -> None:
    """White on black at the top left corner, cut at the right side."""
    height, width = planes[0].shape
    drawn = _text(text, max(_LEAST_TEXT_PX, height // _TEXT_SHARE))
    rows = min(drawn.shape[0], height) & ~1
    columns = min(drawn.shape[1], width) & ~1
    planes[0][:rows, :columns] = drawn[:rows, :columns]
    for plane in planes[1:]:
        plane[: rows // 2, : columns // 2] = _GREY


def _text(text: str, size_px: int) -> _Plane:
    font = text_font(size_px)
    left, _top, right, _bottom = font.getbbox(text)
    border = max(2, size_px // 4)
    canvas = (int(right - left) + 2 * border + 1, int(size_px * 1.2) + 2 * border)
    drawn = Image.new("L", canvas, _BLACK)
    ImageDraw.Draw(drawn).text((border - left, border), text, fill=_WHITE, font=font)
    return np.asarray(drawn)


@functools.lru_cache(4)
def text_font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """DejaVu where it is installed, for names in any script, else the one inside Pillow."""
    try:
        return ImageFont.truetype(_FONT, size_px)
    except OSError:
        return ImageFont.load_default(size_px)
