"""One editor a type of field; all speak the same: a value in, `edited(value)` out."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PyQt5.QtGui import QKeyEvent, QWheelEvent
from PyQt5.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from axxon_client.model import words
from axxon_client.model.store import ObjectStore
from axxon_client.ui.settings.editor import Editor
from axxon_client.ui.settings.schedule import ScheduleEditor
from axxon_client.ui.theme import icons
from axxon_client.ui.widgets.basics import label, row
from protocol.types import FieldSchema, FieldType, ObjectKind

_NARROW = 140
_WIDE = 380
_SLIDER_LINE = 88


class TextEditor(Editor):
    def __init__(self, schema: FieldSchema) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setFixedWidth(_WIDE)
        self.line.setAccessibleName(schema.label)
        if schema.type is FieldType.PASSWORD:
            hide_password(self.line, self.tr("Unchanged"))
        self.setLayout(row(self.line, 1))
        self.line.textEdited.connect(self.edited.emit)

    def set_value(self, value: Any) -> None:
        text = "" if value is None else str(value)
        if text != self.line.text():
            self.line.setText(text)

    def focus_widget(self) -> QWidget:
        return self.line


def hide_password(line: QLineEdit, hint: str = "") -> None:
    """Dots, with an eye to look."""
    line.setEchoMode(QLineEdit.Password)
    line.setPlaceholderText(hint)
    eye = line.addAction(icons.icon("eye-outline"), QLineEdit.TrailingPosition)
    eye.setToolTip(line.tr("Show the password"))

    def toggle() -> None:
        hidden = line.echoMode() == QLineEdit.Password
        line.setEchoMode(QLineEdit.Normal if hidden else QLineEdit.Password)
        eye.setIcon(icons.icon("eye-off-outline" if hidden else "eye-outline"))
        eye.setToolTip(line.tr("Hide the password") if hidden else line.tr("Show the password"))

    eye.triggered.connect(toggle)


class NumberEditor(Editor):
    """A number is typed, or stepped with the arrow keys; nothing is silently clamped, so that
    the form can say what is wrong."""

    def __init__(self, schema: FieldSchema) -> None:
        super().__init__()
        self._schema = schema
        self.line = QLineEdit()
        self.line.setFixedWidth(_NARROW)
        if schema.default is None and not schema.required:
            self.line.setPlaceholderText(self.tr("automatic"))
        self.line.setAccessibleName(schema.label)
        self.line.installEventFilter(self)
        self.setLayout(row(self.line, label(schema.unit, "second"), 1))
        self.line.textEdited.connect(lambda text: self.edited.emit(self._parse(text)))

    def set_value(self, value: Any) -> None:
        if self._parse(self.line.text()) != value or not self.line.text():
            self.line.setText(_number_text(value))

    def focus_widget(self) -> QWidget:
        return self.line

    def _parse(self, text: str) -> Any:
        text = text.strip().replace(",", ".")
        if not text and self._schema.default is None:
            return None
        try:
            number = float(text)
        except ValueError:
            return text
        whole = self._schema.type is FieldType.INTEGER and number == int(number)
        return int(number) if whole else number

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.KeyPress:
            if event.key() in (Qt.Key_Up, Qt.Key_Down):
                self._step(1 if event.key() == Qt.Key_Up else -1)
                return True
        elif isinstance(event, QWheelEvent):
            return not self.line.hasFocus()  # scrolling a form must not change a number
        return False

    def _step(self, direction: int) -> None:
        value = self._parse(self.line.text())
        schema = self._schema
        if value is None:
            value = schema.minimum or 0
        if not isinstance(value, int | float):
            return
        whole = schema.type is FieldType.INTEGER or abs(value) >= 10
        new = value + direction * (1 if whole else 0.5)
        if schema.minimum is not None:
            new = max(schema.minimum, new)
        if schema.maximum is not None:
            new = min(schema.maximum, new)
        new = int(new) if schema.type is FieldType.INTEGER else float(new)
        self.line.setText(_number_text(new))
        self.edited.emit(new)


class SliderEditor(NumberEditor):
    """A number of a short range, to be drawn or typed.  While it is automatic, the slider stands
    at the range's middle."""

    def __init__(self, schema: FieldSchema) -> None:
        super().__init__(schema)
        self._low = round(schema.minimum or 0)
        self._high = round(schema.maximum or 100)
        self.slider = QSlider(Qt.Horizontal)
        self.slider.setRange(self._low, self._high)
        self.slider.setFixedWidth(_WIDE - _SLIDER_LINE - 8)
        self.slider.setAccessibleName(schema.label)
        self.slider.installEventFilter(self)
        self.line.setFixedWidth(_SLIDER_LINE)
        whole = self.layout()
        assert isinstance(whole, QHBoxLayout)
        whole.insertWidget(0, self.slider)
        self.slider.valueChanged.connect(self._on_slider)

    def set_value(self, value: Any) -> None:
        super().set_value(value)
        shown = value if isinstance(value, int | float) else (self._low + self._high) / 2
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(min(max(shown, self._low), self._high)))

    def _on_slider(self, value: int) -> None:
        self.line.setText(str(value))
        self.edited.emit(value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.line:
            return super().eventFilter(watched, event)
        return isinstance(event, QWheelEvent) and not self.slider.hasFocus()


def _number_text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


class BooleanEditor(Editor):
    def __init__(self, schema: FieldSchema) -> None:
        super().__init__()
        self.box = QCheckBox()
        self.box.setAccessibleName(schema.label)
        self.setLayout(row(self.box, 1))
        self.box.clicked.connect(self.edited.emit)

    def set_value(self, value: Any) -> None:
        self.box.setChecked(bool(value))

    def focus_widget(self) -> QWidget:
        return self.box


class ChoiceEditor(Editor):
    """`options`: (value, text)."""

    def __init__(self, schema: FieldSchema, options: list[tuple[str, str]]) -> None:
        super().__init__()
        self.combo = QComboBox()
        self.combo.setFixedWidth(_WIDE if len(options) > 4 or schema.refers_to else 220)
        self.combo.setAccessibleName(schema.label)
        self.combo.installEventFilter(self)
        for value, text in options:
            self.combo.addItem(text, value)
        self.setLayout(row(self.combo, 1))
        self.combo.activated.connect(lambda number: self.edited.emit(self.combo.itemData(number)))

    def set_value(self, value: Any) -> None:
        place = self.combo.findData(value)
        if place < 0 and value not in (None, ""):
            self.combo.addItem(str(value), value)
            place = self.combo.count() - 1
        self.combo.setCurrentIndex(place)

    def focus_widget(self) -> QWidget:
        return self.combo

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return isinstance(event, QWheelEvent) and not self.combo.hasFocus()


class ChecksEditor(Editor):
    """A list whose members are chosen from the schema's choices."""

    def __init__(self, schema: FieldSchema) -> None:
        super().__init__()
        self._boxes: dict[str, QCheckBox] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for value in schema.choices:
            box = QCheckBox(words.right(value))
            box.clicked.connect(self._on_click)
            column.addWidget(box)
            self._boxes[value] = box

    def set_value(self, value: Any) -> None:
        for name, box in self._boxes.items():
            box.setChecked(name in (value or []))

    def focus_widget(self) -> QWidget:
        return next(iter(self._boxes.values()), self)

    def _on_click(self) -> None:
        self.edited.emit([name for name, box in self._boxes.items() if box.isChecked()])


class ListEditor(TextEditor):
    """A list of texts, separated by commas."""

    def __init__(self, schema: FieldSchema) -> None:
        super().__init__(schema)
        self.line.textEdited.disconnect()
        self.line.textEdited.connect(
            lambda text: self.edited.emit([p.strip() for p in text.split(",") if p.strip()])
        )

    def set_value(self, value: Any) -> None:
        if not self.line.hasFocus():
            super().set_value(", ".join(value or []))


class PatrolEditor(TextEditor):
    """Presets in turn, each with its seconds, separated by commas: "door 10, gate 20"."""

    _DWELL_S = 10.0

    def __init__(self, schema: FieldSchema) -> None:
        super().__init__(schema)
        self.line.textEdited.disconnect()
        self.line.textEdited.connect(lambda text: self.edited.emit(self._read(text)))

    def set_value(self, value: Any) -> None:
        if not self.line.hasFocus():
            stops = [f"{stop['preset']} {stop['dwell_s']:g}" for stop in value or []]
            super().set_value(", ".join(stops))

    def _read(self, text: str) -> list[dict[str, Any]]:
        return [self._stop(part.strip()) for part in text.split(",") if part.strip()]

    def _stop(self, part: str) -> dict[str, Any]:
        preset, _, seconds = part.rpartition(" ")
        try:
            return {"preset": preset.strip() or part, "dwell_s": float(seconds)}
        except ValueError:
            return {"preset": part, "dwell_s": self._DWELL_S}


def make_editor(schema: FieldSchema, store: ObjectStore) -> Editor | None:
    """None: no editor of its own (polygons and lines are drawn on the picture)."""
    kind = schema.type
    if kind in (FieldType.TEXT, FieldType.PASSWORD, FieldType.PATH):
        return TextEditor(schema)
    if kind in (FieldType.INTEGER, FieldType.NUMBER):
        return SliderEditor(schema) if schema.slider else NumberEditor(schema)
    if kind is FieldType.BOOLEAN:
        return BooleanEditor(schema)
    if kind is FieldType.CHOICE:
        return ChoiceEditor(schema, [(value, words.choice(value)) for value in schema.choices])
    if kind is FieldType.REFERENCE:
        found = store.of_kind(ObjectKind(schema.refers_to))
        return ChoiceEditor(schema, [(record.id, record.name) for record in found])
    if kind is FieldType.SCHEDULE:
        return ScheduleEditor(schema)
    if kind is FieldType.PATROL:
        return PatrolEditor(schema)
    if kind is FieldType.LIST:
        return ChecksEditor(schema) if schema.choices else ListEditor(schema)
    return None
