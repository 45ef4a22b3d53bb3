"""What was recorded, day by day: where the footage lies, how much is missing, and why."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QRectF, Qt, pyqtSignal
from PyQt5.QtGui import QBrush, QHelpEvent, QKeyEvent, QMouseEvent, QPainter
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from axxon_client.model import words
from axxon_client.model.axis import span_at
from axxon_client.model.coverage import CoverageModel, DayRow, days_before
from axxon_client.model.session import Session
from axxon_client.ui.theme import palette
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.ask import Sheet
from axxon_client.ui.widgets.basics import button, label, row
from axxon_client.ui.widgets.states import EmptyState, Skeleton
from protocol.types import Span

_WIDTH, _HEIGHT = 900, 420
_RANGES = (7, 30, 90)
_ROW_PX = 32
_DAY, _LINE, _SHARE, _UNWANTED, _WHY = range(5)
_HOURS = 24
ROW_ROLE = Qt.UserRole + 1


class DayTable(QAbstractTableModel):
    def __init__(self, model: CoverageModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._heads = [
            self.tr("Day"),
            self.tr("From 0 to 24 h"),
            self.tr("Recorded"),
            self.tr("Not wanted"),
            self.tr("Missing, and why"),
        ]
        model.changed.connect(self._reset)

    def _reset(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._model.rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return len(self._heads)

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.DisplayRole) -> Any:
        shown = way == Qt.Horizontal and role == Qt.DisplayRole
        return self._heads[section] if shown else None

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> Any:
        one = self._model.rows[index.row()]
        if role == ROW_ROLE:
            return one
        if role == Qt.ToolTipRole and index.column() == _WHY:
            return one.lost_text() or None
        if role == Qt.ForegroundRole and index.column() == _WHY:
            return QBrush(colour(palette.TEXT_SECOND))
        return self._text(one, index.column()) if role == Qt.DisplayRole else None

    def _text(self, one: DayRow, column: int) -> str:
        unwanted_us = one.day.unwanted_us
        return {
            _DAY: words.day(one.day.begin_us),
            _SHARE: one.share_text(),
            _UNWANTED: words.lasted(unwanted_us) if unwanted_us else "",
            _WHY: one.lost_text(),
        }.get(column, "")


class DayBar(QStyledItemDelegate):
    """A day from left to right: footage light, gaps hatched."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        one: DayRow = index.data(ROW_ROLE)
        if option.state & QStyle.State_Selected:
            painter.fillRect(option.rect, colour(palette.ACCENT_TINT))
        lane = bar_of(QRectF(option.rect))
        painter.fillRect(lane, colour(palette.WINDOW))
        for span in one.gaps:
            place = _place(span, one, lane)
            painter.fillRect(place, colour(palette.HATCH_GROUND))
            painter.fillRect(place, QBrush(colour(palette.RED), Qt.BDiagPattern))
        for span in one.footage:
            painter.fillRect(_place(span, one, lane), colour(palette.FOOTAGE))
        painter.setPen(colour(palette.LINE))
        for hour in range(0, _HOURS + 1, 6):
            x = round(lane.x() + lane.width() * hour / _HOURS)
            painter.drawLine(x, round(lane.top()) - 3, x, round(lane.bottom()) + 3)

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex,
    ) -> bool:
        """The time under the pointer, and why there is nothing."""
        if event.type() != QEvent.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        one: DayRow = index.data(ROW_ROLE)
        time_us = time_at(one, bar_of(QRectF(view.visualRect(index))), event.pos().x())
        gap = span_at(one.gaps, time_us)
        text = words.clock(time_us)
        if gap is not None:
            text += f"\n{words.gap(gap.reason)}"
        QToolTip.showText(event.globalPos(), text, view)
        return True


def bar_of(cell: QRectF) -> QRectF:
    return cell.adjusted(4, 9, -4, -9)


def _begin_us(one: DayRow) -> int:
    """Midnight: the first day that was asked for may begin later."""
    midnight = words.local(one.day.begin_us).replace(hour=0, minute=0, second=0, microsecond=0)
    return round(midnight.timestamp()) * words.US


def _place(span: Span, one: DayRow, lane: QRectF) -> QRectF:
    begin = _begin_us(one)
    left, right = ((us - begin) / words.DAY_US for us in (span.begin_us, span.end_us))
    left, right = min(1.0, max(0.0, left)), min(1.0, max(0.0, right))
    width = max(1.0, (right - left) * lane.width())
    return QRectF(lane.x() + left * lane.width(), lane.y(), width, lane.height())


