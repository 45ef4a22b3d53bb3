"""All that happened, newest first: filter above, the table below, new events on top."""

from __future__ import annotations

from PyQt5.QtCore import QModelIndex, QPointF, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QPainter
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QProgressBar,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from axxon_client.model import words
from axxon_client.model.bridge import Failure
from axxon_client.model.journal import EVENT_ROLE, JournalModel
from axxon_client.model.session import Session
from axxon_client.model.words import DAY_US, HOUR_US
from axxon_client.ui.theme import icons, palette
from axxon_client.ui.widgets.basics import column, row, search_field, surface, tool
from axxon_client.ui.widgets.states import EmptyState, Notice
from protocol.messages import QueryJournal
from protocol.types import ObjectKind, Severity

_TYPING_MS = 300

SEVERITY_ICONS = {
    Severity.INFO: ("information-outline", palette.TEXT_SECOND),
    Severity.WARNING: ("alert-outline", palette.AMBER),
    Severity.ERROR: ("alert-circle-outline", palette.RED),
    Severity.ALARM: ("bell-ring-outline", palette.RED),
}


class SeverityDelegate(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        super().paint(painter, option, index)
        event = index.data(EVENT_ROLE)
        if event is not None:
            name, tint = SEVERITY_ICONS[event.severity]
            ratio = painter.device().devicePixelRatioF()
            centre = option.rect.center()
            painter.drawPixmap(
                QPointF(centre.x() - 8, centre.y() - 8), icons.pixmap(name, 16, tint, ratio)
            )


class JournalPage(QWidget):
    """Signals: `moment_chosen(str object id, qint64 time)` by double click on an event."""

    moment_chosen = pyqtSignal(str, "qint64")

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.model = JournalModel(session, self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.phrase = search_field(self.tr("Search in what happened"))
        self.period, self.severity, self.kind, self.object = (QComboBox() for _ in range(4))
        self.notice = Notice()
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.empty = EmptyState(
            "text-box-search-outline",
            self.tr("Nothing found"),
            self.tr("No event matches. Widen the period or clear the filter."),
        )
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_TYPING_MS)
        self._wait.timeout.connect(self.search)
        self._fill()
        self._dress_table()
        self._arrange()
        self.phrase.textChanged.connect(lambda _text: self._wait.start())
        for combo in (self.period, self.severity, self.kind, self.object):
            combo.activated.connect(lambda _number: self.search())
        self.model.busy_changed.connect(self._on_busy)
        self.model.failed.connect(self._on_failed)
        session.happened.connect(self.model.add)
        self.table.doubleClicked.connect(self._on_event)
        session.store.loaded.connect(self._fill_objects)

    def _fill(self) -> None:
        for text, span in (
            (self.tr("Last hour"), HOUR_US),
            (self.tr("Last 24 hours"), DAY_US),
            (self.tr("Last 7 days"), 7 * DAY_US),
            (self.tr("All time"), 0),
        ):
            self.period.addItem(text, span)
        self.period.setCurrentIndex(1)
        self.severity.addItem(self.tr("All severities"), None)
        for level in (Severity.ALARM, Severity.ERROR, Severity.WARNING, Severity.INFO):
            name, tint = SEVERITY_ICONS[level]
            self.severity.addItem(icons.icon(name, tint), words.severity(level), level)
        self.kind.addItem(self.tr("All types"), "")
        for text, prefix in (
            (self.tr("Cameras"), "camera."),
            (self.tr("Detectors"), "detector."),
            (self.tr("Alarms"), "alarm."),
            (self.tr("Users"), "user."),
            (self.tr("Settings"), "config."),
            (self.tr("Archive"), "archive."),
        ):
            self.kind.addItem(text, prefix)
        self._fill_objects()

    def _fill_objects(self) -> None:
        chosen = self.object.currentData()
        self.object.clear()
        self.object.addItem(self.tr("All cameras"), "")
        for camera in self._session.store.cameras():
            self.object.addItem(self._session.store.title(camera.id), camera.id)
        self.object.setCurrentIndex(max(0, self.object.findData(chosen)))

    def _dress_table(self) -> None:
        table, model = self.table, JournalModel
        table.setItemDelegateForColumn(model.SEVERITY, SeverityDelegate(table))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(34)
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectRows)
        table.setSelectionMode(QAbstractItemView.SingleSelection)
        table.setEditTriggers(QAbstractItemView.NoEditTriggers)
        table.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        table.setWordWrap(False)
        table.setIconSize(QSize(16, 16))
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignLeft | Qt.AlignVCenter)
        for number, width in (
            (model.TIME, 170),
            (model.SEVERITY, 36),
            (model.OBJECT, 180),
            (model.USER, 100),
        ):
            table.setColumnWidth(number, width)
        head.setSectionResizeMode(model.TEXT, QHeaderView.Stretch)

    def _arrange(self) -> None:
        refresh = tool("refresh", self.tr("Search again"), self.search, "F5")
        filters = row(self.phrase, self.period, self.severity, self.kind, self.object, refresh)
        filters.setStretch(0, 1)
        filters.setContentsMargins(16, 12, 16, 12)
        head = surface("window", filters)
        body = column(self.notice, self.table, self.empty)
        body.setContentsMargins(16, 0, 16, 16)
        body.setStretch(1, 1)
        self.setLayout(column(head, self.busy, space=0))
        self.layout().addLayout(body)  # type: ignore[attr-defined]
        self.empty.hide()

    def search(self) -> None:
        self.notice.hide()
        span = self.period.currentData()
        severity = self.severity.currentData()
        kind, obj = self.kind.currentData(), self.object.currentData()
        self.model.search(
            QueryJournal(
                begin_us=self._session.clock.now_us() - span if span else None,
                types=[kind] if kind else [],
                objects=self._with_children(obj) if obj else [],
                severities=[severity] if severity else [],
                phrase=self.phrase.text().strip(),
            )
        )

    def _with_children(self, camera: str) -> list[str]:
        """Events of a camera's detectors and of its device belong to it."""
        store = self._session.store
        device = store.get(camera)
        above = [device.parent] if device is not None else []
        return [camera, *above, *(record.id for record in store.below(camera))]

    def _on_busy(self, busy: bool) -> None:
        self.busy.setRange(0, 0 if busy else 1)
        self.busy.setVisible(busy)
        nothing = not busy and self.model.rowCount() == 0
        self.empty.setVisible(nothing)
        self.table.setVisible(not nothing)

    def _on_failed(self, failure: Failure) -> None:
        self.notice.say("red", self.tr("The journal could not be read"), failure.text)

    def _on_event(self, index: QModelIndex) -> None:
        event = index.data(EVENT_ROLE)
        camera = self._session.store.ancestor(event.object_id, ObjectKind.CAMERA)
        if camera is not None:
            self.moment_chosen.emit(camera.id, event.time_us)
