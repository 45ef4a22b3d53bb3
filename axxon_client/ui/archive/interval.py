"""Search by pictures: twelve of an interval; click to look closer, double click to play."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QPoint, QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QFontMetrics, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QApplication, QStackedLayout, QWidget

from axxon_client.model import words, zoom
from axxon_client.model.interval import COUNT, IntervalModel, Shot
from axxon_client.model.session import Session
from axxon_client.model.timeline import TimeLineModel
from axxon_client.ui.theme import palette, style
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.basics import Elided, button, column, label, row, surface, tool
from axxon_client.ui.widgets.states import EmptyState
from axxon_client.ui.widgets.stills import Stills
from protocol.types import Span

_COLUMNS = 4
_GAP_PX = 8
_BAND_PX = 26
_MARK_PX = 3
_PICTURE_PX = 480


class ShotGrid(QWidget):
    """The pictures.  Arrows move, Enter plays, Space opens.

    Signals: `opened(int)` one is to be split; `played(int)`.
    """

    opened = pyqtSignal(int)
    played = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self.shots: list[Shot] = []
        self.images: dict[int, QImage] = {}
        self.marks: Callable[[Shot], list[str]] = lambda _shot: []
        self.loading = False
        self.chosen = 0
        self._hovered = -1
        self._pressed = -1
        self._click = QTimer(self)
        self._click.setSingleShot(True)
        self._click.timeout.connect(self._on_click)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.StrongFocus)
        self.setAccessibleName(self.tr("Pictures of the interval"))

    def sizeHint(self) -> QSize:
        return QSize(960, 560)

    def show_shots(self, shots: list[Shot], loading: bool) -> None:
        self._click.stop()
        self.shots, self.loading = shots, loading
        self.images = {}
        self.chosen = 0
        self.update()

    def set_image(self, number: int, image: QImage) -> None:
        self.images[number] = image
        self.update()

    # --- geometry

    def cell(self, number: int) -> QRectF:
        rows = COUNT // _COLUMNS
        width = (self.width() - _GAP_PX * (_COLUMNS - 1)) / _COLUMNS
        height = (self.height() - _GAP_PX * (rows - 1)) / rows
        line, place = divmod(number, _COLUMNS)
        return QRectF(place * (width + _GAP_PX), line * (height + _GAP_PX), width, height)

    def _number_at(self, place: QPoint) -> int:
        cells = range(len(self.shots))
        return next((number for number in cells if self.cell(number).contains(place)), -1)

    # --- pointer and keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hovered = self._number_at(event.pos())
        self.setCursor(Qt.PointingHandCursor if self._hovered >= 0 else Qt.ArrowCursor)
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._hovered = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event.pos())
        if number >= 0 and event.button() == Qt.LeftButton:
            self.chosen = self._pressed = number
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens, once it is sure that it is no double click."""
        if self._pressed >= 0 and self._number_at(event.pos()) == self._pressed:
            self._click.start(QApplication.doubleClickInterval())
        else:
            self._pressed = -1

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._click.stop()
        self._pressed = -1
        number = self._number_at(event.pos())
        if number >= 0:
            self.played.emit(number)

    def _on_click(self) -> None:
        number, self._pressed = self._pressed, -1
        if 0 <= number < len(self.shots):
            self.opened.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key_Left: -1, Qt.Key_Right: 1, Qt.Key_Up: -_COLUMNS, Qt.Key_Down: _COLUMNS,
            Qt.Key_Home: -COUNT, Qt.Key_End: COUNT,
        }  # fmt: skip
        key = event.key()
        if key in steps:
            step = steps[key]  # type: ignore[index]
            target = self.chosen + step
            if abs(step) == COUNT or 0 <= target < len(self.shots):
                self.chosen = min(len(self.shots) - 1, max(0, target))
            self.update()
        elif key in (Qt.Key_Return, Qt.Key_Enter) and self.shots:
            self.played.emit(self.chosen)
        elif key in (Qt.Key_Space, Qt.Key_Plus) and self.shots:
            self.opened.emit(self.chosen)
        else:
            super().keyPressEvent(event)

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.SmoothPixmapTransform)
        for number in range(COUNT if self.loading else len(self.shots)):
            cell = self.cell(number)
            painter.fillRect(cell, colour(palette.PANEL if self.loading else palette.VIDEO))
            if not self.loading:
                self._paint_shot(painter, number, cell)

    def _paint_shot(self, painter: QPainter, number: int, cell: QRectF) -> None:
        shot, image = self.shots[number], self.images.get(number)
        picture = cell.adjusted(0, 0, 0, -_BAND_PX)
        if image is not None:
            aspect = image.width() / max(1, image.height())
            place = zoom.fitted(aspect, picture.width(), picture.height())
            target = QRectF(picture.x() + place.x, picture.y() + place.y, place.w, place.h)
            painter.drawImage(target, image)
        band = QRectF(cell.x(), picture.bottom(), cell.width(), _BAND_PX)
        painter.fillRect(band, colour(palette.RAISED))
        self._paint_marks(painter, shot, band)
        painter.setFont(style.font(palette.FONT_CAPTION))
        painter.setPen(colour(palette.TEXT))
        text = words.clock(shot.time_us)
        inner = band.adjusted(8, 2 * _MARK_PX, -8, 0)
        painter.drawText(inner, int(Qt.AlignVCenter | Qt.AlignLeft), text)
        painter.setPen(colour(palette.TEXT_SECOND))
        spare = QFontMetrics(painter.font()).horizontalAdvance(text) + 24
        if cell.width() > 2 * spare:
            span = words.lasted(shot.end_us - shot.time_us)
            painter.drawText(inner, int(Qt.AlignVCenter | Qt.AlignRight), span)
        self._paint_frame(painter, number, cell)

    def _paint_marks(self, painter: QPainter, shot: Shot, band: QRectF) -> None:
        """What happened until the next picture: yellow a detector, red an alarm."""
        for place, tint in enumerate(self.marks(shot)):
            painter.fillRect(
                QRectF(band.x(), band.y() + place * _MARK_PX, band.width(), _MARK_PX), colour(tint)
            )

    def _paint_frame(self, painter: QPainter, number: int, cell: QRectF) -> None:
        if number == self.chosen:
            tint = palette.ACCENT
        elif number == self._hovered:
            tint = palette.LINE_STRONG
        else:
            return
        painter.setPen(QPen(colour(tint), 2))
        painter.setBrush(Qt.NoBrush)
        painter.drawRect(cell.adjusted(1, 1, -1, -1))


