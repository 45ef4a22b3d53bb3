"""Log-ins that are tried on found cameras: user and password, a row each."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QLineEdit, QWidget

from axxon_client.ui.settings.fields import hide_password
from axxon_client.ui.widgets.basics import button, column, row, tool
from protocol.devicetypes import Credential

_MOST = 8  # what the server tries


class _Row(QWidget):
    changed = pyqtSignal()
    removed = pyqtSignal()
    entered = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.user, self.password = QLineEdit(), QLineEdit()
        self.user.setPlaceholderText(self.tr("User name"))
        self.user.setAccessibleName(self.tr("User name"))
        self.password.setAccessibleName(self.tr("Password"))
        hide_password(self.password, self.tr("Password"))
        self.drop = tool("close", self.tr("Remove"), self.removed.emit, size=16)
        for line in (self.user, self.password):
            line.textEdited.connect(lambda _text: self.changed.emit())
            line.returnPressed.connect(self.entered)
        self.setLayout(row(self.user, self.password, self.drop, space=8))


class Logins(QWidget):
    """Signals: `changed()`; `entered()`: Enter was pressed in a field."""

    changed = pyqtSignal()
    entered = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[_Row] = []
        self._column = column(space=4)
        self.more = button(self.tr("Another log-in"), "link", "plus", self.add)
        self.setLayout(column(self._column, row(self.more, 1), space=4))
        self.add()

    def credentials(self) -> list[Credential]:
        return [Credential(one.user.text().strip(), one.password.text()) for one in self.rows]

    def add(self) -> None:
        made = _Row()
        made.changed.connect(self.changed)
        made.entered.connect(self.entered)
        made.removed.connect(lambda: self._remove(made))
        self.rows.append(made)
        self._column.addWidget(made)
        made.user.setFocus()
        self._limit()

    def _remove(self, which: _Row) -> None:
        self.rows.remove(which)
        self._column.removeWidget(which)
        which.deleteLater()
        self._limit()
        self.changed.emit()

    def _limit(self) -> None:
        self.more.setVisible(len(self.rows) < _MOST)
        for one in self.rows:
            one.drop.setVisible(len(self.rows) > 1)
