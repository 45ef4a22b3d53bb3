"""The Alerts menu: alarms as cards, newest first, with a filter row; the way to the journal."""

from __future__ import annotations

from PyQt5.QtCore import QModelIndex, Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QListView,
    QToolButton,
    QWidget,
)

from axxon_client.model.alarms import RECORD_ROLE, AlarmCriteria, AlarmFilter
from axxon_client.model.session import Session
from axxon_client.ui.alerts.card import CardDelegate
from axxon_client.ui.widgets.basics import button, column, label, row, search_field
from axxon_client.ui.widgets.states import EmptyState
from axxon_client.ui.widgets.stills import Stills
from protocol.types import AlarmState, Right

_AGO_MS = 15_000  # how often "3 min ago" is drawn anew


class AlertsPanel(QWidget):
    """Signals: `alarm_chosen(str id)`; `journal_asked()`."""

    alarm_chosen = pyqtSignal(str)
    journal_asked = pyqtSignal()

    def __init__(self, session: Session, stills: Stills) -> None:
        super().__init__()
        self._session = session
        self.filter = AlarmFilter(session.alarms, self)
        self.view = QListView()
        self.view.setModel(self.filter)
        self.view.setItemDelegate(
            CardDelegate(session, stills, lambda: self.view.viewport().update(), self)
        )
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.view.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.view.setAccessibleName(self.tr("Alarms"))
        self.view.clicked.connect(self._on_index)
        self.view.activated.connect(self._on_index)
        self.phrase = search_field(self.tr("Search"))
        self.phrase.textChanged.connect(self._on_filter)
        self.cameras = QComboBox()
        self.cameras.setAccessibleName(self.tr("Camera"))
        self.cameras.activated.connect(self._on_filter)
        self.states = QButtonGroup(self)
        self.empty = EmptyState(
            "bell-check-outline",
            self.tr("No alarms waiting"),
            self.tr("What detectors find while a camera is armed appears here."),
            small=True,
        )
        journal = button(self.tr("Journal"), "", "format-list-bulleted", self.journal_asked.emit)
        journal.setToolTip(self.tr("All events  (Ctrl+J)"))
        journal.setVisible(session.may(Right.JOURNAL))
        self._arrange(journal)
        for signal in (
            self.filter.rowsInserted,
            self.filter.rowsRemoved,
            self.filter.modelReset,
            self.filter.layoutChanged,
        ):
            signal.connect(lambda *_args: self._show_empty())
        session.store.loaded.connect(self._fill_cameras)
        session.store.changed.connect(lambda _changed, _removed: self._fill_cameras())
        self._ago = QTimer(self)
        self._ago.setInterval(_AGO_MS)
        self._ago.timeout.connect(self.view.viewport().update)
        self._ago.start()
        self._fill_cameras()
        self._on_filter()

    def _arrange(self, journal: QWidget) -> None:
        head = row(label(self.tr("ALERTS"), "section"), 1)
        head.setContentsMargins(16, 8, 8, 0)
        filters = column(self._segments(), self.phrase, self.cameras, space=4)
        filters.setContentsMargins(12, 0, 12, 4)
        cards = column(self.view, self.empty)
        cards.setContentsMargins(8, 0, 4, 0)
        below = row(journal)
        below.setContentsMargins(12, 4, 12, 4)
        outer = column(head, filters, space=4)
        outer.setContentsMargins(0, 4, 0, 8)
        outer.addLayout(cards, 1)
        outer.addLayout(below)
        self.setLayout(outer)

    def _segments(self) -> QHBoxLayout:
        names = [self.tr("Waiting"), self.tr("Evaluated"), self.tr("All")]
        line = row(space=4)
        for number, name in enumerate(names):
            made = QToolButton()
            made.setProperty("kind", "segment")
            made.setText(name)
            made.setCheckable(True)
            made.setChecked(number == 0)
            made.setFocusPolicy(Qt.TabFocus)
            self.states.addButton(made, number)
            line.addWidget(made)
        line.addStretch(1)
        self.states.idClicked.connect(lambda _number: self._on_filter())
        return line

    def show_state(self, number: int) -> None:
        """0 waiting, 1 evaluated, 2 all."""
        self.states.button(number).setChecked(True)
        self._on_filter()

    def select(self, key: str) -> None:
        for number in range(self.filter.rowCount()):
            index = self.filter.index(number, 0)
            if index.data(RECORD_ROLE).id == key:
                self.view.setCurrentIndex(index)
                return

    def next_waiting(self, after: str) -> str:
        """The newest pending alarm but `after` that nobody else has; "" when there is none."""
        for alarm in self._session.alarms.all():
            free = alarm.taken_by in ("", self._session.user)
            if alarm.id != after and alarm.state is AlarmState.PENDING and free:
                return alarm.id
        return ""

    def _on_filter(self, *_args: object) -> None:
        pending = frozenset({AlarmState.PENDING})
        states = [pending, frozenset(AlarmState) - pending, frozenset()][self.states.checkedId()]
        camera = self.cameras.currentData() or ""
        self.filter.set_criteria(AlarmCriteria(states, camera, self.phrase.text()))
        self._show_empty()

    def _show_empty(self) -> None:
        nothing = self.filter.rowCount() == 0
        waiting = self.states.checkedId() == 0
        filtered = bool(self.phrase.text() or self.cameras.currentData())
        self.view.setVisible(not nothing)
        self.empty.setVisible(nothing)
        if filtered:
            self.empty.title.setText(self.tr("Nothing matches the filter"))
        elif waiting:
            self.empty.title.setText(self.tr("No alarms waiting"))
        else:
            self.empty.title.setText(self.tr("No alarms yet"))

    def _fill_cameras(self) -> None:
        chosen = self.cameras.currentData()
        self.cameras.clear()
        self.cameras.addItem(self.tr("All cameras"), "")
        for camera in self._session.store.cameras():
            self.cameras.addItem(self._session.store.title(camera.id), camera.id)
        self.cameras.setCurrentIndex(max(0, self.cameras.findData(chosen)))

    def _on_index(self, index: QModelIndex) -> None:
        alarm = index.data(RECORD_ROLE)
        if alarm is not None:
            self.alarm_chosen.emit(alarm.id)
