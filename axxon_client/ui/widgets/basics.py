"""Labels and buttons dressed by the style sheet's roles."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QSize, Qt
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from axxon_client.ui.theme import icons, palette


def label(text: str = "", role: str = "", wrap: bool = False) -> QLabel:
    made = QLabel(text)
    if role:
        made.setProperty("role", role)
    made.setTextFormat(Qt.PlainText)
    made.setWordWrap(wrap)
    return made


def chip(text: str = "", tone: str = "") -> QLabel:
    made = label(text, "chip")
    made.setSizePolicy(QSizePolicy.Maximum, QSizePolicy.Fixed)
    set_tone(made, tone)
    return made


def set_tone(widget: QWidget, tone: str, name: str = "tone") -> None:
    """Change a dynamic property that the style sheet looks at."""
    if widget.property(name) != tone:
        widget.setProperty(name, tone)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def left(widget: QWidget) -> QHBoxLayout:
    """As wide as it may be, the rest of the line free."""
    line = row()
    line.addWidget(widget, 100)
    line.addStretch(1)
    return line


def button(
    text: str, kind: str = "", icon: str = "", clicked: Callable[[], object] | None = None
) -> QPushButton:
    """`kind`: "primary", "danger", "quiet", "link" or "" (plain)."""
    made = QPushButton(text)
    if kind:
        made.setProperty("kind", kind)
    if icon:
        tint = palette.TEXT_ON_ACCENT if kind == "primary" else palette.TEXT_SECOND
        made.setIcon(icons.icon(icon, tint, tint if kind == "primary" else palette.TEXT))
        made.setIconSize(QSize(18, 18))
    made.setCursor(Qt.PointingHandCursor)
    made.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
    made.setAutoDefault(False)  # Enter is for the button that a sheet names, not for the nearest
    if clicked is not None:
        made.clicked.connect(lambda _checked=False: clicked())
    return made


def tool(
    icon: str,
    tip: str,
    clicked: Callable[[], object] | None = None,
    shortcut: str = "",
    size: int = palette.ICON,
) -> QToolButton:
    """A square button with an icon; its tooltip names the shortcut (handled elsewhere)."""
    made = QToolButton()
    made.setIcon(icons.icon(icon))
    made.setIconSize(QSize(size, size))
    made.setToolTip(with_shortcut(tip, shortcut))
    made.setAccessibleName(tip)
    made.setFocusPolicy(Qt.TabFocus)
    made.setAutoRaise(True)
    if clicked is not None:
        made.clicked.connect(lambda _checked=False: clicked())
    return made


def with_shortcut(tip: str, shortcut: str) -> str:
    if not shortcut:
        return tip
    return f"{tip}  ({QKeySequence(shortcut).toString(QKeySequence.NativeText)})"


def rule(vertical: bool = False) -> QFrame:
    made = QFrame()
    made.setProperty("line", "v" if vertical else "h")
    return made


def surface(kind: str, layout: QLayout | None = None) -> QFrame:
    """A frame with a background: "panel", "raised", "card", "window", "notice"."""
    made = QFrame()
    made.setProperty("surface", kind)
    made.setAttribute(Qt.WA_StyledBackground)
    if layout is not None:
        made.setLayout(layout)
    return made


def column(*parts: QWidget | QLayout | int, margins: int = 0, space: int = 8) -> QVBoxLayout:
    """Top to bottom; an int is a stretch factor."""
    made = QVBoxLayout()
    made.setContentsMargins(margins, margins, margins, margins)
    made.setSpacing(space)
    _fill(made, parts)
    return made


def row(*parts: QWidget | QLayout | int, margins: int = 0, space: int = 8) -> QHBoxLayout:
    """Left to right; an int is a stretch factor."""
    made = QHBoxLayout()
    made.setContentsMargins(margins, margins, margins, margins)
    made.setSpacing(space)
    _fill(made, parts)
    return made


def _fill(box: QVBoxLayout | QHBoxLayout, parts: tuple[QWidget | QLayout | int, ...]) -> None:
    for part in parts:
        if isinstance(part, int):
            box.addStretch(part)
        elif isinstance(part, QWidget):
            box.addWidget(part)
        else:
            box.addLayout(part)


def search_field(hint: str) -> QLineEdit:
    made = QLineEdit()
    made.setProperty("kind", "search")
    made.setPlaceholderText(hint)
    made.setClearButtonEnabled(True)
    made.addAction(icons.icon("magnify"), QLineEdit.LeadingPosition)
    return made


class Elided(QLabel):
    """One line that ends in … where there is no room; the whole text is its tooltip."""

    def __init__(self, text: str = "", role: str = "") -> None:
        super().__init__()
        self._whole = ""
        if role:
            self.setProperty("role", role)
        self.setTextFormat(Qt.PlainText)
        self.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Preferred)
        self.set_whole(text)

    def set_whole(self, text: str) -> None:
        self._whole = text
        self._fit()

    def whole(self) -> str:
        return self._whole

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 4, hint.height())

    def _fit(self) -> None:
        text = self.fontMetrics().elidedText(self._whole, Qt.ElideRight, max(0, self.width()))
        self.setText(text)
        self.setToolTip(self._whole if text != self._whole else "")
