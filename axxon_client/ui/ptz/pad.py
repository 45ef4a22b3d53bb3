"""The virtual joystick: drag the knob, or hold the arrow keys; let go and it stops."""

from __future__ import annotations

import math

from PyQt5.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QWidget

from axxon_client.ui.theme import palette
from axxon_client.ui.theme.palette import colour

_SIDE = 152
_KNOB = 24
_KEYS: dict[int, tuple[float, float]] = {
    Qt.Key_Left: (-1.0, 0.0),
    Qt.Key_Right: (1.0, 0.0),
    Qt.Key_Up: (0.0, 1.0),
    Qt.Key_Down: (0.0, -1.0),
}


class Pad(QWidget):
    """Signals: `moved(float, float)`: right and up in [-1; 1]; 0, 0 when it was let go."""

    moved = pyqtSignal(float, float)

    def __init__(self) -> None:
        super().__init__()
        self._at = (0.0, 0.0)
        self._keys: set[int] = set()
        self._held = False
        self.setFixedSize(_SIDE, _SIDE)
        self.setFocusPolicy(Qt.StrongFocus)
        self.setAccessibleName(self.tr("Steer the camera"))
        self.setToolTip(self.tr("Drag the knob, or hold the arrow keys"))

    def sizeHint(self) -> QSize:
        return QSize(_SIDE, _SIDE)

    def show_at(self, right: float, up: float) -> None:
        """Where a real joystick is."""
        self._at = (right, up)
        self.update()

    # --- pointer and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.LeftButton:
            self._held = True
            self._to(event.localPos())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held:
            self._to(event.localPos())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = False
        self._put(0.0, 0.0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _KEYS:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self._keys.add(event.key())
            self._by_keys()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _KEYS:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self._keys.discard(event.key())
            self._by_keys()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._keys:
            self._keys.clear()
            self._put(0.0, 0.0)

    def _by_keys(self) -> None:
        ways = [_KEYS[key] for key in self._keys]
        self._put(sum(right for right, _ in ways), sum(up for _, up in ways))

    def _to(self, place: QPointF) -> None:
        reach = (_SIDE - _KNOB) / 2
        right = (place.x() - _SIDE / 2) / reach
        up = -(place.y() - _SIDE / 2) / reach
        length = max(1.0, math.hypot(right, up))
        self._put(right / length, up / length)

    def _put(self, right: float, up: float) -> None:
        if (right, up) != self._at:
            self._at = (right, up)
            self.moved.emit(right, up)
            self.update()

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        whole = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        ring = palette.ACCENT if self.hasFocus() else palette.LINE_STRONG
        on = self.isEnabled()
        painter.setPen(QPen(colour(ring), 2))
        painter.setBrush(colour(palette.WINDOW))
        painter.drawEllipse(whole)
        painter.setPen(QPen(colour(palette.TEXT_SECOND if on else palette.LINE_STRONG), 2))
        for angle in (0, 90, 180, 270):
            self._paint_arrow(painter, math.radians(angle))
        reach = (_SIDE - _KNOB) / 2
        centre = QPointF(_SIDE / 2 + self._at[0] * reach, _SIDE / 2 - self._at[1] * reach)
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour(palette.ACCENT if on else palette.LINE_STRONG))
        painter.drawEllipse(centre, _KNOB, _KNOB)

    def _paint_arrow(self, painter: QPainter, angle: float) -> None:
        out = QPointF(math.cos(angle), math.sin(angle))
        side = QPointF(-out.y(), out.x())
        tip = QPointF(_SIDE / 2, _SIDE / 2) + out * (_SIDE / 2 - 12)
        painter.drawLine(tip, tip - out * 7 + side * 7)
        painter.drawLine(tip, tip - out * 7 - side * 7)
