"""Pictures while they are being made: 3 x height x width of float32: luma [0; 255] and the two
colour differences (Cb, Cr) around 0; and what is done to them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[np.float32]
Field = NDArray[np.float32]
"""height x width"""
Bytes = NDArray[np.uint8]


def patches(rng: np.random.Generator, height: int, width: int, step_px: int) -> Field:
    """Soft random structure in [-1; 1]: values on a grid of that step, interpolated."""
    rows, columns = height // step_px + 3, width // step_px + 3
    coarse = rng.uniform(-1, 1, (rows, columns)).astype(np.float32)
    y, x = np.arange(height) / step_px, np.arange(width) / step_px
    top, left = y.astype(int), x.astype(int)
    down = (y - top).astype(np.float32)[:, None]
    right = (x - left).astype(np.float32)[None, :]
    upper = coarse[top][:, left] * (1 - right) + coarse[top][:, left + 1] * right
    lower = coarse[top + 1][:, left] * (1 - right) + coarse[top + 1][:, left + 1] * right
    made: Field = upper * (1 - down) + lower * down
    return made


def shifted(picture: Canvas, down: float, right: float, height: int, width: int) -> Canvas:
    """height x width of the picture from the place (down, right) on, between its pixels."""
    top, left = int(np.floor(down)), int(np.floor(right))
    v, u = np.float32(down - top), np.float32(right - left)
    wide = picture[:, top : top + height + 1, left : left + width + 1]
    if v == 0 and u == 0:
        return wide[:, :height, :width].copy()
    across = wide[:, :, :-1] * (1 - u) + wide[:, :, 1:] * u
    made: Canvas = across[:, :-1] * (1 - v) + across[:, 1:] * v
    return made


def blurred(picture: Canvas, radius_px: int, times: int = 2) -> Canvas:
    """The mean over squares, several times: near a Gauss filter."""
    for _ in range(times):
        for axis in (1, 2):
            pad = [(0, 0)] * 3
            pad[axis] = (radius_px + 1, radius_px)
            sums = np.cumsum(np.pad(picture, pad, "edge"), axis, dtype=np.float64)
            size = picture.shape[axis]
            wide = np.take(sums, np.arange(2 * radius_px + 1, 2 * radius_px + 1 + size), axis)
            picture = ((wide - np.take(sums, np.arange(size), axis)) / (2 * radius_px + 1)).astype(
                np.float32
            )
    return picture


def ellipse(height: int, width: int, y: float, x: float, tall: float, wide: float) -> Field:
    """1 within, 0 outside, soft by a pixel."""
    down = (np.arange(height, dtype=np.float32)[:, None] + 0.5 - y) / max(tall, 0.5)
    right = (np.arange(width, dtype=np.float32)[None, :] + 0.5 - x) / max(wide, 0.5)
    apart = np.sqrt(down * down + right * right)
    soft: Field = np.clip((1 - apart) * min(tall, wide) + 0.5, 0, 1).astype(np.float32)
    return soft


def as_planes(picture: Canvas) -> tuple[Bytes, Bytes, Bytes]:
    """Luma, and Cb and Cr of half its size a side (4:2:0), as a decoder has them."""
    luma = np.clip(np.rint(picture[0]), 0, 255).astype(np.uint8)
    height, width = (side // 2 * 2 for side in luma.shape)
    colour = picture[1:, :height, :width]
    small = (
        colour[:, ::2, ::2] + colour[:, 1::2, ::2] + colour[:, ::2, 1::2] + colour[:, 1::2, 1::2]
    ) / 4
    cb, cr = np.clip(np.rint(small + 128), 0, 255).astype(np.uint8)
    return luma, cb, cr
