"""Zones and masks drawn on the camera's picture.  Points are shares of the frame, [0; 1]."""

from __future__ import annotations

from typing import Any

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
from PyQt5.QtWidgets import QButtonGroup, QToolButton, QWidget

from axxon_client.model import zoom
from axxon_client.model.settings import FormModel
from axxon_client.model.trails import Trails
from axxon_client.model.zoom import Rect
from axxon_client.ui.theme import palette
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.basics import button, column, label, row
from axxon_client.ui.widgets.seen import paint_seen
from protocol.types import FieldType

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

    def set_image(self, image: QImage) -> None:
        first = self._image is None
        self._image = image
        if first:
            self.updateGeometry()
        self.update()

    def set_polygons(self, field: str, polygons: list[Polygon]) -> None:
        self.polygons[field] = [[list(point) for point in polygon] for polygon in polygons]
        if self.chosen is not None and self.chosen[1] >= len(self.polygons[self.chosen[0]]):
            self._choose(None)
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


class ZoneEditor(QWidget):
    """Canvas with its tools, bound to the polygon fields of a form."""

    def __init__(self, model: FormModel) -> None:
        super().__init__()
        self._model = model
        drawn = [f for f in model.schema.fields if f.type in (FieldType.POLYGONS, FieldType.LINES)]
        # Zones first: every detector has them, whatever the order of the schema.
        self._names = [f.name for f in sorted(drawn, key=lambda f: f.type is FieldType.LINES)]
        self._lines = frozenset(f.name for f in model.schema.fields if f.type is FieldType.LINES)
        self.canvas = ZoneCanvas(self._names, self._lines)
        self.hint = label("", "caption", wrap=True)
        self.remove = button(self.tr("Remove"), "", "trash-can-outline", self.canvas.remove_chosen)
        self._kinds = QButtonGroup(self)
        self._asides = [self.hint, self.remove]
        tools = row(space=4)
        for number, name in enumerate(self._names):
            made = QToolButton()
            made.setProperty("kind", "segment")
            made.setText(model.fields[name].label)
            made.setToolTip(model.fields[name].help)
            made.setCheckable(True)
            made.setChecked(number == 0)
            self._kinds.addButton(made, number)
            tools.addWidget(made)
        tools.addStretch(1)
        tools.addWidget(self.remove)
        self.setLayout(column(tools, self.canvas, self.hint))
        self._kinds.idClicked.connect(lambda number: self._on_kind(self._names[number]))
        self.canvas.edited.connect(model.set_value)
        self.canvas.chosen_changed.connect(self._on_chosen)
        model.reloaded.connect(self._load)
        model.value_changed.connect(self._on_value)
        self._load()
        self._on_chosen()
        self._offer()

    def _on_value(self, name: str) -> None:
        if name in self._names:
            self._load()
        elif any(name in self._model.fields[drawn].only_for for drawn in self._names):
            self._offer()

    def _offer(self) -> None:
        """Only what the detector's type reads is drawn."""
        fit = [name for name in self._names if self._model.applies(name)]
        for number, name in enumerate(self._names):
            self._kinds.button(number).setVisible(name in fit)
        for aside in self._asides:
            aside.setVisible(bool(fit))
        self.canvas.set_shown(fit)
        if fit and self.canvas.field not in fit:
            # Without a line a line detector finds nothing: it comes first.
            name = next((name for name in fit if name in self._lines), fit[0])
            self._kinds.button(self._names.index(name)).setChecked(True)
            self._on_kind(name)
        elif fit:
            self._on_kind(self.canvas.field)

    def _on_kind(self, name: str) -> None:
        self.canvas.set_field(name)
        how = self.tr("Click to set corners, click the first one to close.")
        if name in self._lines:
            how = self.tr("Click where the line begins and where it ends.")
        self.hint.setText(f"{self._model.fields[name].help}  {how}")

    def _on_chosen(self) -> None:
        self.remove.setEnabled(self.canvas.chosen is not None)

    def _load(self) -> None:
        for name in self._names:
            value: Any = self._model.value(name)
            self.canvas.set_polygons(name, value or [])


def has_zones(model: FormModel) -> bool:
    return any(f.type in (FieldType.POLYGONS, FieldType.LINES) for f in model.schema.fields)
