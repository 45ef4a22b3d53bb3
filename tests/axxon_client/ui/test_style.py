from __future__ import annotations

import re
from pathlib import Path

import pytest
from PyQt5.QtGui import QColor
from PyQt5.QtWidgets import QApplication

import axxon_client.ui
from axxon_client.ui.alerts.review import VERDICTS
from axxon_client.ui.journal.page import SEVERITY_ICONS
from axxon_client.ui.layouts.commands import STRIP, Command
from axxon_client.ui.settings.panel import KIND_ICONS
from axxon_client.ui.theme import icons, palette
from axxon_client.ui.theme.style import apply_style, style_sheet, target_px

FOLDER = Path(axxon_client.ui.__file__).parent


def luminance(colour: str) -> float:
    """WCAG 2.1, relative luminance."""
    parts = []
    for part in (QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()):
        parts.append(part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("surface", ["WINDOW", "PANEL", "RAISED", "HOVER", "VIDEO"])
@pytest.mark.parametrize("ink", ["TEXT", "TEXT_SECOND", "ACCENT", "AMBER", "RED_HOVER", "GREEN"])
def test_text_can_be_read_on_every_surface(surface: str, ink: str) -> None:
    assert contrast(getattr(palette, ink), getattr(palette, surface)) >= 4.5


@pytest.mark.parametrize("ground", ["ACCENT", "RED", "AMBER", "GREEN"])
def test_text_on_coloured_buttons_can_be_read(ground: str) -> None:
    assert contrast(palette.TEXT_ON_ACCENT, getattr(palette, ground)) >= 4.5


def test_the_style_sheet_has_no_colour_of_its_own_and_no_token_left(
    dressed: QApplication,
) -> None:
    template = (FOLDER / "axxon.qss").read_text()
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*;)", template) == []
    assert "@" not in style_sheet()
    assert "@" not in style_sheet(touch=True)


def test_an_unknown_token_is_an_error(
    dressed: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.qss"
    bad.write_text("QLabel { color: @nonsense; }")
    monkeypatch.setattr("axxon_client.ui.theme.style._TEMPLATE", bad)
    with pytest.raises(KeyError, match="nonsense"):
        style_sheet()


def test_touch_makes_targets_larger(dressed: QApplication) -> None:
    assert target_px() == 32
    apply_style(dressed, touch=True)
    assert target_px() == 44
    apply_style(dressed)


def test_every_icon_that_the_source_names_exists(dressed: QApplication) -> None:
    found = {icon for icon, _ in SEVERITY_ICONS.values()} | set(KIND_ICONS.values())
    pattern = re.compile(r"(?:icons\.(?:icon|pixmap)|tool|Entry|EmptyState)\(\s*\"([a-z0-9-]+)\"")
    for path in FOLDER.rglob("*.py"):
        found |= set(pattern.findall(path.read_text()))
    assert len(found) > 30
    for name in found:
        assert not icons.pixmap(name, 16).isNull()


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_icons_are_as_sharp_as_the_screen(dressed: QApplication, ratio: float) -> None:
    picture = icons.pixmap("cctv", 16, palette.TEXT, ratio)
    assert (picture.width(), picture.devicePixelRatioF()) == (16 * ratio, ratio)
    image = picture.toImage()
    inked = {
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if QColor(image.pixelColor(x, y)).alpha() > 128
    }
    assert max(x for x, _ in inked) > 12 * ratio  # it fills its square
    assert min(x for x, _ in inked) < 4 * ratio


def test_every_command_of_the_strip_is_a_command() -> None:
    assert {command for group in STRIP for command in group} <= set(Command)
    assert len(VERDICTS) == 3
