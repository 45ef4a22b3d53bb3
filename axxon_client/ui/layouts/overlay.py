"""What stands on a tile's picture: name, time, icons, statistics, boxes, overview of the zoom.

Painting is blits of cached pixmaps only: with 25 tiles it happens 600 times a second.
"""

from __future__ import annotations

from attrs import frozen
from PyQt5.QtCore import (
    QEasingCurve,
    QObject,
    QPointF,
    QRectF,
    QSize,
    Qt,
    QTimer,
    QVariantAnimation,
    pyqtSignal,
)
from PyQt5.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PyQt5.QtWidgets import QWidget

from axxon_client.model import zoom
from axxon_client.model.trails import Trails
from axxon_client.model.zoom import Rect
from axxon_client.ui.theme import icons, palette, style
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.seen import paint_seen

_PAD = 6
_INSET_SHARE = 0.22  # of the tile's width
_INSET_MAX = 160
_SMALL_TILE = 260  # px of width: smaller type below


@frozen
class Badge:
    """A pill of text on shade; equal ones are drawn once."""

    text: str
    colour: str = palette.TEXT
    bold: bool = False
    icon: str = ""
    icon_colour: str = palette.TEXT
    size: int = palette.FONT_BODY


class Fade(QObject):
    """The overlays' opacity, shared by all tiles of a grid: 1 while the pointer moves, 0 three
    seconds after.  Signals: `changed()`."""

    changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.opacity = 1.0
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(palette.OVERLAY_FADE_MS)
        self._idle.timeout.connect(self._fade_out)
        self._motion = QVariantAnimation(self)
        self._motion.setEasingCurve(QEasingCurve.OutCubic)
        self._motion.valueChanged.connect(self._set)
        self._idle.start()

    def wake(self) -> None:
        self._idle.start()
        self._motion.stop()
        if self.opacity < 1.0:
            self._set(1.0)

    def _fade_out(self) -> None:
        duration = style.motion_ms()
        if not duration:
            self._set(0.0)
            return
        self._motion.setDuration(duration)
        self._motion.setStartValue(1.0)
        self._motion.setEndValue(0.0)
        self._motion.start()

    def _set(self, value: object) -> None:
        self.opacity = float(value)  # type: ignore[arg-type]
        self.changed.emit()


