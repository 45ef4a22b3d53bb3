"""The marked period on the time line, and protected footage: how they are drawn and grabbed."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QPainter, QPen, QPolygonF

from axxon_client.model.axis import Axis
from axxon_client.model.period import MarkedPeriod
from axxon_client.ui.theme import icons, palette
from axxon_client.ui.theme.palette import colour
from protocol.types import ProtectionRecord

_GRAB_PX = 6
_TOOTH_PX = 6  # of the brackets
_TINT = 0.22
_EDGE_PX = 3.0  # over protected footage
_LOCK_PX = 12


def end_at(axis: Axis, period: MarkedPeriod, x: float) -> str:
    """Which end is under the pointer: "begin", "end" or ""; the nearer one of two."""
    ends = [("begin", period.begin_us), ("end", period.end_us)]
    near = [(abs(axis.x_of(us) - x), name) for name, us in ends if us is not None]
    distance, name = min(near, default=(_GRAB_PX + 1.0, ""))
    return name if distance <= _GRAB_PX else ""


def paint(painter: QPainter, axis: Axis, period: MarkedPeriod, lane: QRectF) -> None:
    """Tinted between two brackets."""
    if period.whole is not None:
        left, right = (axis.x_of(us) for us in period.whole)
        area = QRectF(left, lane.y(), right - left, lane.height()).intersected(lane)
        painter.fillRect(area, colour(palette.ACCENT, _TINT))
    for us, tooth in ((period.begin_us, _TOOTH_PX), (period.end_us, -_TOOTH_PX)):
        if us is not None:
            _paint_bracket(painter, axis.x_of(us), tooth, lane)


def paint_protected(
    painter: QPainter, axis: Axis, records: Sequence[ProtectionRecord], lane: QRectF
) -> None:
    """A green edge above the footage, with a lock where there is room."""
    for one in records:
        left, right = axis.x_of(one.begin_us), axis.x_of(one.end_us)
        if right < lane.left() or left > lane.right():
            continue
        left, right = max(lane.left(), left), min(lane.right(), right)
        width = max(_EDGE_PX, right - left)
        painter.fillRect(QRectF(left, lane.y(), width, _EDGE_PX), colour(palette.GREEN))
        if width >= 2 * _LOCK_PX:
            ratio = painter.device().devicePixelRatioF()
            lock = icons.pixmap("lock", _LOCK_PX, palette.GREEN_TINT, ratio)
            painter.drawPixmap(QPointF(left + 3, lane.y() + _EDGE_PX + 1), lock)


def _paint_bracket(painter: QPainter, x: float, tooth: float, lane: QRectF) -> None:
    if not lane.left() - _TOOTH_PX <= x <= lane.right() + _TOOTH_PX:
        return
    pen = QPen(colour(palette.ACCENT), 2)
    pen.setJoinStyle(Qt.MiterJoin)
    painter.setPen(pen)
    top, bottom = lane.top() + 1, lane.bottom() - 1
    shape = [
        QPointF(x + tooth, top), QPointF(x, top), QPointF(x, bottom), QPointF(x + tooth, bottom),
    ]  # fmt: skip
    painter.drawPolyline(QPolygonF(shape))
