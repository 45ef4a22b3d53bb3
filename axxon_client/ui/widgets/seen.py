"""Draws what detectors see: boxes and ways; red is what an event is about."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QPainter, QPen, QPolygonF

from axxon_client.model.trails import Trails
from axxon_client.ui.theme import palette
from axxon_client.ui.theme.palette import colour

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
