"""The journal as a table: pages from the server, and new events as they happen."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from PyQt5.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, pyqtSignal

from axxon_client.model import words
from axxon_client.model.bridge import Failure, Requester
from protocol.messages import JournalPage, QueryJournal
from protocol.types import EventRecord, Severity

EVENT_ROLE = Qt.UserRole + 1

_PAGE = 200
_MAX_ROWS = 20_000  # about 20 MB; a narrower search is the answer to more


class JournalModel(QAbstractTableModel):
    """Columns: time, severity, object, what happened, user.

    Signals: `busy_changed(bool)`; `failed(Failure)`.  While the search has no end, events that
    match it are put on top as they happen.
    """

    busy_changed = pyqtSignal(bool)
    failed = pyqtSignal(object)

    TIME, SEVERITY, OBJECT, TEXT, USER = range(5)

    def __init__(self, requester: Requester, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requester = requester
        self._events: list[EventRecord] = []
        self._query = QueryJournal(limit=_PAGE)
        self._more = False
        self._busy = False
        self._asked = 0  # the newest search: answers to older ones are dropped

    # --- table

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._events)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 5

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Horizontal or role != Qt.DisplayRole:
            return None
        names = ["Time", "", "Object", "What happened", "User"]
        return self.tr(names[section]) if names[section] else ""

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> Any:
        if not index.isValid():
            return None
        event = self._events[index.row()]
        if role == EVENT_ROLE:
            return event
        if role == Qt.DisplayRole:
            return self._text(event, index.column())
        if role == Qt.ToolTipRole:
            return f"{event.type}\n{event.text}"
        return None

    def _text(self, event: EventRecord, column: int) -> str:
        if column == self.TIME:
            return f"{words.day(event.time_us)}  {words.clock(event.time_us)}"
        if column == self.OBJECT:
            return event.object_name
        if column == self.TEXT:
            return event.text
        if column == self.USER:
            return event.user
        return ""

    # --- searching

    @property
    def busy(self) -> bool:
        return self._busy

    def search(self, query: QueryJournal) -> None:
        """Throw away what is shown and ask for the first page."""
        self._query = evolve(query, limit=_PAGE, before_id=None)
        self.beginResetModel()
        self._events = []
        self._more = False
        self.endResetModel()
        self._ask()

    def canFetchMore(self, parent: QModelIndex) -> bool:
        return self._more and not self._busy and len(self._events) < _MAX_ROWS

    def fetchMore(self, parent: QModelIndex) -> None:
        if self._events:
            self._query = evolve(self._query, before_id=self._events[-1].id)
            self._ask()

    def add(self, event: EventRecord) -> None:
        """An event that happened just now."""
        if self._query.end_us is not None or not matches(self._query, event):
            return
        if any(known.id == event.id for known in self._events[:50]):
            return
        self.beginInsertRows(QModelIndex(), 0, 0)
        self._events.insert(0, event)
        self.endInsertRows()
        if len(self._events) > _MAX_ROWS:
            last = len(self._events) - 1
            self.beginRemoveRows(QModelIndex(), last, last)
            self._events.pop()
            self.endRemoveRows()

    def _ask(self) -> None:
        self._asked += 1
        number = self._asked
        self._set_busy(True)

        def done(page: JournalPage, _payload: bytes) -> None:
            if number == self._asked:
                self._append(page)

        def failed(failure: Failure) -> None:
            if number == self._asked:
                self._set_busy(False)
                self.failed.emit(failure)

        self._requester.request(self._query, done, failed, self)

    def _append(self, page: JournalPage) -> None:
        known = {event.id for event in self._events}
        fresh = [event for event in page.events if event.id not in known]
        self._more = page.more
        if fresh:
            first = len(self._events)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._events.extend(fresh)
            self.endInsertRows()
        self._set_busy(False)

    def _set_busy(self, busy: bool) -> None:
        if busy != self._busy:
            self._busy = busy
            self.busy_changed.emit(busy)


def matches(query: QueryJournal, event: EventRecord) -> bool:
    """Whether the server would give this event for that query (but for paging)."""
    if query.begin_us is not None and event.time_us < query.begin_us:
        return False
    if query.end_us is not None and event.time_us >= query.end_us:
        return False
    if query.types and not any(_is_of(event.type, wanted) for wanted in query.types):
        return False
    if query.objects and event.object_id not in query.objects:
        return False
    if query.severities and event.severity not in query.severities:
        return False
    if query.phases and event.phase not in query.phases:
        return False
    phrase = query.phrase.casefold()
    return not phrase or phrase in f"{event.text} {event.object_name}".casefold()


def _is_of(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted) if wanted.endswith(".") else kind == wanted


LEVELS = [Severity.ALARM, Severity.ERROR, Severity.WARNING, Severity.INFO]
