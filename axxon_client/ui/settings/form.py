"""A form made from the schema: label, editor, unit, help, range, error, reset, changed mark."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QPainter, QPaintEvent
from PyQt5.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from axxon_client.model.settings import FormModel, span_text
from axxon_client.model.store import ObjectStore
from axxon_client.ui.settings.editor import Editor
from axxon_client.ui.settings.fields import make_editor
from axxon_client.ui.theme import palette
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.basics import button, label, tool
from protocol.types import FieldSchema

_LABEL_PX = 168


class FieldRow(QWidget):
    """One property.  Signals: `edited(name, value)`; `reset_asked(name)`."""

    edited = pyqtSignal(str, object)
    reset_asked = pyqtSignal(str)

    def __init__(self, schema: FieldSchema, editor: Editor) -> None:
        super().__init__()
        self.schema = schema
        self.editor = editor
        self.changed = False
        self.name = label(schema.label, wrap=True)
        self.name.setFixedWidth(_LABEL_PX)
        self.name.setBuddy(editor.focus_widget())
        self.name.setContentsMargins(0, 6, 0, 0)
        self.reset = tool("restore", self.tr("Back to the default"), None, size=16)
        self.reset.clicked.connect(lambda _on=False: self.reset_asked.emit(schema.name))
        self.help = label(_help(schema), "caption", wrap=True)
        self.error = label("", "error", wrap=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 4, 8, 4)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.name, 0, 0, 2, 1, Qt.AlignTop)
        grid.addWidget(editor, 0, 1)
        grid.addWidget(self.reset, 0, 2, Qt.AlignTop)
        grid.addWidget(self.help, 1, 1)
        grid.addWidget(self.error, 2, 1)
        grid.setColumnStretch(1, 1)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.help.setVisible(bool(self.help.text()))
        self.error.hide()
        editor.edited.connect(lambda value: self.edited.emit(schema.name, value))

    def show_state(self, changed: bool, default: bool, error: str) -> None:
        self.changed = changed
        self.reset.setVisible(not default)
        self.error.setText(error)
        self.error.setVisible(bool(error))
        self.editor.set_wrong(bool(error))
        self.setAccessibleDescription(error)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.changed:
            tint = palette.RED if self.error.text() else palette.ACCENT
            QPainter(self).fillRect(0, 6, 3, self.height() - 12, colour(tint))


def _help(schema: FieldSchema) -> str:
    return "  ".join(part for part in (schema.help, span_text(schema)) if part)


class Form(QWidget):
    """The rows of one object's fields, bound to a `FormModel`."""

    def __init__(
        self, model: FormModel, store: ObjectStore, skip: frozenset[str] = frozenset()
    ) -> None:
        """`skip`: fields that are edited elsewhere (polygons on the picture)."""
        super().__init__()
        self.model = model
        self.rows: dict[str, FieldRow] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._folded: frozenset[str] = frozenset()
        for name, schema in model.fields.items():
            editor = None if name in skip else make_editor(schema, store)
            if editor is None:
                continue
            made = FieldRow(schema, editor)
            made.edited.connect(model.set_value)
            made.reset_asked.connect(model.reset)
            self.rows[name] = made
            column.addWidget(made)
        self._fold(column, [made for made in self.rows.values() if made.schema.advanced])
        model.value_changed.connect(self._on_value)
        model.errors_changed.connect(self.refresh)
        model.reloaded.connect(self.refresh)
        self.refresh()

    def _fold(self, column: QVBoxLayout, advanced: list[FieldRow]) -> None:
        """Seldom used ones under a link."""
        if not advanced:
            return
        self._folded = frozenset(made.schema.name for made in advanced)
        for made in advanced:
            column.removeWidget(made)
        link = button(self.tr("Show {0} more").format(len(advanced)), "link", "chevron-down")
        column.addWidget(link, 0, Qt.AlignLeft)
        link.setContentsMargins(16, 0, 0, 0)

        def unfold() -> None:
            link.hide()
            self._folded = frozenset()
            self.refresh()

        link.clicked.connect(unfold)
        for made in advanced:
            column.addWidget(made)

    def refresh(self) -> None:
        for name in self.rows:
            self._show(name)

    def focus_first(self) -> None:
        next(iter(self.rows.values())).editor.focus_widget().setFocus()

    def focus_error(self) -> None:
        """The first wrong one."""
        wrong = [made for name, made in self.rows.items() if name in self.model.errors]
        if wrong:
            wrong[0].editor.focus_widget().setFocus()

    def _on_value(self, name: str) -> None:
        if name in self.rows:
            self._show(name)
        for other, made in self.rows.items():
            if name in made.schema.only_for:
                self._show(other)

    def _show(self, name: str) -> None:
        model, made = self.model, self.rows[name]
        made.editor.set_value(model.value(name))
        wrong = name in model.errors
        made.setVisible(wrong or (model.applies(name) and name not in self._folded))
        made.show_state(model.is_changed(name), model.is_default(name), model.errors.get(name, ""))
