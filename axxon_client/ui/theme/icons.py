"""Icons: Material Design Icons by qtawesome, tinted with the palette's tokens and cached."""

from __future__ import annotations

import functools

import qtawesome
from PyQt5.QtCore import QRect, Qt
from PyQt5.QtGui import QIcon, QPainter, QPixmap

from axxon_client.ui.theme import palette


@functools.cache
def icon(name: str, colour: str = palette.TEXT_SECOND, active: str = palette.TEXT) -> QIcon:
    """The icon `name` of the family, e.g. "cctv"; raises when the family has none so named."""
    return _made(name, colour, active)


def _made(name: str, colour: str, active: str) -> QIcon:
    made: QIcon = qtawesome.icon(
        f"mdi6.{name}",
        color=colour,
        color_active=active,
        color_on=active,
        color_selected=active,
        color_disabled=palette.TEXT_OFF,
    )
    return made


@functools.lru_cache(maxsize=512)  # every name x colour x size in use, a few hundred bytes each
def pixmap(name: str, size: int, colour: str = palette.TEXT_SECOND, ratio: float = 1.0) -> QPixmap:
    """A square picture of `size` logical pixels, sharp at the screen's `ratio`."""
    side = round(size * ratio)
    made = QPixmap(side, side)
    made.fill(Qt.transparent)
    painter = QPainter(made)
    # Painted, not asked by QIcon.pixmap: that multiplies by the application's own ratio.
    icon(name, colour, colour).paint(painter, QRect(0, 0, side, side))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made
