"""Zones and masks: polygons in shares of the frame, and the pixels that they cover."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from axxond.analytics.plane import Bytes, Plane
from axxond.base.errors import ConfigError

Point = tuple[float, float]
Polygon = tuple[Point, ...]

MAX_POLYGONS = 32
MAX_POINTS = 64


def polygons(value: Any, field: str) -> tuple[Polygon, ...]:
    """Check a property of type POLYGONS: a list of polygons, each a list of at least three
    [x, y] with both in [0; 1].  ConfigError names `field` and the place."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise ConfigError(f"{field}: a list of polygons is wanted, not {value!r}", field=field)
    if len(value) > MAX_POLYGONS:
        raise ConfigError(f"{field}: at most {MAX_POLYGONS} polygons", field=field)
    return tuple(_polygon(points, field, number) for number, points in enumerate(value, 1))


def _polygon(points: Any, field: str, number: int) -> Polygon:
    if not isinstance(points, Sequence) or isinstance(points, str | bytes):
        raise ConfigError(f"{field}: polygon {number} is not a list of points", field=field)
    if not 3 <= len(points) <= MAX_POINTS:
        text = f"{field}: polygon {number} has {len(points)} points, not 3 to {MAX_POINTS}"
        raise ConfigError(text, field=field)
    return tuple(_point(point, field, number) for point in points)


def _point(point: Any, field: str, number: int) -> Point:
    try:
        x, y = (float(value) for value in point)
    except (TypeError, ValueError):
        x = y = math.nan
    if not (0 <= x <= 1 and 0 <= y <= 1):
        text = f"{field}: polygon {number}: {point!r} is not [x, y] with both in [0; 1]"
        raise ConfigError(text, field=field)
    return x, y


def raster(shapes: Sequence[Polygon], width: int, height: int) -> Bytes:
    """height x width, 1 where a pixel's centre lies in any of the polygons (even-odd rule)."""
    out = np.zeros((height, width), np.uint8)
    x = (np.arange(width) + 0.5) / width
    for shape in shapes:
        for row in range(height):
            out[row] |= _inside(shape, x, (row + 0.5) / height)
    return out


def _inside(shape: Polygon, x: np.ndarray[Any, Any], y: float) -> np.ndarray[Any, Any]:
    """Which points (x, y) lie in the polygon: an odd number of edges to the left of them."""
    odd = np.zeros(x.size, np.bool_)
    for (ax, ay), (bx, by) in zip(shape, shape[1:] + shape[:1], strict=True):
        if (ay > y) != (by > y):
            odd ^= x > ax + (bx - ax) * (y - ay) / (by - ay)
    return odd


def contains(shape: Polygon, x: float, y: float) -> bool:
    """Whether the point lies in the polygon (even-odd rule)."""
    odd = False
    for (ax, ay), (bx, by) in zip(shape, shape[1:] + shape[:1], strict=True):
        if (ay > y) != (by > y) and x > ax + (bx - ax) * (y - ay) / (by - ay):
            odd = not odd
    return odd


def zone(plane: Plane, zones: Sequence[Polygon], masks: Sequence[Polygon]) -> Bytes:
    """A plane, 1 inside any zone (no zones: everywhere) and outside every mask, else 0."""
    whole = plane.new()
    picture = plane.picture(whole)
    picture[:] = raster(zones, plane.width, plane.height) if zones else 1
    if masks:
        picture[raster(masks, plane.width, plane.height) == 1] = 0
    return whole
