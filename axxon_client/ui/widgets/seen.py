"""Draws what detectors see: boxes and ways; red is what an event is about."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QImage, QPainter, QPen, QPolygonF

from axxon_client.model.trails import Trails
from axxon_client.ui.theme import palette
from axxon_client.ui.theme.palette import colour
from protocol.messages import PreviewNotice

_BOX_PX = 2
_WAY_PX = 1.5


def paint_seen(
    painter: QPainter, trails: Trails, place: Callable[[float, float], QPointF]
) -> None:
    """`place`: from shares of the frame to pixels."""
    painter.save()
    painter.setRenderHint(QPainter.Antialiasing)
    painter.setBrush(Qt.NoBrush)
    for way in trails.ways():
        painter.setPen(_pen(way.firing, _WAY_PX))
        painter.drawPolyline(QPolygonF([place(x, y) for x, y in way.places]))
    painter.setRenderHint(QPainter.Antialiasing, False)
    for one in trails.objects:
        box = one.box
        painter.setPen(_pen(one.firing, _BOX_PX))
        painter.drawRect(QRectF(place(box.x, box.y), place(box.x + box.w, box.y + box.h)))
    painter.restore()


def _pen(firing: bool, width: float) -> QPen:
    return QPen(colour(palette.RED if firing else palette.AMBER), width)


def cells_image(notice: PreviewNotice) -> QImage | None:
    """A pixel a cell, tinted where something differs from the background; None while there is
    nothing to show."""
    rows, columns = notice.rows, notice.columns
    bits = np.unpackbits(np.frombuffer(notice.cells, np.uint8))
    if not rows or not columns or bits.size < rows * columns:
        return None
    tint = np.uint32(colour(palette.ACCENT, 0.45).rgba())
    pixels = np.where(bits[: rows * columns].reshape(rows, columns), tint, np.uint32(0))
    data = np.ascontiguousarray(pixels, np.uint32).tobytes()
    return QImage(data, columns, rows, columns * 4, QImage.Format_ARGB32).copy()
