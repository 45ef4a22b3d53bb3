"""Polygons and lines drawn on a camera's picture.  Points are shares of the frame, [0; 1]."""

from __future__ import annotations

from PyQt5.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import (
    QBrush,
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PyQt5.QtWidgets import QWidget

from axxon_client.model import zoom
from axxon_client.model.trails import Trails
from axxon_client.model.zoom import Rect
from axxon_client.ui.theme import palette
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.seen import cells_image, paint_seen
from protocol.messages import PreviewNotice

Polygon = list[list[float]]
_GRAB_PX = 9
_MAX_POLYGONS = 16  # of one kind: more is a mistake, and hard to read
_MAX_POINTS = 32
_ARROW_PX = 28
_TINTS = {"zones": palette.ACCENT, "masks": palette.RED, "lines": palette.AMBER}


class ZoneCanvas(QWidget):
    """The picture with polygons over it: click to set points, click the first one (or double
    click, or Enter) to close; drag points; Del removes the chosen polygon, Esc what is begun.

    Signals: `edited(str field, list polygons)`; `chosen_changed()`.
    """

    edited = pyqtSignal(str, object)
    chosen_changed = pyqtSignal()

    def __init__(self, fields: list[str], lines: frozenset[str] = frozenset()) -> None:
        """`lines`: fields whose members have exactly two points, from a to b."""
        super().__init__()
        self.fields = fields
        self.lines = lines
        self.polygons: dict[str, list[Polygon]] = {name: [] for name in fields}
        self.field = fields[0]
        self.chosen: tuple[str, int] | None = None
        self.shown: list[str] = fields
        self.trails = Trails()
        self._cells: QImage | None = None
        self._with_cells = False
        self._width_px = 0
        self._draft: Polygon = []
        self._image: QImage | None = None
        self._held: tuple[str, int, int] | None = None
        self._pointer = QPointF()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.StrongFocus)
        self.setMinimumSize(320, 180)
        self.setCursor(Qt.CrossCursor)

    def sizeHint(self) -> QSize:
        return QSize(640, 360)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(width / self._aspect())

    def set_width(self, width_px: int) -> None:
        """A size of its own, in the picture's proportions; 0: as the layout has room."""
        self._width_px = width_px
        if width_px:
            self.setFixedSize(width_px, self.heightForWidth(width_px))

    @property
    def has_image(self) -> bool:
        return self._image is not None

    def set_image(self, image: QImage) -> None:
        first = self._image is None
        self._image = image
        if first:
            self.set_width(self._width_px)
            self.updateGeometry()
        self.update()

    def set_polygons(self, field: str, polygons: list[Polygon]) -> None:
        self.polygons[field] = [[list(point) for point in polygon] for polygon in polygons]
        if self.chosen is not None and self.chosen[1] >= len(self.polygons[self.chosen[0]]):
            self._choose(None)
        self.update()

    def show_cells(self, on: bool) -> None:
        self._with_cells = on
        self.update()

    def set_seen(self, notice: PreviewNotice) -> None:
        """What the detector sees with the settings that are being tried."""
        self.trails.feed(notice.time_us, notice.objects)
        self._cells = cells_image(notice) if self._with_cells else None
        self.update()

    def set_shown(self, fields: list[str]) -> None:
        """Those of the fields that are drawn and can be drawn on; none: only the picture."""
        self.shown = fields
        self._draft = []
        self._choose(None)
        self.setCursor(Qt.CrossCursor if fields else Qt.ArrowCursor)

    def set_field(self, field: str) -> None:
        self.field = field
        self._draft = []
        self.update()

    def remove_chosen(self) -> None:
        if self.chosen is not None:
            field, number = self.chosen
            del self.polygons[field][number]
            self._choose(None)
            self._tell(field)

    def _choose(self, chosen: tuple[str, int] | None) -> None:
        if chosen != self.chosen:
            self.chosen = chosen
            self.chosen_changed.emit()
        self.update()

    # --- geometry

    def _aspect(self) -> float:
        image = self._image
        return image.width() / image.height() if image is not None and image.height() else 16 / 9

    def _area(self) -> Rect:
        return zoom.fitted(self._aspect(), self.width(), self.height())

    def _at(self, place: QPointF) -> list[float]:
        area = self._area()
        x = (place.x() - area.x) / max(1.0, area.w)
        y = (place.y() - area.y) / max(1.0, area.h)
        return [round(min(1.0, max(0.0, x)), 4), round(min(1.0, max(0.0, y)), 4)]

    def _px(self, point: list[float]) -> QPointF:
        area = self._area()
        return QPointF(area.x + point[0] * area.w, area.y + point[1] * area.h)

    def _drawn(self) -> list[tuple[str, list[Polygon]]]:
        return [(field, self.polygons[field]) for field in self.shown]

    def _point_near(self, place: QPointF) -> tuple[str, int, int] | None:
        for field, polygons in self._drawn():
            for number, polygon in enumerate(polygons):
                for corner, point in enumerate(polygon):
                    if (self._px(point) - place).manhattanLength() <= _GRAB_PX:
                        return field, number, corner
        return None

    def _polygon_at(self, place: QPointF) -> tuple[str, int] | None:
        for field, polygons in self._drawn():
            for number, polygon in enumerate(polygons):
                if self._touches(field, polygon, place):
                    return field, number
        return None

    def _touches(self, field: str, polygon: Polygon, place: QPointF) -> bool:
        if field not in self.lines:
            return bool(self._shape(polygon).containsPoint(place, Qt.OddEvenFill))
        stroker = QPainterPathStroker()
        stroker.setWidth(2 * _GRAB_PX)
        path = QPainterPath()
        path.addPolygon(self._shape(polygon))
        return bool(stroker.createStroke(path).contains(place))

    def _shape(self, polygon: Polygon) -> QPolygonF:
        return QPolygonF([self._px(point) for point in polygon])

    # --- pointer and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.LeftButton or not self.shown:
            return
        place = event.localPos()
        if self._draft:
            self._add_point(place)
            return
        self._held = self._point_near(place)
        if self._held is not None:
            self._choose(self._held[:2])
            return
        inside = self._polygon_at(place)
        if inside is not None:
            self._choose(inside)
            return
        self._choose(None)
        if len(self.polygons[self.field]) < _MAX_POLYGONS:
            self._draft = [self._at(place)]
        self.update()

    def _add_point(self, place: QPointF) -> None:
        closes = (self._px(self._draft[0]) - place).manhattanLength() <= _GRAB_PX + 3
        if closes or len(self._draft) >= _MAX_POINTS:
            self._close()
        else:
            self._draft.append(self._at(place))
            if self.field in self.lines:
                self._close()
        self.update()

    def _close(self) -> None:
        draft, self._draft = self._draft, []
        if len(draft) >= (2 if self.field in self.lines else 3):
            self.polygons[self.field].append(draft)
            self._choose((self.field, len(self.polygons[self.field]) - 1))
            self._tell(self.field)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.localPos()
        if self._held is not None:
            field, number, corner = self._held
            self.polygons[field][number][corner] = self._at(self._pointer)
        if self.shown:
            near = self._point_near(self._pointer) is not None
            self.setCursor(Qt.SizeAllCursor if near else Qt.CrossCursor)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            field = self._held[0]
            self._held = None
            self._tell(field)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if len(self._draft) > 3:
            self._draft.pop()  # the first press of the double click set it
        self._close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key_Return, Qt.Key_Enter) and self._draft:
            self._close()
        elif event.key() == Qt.Key_Escape and self._draft:
            self._draft = []
            self.update()
        elif event.key() in (Qt.Key_Delete, Qt.Key_Backspace):
            self.remove_chosen()
        else:
            super().keyPressEvent(event)

    def _tell(self, field: str) -> None:
        self.edited.emit(field, [[list(p) for p in polygon] for polygon in self.polygons[field]])

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour(palette.VIDEO))
        area = self._area()
        if self._image is not None:
            painter.setRenderHint(QPainter.SmoothPixmapTransform)
            painter.drawImage(QRectF(area.x, area.y, area.w, area.h), self._image)
        if self._with_cells and self._cells is not None:
            painter.setRenderHint(QPainter.SmoothPixmapTransform, False)
            painter.drawImage(QRectF(area.x, area.y, area.w, area.h), self._cells)
        painter.setRenderHint(QPainter.Antialiasing)
        paint_seen(painter, self.trails, lambda x, y: self._px([x, y]))
        for field, polygons in self._drawn():
            for number, polygon in enumerate(polygons):
                self._paint_polygon(painter, field, polygon, self.chosen == (field, number))
        self._paint_draft(painter)

    def _paint_polygon(
        self, painter: QPainter, field: str, polygon: Polygon, chosen: bool
    ) -> None:
        if field in self.lines:
            self._paint_line(painter, field, polygon, chosen)
            return
        tint: QColor = colour(_TINTS.get(field, palette.ACCENT))
        fill = colour(_TINTS.get(field, palette.ACCENT), 0.30 if chosen else 0.18)
        painter.setPen(QPen(tint, 3 if chosen else 2))
        pattern = Qt.SolidPattern if field != "masks" else Qt.BDiagPattern
        painter.setBrush(QBrush(fill if field != "masks" else colour(palette.RED, 0.6), pattern))
        painter.drawPolygon(self._shape(polygon))
        painter.setBrush(colour(palette.TEXT) if chosen else tint)
        for point in polygon:
            painter.drawEllipse(self._px(point), 4, 4)

    def _paint_line(self, painter: QPainter, field: str, line: Polygon, chosen: bool) -> None:
        """With its ends named, and an arrow to the right hand of who walks from a to b."""
        tint = colour(_TINTS.get(field, palette.ACCENT))
        begin, end = self._px(line[0]), self._px(line[-1])
        painter.setPen(QPen(tint, 4 if chosen else 3))
        painter.drawLine(begin, end)
        along = end - begin
        length = max(1.0, (along.x() ** 2 + along.y() ** 2) ** 0.5)
        side = QPointF(-along.y(), along.x()) / length  # to the right: y goes down
        middle = (begin + end) / 2
        tip = middle + side * _ARROW_PX
        painter.drawLine(middle, tip)
        back, across = side * 8, along / length * 6
        painter.setBrush(tint)
        painter.drawPolygon(QPolygonF([tip, tip - back + across, tip - back - across]))
        painter.setPen(colour(palette.TEXT))
        for point, name in ((begin, "a"), (end, "b")):
            painter.setBrush(colour(palette.TEXT) if chosen else tint)
            painter.drawEllipse(point, 5, 5)
            painter.drawText(point + QPointF(8, -8), name)

    def _paint_draft(self, painter: QPainter) -> None:
        if not self._draft:
            return
        tint = colour(_TINTS.get(self.field, palette.ACCENT))
        painter.setPen(QPen(tint, 2, Qt.DashLine))
        points = [self._px(point) for point in self._draft]
        painter.drawPolyline(QPolygonF([*points, self._pointer]))
        painter.setBrush(tint)
        for point in points:
            painter.drawEllipse(point, 4, 4)