class IntervalPage(QWidget):
    """Lies in the place of the tiles.  Signals: `played(str camera, qint64 time)`; `closed()`;
    `said(tone, title, detail)`."""

    played = pyqtSignal(str, "qint64")
    closed = pyqtSignal()
    said = pyqtSignal(str, str, str)

    def __init__(self, session: Session, stills: Stills, line: TimeLineModel) -> None:
        super().__init__()
        self._session = session
        self._stills = stills
        self._line = line
        self.model = IntervalModel(session, self)
        self.grid = ShotGrid()
        self.grid.marks = self._marks
        self.title = Elided("", "title")
        self.period = label("", "caption")
        self.back = button(self.tr("Back"), "", "arrow-up-left", self.up)
        self.back.setToolTip(self.tr("The interval above  (Backspace)"))
        hint = self.tr("Click: look closer.  Double click or Enter: play.")
        head = row(self.back, space=12)
        names = column(self.title, self.period, space=0)
        head.addLayout(names, 1)
        head.addWidget(label(hint, "caption"))
        head.addWidget(tool("close", self.tr("Close"), self.close_page, "Esc"))
        head.setContentsMargins(12, 4, 4, 4)
        self._empty = EmptyState(
            "filmstrip-off",
            self.tr("No recording in this interval"),
            self.tr("Show another part of the time line, and search again."),
        )
        self._pages = QStackedLayout()
        self._pages.addWidget(self.grid)
        self._pages.addWidget(self._empty)
        below = row(self._pages)
        below.setContentsMargins(8, 8, 8, 8)
        body = column(surface("panel", head), below, space=0)
        body.setStretch(1, 1)
        self.setLayout(body)
        self.grid.opened.connect(self.descend)
        self.grid.played.connect(self.play)
        self.model.changed.connect(self._on_changed)
        self.model.failed.connect(
            lambda failure: self.said.emit("red", self.tr("No pictures came"), failure.text)
        )

    def open(self, camera: str, begin_us: int, end_us: int) -> None:
        self.model.open(camera, begin_us, end_us)
        self.grid.setFocus()

    def descend(self, number: int) -> None:
        """What cannot be split any more is played."""
        if not self.model.descend(number):
            self.play(number)

    def up(self) -> None:
        if self.model.up():
            self.grid.setFocus()
        else:
            self.close_page()

    def play(self, number: int) -> None:
        if 0 <= number < len(self.model.shots):
            time_us = self.model.shots[number].time_us
            camera = self.model.camera
            self.close_page()
            self.played.emit(camera, time_us)

    def close_page(self) -> None:
        self.model.close()
        self.grid.show_shots([], False)
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key_Backspace, Qt.Key_Minus):
            self.up()
        else:
            super().keyPressEvent(event)

    def _on_changed(self) -> None:
        level = self.model.level
        if level is None:
            return
        self.title.set_whole(self._session.store.title(self.model.camera) or self.model.camera)
        now_us = self._session.clock.now_us()
        ends = [words.date_and_clock(us, now_us) for us in (level.begin_us, level.end_us)]
        self.period.setText(f"{ends[0]} – {ends[1]}  ·  {words.exactly(level.span_us)}")
        self.back.setEnabled(len(self.model.levels) > 1)
        self.grid.show_shots(self.model.shots, self.model.loading)
        empty = not self.model.shots and not self.model.loading
        self._pages.setCurrentWidget(self._empty if empty else self.grid)
        for number, shot in enumerate(self.model.shots):
            self._decode(number, shot)

    def _decode(self, number: int, shot: Shot) -> None:
        def got(image: QImage | None) -> None:
            mine = number < len(self.grid.shots) and self.grid.shots[number] is shot
            if image is not None and mine:
                self.grid.set_image(number, image)

        self._stills.decode(shot.format, shot.payload, got, self, _PICTURE_PX)

    def _marks(self, shot: Shot) -> list[str]:
        if self._line.camera != self.model.camera:
            return []
        found = []
        if _any_within(self._line.detections, shot):
            found.append(palette.AMBER)
        if _any_within(self._line.alarms, shot):
            found.append(palette.RED)
        return found


def _any_within(spans: list[Span], shot: Shot) -> bool:
    return any(span.begin_us < shot.end_us and span.end_us > shot.time_us for span in spans)
