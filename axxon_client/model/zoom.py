"""Digital zoom and where a picture lies in a widget.  Pure."""

from __future__ import annotations

from attrs import frozen

MAX_ZOOM = 12.0  # beyond, a pixel of the camera is a blot
_LEAST = 1.0 / MAX_ZOOM


@frozen
class Rect:
    x: float
    y: float
    w: float
    h: float

    def holds(self, x: float, y: float) -> bool:
        return self.x <= x < self.x + self.w and self.y <= y < self.y + self.h


WHOLE = Rect(0.0, 0.0, 1.0, 1.0)


def fitted(aspect: float, width: float, height: float) -> Rect:
    """The largest rectangle of `aspect` (width / height) in the middle of a widget, pixels."""
    if aspect <= 0 or width <= 0 or height <= 0:
        return Rect(0.0, 0.0, width, height)
    w = min(width, height * aspect)
    h = w / aspect
    return Rect((width - w) / 2, (height - h) / 2, w, h)


def zoomed_at(view: Rect, factor: float, x: float, y: float) -> Rect:
    """The shown share of the frame after zooming by `factor` with the point (x, y), a share of
    the view, kept in its place; never outside the frame."""
    side = min(1.0, max(_LEAST, view.w / factor))
    px, py = view.x + x * view.w, view.y + y * view.h
    return _inside(px - x * side, py - y * side, side)


def panned(view: Rect, dx: float, dy: float) -> Rect:
    """Moved by shares of the view (positive: the picture goes right and down)."""
    return _inside(view.x - dx * view.w, view.y - dy * view.h, view.w)


def to_rectangle(view: Rect, chosen: Rect) -> Rect:
    """Zoomed so that `chosen` (shares of the view) fills it as far as the aspect allows."""
    side = min(1.0, max(_LEAST, max(chosen.w, chosen.h) * view.w))
    cx = view.x + (chosen.x + chosen.w / 2) * view.w
    cy = view.y + (chosen.y + chosen.h / 2) * view.h
    return _inside(cx - side / 2, cy - side / 2, side)


def is_whole(view: Rect) -> bool:
    return view.w >= 0.999


def placed(view: Rect, picture: Rect, x: float, y: float) -> tuple[float, float]:
    """Pixels of a point (shares of the frame) when `view` is drawn into `picture` (pixels)."""
    return (
        picture.x + (x - view.x) / view.w * picture.w,
        picture.y + (y - view.y) / view.h * picture.h,
    )


def _inside(x: float, y: float, side: float) -> Rect:
    return Rect(min(max(0.0, x), 1.0 - side), min(max(0.0, y), 1.0 - side), side, side)
