"""Footage kept from being deleted: protect the marked period, the list, and the way back."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QStackedLayout,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from axxon_client.model import words
from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from axxon_client.ui.theme.palette import GRID
from axxon_client.ui.widgets.ask import Sheet, ask
from axxon_client.ui.widgets.basics import button, column, label, row, surface
from axxon_client.ui.widgets.states import EmptyState, Notice
from protocol.types import ProtectionRecord, Right

_WIDTH, _LIST_PX = 820, 260
_MAX_REASON = 200


class ProtectionSheet(Sheet):
    """Signals: `chosen(str camera, qint64 time)` to go there; `said(tone, title, detail)`."""

    chosen = pyqtSignal(str, "qint64")
    said = pyqtSignal(str, str, str)

    def __init__(
        self,
        parent: QWidget,
        session: Session,
        cameras: list[str],
        period: tuple[int, int] | None,
    ) -> None:
        """`cameras`: the active one first; `period`: what is marked."""
        super().__init__(parent, parent.tr("Protected footage"), _WIDTH)
        self._session = session
        self._book = session.protections
        self._cameras = cameras
        self._period = period
        self.notice = Notice()
        self.reason = QLineEdit()
        self.reason.setMaxLength(_MAX_REASON)
        self.reason.setPlaceholderText(self.tr("Why, e.g. theft, police asked for it"))
        self.whose = QComboBox()
        self.protect = button(self.tr("Protect"), "primary", "lock-outline", self.keep)
        self.table = QTableWidget(0, 5)
        self._arrange_table()
        self.go = button(self.tr("Go there"), "", "history", self._go)
        self.free = button(self.tr("No longer protect…"), "", "lock-open-outline", self.ask_free)
        self.body.addWidget(self._new_part())
        self.body.addWidget(self.notice)
        self._empty = EmptyState(
            "lock-outline",
            self.tr("Nothing is protected"),
            self.tr("Protected footage stays, however old it gets, until it is freed here."),
            small=True,
        )
        self._pages = QStackedLayout()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        self.body.addLayout(self._pages, 1)
        self.buttons.insertWidget(0, self.go)
        self.buttons.insertWidget(1, self.free)
        self.buttons.addWidget(button(self.tr("Close"), "", "", self.reject))
        self.reason.textChanged.connect(lambda _text: self._on_reason())
        self.reason.returnPressed.connect(self.keep)
        self.table.itemSelectionChanged.connect(self._on_selected)
        self.table.itemDoubleClicked.connect(lambda _item: self._go())
        self._book.changed.connect(self._fill)
        self._book.failed.connect(self._on_failed)
        self._book.refresh()
        self._fill()
        self._on_reason()
        (self.reason if self.reason.isEnabled() else self.table).setFocus()

    # --- building

    def _new_part(self) -> QWidget:
        """Protect what is marked; without marks, how to mark."""
        may = self._session.may(Right.CONTROL)
        if self._period is None or not self._cameras or not may:
            text = self.tr("Mark a period on the time line with [ and ] to protect it.")
            if not may:
                text = self.tr("Your role may only look.")
            self.reason.setEnabled(False)
            for unused in (self.reason, self.whose, self.protect):
                unused.setParent(self)
                unused.hide()
            return label(text, "second", wrap=True)
        now_us = self._session.clock.now_us()
        begin_us, end_us = self._period
        text = f"{words.date_and_clock(begin_us, now_us)} – {words.date_and_clock(end_us, now_us)}"
        self.whose.addItem(self._session.store.title(self._cameras[0]), 1)
        if len(self._cameras) > 1:
            count = len(self._cameras)
            self.whose.addItem(self.tr("All {0} that play").format(count), count)
        form = column(
            row(label(text), label(words.exactly(end_us - begin_us), "caption"), 1, self.whose),
            row(self.reason, self.protect),
            margins=3 * GRID,
        )
        return surface("card", form)

    def _arrange_table(self) -> None:
        heads = [
            self.tr("Camera"),
            self.tr("From"),
            self.tr("How long"),
            self.tr("Why"),
            self.tr("By"),
        ]
        self.table.setHorizontalHeaderLabels(heads)
        self.table.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SingleSelection)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        head = self.table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignLeft | Qt.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.Fixed)
        head.setSectionResizeMode(3, QHeaderView.Stretch)
        for place, width in ((0, 170), (1, 170), (2, 100), (4, 90)):
            self.table.setColumnWidth(place, width)
        self.table.setMinimumHeight(_LIST_PX)

    # --- showing

    def _fill(self) -> None:
        kept = self._selected()
        records = self._book.records
        self.table.setRowCount(len(records))
        for line, one in enumerate(records):
            for place, text in enumerate(self._texts(one)):
                item = QTableWidgetItem(text)
                item.setData(Qt.UserRole, one.id)
                item.setToolTip(text)
                self.table.setItem(line, place, item)
            if kept is not None and one.id == kept.id:
                self.table.selectRow(line)
        self._pages.setCurrentWidget(self.table if records else self._empty)
        self._on_selected()

    def _texts(self, one: ProtectionRecord) -> tuple[str, ...]:
        return (
            self._session.store.title(one.camera) or one.camera,
            f"{words.day(one.begin_us)} {words.clock(one.begin_us)}",
            words.exactly(one.end_us - one.begin_us),
            one.reason,
            one.author,
        )

    def _selected(self) -> ProtectionRecord | None:
        items = self.table.selectedItems()
        key = items[0].data(Qt.UserRole) if items else ""
        return next((one for one in self._book.records if one.id == key), None)

    def _on_selected(self) -> None:
        chosen = self._selected() is not None
        self.go.setEnabled(chosen)
        self.free.setEnabled(chosen and self._session.may(Right.CONFIGURE))

    def _on_reason(self) -> None:
        self.protect.setEnabled(bool(self.reason.text().strip()))

    def _on_failed(self, failure: Failure) -> None:
        self.notice.say("red", self.tr("That was not possible"), failure.text)

    # --- doing

    def keep(self) -> None:
        reason = self.reason.text().strip()
        if not reason or self._period is None:
            return
        count = int(self.whose.currentData() or 1)
        self.notice.hide()

        def done() -> None:
            self.reason.clear()
            self.said.emit("green", self.tr("The footage is protected"), reason)

        self._book.protect(self._cameras[:count], self._period, reason, done)

    def ask_free(self) -> None:
        one = self._selected()
        if one is None:
            return
        name = self._session.store.title(one.camera) or one.camera
        ask(
            self,
            self.tr("No longer protect {0}?").format(name),
            self.tr("It can then be deleted when the archive is full: “{0}”.").format(one.reason),
            self.tr("No longer protect"),
            lambda: self._book.unprotect(one.id),
        )

    def _go(self) -> None:
        one = self._selected()
        if one is not None:
            self.accept()
            self.chosen.emit(one.camera, one.begin_us)
