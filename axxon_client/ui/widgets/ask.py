"""Sheets: modal cards over the dimmed window; questions that name the thing; one line of text."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5 import sip
from PyQt5.QtCore import QEvent, QObject, QPoint, Qt
from PyQt5.QtGui import QPainter, QPaintEvent, QShowEvent
from PyQt5.QtWidgets import QApplication, QDialog, QLineEdit, QWidget

from axxon_client.ui.theme import palette
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.basics import button, column, label, row


class Veil(QWidget):
    """Darkens a window while a sheet is open."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WA_TransparentForMouseEvents)
        self.setGeometry(window.rect())
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), colour(palette.VEIL))


class Sheet(QDialog):
    """A modal card in the middle of its window: title, body, buttons at the right; Esc closes."""

    def __init__(self, parent: QWidget | None, title: str, width: int = 440) -> None:
        super().__init__(parent, Qt.Dialog | Qt.FramelessWindowHint)
        self.setObjectName("sheet")
        self.setWindowTitle(title)
        self.setMinimumWidth(width)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self._host = parent.window() if parent is not None else None
        self._veil: Veil | None = None
        self._focused: object = (
            QApplication.focusWidget()
        )  # gets the keys again when the sheet closes
        self.body = column(label(title, "title"), space=12)
        self.buttons = row(1, space=8)
        outer = column(margins=24, space=24)
        outer.addLayout(self.body, 1)
        outer.addLayout(self.buttons)
        self.setLayout(outer)
        self.finished.connect(lambda _result: self._unveil())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        window = self._host
        if window is None:
            return
        self._veil = Veil(window)
        self._veil.show()
        self._veil.raise_()
        self.adjustSize()
        middle = window.mapToGlobal(window.rect().center())
        self.move(middle - QPoint(self.width() // 2, self.height() // 2))

    def _unveil(self) -> None:
        if self._host is not None:
            self._host.activateWindow()
        focused = self._focused
        if isinstance(focused, QWidget) and not sip.isdeleted(focused):
            focused.setFocus()
        veil, self._veil = self._veil, None
        if veil is not None:
            veil.hide()
            veil.deleteLater()


def ask(
    parent: QWidget,
    title: str,
    detail: str,
    verb: str,
    agreed: Callable[[], object],
    danger: bool = True,
) -> Sheet:
    """Ask without blocking; `verb` is on the button ("Remove Gate north"), never just "OK"."""
    sheet = Sheet(parent, title)
    sheet.body.addWidget(label(detail, "second", wrap=True))
    cancel = button(sheet.tr("Cancel"), "", "", sheet.reject)
    go = button(verb, "danger" if danger else "primary", "", sheet.accept)
    cancel.setDefault(True)
    sheet.buttons.addWidget(cancel)
    sheet.buttons.addWidget(go)
    sheet.accepted.connect(agreed)
    sheet.open()
    cancel.setFocus()
    return sheet


def ask_text(
    parent: QWidget, title: str, hint: str, text: str, verb: str, agreed: Callable[[str], object]
) -> Sheet:
    """One line, e.g. a name; empty is not accepted."""
    sheet = Sheet(parent, title, 400)
    field = QLineEdit(text)
    field.setPlaceholderText(hint)
    field.setMaxLength(100)
    field.selectAll()
    sheet.body.addWidget(field)
    cancel = button(sheet.tr("Cancel"), "", "", sheet.reject)
    go = button(verb, "primary", "", sheet.accept)
    go.setDefault(True)
    go.setEnabled(bool(text.strip()))
    field.textChanged.connect(lambda new: go.setEnabled(bool(new.strip())))
    sheet.buttons.addWidget(cancel)
    sheet.buttons.addWidget(go)
    sheet.accepted.connect(lambda: agreed(field.text().strip()))
    sheet.open()
    field.setFocus()
    return sheet
