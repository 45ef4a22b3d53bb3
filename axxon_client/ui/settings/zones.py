"""Zones, masks and lines of a form, drawn on the camera's picture."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QBoxLayout, QButtonGroup, QToolButton, QWidget

from axxon_client.model.settings import FormModel
from axxon_client.ui.widgets.basics import button, column, label, row
from axxon_client.ui.widgets.zonecanvas import ZoneCanvas
from protocol.types import FieldType


class ZoneEditor(QWidget):
    """Canvas with its tools, bound to the polygon fields of a form."""

    def __init__(self, model: FormModel, below: QWidget | None = None) -> None:
        """`below`: stands under the tools."""
        super().__init__()
        self._model = model
        drawn = [f for f in model.schema.fields if f.type in (FieldType.POLYGONS, FieldType.LINES)]
        # Zones first: every detector has them, whatever the order of the schema.
        self._names = [f.name for f in sorted(drawn, key=lambda f: f.type is FieldType.LINES)]
        self._lines = frozenset(f.name for f in model.schema.fields if f.type is FieldType.LINES)
        self.canvas = ZoneCanvas(self._names, self._lines)
        self.hint = label("", "caption", wrap=True)
        self.remove = button(self.tr("Remove"), "", "trash-can-outline", self.canvas.remove_chosen)
        self._kinds = QButtonGroup(self)
        self._asides = [self.hint, self.remove]
        tools = row(space=4)
        for number, name in enumerate(self._names):
            made = QToolButton()
            made.setProperty("kind", "segment")
            made.setText(model.fields[name].label)
            made.setToolTip(model.fields[name].help)
            made.setCheckable(True)
            made.setChecked(number == 0)
            self._kinds.addButton(made, number)
            tools.addWidget(made)
        tools.addStretch(1)
        tools.addWidget(self.remove)
        side = column(tools, self.hint, space=12)
        if below is not None:
            side.addWidget(below)
        side.addStretch(1)
        self._parts = QBoxLayout(QBoxLayout.TopToBottom, self)
        self._parts.setContentsMargins(0, 0, 0, 0)
        self._parts.setSpacing(12)
        self._parts.addWidget(self.canvas)
        self._parts.addLayout(side, 1)
        self._kinds.idClicked.connect(lambda number: self._on_kind(self._names[number]))
        self.canvas.edited.connect(model.set_value)
        self.canvas.chosen_changed.connect(self._on_chosen)
        model.reloaded.connect(self._load)
        model.value_changed.connect(self._on_value)
        self._load()
        self._on_chosen()
        self._offer()

    def set_beside(self, beside: bool, width_px: int) -> None:
        """The tools beside the picture, or under it; the picture's width."""
        self._parts.setDirection(QBoxLayout.LeftToRight if beside else QBoxLayout.TopToBottom)
        self._parts.setAlignment(self.canvas, Qt.AlignTop if beside else Qt.AlignHCenter)
        self.canvas.set_width(width_px)

    def _on_value(self, name: str) -> None:
        if name in self._names:
            self._load()
        elif any(name in self._model.fields[drawn].only_for for drawn in self._names):
            self._offer()

    def _offer(self) -> None:
        """Only what the detector's type reads is drawn."""
        fit = [name for name in self._names if self._model.applies(name)]
        for number, name in enumerate(self._names):
            self._kinds.button(number).setVisible(name in fit)
        for aside in self._asides:
            aside.setVisible(bool(fit))
        self.canvas.set_shown(fit)
        # Without a line a line detector finds nothing: it comes first.
        name = next((name for name in fit if name in self._lines), "".join(fit[:1]))
        if fit and (self.canvas.field not in fit or name in self._lines):
            self._kinds.button(self._names.index(name)).setChecked(True)
            self._on_kind(name)
        elif fit:
            self._on_kind(self.canvas.field)

    def _on_kind(self, name: str) -> None:
        self.canvas.set_field(name)
        how = self.tr("Click to set corners, click the first one to close.")
        if name in self._lines:
            how = self.tr("Click where the line begins and where it ends.")
        self.hint.setText(f"{self._model.fields[name].help}  {how}")

    def _on_chosen(self) -> None:
        self.remove.setEnabled(self.canvas.chosen is not None)

    def _load(self) -> None:
        for name in self._names:
            value: Any = self._model.value(name)
            self.canvas.set_polygons(name, value or [])


def has_zones(model: FormModel) -> bool:
    return any(f.type in (FieldType.POLYGONS, FieldType.LINES) for f in model.schema.fields)
