"""The buttons over a tile that is hovered, or pressed long; and the same as a menu."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QAction, QFrame, QMenu, QToolButton, QWidget

from axxon_client.ui.layouts.commands import MENU, STRIP, STRIP_ORDER, Command, Entry
from axxon_client.ui.theme import icons, palette, style
from axxon_client.ui.widgets.basics import row, tool, with_shortcut


class ToolStrip(QFrame):
    """Signals: `chosen(Command)`; `more()` for the whole menu."""

    chosen = pyqtSignal(object)
    more = pyqtSignal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toolStrip")
        self.setAttribute(Qt.WA_StyledBackground)
        self._row = row(space=0, margins=2)
        self.setLayout(self._row)
        self._shown: list[Entry] = []
        self._buttons: list[QToolButton] = []
        self.hide()

    def fill(self, entries: dict[Command, Entry], width: int) -> None:
        """As many buttons as `width` has room for; the last one opens the menu."""
        room = max(1, (width - 8) // self._side() - 1)
        kept: set[Command] = set()
        for group in STRIP:
            present = [command for command in group if command in entries]
            if present and len(kept) < room:
                kept.add(present[0])
        shown = [entries[command] for group in STRIP_ORDER for command in group if command in kept]
        if shown != self._shown:
            self._shown = shown
            self._rebuild()
        self.adjustSize()

    def _side(self) -> int:
        return style.target_px() + 4  # a tool button adds room around its icon

    def _rebuild(self) -> None:
        for old in self._buttons:
            self._row.removeWidget(old)
            old.deleteLater()
        self._buttons = [self._button(entry) for entry in self._shown]
        self._buttons.append(tool("dots-horizontal", self.tr("More"), self.more.emit, "Menu"))
        for new in self._buttons:
            new.setFocusPolicy(Qt.NoFocus)
            self._row.addWidget(new)
            new.show()  # else the layout counts it only after the next turn of the event loop

    def _button(self, entry: Entry) -> QToolButton:
        made = tool(entry.icon, entry.text, None, entry.shortcut)
        made.setIconSize(QSize(palette.ICON, palette.ICON))
        made.setIcon(icons.icon(entry.icon, palette.TEXT, palette.ACCENT_HOVER))
        made.setEnabled(entry.enabled)
        if entry.checked is not None:
            made.setCheckable(True)
            made.setChecked(entry.checked)
        made.clicked.connect(lambda _on=False: self.chosen.emit(entry.command))
        return made


def build_menu(
    parent: QWidget, entries: dict[Command, Entry], chosen: Callable[[Command], object]
) -> QMenu:
    """The context menu; the caller pops it up."""
    menu = QMenu(parent)
    for group in MENU:
        present = [entries[command] for command in group if command in entries]
        for entry in present:
            menu.addAction(_action(menu, entry, chosen))
        if present:
            menu.addSeparator()
    return menu


def _action(menu: QMenu, entry: Entry, chosen: Callable[[Command], object]) -> QAction:
    tint = palette.ACCENT if entry.checked else palette.TEXT_SECOND
    action = QAction(icons.icon(entry.icon, tint, tint), entry.text, menu)
    if entry.shortcut:
        action.setShortcut(QKeySequence(entry.shortcut))
        action.setShortcutVisibleInContextMenu(True)
        action.setShortcutContext(Qt.WidgetShortcut)  # shown only; the window handles the key
    action.setEnabled(entry.enabled)
    if entry.checked is not None:
        action.setCheckable(True)
        action.setChecked(entry.checked)
    action.triggered.connect(lambda _on=False: chosen(entry.command))
    action.setToolTip(with_shortcut(entry.text, entry.shortcut))
    return action
