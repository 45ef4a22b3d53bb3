"""A PTZ camera's presets: go there by a click, save the present place, remove."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QInputDialog, QListWidget, QListWidgetItem, QMenu, QWidget

from axxon_client.model.ptz import Steering
from axxon_client.ui.theme import icons
from axxon_client.ui.widgets.ask import ask
from axxon_client.ui.widgets.basics import column, label, row, tool
from protocol.types import Capability

_MAX_NAME = 60
_DWELL_S = 10
_MAX_DWELL_S = 3600
_MAX_ROWS = 6  # more are scrolled
_TOKEN = Qt.UserRole


class Presets(QWidget):
    def __init__(self, steering: Steering) -> None:
        super().__init__()
        self._steering = steering
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Presets"))
        self.list.setContextMenuPolicy(Qt.CustomContextMenu)
        self.list.customContextMenuRequested.connect(
            lambda place: self._menu(self.list.itemAt(place))
        )
        self.list.itemClicked.connect(self._go)
        self.list.itemActivated.connect(self._go)
        self.none = label(self.tr("None yet: steer somewhere and save the place."), "caption",
                          wrap=True)  # fmt: skip
        self.save = tool("plus", self.tr("Save the present place"), self._save_new)
        self.setLayout(
            column(row(label(self.tr("Presets"), "section"), 1, self.save), self.none, self.list)
        )

    def refresh(self) -> None:
        can = self._steering.can(Capability.PRESETS)
        self.setVisible(can)
        chosen = self.list.currentRow()
        stops = self._steering.stops
        self.list.clear()
        for preset in self._steering.presets:
            item = QListWidgetItem(preset.name or preset.token)
            if preset.token in stops:
                item.setIcon(icons.icon("map-marker-path"))
                stay = self.tr("On the patrol, for {0} s").format(f"{stops[preset.token]:g}")
                item.setToolTip(stay)
            item.setData(_TOKEN, preset.token)
            self.list.addItem(item)
        self.list.setCurrentRow(min(chosen, self.list.count() - 1))
        rows = min(self.list.count(), _MAX_ROWS)
        self.list.setFixedHeight(rows * max(1, self.list.sizeHintForRow(0)) + 8)
        self.none.setVisible(not self.list.count())
        self.list.setVisible(bool(self.list.count()))

    def _go(self, item: QListWidgetItem) -> None:
        self._steering.go_preset(item.data(_TOKEN))

    def _save_new(self) -> None:
        count = self.list.count() + 1
        name, given = QInputDialog.getText(
            self.window(), self.tr("Save the present place"), self.tr("Name"),
            text=self.tr("Preset {0}").format(count),
        )  # fmt: skip
        if given and name.strip():
            self._steering.set_preset(name.strip()[:_MAX_NAME])

    def _menu(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        token, name = item.data(_TOKEN), item.text()
        menu = QMenu(self)
        menu.setAttribute(Qt.WA_DeleteOnClose)
        menu.addAction(icons.icon("crosshairs"), self.tr("Go there"), lambda: self._go(item))
        menu.addAction(
            icons.icon("content-save-outline"),
            self.tr("Save the present place here"),
            lambda: self._steering.set_preset(name, token),
        )
        if self._steering.may_plan:
            self._patrol_entry(menu, token, name)
        menu.addAction(
            icons.icon("trash-can-outline"), self.tr("Remove…"), lambda: self._remove(token, name)
        )
        menu.popup(self.list.viewport().mapToGlobal(self.list.visualItemRect(item).bottomLeft()))

    def _patrol_entry(self, menu: QMenu, token: str, name: str) -> None:
        picture = icons.icon("map-marker-path")
        if token in self._steering.stops:
            text = self.tr("Take off the patrol")
            menu.addAction(picture, text, lambda: self._steering.plan(token, None))
        else:
            text = self.tr("Add to the patrol…")
            menu.addAction(picture, text, lambda: self._add_stop(token, name))

    def _add_stop(self, token: str, name: str) -> None:
        dwell_s, given = QInputDialog.getInt(
            self.window(), self.tr("Patrol"), self.tr("Seconds to stay at {0}").format(name),
            _DWELL_S, 1, _MAX_DWELL_S,
        )  # fmt: skip
        if given:
            self._steering.plan(token, dwell_s)

    def _remove(self, token: str, name: str) -> None:
        ask(
            self,
            self.tr("Remove the preset {0}?").format(name),
            self.tr("The camera forgets the place."),
            self.tr("Remove"),
            lambda: self._steering.remove_preset(token),
        )
