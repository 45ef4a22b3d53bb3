"""A card of the alarm list: key frame, camera, kind, how long ago, who has it."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QModelIndex, QObject, QPointF, QRect, QRectF, QSize, Qt
from PyQt5.QtGui import QFont, QFontMetrics, QImage, QPainter, QPainterPath, QPixmap
from PyQt5.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from axxon_client.model import words
from axxon_client.model.alarms import RECORD_ROLE
from axxon_client.model.session import Session
from axxon_client.ui.theme import icons, palette, style
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.stills import Stills
from protocol.types import AlarmRecord, AlarmState

STATE_COLOURS = {
    AlarmState.PENDING: palette.RED,
    AlarmState.CONFIRMED: palette.RED,
    AlarmState.SUSPICIOUS: palette.AMBER,
    AlarmState.FALSE: palette.GREEN,
    AlarmState.UNCLASSIFIED: palette.GREY,
}
_HEIGHT = 80
_PICTURE = QSize(107, 60)
_MAX_PICTURES = 300  # 107x60 pixmaps, 26 kB each


class CardDelegate(QStyledItemDelegate):
    """Key frames are asked when a card is first painted; `refresh` repaints the list."""

    def __init__(
        self, session: Session, stills: Stills, refresh: Callable[[], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._stills = stills
        self._refresh = refresh
        self._pictures: dict[str, QPixmap | None] = {}
        self._ratio = 1.0

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(200, _HEIGHT + 4)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        alarm: AlarmRecord = index.data(RECORD_ROLE)
        self._ratio = painter.device().devicePixelRatioF()
        painter.save()
        painter.setRenderHint(QPainter.Antialiasing)
        area = QRectF(option.rect).adjusted(0, 2, 0, -2)
        selected = bool(option.state & QStyle.State_Selected)
        hovered = bool(option.state & QStyle.State_MouseOver)
        ground = palette.ACCENT_TINT if selected else palette.HOVER if hovered else palette.RAISED
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour(ground))
        painter.drawRoundedRect(area, palette.RADIUS, palette.RADIUS)
        self._paint_mark(painter, area, alarm)
        place = QRectF(area.left() + 10, area.top() + 8, _PICTURE.width(), _PICTURE.height())
        self._paint_picture(painter, place, alarm)
        self._paint_texts(painter, area, place, alarm)
        painter.restore()

    def _paint_mark(self, painter: QPainter, area: QRectF, alarm: AlarmRecord) -> None:
        painter.setBrush(colour(STATE_COLOURS[alarm.state]))
        path = QPainterPath()
        path.addRoundedRect(area, palette.RADIUS, palette.RADIUS)
        painter.save()
        painter.setClipPath(path)
        painter.drawRect(QRectF(area.left(), area.top(), 3, area.height()))
        painter.restore()

    def _paint_picture(self, painter: QPainter, place: QRectF, alarm: AlarmRecord) -> None:
        if alarm.id not in self._pictures:
            self._ask(alarm)
        picture = self._pictures.get(alarm.id)
        painter.fillRect(place, colour(palette.VIDEO))
        if picture is not None:
            painter.drawPixmap(place.topLeft(), picture)
        else:
            icon = icons.pixmap("image-outline", 24, palette.LINE_STRONG, self._ratio)
            painter.drawPixmap(place.center() - QPointF(12, 12), icon)

    def _paint_texts(
        self, painter: QPainter, area: QRectF, picture: QRectF, alarm: AlarmRecord
    ) -> None:
        left = picture.right() + 10
        width = area.right() - 8 - left
        now_us = self._session.clock.now_us()
        name = self._session.store.title(alarm.camera) or alarm.camera_name
        lines = [
            (name, style.font(palette.FONT_BODY, True), palette.TEXT),
            (
                f"{words.alarm_kind(alarm.kind)} · {words.ago(alarm.begin_us, now_us)}",
                style.font(palette.FONT_CAPTION),
                palette.TEXT_SECOND,
            ),
            (*self._state_line(alarm),),
        ]
        top = area.top() + 10
        for text, font, ink in lines:
            metrics = QFontMetrics(font)
            painter.setFont(font)
            painter.setPen(colour(ink))
            place = QRectF(left, top, width, 20)
            shown = metrics.elidedText(text, Qt.ElideRight, int(width))
            painter.drawText(place, int(Qt.AlignVCenter | Qt.AlignLeft), shown)
            top += 20

    def _state_line(self, alarm: AlarmRecord) -> tuple[str, QFont, str]:
        font = style.font(palette.FONT_CAPTION, True)
        if alarm.state is AlarmState.PENDING:
            if alarm.taken_by == self._session.user:
                return words.tr("Taken by you"), font, palette.ACCENT_HOVER
            if alarm.taken_by:
                return words.tr("Taken by {0}").format(alarm.taken_by), font, palette.TEXT_SECOND
            if alarm.end_us is None:
                return words.tr("Going on"), font, palette.RED_HOVER
            return words.tr("Waiting"), font, palette.RED_HOVER
        inks = {
            AlarmState.CONFIRMED: palette.RED_HOVER,
            AlarmState.SUSPICIOUS: palette.AMBER_HOVER,
            AlarmState.FALSE: palette.GREEN_HOVER,
        }
        text = words.alarm_state(alarm.state)
        if alarm.evaluated_by:
            text = f"{text} · {alarm.evaluated_by}"
        return text, font, inks.get(alarm.state, palette.TEXT_SECOND)

    def _ask(self, alarm: AlarmRecord) -> None:
        if len(self._pictures) >= _MAX_PICTURES:
            self._pictures.clear()
        self._pictures[alarm.id] = None

        def got(image: QImage | None) -> None:
            if image is None:
                return
            size = _PICTURE * self._ratio
            scaled = image.scaled(size, Qt.KeepAspectRatioByExpanding, Qt.SmoothTransformation)
            centred = QRect(
                (scaled.width() - size.width()) // 2,
                (scaled.height() - size.height()) // 2,
                size.width(),
                size.height(),
            )
            pixmap = QPixmap.fromImage(scaled.copy(centred))
            pixmap.setDevicePixelRatio(self._ratio)
            self._pictures[alarm.id] = pixmap
            self._refresh()

        self._stills.get(alarm.camera, alarm.begin_us, got, self)
