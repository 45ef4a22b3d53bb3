"""The archive bar's second block: marks, export, pictures of an interval, coverage, protection."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QToolButton, QWidget

from axxon_client.model.session import Session
from axxon_client.ui.archive.desk import Desk
from axxon_client.ui.widgets.basics import column, row, tool
from protocol.types import Right


class ArchiveTools(QWidget):
    """Signals: `export_asked()`, `pictures_asked()`, `coverage_asked()`, `protect_asked()`."""

    export_asked = pyqtSignal()
    pictures_asked = pyqtSignal()
    coverage_asked = pyqtSignal()
    protect_asked = pyqtSignal()

    def __init__(self, session: Session, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.begin = tool(
            "contain-start", self.tr("Mark the beginning here"), desk.mark_begin, "[", 18
        )
        self.end = tool("contain-end", self.tr("Mark the end here"), desk.mark_end, "]", 18)
        self.clear = tool(
            "selection-remove", self.tr("Forget the marks"), desk.clear_marks, "\\", 18
        )
        self.export = self._made("tray-arrow-down", self.tr("Export…"), self.export_asked, "E")
        self.pictures = self._made(
            "view-grid-outline", self.tr("Search by pictures"), self.pictures_asked, "V"
        )
        self.coverage = self._made(
            "calendar-check-outline", self.tr("What was recorded, day by day"),
            self.coverage_asked, "C",
        )  # fmt: skip
        self.protect = self._made(
            "lock-outline", self.tr("Protect footage from being deleted"), self.protect_asked, "K"
        )
        self.export.setVisible(session.may(Right.EXPORT))
        marks = row(self.begin, self.end, self.clear, self.export, space=0)
        finds = row(self.pictures, self.coverage, self.protect, 1, space=0)
        lines = column(marks, finds, space=0)
        lines.setContentsMargins(8, 2, 0, 2)
        self.setLayout(lines)
        desk.period_changed.connect(self._refresh)
        self._refresh()

    def _made(self, icon: str, tip: str, asked: object, keys: str) -> QToolButton:
        return tool(icon, tip, asked.emit, keys, 18)  # type: ignore[attr-defined]

    def _refresh(self) -> None:
        self.clear.setEnabled(not self._desk.period.empty)
