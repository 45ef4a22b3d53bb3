"""The camera tree as it is drawn: a dot for the state, REC, and rows to drag."""

from __future__ import annotations

from PyQt5.QtCore import QModelIndex, QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QPainter
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from axxon_client.model.session import Session
from axxon_client.model.statuses import Trouble
from axxon_client.model.trees import (
    ID_ROLE,
    KIND_ROLE,
    LOST_ROLE,
    STATUS_ROLE,
    TROUBLE_ROLE,
    CameraTree,
    NameFilter,
)
from axxon_client.ui.theme import icons, palette, style
from axxon_client.ui.theme.palette import colour
from protocol.types import DeviceState, ObjectKind

_DOTS = {
    Trouble.NONE: palette.GREEN,
    Trouble.CONNECTING: palette.GREY,
    Trouble.NO_SIGNAL: palette.AMBER,
    Trouble.ALARM: palette.RED,
}


class CameraDelegate(QStyledItemDelegate):
    """Title with a coloured dot before it and icons for recording behind it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(100, palette.TARGET_TOUCH if style.is_touch() else 30)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        painter.save()
        _paint_ground(painter, option)
        painter.setRenderHint(QPainter.Antialiasing)
        if index.data(KIND_ROLE) is ObjectKind.CAMERA:
            self._paint_camera(painter, option, index)
        else:
            self._paint_server(painter, option, index)
        painter.restore()

    def _paint_camera(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        area = option.rect
        status = index.data(STATUS_ROLE)
        tint = _DOTS[index.data(TROUBLE_ROLE) or Trouble.NONE]
        if status is not None and status.state is DeviceState.DISABLED:
            tint = palette.LINE_STRONG
        centre = QPointF(area.left() + 12, area.center().y() + 1)
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour(tint))
        painter.drawEllipse(centre, 4, 4)
        right = area.right() - 8
        if status is not None and status.recording:
            right = self._icon(painter, option, "record", palette.RED, right)
        if index.data(TROUBLE_ROLE) is Trouble.NO_SIGNAL:
            right = self._icon(painter, option, "alert-outline", palette.AMBER, right)
        online = index.data(TROUBLE_ROLE) in (Trouble.NONE, Trouble.ALARM)
        ink = palette.TEXT if online else palette.TEXT_SECOND
        _text(
            painter,
            option,
            index,
            QRect(area.left() + 26, area.top(), right - area.left() - 26, area.height()),
            ink,
        )

    def _paint_server(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        area = option.rect
        lost = bool(index.data(LOST_ROLE))
        name = "server-network-off" if lost else "server-network"
        tint = palette.RED if lost else palette.TEXT_SECOND
        ratio = painter.device().devicePixelRatioF()
        picture = icons.pixmap(name, 16, tint, ratio)
        painter.drawPixmap(QPointF(area.left() + 4, area.center().y() - 7), picture)
        place = QRect(area.left() + 26, area.top(), area.width() - 30, area.height())
        _text(painter, option, index, place, palette.TEXT_SECOND)

    def _icon(
        self, painter: QPainter, option: QStyleOptionViewItem, name: str, tint: str, right: int
    ) -> int:
        ratio = painter.device().devicePixelRatioF()
        top = option.rect.center().y() - 6
        painter.drawPixmap(QPointF(right - 14, top), icons.pixmap(name, 14, tint, ratio))
        return right - 18


def _text(
    painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex, place: QRect, ink: str
) -> None:
    painter.setFont(option.font)
    painter.setPen(colour(ink))
    text = option.fontMetrics.elidedText(str(index.data()), Qt.ElideRight, place.width())
    painter.drawText(place, int(Qt.AlignVCenter | Qt.AlignLeft), text)


def _paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
    token = ""
    if option.state & QStyle.State_Selected:
        token = palette.ACCENT_TINT
    elif option.state & QStyle.State_MouseOver:
        token = palette.RAISED
    if token:
        painter.setRenderHint(QPainter.Antialiasing)
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour(token))
        painter.drawRoundedRect(QRectF(option.rect).adjusted(0, 1, 0, -1), 4, 4)


class CameraTreeView(QTreeView):
    """Signals: `camera_chosen(str)` by double click or Enter; `camera_touched(str)` by one click;
    `menu_asked(str camera, QPoint global)`."""

    camera_chosen = pyqtSignal(str)
    camera_touched = pyqtSignal(str)
    menu_asked = pyqtSignal(str, object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tree = CameraTree(session, self)
        self.names = NameFilter(self.tree, self)
        self.setModel(self.names)
        self.setItemDelegate(CameraDelegate(self))
        self.setHeaderHidden(True)
        self.setIndentation(16)
        self.setUniformRowHeights(True)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragOnly)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.CustomContextMenu)
        self.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setAccessibleName(self.tr("Cameras"))
        self.names.modelReset.connect(self.expandAll)
        self.names.layoutChanged.connect(self.expandAll)
        self.activated.connect(lambda index: self._tell(index, self.camera_chosen))
        self.clicked.connect(lambda index: self._tell(index, self.camera_touched))
        self.customContextMenuRequested.connect(self._on_menu)
        self.tree.rebuild()

    def set_phrase(self, phrase: str) -> None:
        self.names.set_phrase(phrase)
        self.expandAll()

    def _tell(self, index: QModelIndex, signal: object) -> None:
        if index.data(KIND_ROLE) is ObjectKind.CAMERA:
            signal.emit(index.data(ID_ROLE))  # type: ignore[attr-defined]

    def _on_menu(self, place: object) -> None:
        index = self.indexAt(place)  # type: ignore[arg-type]
        if index.data(KIND_ROLE) is ObjectKind.CAMERA:
            here = self.viewport().mapToGlobal(place)  # type: ignore[arg-type]
            self.menu_asked.emit(index.data(ID_ROLE), here)
