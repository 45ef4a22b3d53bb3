"""What every editor of a field has in common."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QWidget

from axxon_client.ui.widgets.basics import set_tone


class Editor(QWidget):
    """Signals: `edited(object)` the new value, by the person."""

    edited = pyqtSignal(object)

    def set_value(self, value: Any) -> None:
        raise NotImplementedError

    def set_wrong(self, wrong: bool) -> None:
        for child in (self, *self.findChildren(QWidget)):
            set_tone(child, "true" if wrong else "false", "wrong")

    def focus_widget(self) -> QWidget:
        return self
