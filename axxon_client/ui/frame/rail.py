"""The rail: one button a menu, help, and the user at the bottom."""

from __future__ import annotations

import enum

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QPainter, QPaintEvent
from PyQt5.QtWidgets import QFrame, QLabel, QToolButton, QVBoxLayout

from axxon_client.ui.theme import icons, palette
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.basics import label, tool


class Menu(enum.StrEnum):
    LAYOUTS = "layouts"
    ALERTS = "alerts"
    SETTINGS = "settings"


class RailButton(QToolButton):
    """A menu's button, with a mark at its left edge when that menu is open."""

    def __init__(self, icon: str, tip: str) -> None:
        super().__init__()
        self.setProperty("kind", "rail")
        self.setCheckable(True)
        self.setIcon(icons.icon(icon))
        self.setIconSize(QSize(24, 24))
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setFocusPolicy(Qt.TabFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.isChecked():
            QPainter(self).fillRect(0, 10, 3, self.height() - 20, colour(palette.ACCENT))


class Rail(QFrame):
    """Signals: `pressed(Menu)`; `help_asked()`; `user_asked()`."""

    pressed = pyqtSignal(object)
    help_asked = pyqtSignal()
    user_asked = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setFixedWidth(palette.RAIL)
        self.buttons = {
            Menu.LAYOUTS: RailButton("view-grid-outline", self.tr("Layouts  (Ctrl+1)")),
            Menu.ALERTS: RailButton("bell-outline", self.tr("Alerts  (Ctrl+2)")),
            Menu.SETTINGS: RailButton("cog-outline", self.tr("Settings  (Ctrl+3)")),
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 8, 4, 8)
        column.setSpacing(8)
        for menu, made in self.buttons.items():
            made.clicked.connect(lambda _on=False, menu=menu: self.pressed.emit(menu))
            column.addWidget(made, 0, Qt.AlignHCenter)
        column.addStretch(1)
        self.help = tool(
            "help-circle-outline", self.tr("Shortcuts"), self.help_asked.emit, "?", 22
        )
        self.user = tool("account-circle-outline", self.tr("User"), self.user_asked.emit, "", 24)
        for bottom in (self.help, self.user):
            bottom.setProperty("kind", "rail")
            column.addWidget(bottom, 0, Qt.AlignHCenter)
        self._badge = label("", "badge")
        self._badge.setParent(self.buttons[Menu.ALERTS])
        self._badge.setAlignment(Qt.AlignCenter)
        self._badge.hide()

    @property
    def badge(self) -> QLabel:
        return self._badge

    def set_open(self, menu: Menu | None) -> None:
        for name, made in self.buttons.items():
            made.setChecked(name is menu)

    def allow(self, menu: Menu, allowed: bool) -> None:
        self.buttons[menu].setVisible(allowed)

    def set_waiting(self, count: int) -> None:
        """Alarms that wait for this user."""
        self._badge.setText(str(count) if count < 100 else "99+")
        self._badge.adjustSize()
        self._badge.move(44 - self._badge.width(), 3)
        self._badge.setVisible(count > 0)
        bell = self.buttons[Menu.ALERTS]
        name = "bell-ring-outline" if count else "bell-outline"
        bell.setIcon(
            icons.icon(
                name,
                palette.RED if count else palette.TEXT_SECOND,
                palette.RED if count else palette.TEXT,
            )
        )
        bell.setAccessibleDescription(self.tr("{0} alarms waiting").format(count))
