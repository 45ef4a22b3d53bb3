"""The sheet of shortcuts that `?` opens: one table, also for the window's own shortcuts."""

from __future__ import annotations

from PyQt5.QtCore import QCoreApplication, Qt
from PyQt5.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from axxon_client.ui.widgets.ask import Sheet
from axxon_client.ui.widgets.basics import button, label


def tr(text: str) -> str:
    return str(QCoreApplication.translate("help", text))


def sections() -> list[tuple[str, list[tuple[str, str]]]]:
    """(heading, [(keys, what they do)])."""
    return [
        (
            tr("Window"),
            [
                ("Ctrl+1  Ctrl+2  Ctrl+3", tr("Layouts, Alerts, Settings; again: fold")),
                ("Ctrl+F", tr("Search a camera")),
                ("Ctrl+J", tr("Journal")),
                ("Ctrl+D", tr("Exports")),
                ("Ctrl+Shift+S", tr("Save the layout")),
                ("F11", tr("Full screen")),
                ("Esc", tr("Back")),
                ("?", tr("This sheet")),
            ],
        ),
        (
            tr("Tiles"),
            [
                ("Alt+1 … Alt+5", tr("1, 4, 9, 16, 25 tiles")),
                ("Alt+← → ↑ ↓", tr("Another tile")),
                ("F", tr("Full tile, and back")),
                ("0 – 9, Enter", tr("Camera by its number into the tile")),
                ("R", tr("Arm, disarm")),
                ("O", tr("Record by hand, stop")),
                ("M", tr("Sound")),
                ("S", tr("Snapshot: freeze the picture")),
                ("Ctrl+S", tr("Save picture to a file")),
                ("Ctrl+P", tr("Print the picture")),
                ("+  −  X", tr("Zoom in, out, whole picture")),
                ("Z", tr("Zoom to a rectangle")),
                ("I", tr("Image processing")),
                ("B", tr("What detectors see")),
                ("T", tr("Statistics")),
                ("Del", tr("Take the camera out")),
            ],
        ),
        (
            tr("Archive"),
            [
                ("A", tr("Archive")),
                ("L", tr("Live")),
                ("Space", tr("Play, pause")),
                ("←  →", tr("Frame by frame")),
                ("Shift+←  →", tr("30 seconds back, on")),
                ("↑  ↓", tr("Previous, next recording")),
                ("Ctrl+↑  ↓", tr("Previous, next alarm")),
                (",  .", tr("Slower, faster")),
                ("Shift+Space", tr("Backwards, forwards")),
                ("[  ]", tr("Mark beginning, end")),
                ("\\", tr("Forget the marks")),
                ("E", tr("Export")),
                ("V", tr("Search by pictures")),
                ("C", tr("What was recorded")),
                ("K", tr("Protected footage")),
                ("Ctrl+G", tr("Go to a time")),
            ],
        ),
        (
            tr("Alarms"),
            [
                ("1  2  3", tr("Confirmed, suspicious, false")),
                ("Ctrl+E", tr("Raise an alarm by hand")),
            ],
        ),
    ]


def open_help(parent: QWidget) -> Sheet:
    sheet = Sheet(parent, tr("Shortcuts"), 860)
    columns = QHBoxLayout()
    columns.setSpacing(32)
    groups = sections()
    for part in ([groups[0], groups[3]], [groups[1]], [groups[2]]):
        columns.addLayout(_grid(part))
    sheet.body.addLayout(columns)
    close = button(tr("Close"), "primary", "", sheet.accept)
    sheet.buttons.addWidget(close)
    sheet.open()
    close.setFocus()
    return sheet


def _grid(groups: list[tuple[str, list[tuple[str, str]]]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(6)
    row = 0
    for heading, lines in groups:
        grid.addWidget(label(heading.upper(), "section"), row, 0, 1, 2)
        row += 1
        for keys, text in lines:
            key = label(keys, "key")
            grid.addWidget(key, row, 0, Qt.AlignLeft)
            grid.addWidget(label(text, "second"), row, 1)
            row += 1
        grid.setRowMinimumHeight(row, 8)
        row += 1
    grid.setRowStretch(row, 1)
    grid.setColumnStretch(1, 1)
    return grid
