"""The time line: footage, detections and alarms of a camera, with a cursor to drag."""

from __future__ import annotations

import time

from PyQt5.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import (
    QBrush,
    QColor,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PyQt5.QtWidgets import QGestureEvent, QPinchGesture, QToolTip, QWidget

from axxon_client.model import words
from axxon_client.model.axis import Axis, span_at
from axxon_client.model.period import MarkedPeriod
from axxon_client.model.timeline import TimeLineModel
from axxon_client.model.timelines import TimeLinesModel
from axxon_client.model.words import DAY_US, HOUR_US
from axxon_client.ui.archive import marks
from axxon_client.ui.theme import palette, style
from axxon_client.ui.theme.palette import colour
from protocol.types import ProtectionRecord, Span

_MARKS_PX = 22  # row of labels
_FOOTAGE_PX = 18
_EVENT_PX = 5
_GAP_PX = 2
_SCRUB_MS = 40  # at most 25 pictures a second are asked while dragging
_CURSOR_GRAB_PX = 6
_WHEEL = 1.35
_TIP_PX = 56  # Qt puts a tooltip below its place: clear of the line all the same
_OTHERS_PX = 11.0  # the second row
_LEAST_PX = 2.0  # an alarm of a second in a day is still seen


class TimeLine(QWidget):
    """Signals: `moved(int time_us)` while the cursor is dragged; `chosen(int time_us)` when it is
    dropped, or by a double click; `period_dragged(MarkedPeriod)`; `window_changed(Axis)`."""

    moved = pyqtSignal("qint64")
    chosen = pyqtSignal("qint64")
    period_dragged = pyqtSignal(object)
    window_changed = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: TimeLineModel | None = None
        now = time.time_ns() // 1000
        self.axis = Axis(now - HOUR_US, now + HOUR_US // 12, 1.0)
        self.cursor_us: int | None = None
        self.now_us = now
        self._others: TimeLinesModel | None = None  # of all cameras that play: the second row
        self.period = MarkedPeriod()
        self.protected: list[ProtectionRecord] = []  # of the camera that is shown
        self._drag: str = ""  # "press", "cursor", "window", "begin", "end" or ""
        self._drag_x = 0.0
        self._hover_x: float | None = None
        self._pending: int | None = None
        self._scrub = QTimer(self)
        self._scrub.setInterval(_SCRUB_MS)
        self._scrub.timeout.connect(self._send_scrub)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.ClickFocus)
        self.setMinimumHeight(56)
        self.setCursor(Qt.PointingHandCursor)
        self.setAccessibleName(self.tr("Time line"))
        self.grabGesture(Qt.PinchGesture)

    def sizeHint(self) -> QSize:
        return QSize(600, palette.TIME_LINE)

    def set_model(self, model: TimeLineModel | None) -> None:
        if self._model is not None:
            self._model.changed.disconnect(self.update)
        self._model = model
        if model is not None:
            model.changed.connect(self.update)
            model.set_window(self.axis)
        self.update()

    def set_others(self, model: TimeLinesModel) -> None:
        self._others = model
        model.changed.connect(self.update)

    @property
    def dragging(self) -> bool:
        return bool(self._drag)

    def set_cursor(self, time_us: int | None, follow: bool = True) -> None:
        """Where the picture is; `follow` keeps it in the window."""
        if self._drag or time_us == self.cursor_us:
            return
        self.cursor_us = time_us
        if follow and time_us is not None and not self.axis.holds(time_us):
            self._set_axis(self.axis.centred(time_us))
        elif follow and time_us is not None:
            self._set_axis(self.axis.showing(time_us))
        self.update()

    def set_period(self, period: MarkedPeriod) -> None:
        self.period = period
        self.update()

    def set_now(self, now_us: int) -> None:
        self.now_us = now_us
        self.update()

    def show_window(self, begin_us: int, end_us: int) -> None:
        self._set_axis(Axis(begin_us, end_us, max(1.0, float(self.width()))))

    def _set_axis(self, axis: Axis) -> None:
        if axis != self.axis:
            self.axis = axis
            if self._model is not None:
                self._model.set_window(axis)
            self.window_changed.emit(axis)
            self.update()

    def zoom(self, factor: float, x: float | None = None) -> None:
        """About the pixel `x`, or the cursor, or the middle."""
        if x is None:
            seen = self.cursor_us is not None and self.axis.holds(self.cursor_us)
            x = self.axis.x_of(self.cursor_us or 0) if seen else self.width() / 2
        self._set_axis(self.axis.zoomed(factor, x))

    # --- pointer

    def resizeEvent(self, event: object) -> None:
        self._set_axis(self.axis.resized(float(self.width())))

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        if turned.x() and not turned.y():
            self._set_axis(self.axis.dragged(turned.x() / 2))
        elif event.modifiers() & Qt.ShiftModifier:
            self._set_axis(self.axis.dragged(turned.y() / 2))
        else:
            self.zoom(_WHEEL ** (turned.y() / 120), event.position().x())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self.zoom(
                    pinch.scaleFactor(), self.mapFromGlobal(pinch.centerPoint().toPoint()).x()
                )
                return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.LeftButton, Qt.MiddleButton):
            return
        self._drag_x = event.localPos().x()
        grabbed = marks.end_at(self.axis, self.period, self._drag_x)
        if grabbed and event.button() == Qt.LeftButton:
            self._drag = grabbed
            return
        cursor_only = event.button() == Qt.LeftButton and not event.modifiers() & Qt.ShiftModifier
        self._drag = "press" if cursor_only else "window"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.localPos().x()
        self._hover_x = x
        if self._drag == "press" and abs(x - self._drag_x) >= _CURSOR_GRAB_PX / 2:
            self._drag = "cursor"
            self._scrub.start()
        if self._drag == "window":
            self._set_axis(self.axis.dragged(x - self._drag_x))
            self._drag_x = x
        elif self._drag == "cursor":
            self._pending = self._bounded(self.axis.time_at(x))
            self.cursor_us = self._pending
        elif self._drag in ("begin", "end"):
            time_us = self._bounded(self.axis.time_at(x))
            self.period_dragged.emit(self.period.dragged(self._drag, time_us))
        else:
            self._point_at(x)
            self._tell(event)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, ""
        self._scrub.stop()
        self._pending = None
        if drag in ("cursor", "press") and event.button() == Qt.LeftButton:
            time_us = self._bounded(self.axis.time_at(event.localPos().x()))
            self.cursor_us = time_us
            self.chosen.emit(time_us)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second press of a jump: zoom in there as well."""
        self.zoom(2.0, event.localPos().x())

    def leaveEvent(self, event: QEvent) -> None:
        self._hover_x = None
        self.update()

    def _point_at(self, x: float) -> None:
        """An end of the marked period shows that it can be moved."""
        grabs = bool(marks.end_at(self.axis, self.period, x))
        self.setCursor(Qt.SizeHorCursor if grabs else Qt.PointingHandCursor)

    def _bounded(self, time_us: int) -> int:
        return min(time_us, self.now_us)

    def _send_scrub(self) -> None:
        if self._pending is not None:
            self.moved.emit(self._pending)
            self._pending = None

    def _tell(self, event: QMouseEvent) -> None:
        """Tooltip: why there is no footage, or what alarm it is."""
        if self._model is None:
            return
        time_us = self.axis.time_at(event.localPos().x())
        gap = span_at(self._model.gaps, time_us)
        alarm = span_at(self._model.alarms, time_us)
        text = ""
        if alarm is not None:
            text = self.tr("Alarm {0}").format(words.clock(alarm.begin_us))
        elif gap is not None:
            ends = f"{words.clock(gap.begin_us)} – {words.clock(gap.end_us)}"
            text = self.tr("Not recorded {0}: {1}").format(ends, words.gap(gap.reason))
        others = self._others
        if others is not None and others.cameras and event.pos().y() >= self._others_lane().y():
            count = others.with_footage(time_us)
            text = self.tr("{0} of {1} cameras have footage").format(count, len(others.cameras))
        kept = next((one for one in self.protected if one.begin_us <= time_us < one.end_us), None)
        if kept is not None:
            told = self.tr("Protected by {0}: {1}").format(kept.author, kept.reason)
            text = f"{text}\n{told}" if text else told
        above = self.mapToGlobal(QPoint(event.pos().x(), -_TIP_PX))
        QToolTip.showText(above, text, self)

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour(palette.PANEL))
        top = float(_MARKS_PX)
        lane = QRectF(0, top, self.width(), _FOOTAGE_PX)
        painter.fillRect(lane, colour(palette.WINDOW))
        self._paint_marks(painter)
        self._paint_future(painter, lane)
        if self._model is not None:
            self._paint_gaps(painter, self._model.gaps, lane)
            self._paint_spans(painter, self._model.footage, lane, colour(palette.FOOTAGE))
            events = QRectF(0, lane.bottom() + _GAP_PX, self.width(), _EVENT_PX)
            painter.fillRect(events, colour(palette.WINDOW))
            self._paint_spans(painter, self._model.detections, events, colour(palette.AMBER))
            alarms = events.translated(0, _EVENT_PX + _GAP_PX)
            painter.fillRect(alarms, colour(palette.WINDOW))
            self._paint_spans(painter, self._model.alarms, alarms, colour(palette.RED))
        if self._others is not None and self._others.cameras:
            self._paint_others(painter, self._others)
        marks.paint_protected(painter, self.axis, self.protected, lane)
        marks.paint(painter, self.axis, self.period, lane.adjusted(0, -3, 0, 3))
        if self._hover_x is not None and not self._drag:
            self._paint_hover(painter, self._hover_x)
        if self.cursor_us is not None:
            self._paint_cursor(painter, self.cursor_us)

    def _paint_marks(self, painter: QPainter) -> None:
        painter.setFont(style.font(palette.FONT_CAPTION))
        offset = round(words.local(self.axis.begin_us).utcoffset().total_seconds()) * 1_000_000  # type: ignore[union-attr]
        small, large = colour(palette.LINE), colour(palette.LINE_STRONG)
        for mark in self.axis.marks(offset):
            if mark.label:
                painter.setPen(large)
                painter.drawLine(QPointF(mark.x, 2), QPointF(mark.x, _MARKS_PX))
                painter.setPen(colour(palette.TEXT if mark.day else palette.TEXT_SECOND))
                painter.drawText(QPointF(mark.x + 4, 14), mark.label)
            else:
                painter.setPen(small)
                painter.drawLine(QPointF(mark.x, _MARKS_PX - 5), QPointF(mark.x, _MARKS_PX))

    def _paint_future(self, painter: QPainter, lane: QRectF) -> None:
        x = self.axis.x_of(self.now_us)
        if x < self.width():
            painter.fillRect(
                QRectF(max(0.0, x), lane.y(), self.width() - x, lane.height()),
                colour(palette.PANEL),
            )
            if x >= 0:
                painter.setPen(QPen(colour(palette.TEXT_OFF), 1, Qt.DashLine))
                painter.drawLine(QPointF(x, 4), QPointF(x, self.height()))

    def _paint_spans(
        self, painter: QPainter, spans: list[Span], lane: QRectF, tint: QColor
    ) -> None:
        for span in spans:
            place = self._place(span, lane)
            if place is not None:
                painter.fillRect(place, tint)

    def _paint_gaps(self, painter: QPainter, spans: list[Span], lane: QRectF) -> None:
        hatch = QBrush(colour(palette.HATCH), Qt.BDiagPattern)
        for span in spans:
            place = self._place(span, lane)
            if place is not None:
                painter.fillRect(place, colour(palette.HATCH_GROUND))
                painter.fillRect(place, hatch)

    def _paint_others(self, painter: QPainter, others: TimeLinesModel) -> None:
        """Footage of the playing cameras: the more of them have any, the lighter."""
        lane = self._others_lane()
        painter.fillRect(lane, colour(palette.WINDOW))
        tint = colour(palette.FOOTAGE, 1.0 / len(others.cameras))
        for spans in others.footage.values():
            self._paint_spans(painter, spans, lane, tint)

    def _others_lane(self) -> QRectF:
        return QRectF(0, self.height() - _OTHERS_PX - 1, self.width(), _OTHERS_PX)

    def _place(self, span: Span, lane: QRectF) -> QRectF | None:
        end_us = min(span.end_us, self.now_us)  # one that goes on reaches to now
        left, right = self.axis.x_of(span.begin_us), self.axis.x_of(end_us)
        if right < 0 or left > self.width():
            return None
        left, right = max(-1.0, left), min(self.width() + 1.0, right)
        return QRectF(left, lane.y(), max(_LEAST_PX, right - left), lane.height())

    def _paint_hover(self, painter: QPainter, x: float) -> None:
        painter.setPen(QPen(colour(palette.TEXT_OFF), 1))
        painter.drawLine(QPointF(x, _MARKS_PX), QPointF(x, self.height()))
        text = words.clock(self.axis.time_at(x))
        self._paint_flag(painter, x, text, palette.RAISED, palette.TEXT_SECOND)

    def _paint_cursor(self, painter: QPainter, time_us: int) -> None:
        x = self.axis.x_of(time_us)
        if not -8 <= x <= self.width() + 8:
            return
        tint = palette.AMBER
        painter.setRenderHint(QPainter.Antialiasing)
        painter.setPen(QPen(colour(tint), 2))
        painter.drawLine(QPointF(x, _MARKS_PX - 2), QPointF(x, self.height()))
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour(tint))
        top = _MARKS_PX - 3
        painter.drawPolygon(
            QPolygonF([QPointF(x - 5, top), QPointF(x + 5, top), QPointF(x, top + 6)])
        )
        text = words.clock(time_us, millis=self.axis.span_us < HOUR_US // 60)
        if self.axis.span_us > DAY_US:
            text = f"{words.day(time_us)} {text}"
        self._paint_flag(painter, x, text, tint, palette.TEXT_ON_ACCENT)

    def _paint_flag(self, painter: QPainter, x: float, text: str, ground: str, ink: str) -> None:
        font = style.font(palette.FONT_CAPTION, bold=ink == palette.TEXT_ON_ACCENT)
        width = QFontMetrics(font).horizontalAdvance(text) + 12
        left = min(max(0.0, x - width / 2), self.width() - width)
        place = QRectF(left, 1, width, 18)
        painter.setRenderHint(QPainter.Antialiasing)
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour(ground))
        painter.drawRoundedRect(place, 4, 4)
        painter.setPen(colour(ink))
        painter.setFont(font)
        painter.drawText(place, Qt.AlignCenter, text)
