"""One tile: a frame that tells the state, the picture, and what lies on it."""

from __future__ import annotations

from typing import Any, cast

from attrs import evolve
from PyQt5.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import (
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PyQt5.QtWidgets import QApplication, QWidget

from axxon_client.model import tile as logic
from axxon_client.model import words, zoom
from axxon_client.model.tile import Frame, Mode, TileState
from axxon_client.model.trees import camera_mime, dragged_camera
from axxon_client.model.zoom import Rect
from axxon_client.ui.layouts.absence import AbsencePanel
from axxon_client.ui.layouts.commands import Command, Entry, Switches, entries
from axxon_client.ui.layouts.gate import Gate, Surface
from axxon_client.ui.layouts.image import ImageSettings
from axxon_client.ui.layouts.overlay import Badge, Fade, TileOverlay
from axxon_client.ui.layouts.strip import ToolStrip, build_menu
from axxon_client.ui.theme import icons, palette
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.stills import to_image
from axxon_client.video.frame import VideoPicture
from protocol.types import Right, SeenObject

FRAME_COLOURS = {
    Frame.NONE: palette.LINE,
    Frame.DISARMED: palette.GREEN,
    Frame.ARMED: palette.AMBER,
    Frame.ALARM: palette.RED,
    Frame.ARCHIVE: palette.GREY,
    Frame.SNAPSHOT: palette.BLUE,
}

_PULSES = 3  # the alarm frame goes dim so often, at 1 Hz, then stays
_PULSE_MS = 500
_WHEEL = 1.25  # zoom of one notch
_LONG_PRESS_MS = 600
_STRIP_LEAVE_MS = 250
_INSET_MS = 500


class Tile(QWidget):
    """Signals: `activated()`, `commanded(Command)`, `acted(Action)` (the button of a tile without
    picture), `dropped(camera, cell it came from or -1)`; while it is `pointing`:
    `pointed(x, y)` and `framed(Rect)` in shares of the camera's whole picture."""

    activated = pyqtSignal()
    commanded = pyqtSignal(object)
    acted = pyqtSignal(object)
    dropped = pyqtSignal(str, int)
    pointed = pyqtSignal(float, float)
    framed = pyqtSignal(object)

    def __init__(self, cell: int, surface: QWidget | None, fade: Fade, parent: QWidget) -> None:
        super().__init__(parent)
        self.cell = cell
        self.state = TileState()
        self.switches = Switches()
        self.image = ImageSettings()
        self.view = zoom.WHOLE
        self.rights: frozenset[Right] = frozenset(Right)
        self.active = False
        self._dim = False
        self._pulses = 0
        self._hint = False  # something to drop is over it
        self._press: QPoint | None = None
        self._moved = False
        self._choosing = False  # the next drag draws a zoom rectangle
        self.pointing = False  # clicks and drags on the picture steer the camera
        self._surface = surface
        self.gate = Gate(cast("Surface | None", surface))
        self._fade = fade
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.NoFocus)
        if surface is not None:
            surface.setParent(self)
            surface.setMouseTracking(True)
            surface.setAttribute(Qt.WA_TransparentForMouseEvents)
            surface.hide()
        self.overlay = TileOverlay(self, fade)
        self.absence = AbsencePanel(self)
        self.absence.asked.connect(self.acted)
        self.strip = ToolStrip(self)
        self.strip.chosen.connect(self.commanded)
        self.strip.more.connect(lambda: self.open_menu(self.strip.mapToGlobal(QPoint(0, 0))))
        self._pulse = _timer(self, _PULSE_MS, self._on_pulse)
        self._leave = _timer(self, _STRIP_LEAVE_MS, self._hide_strip, single=True)
        self._long = _timer(self, _LONG_PRESS_MS, self._show_strip, single=True)
        self._inset = _timer(self, _INSET_MS, self._refresh_inset)

    # --- what is shown

    def set_state(self, state: TileState) -> None:
        before = logic.frame(self.state)
        changed_camera = state.camera != self.state.camera
        self.state = state
        if changed_camera:
            self.gate.clear()
            self.reset_view()
        after = logic.frame(state)
        if after is not before:
            self._frame_changed(after)
        self._say()

    def _frame_changed(self, frame: Frame) -> None:
        self._dim = False
        self._pulses = 0
        if frame is Frame.ALARM:
            self._pulse.start()
        else:
            self._pulse.stop()
        self.update()

    def poll(self) -> None:
        """A few times a second: what the feed has brought meanwhile."""
        picture = self.gate.latest
        if picture is None:
            return
        if picture.aspect != self.overlay.aspect:
            self.overlay.aspect = picture.aspect
            self.overlay.update()
        if not self.state.has_picture:
            self.set_state(evolve(self.state, has_picture=True, no_footage=False, trouble=""))

    def forget_picture(self) -> None:
        self.gate.clear()
        if self.state.has_picture:
            self.set_state(evolve(self.state, has_picture=False))

    @property
    def picture(self) -> VideoPicture | None:
        return self.gate.latest

    def set_time(self, time_us: int | None, now_us: int) -> None:
        """Of the picture; None hides it."""
        archive = self.state.mode is Mode.ARCHIVE
        if time_us is None:
            badge = None
        else:
            text = words.date_and_clock(time_us, now_us) if archive else words.clock(time_us)
            tint = palette.AMBER if archive else palette.TEXT
            badge = Badge(text, tint, size=self.overlay.text_size())
        if badge != self.overlay.time:
            self.overlay.time = badge
            self.overlay.keep_time = archive
            self.overlay.update()

    def set_statistics(self, lines: list[str]) -> None:
        size = palette.FONT_CAPTION
        badges = [Badge(line, palette.TEXT_SECOND, size=size) for line in lines]
        if badges != self.overlay.statistics:
            self.overlay.statistics = badges
            self.overlay.update()

    def set_switches(self, switches: Switches) -> None:
        self.switches = switches
        self.gate.frozen = switches.snapshot
        if switches.snapshot or not switches.boxes:
            self.overlay.trails.clear()
        if not switches.statistics:
            self.overlay.statistics = []
        self._say()

    def set_active(self, active: bool) -> None:
        if active != self.active:
            self.active = active
            self.overlay.active = active
            self._say()

    def set_level(self, level: float) -> None:
        if abs(level - self.overlay.level) > 0.02:
            self.overlay.level = level
            self.overlay.update()

    def set_seen(self, time_us: int, objects: list[SeenObject]) -> None:
        """What detectors see on the live picture of that time."""
        live = self.state.mode is Mode.LIVE and not self.switches.snapshot
        shown = objects if self.switches.boxes and live else []
        if shown or self.overlay.trails.objects:
            self.overlay.trails.feed(time_us, shown)
            self.overlay.update()

    def forget_seen(self) -> None:
        self.overlay.trails.clear()
        self.overlay.update()

    def _say(self) -> None:
        """Bring all that lies on the picture up to date with state and switches."""
        state, overlay = self.state, self.overlay
        absence = logic.absence(state)
        self.absence.show_absence(absence)
        if self._surface is not None:
            self._surface.setVisible(bool(state.camera) and absence is None)
        weight = self.active
        name = Badge(state.title, palette.TEXT, weight, size=overlay.text_size())
        overlay.name = name if state.camera else None
        status = state.status
        overlay.recording = bool(status and status.recording and state.camera)
        overlay.armed = status.armed if status is not None and state.camera else None
        overlay.sound_on = self.switches.sound and bool(state.camera)
        frozen = self.switches.snapshot and bool(state.camera)
        size = palette.FONT_CAPTION
        snapshot = Badge(words.tr("Snapshot"), palette.TEXT, size=size, icon="snowflake")
        overlay.mode_badge = snapshot if frozen else None
        if not state.camera:
            overlay.time = None
            overlay.trails.clear()
            overlay.statistics = []
        overlay.view = self.view
        overlay.update()
        if self.strip.isVisible():
            self._fill_strip()

    # --- zoom

    def set_view(self, view: Rect) -> None:
        self.view = view
        self._apply_look()
        zoomed = not zoom.is_whole(view)
        if zoomed != self.switches.zoomed:
            self.switches = evolve(self.switches, zoomed=zoomed)
            (self._inset.start if zoomed else self._inset.stop)()
            self._refresh_inset()
        self.overlay.view = view
        self.overlay.update()

    def reset_view(self) -> None:
        self.set_view(zoom.WHOLE)

    def zoom_to(self, factor: float) -> None:
        """About the middle; 1 = whole."""
        self.set_view(zoom.zoomed_at(zoom.WHOLE, factor, 0.5, 0.5))

    def zoom_by(self, factor: float) -> None:
        self.set_view(zoom.zoomed_at(self.view, factor, 0.5, 0.5))

    def choose_rectangle(self) -> None:
        """The next drag over the picture draws the rectangle to zoom to."""
        self._choosing = True
        self.setCursor(Qt.CrossCursor)

    def set_image(self, settings: ImageSettings) -> None:
        self.image = settings
        self._apply_look()

    def _apply_look(self) -> None:
        surface, view, image = self.gate.surface, self.view, self.image
        if surface is not None:
            surface.set_zoom(view.x, view.y, view.w, view.h)
            surface.set_contrast(image.contrast)
            surface.set_sharpness(image.sharpness)
            surface.set_deinterlace(image.deinterlace)

    def _refresh_inset(self) -> None:
        image = self.grab_picture() if self.switches.zoomed else None
        self.overlay.set_inset(image)

    def grab_picture(self) -> QImage | None:
        """The whole frame as the camera sent it; None without one."""
        picture = self.gate.latest
        return to_image(picture) if picture is not None else None

    # --- pointer

    def _share(self, place: QPointF) -> tuple[float, float]:
        """A point of this widget as shares of the shown picture, within [0; 1]."""
        picture = self.overlay.picture_rect()
        inner = place - QPointF(self.overlay.pos())
        x = (inner.x() - picture.x) / max(1.0, picture.w)
        y = (inner.y() - picture.y) / max(1.0, picture.h)
        return min(1.0, max(0.0, x)), min(1.0, max(0.0, y))

    def _whole(self, x: float, y: float) -> tuple[float, float]:
        """Shares of the shown part as shares of the whole picture."""
        return self.view.x + x * self.view.w, self.view.y + y * self.view.h

    def set_pointing(self, on: bool) -> None:
        if on != self.pointing:
            self.pointing = on
            self.setCursor(Qt.CrossCursor) if on else self.unsetCursor()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.state.camera or self.gate.latest is None:
            return
        factor = _WHEEL ** (event.angleDelta().y() / 120)
        x, y = self._share(event.position())
        self.set_view(zoom.zoomed_at(self.view, factor, x, y))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.activated.emit()
        if event.button() == Qt.LeftButton:
            self._press = event.pos()
            self._moved = False
            if self.state.camera:
                self._long.start()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._fade.wake()
        if self._press is None or not event.buttons() & Qt.LeftButton:
            return
        distance = (event.pos() - self._press).manhattanLength()
        if not self._moved and distance < QApplication.startDragDistance():
            return
        self._moved = True
        self._long.stop()
        if self._choosing or self.pointing:
            self._draw_rectangle(event.pos())
        elif not zoom.is_whole(self.view):
            self._pan(event.pos())
        elif self.state.camera:
            self._press = None
            self._drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._long.stop()
        clicked = self._press is not None and not self._moved
        self._press = None
        chosen = self.overlay.selecting
        if chosen is None:
            if self.pointing and clicked and event.button() == Qt.LeftButton:
                place = self._whole(*self._share(event.localPos()))
                self.pointed.emit(*place)
            return
        self.overlay.selecting = None
        self._choosing = False
        if not self.pointing:
            self.unsetCursor()
        self._zoom_to(chosen)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._long.stop()
        if self.state.camera and not self.pointing:
            self.commanded.emit(Command.MAGNIFY)

    def _draw_rectangle(self, place: QPoint) -> None:
        assert self._press is not None
        area = QRectF(self._press, place).normalized().translated(-QPointF(self.overlay.pos()))
        self.overlay.selecting = Rect(area.x(), area.y(), area.width(), area.height())
        self.overlay.update()

    def _zoom_to(self, chosen: Rect) -> None:
        offset = QPointF(self.overlay.pos())
        x, y = self._share(QPointF(chosen.x, chosen.y) + offset)
        right, bottom = self._share(QPointF(chosen.x + chosen.w, chosen.y + chosen.h) + offset)
        if self.pointing:
            (x, y), (right, bottom) = self._whole(x, y), self._whole(right, bottom)
            self.framed.emit(Rect(x, y, right - x, bottom - y))
            self.overlay.update()
        elif right - x > 0.01 and bottom - y > 0.01:
            self.set_view(zoom.to_rectangle(self.view, Rect(x, y, right - x, bottom - y)))
        else:
            self.overlay.update()

    def _pan(self, place: QPoint) -> None:
        assert self._press is not None
        picture = self.overlay.picture_rect()
        shift = place - self._press
        self._press = place
        view = zoom.panned(
            self.view, shift.x() / max(1.0, picture.w), shift.y() / max(1.0, picture.h)
        )
        self.set_view(view)

    def _drag(self) -> None:
        drag = QDrag(self)
        drag.setMimeData(camera_mime(self.state.camera, self.cell))
        drag.setPixmap(icons.pixmap("cctv", 32, palette.ACCENT, self.devicePixelRatioF()))
        drag.exec_(Qt.MoveAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged_camera(event.mimeData()) is not None:
            event.acceptProposedAction()
            self._hint = True
            self.update()

    def dragLeaveEvent(self, event: QEvent) -> None:
        self._hint = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._hint = False
        self.update()
        found = dragged_camera(event.mimeData())
        if found is not None:
            event.acceptProposedAction()
            self.dropped.emit(*found)

    def enterEvent(self, event: QEvent) -> None:
        self._leave.stop()
        self._fade.wake()
        self._show_strip()

    def leaveEvent(self, event: QEvent) -> None:
        self._leave.start()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.activated.emit()
        self.open_menu(event.globalPos())

    def commands(self) -> dict[Command, Entry]:
        return entries(self.state, self.switches, self.rights) if self.state.camera else {}

    def open_menu(self, place: QPoint) -> None:
        if self.state.camera:
            menu = build_menu(self, self.commands(), self.commanded.emit)
            menu.setAttribute(Qt.WA_DeleteOnClose)
            menu.popup(place)

    def _show_strip(self) -> None:
        if self.state.camera:
            self._fill_strip()
            self.strip.show()
            self.strip.raise_()

    def _fill_strip(self) -> None:
        self.strip.fill(self.commands(), self.width() - 8)
        bottom = self.height() - self.strip.height() - 32
        centre = (self.width() - self.strip.width()) // 2
        self.strip.move(centre, max(4, bottom))

    def _hide_strip(self) -> None:
        if not self.underMouse():
            self.strip.hide()

    # --- frame

    def _on_pulse(self) -> None:
        self._dim = not self._dim
        self._pulses += not self._dim
        if self._pulses >= _PULSES:
            self._pulse.stop()
        self.update()

    def resizeEvent(self, event: object) -> None:
        inner = self.rect().adjusted(palette.FRAME, palette.FRAME, -palette.FRAME, -palette.FRAME)
        for part in (self._surface, self.overlay, self.absence):
            if part is not None:
                part.setGeometry(inner)
        self._say()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(
            self.rect(), colour(palette.VIDEO if self.state.camera else palette.PANEL)
        )
        frame = logic.frame(self.state)
        tint = colour(FRAME_COLOURS[frame], 0.35 if self._dim else 1.0)
        if self._hint:
            tint = colour(palette.ACCENT)
        edge = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        pen = QPen(tint, palette.FRAME)
        pen.setJoinStyle(Qt.MiterJoin)
        if frame is Frame.NONE and not self._hint:
            pen = QPen(tint, 1, Qt.DashLine)
        painter.setPen(pen)
        painter.drawRect(edge)
        if frame is Frame.NONE:
            self._paint_free(painter)

    def _paint_free(self, painter: QPainter) -> None:
        side = 32 if self.height() > 120 else 20
        picture = icons.pixmap("plus", side, palette.TEXT_OFF, self.devicePixelRatioF())
        x, y = (self.width() - side) / 2, (self.height() - side) / 2
        painter.drawPixmap(QPointF(x, y - 10), picture)
        painter.setPen(colour(palette.TEXT_OFF))
        place = QRectF(8, y + side - 4, self.width() - 16, 24)
        painter.drawText(place, Qt.AlignCenter, self.tr("Drag a camera here"))


def _timer(parent: QWidget, interval_ms: int, run: Any, single: bool = False) -> QTimer:
    made = QTimer(parent)
    made.setInterval(interval_ms)
    made.setSingleShot(single)
    made.timeout.connect(run)
    return made
