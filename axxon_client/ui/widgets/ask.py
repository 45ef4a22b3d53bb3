"""Questions: yes or no about a named thing, and one line of text."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QDialog, QLineEdit, QWidget

from axxon_client.ui.widgets.basics import button, column, label, row


class Sheet(QDialog):
    """A modal card without a window frame's noise: title, body, buttons at the right."""

    def __init__(self, parent: QWidget | None, title: str, width: int = 440) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setWindowFlag(Qt.WindowContextHelpButtonHint, False)
        self.setMinimumWidth(width)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.body = column(label(title, "title"), space=12)
        self.buttons = row(1, space=8)
        outer = column(margins=24, space=24)
        outer.addLayout(self.body, 1)
        outer.addLayout(self.buttons)
        self.setLayout(outer)


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
