"""The Settings menu: the tree of all objects, with search and *Add camera*."""

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
    GROUP_ROLE,
    ID_ROLE,
    KIND_ROLE,
    TROUBLE_ROLE,
    NameFilter,
    ObjectTree,
)
from axxon_client.ui.theme import icons, palette, style
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.basics import button, column, label, row, search_field
from protocol.types import ObjectKind, Right

KIND_ICONS: dict[str, str] = {
    ObjectKind.SERVER: "server",
    ObjectKind.DEVICE: "lan-connect",
    ObjectKind.CAMERA: "cctv",
    ObjectKind.DETECTOR: "motion-sensor",
    ObjectKind.TELEMETRY: "axis-arrow",
    ObjectKind.SENSOR: "access-point-check",
    ObjectKind.RELAY: "electric-switch",
    ObjectKind.ARCHIVE: "harddisk",
    ObjectKind.VOLUME: "database-outline",
    ObjectKind.RECORDING: "record-circle-outline",
    ObjectKind.ROLE: "shield-account-outline",
    ObjectKind.USER: "account-outline",
    ObjectKind.LAYOUT: "view-grid-outline",
}


def kind_icon(kind: str) -> str:
    """Of an `ObjectKind`; a plain one for what this client does not know yet."""
    return KIND_ICONS.get(kind, "cube-outline")


class ObjectDelegate(QStyledItemDelegate):
    """Icon of the kind, name; groups in small capitals."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(100, palette.TARGET_TOUCH if style.is_touch() else 30)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        painter.save()
        painter.setRenderHint(QPainter.Antialiasing)
        selected = bool(option.state & QStyle.State_Selected)
        if selected or option.state & QStyle.State_MouseOver:
            painter.setPen(Qt.NoPen)
            painter.setBrush(colour(palette.ACCENT_TINT if selected else palette.RAISED))
            painter.drawRoundedRect(QRectF(option.rect).adjusted(0, 1, 0, -1), 4, 4)
        area = option.rect
        group = bool(index.data(GROUP_ROLE))
        tint = palette.TEXT_SECOND
        if index.data(TROUBLE_ROLE) is Trouble.NO_SIGNAL:
            tint = palette.AMBER
        ratio = painter.device().devicePixelRatioF()
        picture = icons.pixmap(kind_icon(index.data(KIND_ROLE)), 16, tint, ratio)
        left = area.left() + 4
        if not group:
            painter.drawPixmap(QPointF(left, area.center().y() - 7), picture)
            left += 24
        painter.setFont(style.font(palette.FONT_CAPTION, True) if group else option.font)
        painter.setPen(colour(palette.TEXT_SECOND if group else palette.TEXT))
        place = QRect(left, area.top(), area.right() - left - 4, area.height())
        text = str(index.data())
        text = text.upper() if group else text
        text = painter.fontMetrics().elidedText(text, Qt.ElideRight, place.width())
        painter.drawText(place, int(Qt.AlignVCenter | Qt.AlignLeft), text)
        painter.restore()


class SettingsPanel(QWidget):
    """Signals: `object_chosen(str id)`; `group_chosen(ObjectKind)`; `add_asked()`."""

    object_chosen = pyqtSignal(str)
    group_chosen = pyqtSignal(object)
    add_asked = pyqtSignal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.tree = ObjectTree(session, self)
        self.names = NameFilter(self.tree, self)
        self.view = QTreeView()
        self.view.setModel(self.names)
        self.view.setItemDelegate(ObjectDelegate(self.view))
        self.view.setHeaderHidden(True)
        self.view.setIndentation(16)
        self.view.setMouseTracking(True)
        self.view.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.view.setAccessibleName(self.tr("Objects"))
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.names.modelReset.connect(self._on_reset)
        self._chosen = ""
        search = search_field(self.tr("Search"))
        search.textChanged.connect(self._on_phrase)
        add = button(self.tr("Add camera"), "primary", "plus", self.add_asked.emit)
        add.setVisible(session.may(Right.CONFIGURE))
        head = row(label(self.tr("SETTINGS"), "section"), 1)
        head.setContentsMargins(16, 8, 8, 4)
        searching = row(search)
        searching.setContentsMargins(12, 0, 12, 4)
        below = row(add)
        below.setContentsMargins(12, 4, 12, 4)
        tree = row(self.view)
        tree.setContentsMargins(8, 0, 4, 0)
        outer = column(head, searching, space=4)
        outer.setContentsMargins(0, 4, 0, 8)
        outer.addLayout(tree, 1)
        outer.addLayout(below)
        self.setLayout(outer)
        self.tree.rebuild()

    def choose(self, key: str) -> None:
        """Select an object, as if it were clicked."""
        self._chosen = key
        index = self.names.mapFromSource(self.tree.index_of(key))
        if index.isValid():
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)

    def _on_current(self, current: QModelIndex) -> None:
        if not current.isValid():
            return
        if current.data(GROUP_ROLE):
            self.group_chosen.emit(current.data(KIND_ROLE))
        elif current.data(ID_ROLE):
            self._chosen = current.data(ID_ROLE)
            self.object_chosen.emit(self._chosen)

    def _on_reset(self) -> None:
        """The tree was rebuilt: open what was open, and the same choice."""
        self.view.expandToDepth(1)
        index = self.names.mapFromSource(self.tree.index_of(self._chosen))
        if index.isValid():
            blocked = self.view.selectionModel().blockSignals(True)
            self.view.setCurrentIndex(index)
            self.view.selectionModel().blockSignals(blocked)
            self.view.expand(index.parent())

    def _on_phrase(self, phrase: str) -> None:
        self.names.set_phrase(phrase)
        if phrase:
            self.view.expandAll()
