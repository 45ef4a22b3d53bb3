"""Dresses the application: style sheet from template and tokens, fonts, dark palette, motion."""

from __future__ import annotations

import atexit
import functools
import re
import shutil
import sys
import tempfile
from pathlib import Path

from PyQt5.QtCore import QEasingCurve, QPropertyAnimation
from PyQt5.QtGui import QFont, QFontDatabase, QPalette
from PyQt5.QtWidgets import QApplication, QStyle, QStyleFactory

from axxon_client.ui.theme import icons, palette
from axxon_client.ui.theme.palette import colour

_TEMPLATE = Path(__file__).parents[1] / "axxon.qss"
_TOKEN = re.compile(r"@([a-z_]+?)(?=px\b|[^a-z_])")

# Fonts with figures of one width, best first; the system's own comes before all of them.
_FAMILIES = ["Segoe UI", "Noto Sans", "Open Sans", "Cantarell", "DejaVu Sans"]
# What fontconfig answers when nobody chose a font: no reason to keep it.
_NO_CHOICE = {"Sans Serif", "Sans", "sans-serif", "DejaVu Sans", "DejaVu LGC Sans", ""}


# Pictures that the style sheet names: token -> (icon, colour, size).
_DRAWN = {
    "chevron": ("chevron-down", palette.TEXT_SECOND, 16),
    "check": ("check-bold", palette.TEXT_ON_ACCENT, 16),
    "tick": ("check", palette.ACCENT, 16),
    "right": ("chevron-right", palette.TEXT_SECOND, 16),
    "down": ("chevron-down", palette.TEXT_SECOND, 16),
}


def style_sheet(touch: bool = False, pictures: Path | None = None) -> str:
    """The template with its tokens filled in; an unknown token raises KeyError with its name.

    `pictures`: the folder where the drawn icons are.
    """
    values = palette.tokens()
    values.update({name: f"{(pictures or Path()) / name}.png" for name in _DRAWN})
    values["row"] = str(palette.TARGET_TOUCH if touch else 28)
    values["menurow"] = str(palette.TARGET_TOUCH if touch else 28)
    values["target"] = str(palette.TARGET_TOUCH if touch else palette.TARGET_MOUSE)
    # QSS counts a border outside min-height: a control of the target's size is 4 px less inside.
    values["control"] = str((palette.TARGET_TOUCH if touch else palette.TARGET_MOUSE) - 4)
    values["font"] = _family()
    text = _TEMPLATE.read_text(encoding="utf-8")
    return _TOKEN.sub(lambda match: values[match.group(1)], text)


def apply_style(app: QApplication, touch: bool = False) -> None:
    """Dress the whole application; call again with another `touch` to change target sizes."""
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(_qt_palette())
    app.setFont(body_font())
    app.setProperty("touch", touch)
    app.setStyleSheet(style_sheet(touch, _draw_pictures()))


@functools.cache
def _draw_pictures() -> Path:
    """Icons as files, because a style sheet can only name files; in a folder of this process."""
    folder = Path(tempfile.mkdtemp(prefix="axxon-icons-"))
    atexit.register(shutil.rmtree, folder, True)
    for name, (icon, tint, side) in _DRAWN.items():
        for ratio, suffix in ((1, ""), (2, "@2x")):
            picture = icons.pixmap(icon, side, tint, ratio)
            picture.save(str(folder / f"{name}{suffix}.png"))
    return folder


def is_touch() -> bool:
    app = QApplication.instance()
    return bool(app and app.property("touch"))


def target_px() -> int:
    """Least side of a thing to press: 32 px with a mouse, 44 px with touch."""
    return palette.TARGET_TOUCH if is_touch() else palette.TARGET_MOUSE


def body_font() -> QFont:
    return font(palette.FONT_BODY)


def font(size_px: int, bold: bool = False) -> QFont:
    made = QFont(_family())
    made.setPixelSize(size_px)
    if bold:
        made.setWeight(QFont.DemiBold)
    return made


def motion_ms() -> int:
    """How long a panel moves: 0 when the system or the user asked for reduced motion."""
    app = QApplication.instance()
    if app is None or bool(app.property("reducedMotion")):
        return 0
    if sys.platform in {"win32", "darwin"}:  # X11 and Wayland desktops don't tell Qt 5
        hint = QApplication.style().styleHint(QStyle.SH_Widget_Animation_Duration)
        return min(hint, palette.MOTION_MS)
    return palette.MOTION_MS


def eased(animation: QPropertyAnimation) -> QPropertyAnimation:
    animation.setDuration(motion_ms())
    animation.setEasingCurve(QEasingCurve.OutCubic)
    return animation


def _family() -> str:
    chosen = QFontDatabase.systemFont(QFontDatabase.GeneralFont).family()
    if chosen not in _NO_CHOICE:
        return str(chosen)
    known = set(QFontDatabase().families())
    return next((family for family in _FAMILIES if family in known), "sans-serif")


def _qt_palette() -> QPalette:
    """For what the style sheet does not reach: native menus, placeholder text, selections."""
    made = QPalette()
    roles = {
        QPalette.Window: palette.WINDOW,
        QPalette.WindowText: palette.TEXT,
        QPalette.Base: palette.PANEL,
        QPalette.AlternateBase: palette.RAISED,
        QPalette.Text: palette.TEXT,
        QPalette.Button: palette.RAISED,
        QPalette.ButtonText: palette.TEXT,
        QPalette.BrightText: palette.RED,
        QPalette.Highlight: palette.ACCENT,
        QPalette.HighlightedText: palette.TEXT_ON_ACCENT,
        QPalette.ToolTipBase: palette.RAISED,
        QPalette.ToolTipText: palette.TEXT,
        QPalette.Link: palette.ACCENT,
        QPalette.PlaceholderText: palette.TEXT_OFF,
    }
    for role, token in roles.items():
        made.setColor(role, colour(token))
    for role in (QPalette.WindowText, QPalette.Text, QPalette.ButtonText):
        made.setColor(QPalette.Disabled, role, colour(palette.TEXT_OFF))
    return made
