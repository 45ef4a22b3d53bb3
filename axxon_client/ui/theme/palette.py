"""Colour and size tokens: the only place in the client where a colour literal may stand.

Sizes are logical pixels on a 4-px grid.  Every pair of text and surface that the style sheet
combines reaches a contrast of 4.5:1 but `TEXT_OFF`, which is for what cannot be used now.
"""

from __future__ import annotations

from PyQt5.QtGui import QColor

# Surfaces
WINDOW = "#0E1116"
PANEL = "#151A21"
RAISED = "#1C232C"
HOVER = "#242D39"
LINE = "#2A3340"
LINE_STRONG = "#3B4656"
VIDEO = "#000000"
SHADE = "#B30E1116"  # over video, under text (ARGB)
SHADE_STRONG = "#D90E1116"
VEIL = "#99000000"  # over the window, under a sheet

# Text
TEXT = "#E6EAF0"
TEXT_SECOND = "#9AA7B8"
TEXT_OFF = "#5F6C7D"
TEXT_ON_ACCENT = "#07121C"

# Accent
ACCENT = "#3DA9FC"
ACCENT_HOVER = "#63BBFD"
ACCENT_PRESSED = "#2B8FDD"
ACCENT_TINT = "#173049"

# States
RED = "#F2545B"
RED_HOVER = "#F5757B"
RED_TINT = "#3A1D22"
AMBER = "#F5B841"
AMBER_HOVER = "#F7C767"
AMBER_TINT = "#3A2F18"
GREEN = "#3FBF7F"
GREEN_HOVER = "#5ACB92"
GREEN_TINT = "#153126"
BLUE = "#1F4E8C"
GREY = "#6B7785"

# Time line
FOOTAGE = "#A9B4C2"
HATCH = "#465365"
HATCH_GROUND = "#11161C"

# Sizes, px
GRID = 4
RADIUS = 6
RAIL = 56
PANEL_WIDTH = 300
TOP_BAR = 40
TIME_LINE = 72
TARGET_MOUSE = 32
TARGET_TOUCH = 44
ICON = 20
FONT_BODY = 13
FONT_CAPTION = 11
FONT_TITLE = 15
FONT_HEADING = 20
FRAME = 2

# Times, ms
MOTION_MS = 120
OVERLAY_FADE_MS = 3000


def tokens() -> dict[str, str]:
    """Names as the style sheet writes them (`@window`) with their values."""
    values = {name.lower(): value for name, value in globals().items() if name.isupper()}
    return {name: str(value) for name, value in values.items() if isinstance(value, str | int)}


def colour(token: str, alpha: float = 1.0) -> QColor:
    """A token as QColor, optionally more transparent; `alpha` in [0; 1]."""
    result = QColor(token)
    if alpha < 1.0:
        result.setAlphaF(result.alphaF() * alpha)
    return result
