"""*Add cameras*: a live list of those in the network, tried with log-ins, added together."""

from __future__ import annotations

from PyQt5.QtCore import QCoreApplication, Qt, pyqtSignal
from PyQt5.QtGui import QColor
from PyQt5.QtWidgets import (
    QHeaderView,
    QLineEdit,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from axxon_client.model.finding import Find, Finder, Step, step_text
from axxon_client.model.session import Session
from axxon_client.ui.settings.founddetail import FoundDetail
from axxon_client.ui.settings.logins import Logins
from axxon_client.ui.theme import palette
from axxon_client.ui.widgets.ask import Sheet
from axxon_client.ui.widgets.basics import button, column, label, row
from axxon_client.ui.widgets.states import EmptyState, Notice, Spinner

_NAME, _ADDRESS, _MAKE, _STATE = range(4)
_KEY = Qt.UserRole
_TINTS = {
    Step.NEW: palette.TEXT,
    Step.ADDED: palette.TEXT_OFF,
    Step.WAITING: palette.TEXT_SECOND,
    Step.TRYING: palette.TEXT_SECOND,
    Step.WORKS: palette.GREEN_HOVER,
    Step.FAILED: palette.RED_HOVER,
}


class FindCameras(Sheet):
    """Signals: `added(int)` so many; `address_asked()`: the person knows the stream's address."""

    added = pyqtSignal(int)
    address_asked = pyqtSignal()

    def __init__(self, parent: QWidget | None, session: Session) -> None:
        title = str(QCoreApplication.translate("FindCameras", "Add cameras"))
        super().__init__(parent, title, 1040)
        self.finder = Finder(session, self)
        self.logins = Logins()
        self.list = _List()
        self.detail = FoundDetail()
        self.notice = Notice()
        self.typed = QLineEdit()
        self._items: dict[str, QTreeWidgetItem] = {}
        self._chosen = False  # the person has looked at a row
        self._filling = False
        self._state = label(self.tr("Looking for cameras…"), "second")
        self._spinner = Spinner(16)
        self.all_new = button(self.tr("Tick all new"), "link", "", self._tick_all)
        self.connect_ = button(self.tr("Connect"), "", "connection", self._connect)
        self.go = button(self.tr("Add cameras"), "primary", "", self._add)
        self._build()
        finder = self.finder
        finder.changed.connect(self._on_changed)
        finder.counted.connect(self._count)
        finder.added.connect(self._on_added)
        finder.refused.connect(self._on_refused)
        finder.searching.connect(self._on_searching)
        self.list.itemChanged.connect(self._on_item)
        self.list.currentItemChanged.connect(lambda _now, _before: self._show_current())
        self.detail.chosen.connect(lambda key, choices: finder.choose(key, **choices))
        self.logins.entered.connect(self._connect)
        self.finished.connect(lambda _result: finder.close())
        self._count()
        self.logins.rows[0].user.setFocus()
        finder.start()

    def _build(self) -> None:
        empty = EmptyState(
            "lan-pending",
            self.tr("No camera has answered yet"),
            self.tr("Cameras must be switched on and in the same network as the server."),
            small=True,
        )
        self.typed.setPlaceholderText(self.tr("Not in the list? Its address, e.g. 192.0.2.10"))
        self.typed.setAccessibleName(self.tr("Address"))
        self.typed.returnPressed.connect(self._look)
        self.list.itemPressed.connect(self._on_pressed)
        self._stack = QStackedWidget()
        self._stack.addWidget(empty)
        self._stack.addWidget(self.list)
        self._stack.setMinimumHeight(300)
        head = row(self._spinner, self._state, 1, self.all_new)
        hint = self.tr("The cameras' own; each is tried until one is taken.")
        left = column(
            label(self.tr("Log-ins to try")),
            label(hint, "caption"),
            self.logins,
            head,
            self._stack,
            row(self.typed, button(self.tr("Look there"), "", "magnify", self._look)),
            self.notice,
        )
        left.setStretch(4, 1)
        columns = row(space=24)
        columns.addLayout(left, 1)
        columns.addWidget(self.detail)
        self.body.addLayout(columns, 1)
        stream = button(
            self.tr("By stream address…"), "quiet", "keyboard-outline", self._by_stream
        )
        stream.setToolTip(self.tr("For what is neither an ONVIF nor an Axis device"))
        self.buttons.insertWidget(0, stream)
        self.buttons.addWidget(button(self.tr("Cancel"), "", "", self.reject))
        self.buttons.addWidget(self.connect_)
        self.buttons.addWidget(self.go)

    # --- what the person does

    def _by_stream(self) -> None:
        self.reject()
        self.address_asked.emit()

    def _look(self) -> None:
        typed = self.typed.text().strip()
        if not typed:
            return
        self.finder.set_credentials(self.logins.credentials())
        self._chosen = True
        item = self._items[self.finder.by_address(typed)]
        self.list.setCurrentItem(item)
        self.typed.clear()

    def _tick_all(self) -> None:
        new = [one.key for one in self.finder.finds() if one.step is not Step.ADDED]
        self.finder.tick(new, True)

    def _connect(self) -> None:
        self.finder.set_credentials(self.logins.credentials())
        if not self.finder.to_try and (item := self.list.currentItem()) is not None:
            self.finder.tick([item.data(_NAME, _KEY)], True)
        self.finder.try_ticked()

    def _add(self) -> None:
        self.go.setEnabled(False)
        self.finder.add()

    def _on_pressed(self) -> None:
        self._chosen = True

    def _on_item(self, item: QTreeWidgetItem, column_: int) -> None:
        if column_ == _NAME and not self._filling:
            on = item.checkState(_NAME) == Qt.Checked
            self.finder.tick([item.data(_NAME, _KEY)], on)

    # --- what happens

    def _on_changed(self, key: str) -> None:
        find = self.finder.get(key)
        if find is None:
            return
        self._filling = True
        item = self._items.get(key)
        if item is None:
            item = self._items[key] = QTreeWidgetItem()
            item.setData(_NAME, _KEY, key)
            self.list.insertTopLevelItem(self._place_of(key), item)
            self._stack.setCurrentWidget(self.list)
        _fill(item, find)
        self._filling = False
        if not self._chosen:
            self.list.setCurrentItem(self.list.topLevelItem(0))
        if item is self.list.currentItem():
            self._show_current()

    def _place_of(self, key: str) -> int:
        """Rows stay where they are once they are there; a new one comes in by its order."""
        order = [one.key for one in self.finder.finds()]
        before = set(order[: order.index(key)])
        rows = self.list.topLevelItemCount()
        known = [self.list.topLevelItem(number) for number in range(rows)]
        return sum(1 for item in known if item is not None and item.data(_NAME, _KEY) in before)

    def _show_current(self) -> None:
        item = self.list.currentItem()
        self.detail.show_find(self.finder.get(item.data(_NAME, _KEY)) if item else None)

    def _count(self) -> None:
        ready, waiting = len(self.finder.ready), len(self.finder.to_try)
        self.connect_.setEnabled((bool(waiting) or bool(self._items)) and not self.finder.busy)
        self.connect_.setText(
            self.tr("Connect {0}").format(waiting) if waiting else self.tr("Connect")
        )
        self.go.setEnabled(bool(ready) and not self.finder.busy)
        text = self.tr("Add {0} cameras").format(ready) if ready != 1 else self.tr("Add camera")
        self.go.setText(text)

    def _on_searching(self, trouble: str) -> None:
        self._spinner.setVisible(not trouble)
        text = self.tr("Cannot look for cameras now: {0}").format(trouble) if trouble else ""
        self._state.setText(text or self.tr("Looking for cameras…"))

    def _on_added(self, count: int) -> None:
        self.added.emit(count)
        self.accept()

    def _on_refused(self, text: str) -> None:
        self._count()
        self.notice.say("red", self.tr("Nothing was added"), text)


class _List(QTreeWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setColumnCount(4)
        self.setHeaderLabels(
            [self.tr("Camera"), self.tr("Address"), self.tr("Make and model"), self.tr("State")]
        )
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(_NAME, QHeaderView.Stretch)
        for number in (_ADDRESS, _MAKE, _STATE):
            header.setSectionResizeMode(number, QHeaderView.ResizeToContents)


def _fill(item: QTreeWidgetItem, find: Find) -> None:
    device = find.device
    item.setText(_NAME, find.shown_name)
    item.setText(_ADDRESS, find.place)
    item.setText(_MAKE, f"{device.manufacturer} {device.model}".strip())
    item.setText(_STATE, step_text(find))
    item.setForeground(_STATE, QColor(_TINTS[find.step]))
    can = find.step is not Step.ADDED
    flags = Qt.ItemIsSelectable | Qt.ItemIsEnabled
    item.setFlags(flags | Qt.ItemIsUserCheckable if can else flags)
    item.setCheckState(_NAME, Qt.Checked if find.ticked else Qt.Unchecked)