def time_at(one: DayRow, lane: QRectF, x: float) -> int:
    share = min(1.0, max(0.0, (x - lane.x()) / max(1.0, lane.width())))
    return _begin_us(one) + round(share * words.DAY_US)


class DayView(QTableView):
    """Signals: `chosen(qint64)` a moment was clicked, or Enter pressed on a day."""

    chosen = pyqtSignal("qint64")

    def __init__(self, model: DayTable) -> None:
        super().__init__()
        self.setModel(model)
        self._bar = DayBar(self)
        self.setItemDelegateForColumn(_LINE, self._bar)
        self.setSelectionBehavior(QAbstractItemView.SelectRows)
        self.setSelectionMode(QAbstractItemView.SingleSelection)
        self.setShowGrid(False)
        self.setCursor(Qt.PointingHandCursor)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.Fixed)
        head.setSectionResizeMode(_LINE, QHeaderView.Stretch)
        head.setDefaultAlignment(Qt.AlignLeft | Qt.AlignVCenter)
        for column, width in ((_DAY, 96), (_SHARE, 84), (_UNWANTED, 96), (_WHY, 280)):
            self.setColumnWidth(column, width)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.pos())
        if index.isValid() and event.button() == Qt.LeftButton:
            self._choose(index, event.pos().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key_Return, Qt.Key_Enter) and self.currentIndex().isValid():
            self._choose(self.currentIndex(), None)
        else:
            super().keyPressEvent(event)

    def _choose(self, index: QModelIndex, x: int | None) -> None:
        """In the bar the moment under the pointer, elsewhere where the day's footage begins."""
        one: DayRow = index.data(ROW_ROLE)
        time_us = one.first_footage_us()
        if x is not None and index.column() == _LINE:
            time_us = time_at(one, bar_of(QRectF(self.visualRect(index))), x)
        self.chosen.emit(time_us if time_us is not None else one.day.begin_us)


class CoverageSheet(Sheet):
    """Signals: `chosen(str camera, qint64 time)`."""

    chosen = pyqtSignal(str, "qint64")

    def __init__(self, parent: QWidget, session: Session, camera: str) -> None:
        super().__init__(parent, parent.tr("What was recorded"), _WIDTH)
        self._session = session
        self.model = CoverageModel(session, self)
        self.camera = QComboBox()
        self.camera.setAccessibleName(self.tr("Camera"))
        for record in session.store.cameras():
            self.camera.addItem(session.store.title(record.id), record.id)
        if self.camera.findData(camera) < 0:
            self.camera.addItem(session.store.title(camera) or camera, camera)
        self.camera.setCurrentIndex(self.camera.findData(camera))
        self.range = QComboBox()
        self.range.setAccessibleName(self.tr("Period"))
        for days in _RANGES:
            self.range.addItem(self.tr("Last {0} days").format(days), days)
        self.range.setCurrentIndex(0)
        self.view = DayView(DayTable(self.model, self))
        self._failure = EmptyState("alert-circle-outline", self.tr("No answer"), small=True)
        self._skeleton = Skeleton(8)
        self._pages = QStackedLayout()
        for page in (self.view, self._skeleton, self._failure):
            self._pages.addWidget(page)
        self.view.setMinimumHeight(_HEIGHT)
        self.body.addLayout(row(self.camera, self.range, 1))
        self.body.addLayout(self._pages, 1)
        hint = self.tr("Click a moment to go there.  Light: footage.  Red lines: lost.")
        self.buttons.insertWidget(0, label(hint, "caption"))
        self.buttons.addWidget(button(self.tr("Close"), "primary", "", self.reject))
        self.view.chosen.connect(self._on_chosen)
        self.camera.currentIndexChanged.connect(lambda _index: self.ask())
        self.range.currentIndexChanged.connect(lambda _index: self.ask())
        self.model.changed.connect(self._on_changed)
        self.model.failed.connect(self._on_failed)
        self.ask()
        self.view.setFocus()

    def ask(self) -> None:
        begin_us, end_us = days_before(self._session.clock.now_us(), self.range.currentData())
        self.model.ask(self.camera.currentData(), begin_us, end_us)

    def _on_changed(self) -> None:
        self._pages.setCurrentWidget(self._skeleton if self.model.loading else self.view)
        if self.model.rows and not self.view.currentIndex().isValid():
            self.view.selectRow(0)

    def _on_failed(self, failure: object) -> None:
        self._failure.detail.setText(getattr(failure, "text", ""))
        self._failure.detail.show()
        self._pages.setCurrentWidget(self._failure)

    def _on_chosen(self, time_us: int) -> None:
        camera = self.camera.currentData()
        self.accept()
        self.chosen.emit(camera, time_us)