class TileOverlay(QWidget):
    """Lies over the video surface and lets the pointer through."""

    def __init__(self, parent: QWidget, fade: Fade) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WA_NoSystemBackground)
        self._fade = fade
        fade.changed.connect(self.update)
        self._pixmaps: dict[Badge, QPixmap] = {}
        self.name: Badge | None = None
        self.time: Badge | None = None
        self.statistics: list[Badge] = []
        self.recording = False
        self.armed: bool | None = None
        self.sound_on = False
        self.level = 0.0  # [0; 1]
        self.mode_badge: Badge | None = None
        self.trails = Trails()
        self.view = zoom.WHOLE
        self.aspect = 0.0
        self.inset: QPixmap | None = None
        self.selecting: Rect | None = None  # a rectangle being drawn, pixels
        self.keep_time = False
        self.active = False
        self._outline = QPen(colour(palette.ACCENT), 2)
        self._outline.setJoinStyle(Qt.MiterJoin)

    @property
    def small(self) -> bool:
        return self.width() < _SMALL_TILE

    def text_size(self) -> int:
        return palette.FONT_CAPTION if self.small else palette.FONT_BODY

    def picture_rect(self) -> Rect:
        """Where the picture lies, in pixels of this widget."""
        return zoom.fitted(self.aspect, self.width(), self.height())

    def set_inset(self, image: QImage | None) -> None:
        """A small picture of the whole frame, while zoomed."""
        if image is None or image.isNull():
            self.inset = None
            return
        width = min(_INSET_MAX, round(self.width() * _INSET_SHARE))
        ratio = self.devicePixelRatioF()
        scaled = image.scaledToWidth(max(1, round(width * ratio)), Qt.SmoothTransformation)
        self.inset = QPixmap.fromImage(scaled)
        self.inset.setDevicePixelRatio(ratio)
        self.update()

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.trails.objects:
            self._paint_seen(painter)
        if self.inset is not None and not zoom.is_whole(self.view):
            self._paint_inset(painter, self.inset)
        if self.selecting is not None:
            self._paint_selection(painter, self.selecting)
        self._paint_top(painter)
        self._paint_bottom(painter)
        if self.active:
            painter.setPen(self._outline)
            painter.setBrush(Qt.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _paint_top(self, painter: QPainter) -> None:
        opacity = 1.0 if self.keep_time else self._fade.opacity
        time_width = 0.0
        if self.time is not None and opacity > 0:
            time = self._pixmap(self.time)
            time_width = time.width() / time.devicePixelRatioF()
            painter.setOpacity(opacity)
            painter.drawPixmap(QPointF(self.width() - time_width - _PAD, _PAD), time)
            painter.setOpacity(1.0)
        if self.name is not None:
            painter.drawPixmap(QPointF(_PAD, _PAD), self._pixmap(self.name))

    def _paint_bottom(self, painter: QPainter) -> None:
        left = float(_PAD)
        bottom = self.height() - _PAD
        if self.recording:
            left = self._paint_icon(painter, "record", palette.RED, left, bottom)
        painter.setOpacity(self._fade.opacity)
        if self.mode_badge is not None:
            left = self._paint_badge(painter, self.mode_badge, left, bottom)
        if self.armed:
            left = self._paint_icon(painter, "shield-check", palette.AMBER, left, bottom)
        if self.sound_on:
            left = self._paint_icon(painter, "volume-high", palette.TEXT, left, bottom)
            self._paint_level(painter, left, bottom)
        top = float(bottom)
        if self.inset is not None and not zoom.is_whole(self.view):
            top -= self.inset.height() / self.inset.devicePixelRatioF() + 6
        for badge in reversed(self.statistics):
            picture = self._pixmap(badge)
            width = picture.width() / picture.devicePixelRatioF()
            top -= picture.height() / picture.devicePixelRatioF()
            painter.drawPixmap(QPointF(self.width() - width - _PAD, top), picture)
            top -= 2
        painter.setOpacity(1.0)

    def _paint_icon(
        self, painter: QPainter, name: str, tint: str, left: float, bottom: float
    ) -> float:
        picture = self._icon_pixmap(name, tint)
        side = picture.width() / picture.devicePixelRatioF()
        painter.drawPixmap(QPointF(left, bottom - side), picture)
        return left + side + 4

    def _icon_pixmap(self, name: str, tint: str) -> QPixmap:
        side = 18 if self.small else 22
        key = Badge("", icon=name, icon_colour=tint, size=side)
        known = self._pixmaps.get(key)
        if known is None:
            ratio = self.devicePixelRatioF()
            known = _blank(QSize(side, side), ratio)
            painter = QPainter(known)
            painter.setRenderHint(QPainter.Antialiasing)
            painter.setPen(Qt.NoPen)
            painter.setBrush(colour(palette.SHADE))
            painter.drawRoundedRect(QRectF(0, 0, side, side), 4, 4)
            inner = side - 6
            painter.drawPixmap(QPointF(3, 3), icons.pixmap(name, inner, tint, ratio))
            painter.end()
            self._remember(key, known)
        return known

    def _paint_badge(self, painter: QPainter, badge: Badge, left: float, bottom: float) -> float:
        picture = self._pixmap(badge)
        ratio = picture.devicePixelRatioF()
        painter.drawPixmap(QPointF(left, bottom - picture.height() / ratio), picture)
        return left + picture.width() / ratio + 4

    def _paint_level(self, painter: QPainter, left: float, bottom: float) -> None:
        width, height = 48.0, 4.0
        top = bottom - 9 - height / 2
        painter.fillRect(QRectF(left, top, width, height), colour(palette.SHADE))
        share = min(1.0, max(0.0, self.level))
        tint = palette.RED if share > 0.95 else palette.GREEN
        painter.fillRect(QRectF(left, top, width * share, height), colour(tint))

    def _paint_seen(self, painter: QPainter) -> None:
        picture = self.picture_rect()
        painter.save()
        painter.setClipRect(QRectF(picture.x, picture.y, picture.w, picture.h))

        def place(x: float, y: float) -> QPointF:
            return QPointF(*zoom.placed(self.view, picture, x, y))

        paint_seen(painter, self.trails, place)
        painter.restore()

    def _paint_inset(self, painter: QPainter, inset: QPixmap) -> None:
        ratio = inset.devicePixelRatioF()
        width, height = inset.width() / ratio, inset.height() / ratio
        place = QRectF(
            self.width() - width - _PAD - 2, self.height() - height - _PAD - 2, width, height
        )
        painter.drawPixmap(place.topLeft(), inset)
        painter.setBrush(Qt.NoBrush)
        painter.setPen(QPen(colour(palette.LINE_STRONG), 1))
        painter.drawRect(place)
        painter.setPen(QPen(colour(palette.ACCENT), 2))
        view = self.view
        painter.drawRect(
            QRectF(
                place.x() + view.x * width,
                place.y() + view.y * height,
                view.w * width,
                view.h * height,
            )
        )

    def _paint_selection(self, painter: QPainter, chosen: Rect) -> None:
        place = QRectF(chosen.x, chosen.y, chosen.w, chosen.h)
        painter.fillRect(place, colour(palette.ACCENT, 0.15))
        painter.setPen(QPen(colour(palette.ACCENT), 2))
        painter.drawRect(place)

    # --- pixmaps

    def _pixmap(self, badge: Badge) -> QPixmap:
        known = self._pixmaps.get(badge)
        if known is None:
            known = draw_badge(badge, self.devicePixelRatioF(), self._room())
            self._remember(badge, known)
        return known

    def _remember(self, badge: Badge, pixmap: QPixmap) -> None:
        if len(self._pixmaps) > 24:  # clocks come and go; the rest is drawn again in no time
            self._pixmaps.clear()
        self._pixmaps[badge] = pixmap

    def _room(self) -> int:
        """For the longest badge, so that name and time don't meet."""
        return max(60, self.width() - (90 if self.small else 130))

    def resizeEvent(self, event: object) -> None:
        self._pixmaps.clear()


def draw_badge(badge: Badge, ratio: float, room: int) -> QPixmap:
    font = style.font(badge.size, badge.bold)
    metrics = QFontMetrics(font)
    text = metrics.elidedText(badge.text, Qt.ElideRight, room)
    icon = badge.size + 2 if badge.icon else 0
    width = metrics.horizontalAdvance(text) + 12 + (icon + 4 if icon else 0)
    height = metrics.height() + 4
    made = _blank(QSize(width, height), ratio)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.Antialiasing)
    painter.setPen(Qt.NoPen)
    painter.setBrush(colour(palette.SHADE))
    painter.drawRoundedRect(QRectF(0, 0, width, height), 4, 4)
    left = 6
    if icon:
        picture = icons.pixmap(badge.icon, icon, badge.icon_colour, ratio)
        painter.drawPixmap(QPointF(left, (height - icon) / 2), picture)
        left += icon + 4
    painter.setFont(font)
    painter.setPen(colour(badge.colour))
    place = QRectF(left, 0, width - left, height)
    painter.drawText(place, int(Qt.AlignVCenter | Qt.AlignLeft), text)
    painter.end()
    return made


def _blank(size: QSize, ratio: float) -> QPixmap:
    made = QPixmap(size * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.transparent)
    return made
