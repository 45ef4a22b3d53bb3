"""Alarms: a list model over all that are known, newest first, and its filter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen
from PyQt5.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QSortFilterProxyModel,
    Qt,
    pyqtSignal,
)

from axxon_client.model import words
from protocol.types import AlarmRecord, AlarmState

RECORD_ROLE = Qt.UserRole + 1

_MAX_ALARMS = 2000  # what a guard may scroll through; older ones are asked from the server


class AlarmModel(QAbstractListModel):
    """Signals: `raised(AlarmRecord)` for one that was not known and is pending;
    `altered(AlarmRecord)` for a known one; `waiting_changed(int)` pending ones nobody else has."""

    raised = pyqtSignal(object)
    altered = pyqtSignal(object)
    waiting_changed = pyqtSignal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._alarms: list[AlarmRecord] = []
        self._waiting = 0
        self.user = ""

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._alarms)

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._alarms):
            return None
        alarm = self._alarms[index.row()]
        if role == RECORD_ROLE:
            return alarm
        if role in (Qt.DisplayRole, Qt.AccessibleTextRole):
            state = words.alarm_state(alarm.state)
            return f"{alarm.camera_name}, {words.alarm_kind(alarm.kind)}, {state}"
        return None

    def get(self, key: str) -> AlarmRecord | None:
        return next((alarm for alarm in self._alarms if alarm.id == key), None)

    def all(self) -> list[AlarmRecord]:
        return list(self._alarms)

    @property
    def waiting(self) -> int:
        return self._waiting

    def load(self, alarms: Iterable[AlarmRecord]) -> None:
        """Replace all by what the server's query gave."""
        self.beginResetModel()
        newest_first = sorted(alarms, key=lambda alarm: alarm.begin_us, reverse=True)
        self._alarms = newest_first[:_MAX_ALARMS]
        self.endResetModel()
        self._count()

    def update(self, alarm: AlarmRecord) -> None:
        row = next((n for n, known in enumerate(self._alarms) if known.id == alarm.id), None)
        if row is None:
            self._insert(alarm)
        elif self._alarms[row] != alarm:
            self._alarms[row] = alarm
            index = self.index(row)
            self.dataChanged.emit(index, index)
            self.altered.emit(alarm)
        self._count()

    def active_on(self, camera: str) -> AlarmRecord | None:
        """The newest pending alarm of a camera that still goes on or waits."""
        pending = (a for a in self._alarms if a.camera == camera)
        return next((a for a in pending if a.state is AlarmState.PENDING), None)

    def _insert(self, alarm: AlarmRecord) -> None:
        row = next(
            (n for n, known in enumerate(self._alarms) if known.begin_us <= alarm.begin_us),
            len(self._alarms),
        )
        self.beginInsertRows(QModelIndex(), row, row)
        self._alarms.insert(row, alarm)
        self.endInsertRows()
        if len(self._alarms) > _MAX_ALARMS:
            self.beginRemoveRows(QModelIndex(), _MAX_ALARMS, _MAX_ALARMS)
            self._alarms.pop()
            self.endRemoveRows()
        if alarm.state is AlarmState.PENDING:
            self.raised.emit(alarm)

    def _count(self) -> None:
        waiting = sum(
            alarm.state is AlarmState.PENDING and alarm.taken_by in ("", self.user)
            for alarm in self._alarms
        )
        if waiting != self._waiting:
            self._waiting = waiting
            self.waiting_changed.emit(waiting)


@frozen
class AlarmCriteria:
    """What the filter row lets through; empty means all."""

    states: frozenset[AlarmState] = frozenset()
    camera: str = ""
    phrase: str = ""

    def admits(self, alarm: AlarmRecord) -> bool:
        if self.states and alarm.state not in self.states:
            return False
        if self.camera and alarm.camera != self.camera:
            return False
        text = f"{alarm.camera_name} {words.alarm_kind(alarm.kind)} {alarm.comment}".casefold()
        return self.phrase.casefold() in text


class AlarmFilter(QSortFilterProxyModel):
    def __init__(self, source: AlarmModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.criteria = AlarmCriteria()
        self.setSourceModel(source)

    def set_criteria(self, criteria: AlarmCriteria) -> None:
        self.criteria = criteria
        self.invalidateFilter()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:
        source = self.sourceModel()
        alarm = source.data(source.index(row, 0, parent), RECORD_ROLE)
        return alarm is not None and self.criteria.admits(alarm)
