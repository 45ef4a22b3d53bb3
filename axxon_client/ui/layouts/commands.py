"""What can be done with a tile: one table for strip, menu, shortcuts and the help sheet."""

from __future__ import annotations

import enum

from attrs import frozen
from PyQt5.QtCore import QCoreApplication

from axxon_client.model.tile import Mode, TileState
from protocol.types import Right


class Command(enum.StrEnum):
    LIVE = "live"
    ARCHIVE = "archive"
    ARM = "arm"
    DISARM = "disarm"
    RECORD = "record"
    STOP_RECORD = "stop-record"
    ALARM = "alarm"
    SOUND = "sound"
    SNAPSHOT = "snapshot"
    SAVE_FRAME = "save-frame"
    PRINT = "print"
    EXPORT = "export"
    ZOOM_RECTANGLE = "zoom-rectangle"
    ZOOM_WHOLE = "zoom-whole"
    IMAGE = "image"
    BOXES = "boxes"
    STATISTICS = "statistics"
    MAGNIFY = "magnify"
    CONTROLS = "controls"
    SETTINGS = "settings"
    CLEAR = "clear"


def tr(text: str) -> str:
    return str(QCoreApplication.translate("commands", text))


@frozen
class Entry:
    """How a command looks now.  `checked` None: not a switch."""

    command: Command
    text: str
    icon: str
    shortcut: str = ""
    checked: bool | None = None
    enabled: bool = True


@frozen
class Switches:
    """The tile's own on-off things."""

    sound: bool = False
    snapshot: bool = False
    boxes: bool = True
    statistics: bool = False
    zoomed: bool = False
    magnified: bool = False
    by_hand: bool = False  # recording was started from here


def entries(
    state: TileState, switches: Switches, rights: frozenset[Right]
) -> dict[Command, Entry]:
    """All commands that make sense for a tile now; what the role may not do is left out."""
    made = [*_mode(state, rights), *_control(state, switches, rights), *_picture(state, switches)]
    if Right.EXPORT in rights and Right.ARCHIVE in rights:
        made.append(Entry(Command.EXPORT, tr("Export…"), "tray-arrow-down", "E"))
    controls = tr("Camera controls: steer, relays, talk")
    made.append(Entry(Command.CONTROLS, controls, "gamepad-variant-outline", "P"))
    if Right.CONFIGURE in rights:
        made.append(Entry(Command.SETTINGS, tr("Camera settings"), "cog-outline"))
    made.append(Entry(Command.CLEAR, tr("Take camera out of this tile"), "close", "Del"))
    return {entry.command: entry for entry in made}


def _mode(state: TileState, rights: frozenset[Right]) -> list[Entry]:
    if Right.ARCHIVE not in rights:
        return []
    if state.mode is Mode.LIVE:
        return [Entry(Command.ARCHIVE, tr("Archive"), "history", "A")]
    return [Entry(Command.LIVE, tr("Live"), "access-point", "L")]


def _control(state: TileState, switches: Switches, rights: frozenset[Right]) -> list[Entry]:
    if Right.CONTROL not in rights:
        return []
    status = state.status
    armed = status is not None and status.armed
    arm = (
        Entry(Command.DISARM, tr("Disarm"), "shield-off-outline", "R")
        if armed
        else Entry(Command.ARM, tr("Arm"), "shield-check-outline", "R")
    )
    record = (
        Entry(Command.STOP_RECORD, tr("Stop recording by hand"), "stop-circle-outline", "O")
        if switches.by_hand
        else Entry(Command.RECORD, tr("Record now"), "record-circle-outline", "O")
    )
    alarm = Entry(Command.ALARM, tr("Raise an alarm"), "bell-alert-outline", "Ctrl+E")
    return [arm, record, alarm]


def _picture(state: TileState, switches: Switches) -> list[Entry]:
    has = state.has_picture
    full = tr("Back to the grid") if switches.magnified else tr("Full tile")
    arrows = "arrow-collapse" if switches.magnified else "arrow-expand"
    save, image = tr("Save picture to a file…"), tr("Image processing…")
    freeze, boxes = tr("Snapshot: freeze the picture"), tr("Show what detectors see")
    rectangle, zoomed = tr("Zoom to a rectangle"), switches.zoomed
    return [
        Entry(Command.SOUND, tr("Sound"), "volume-high", "M", switches.sound),
        Entry(Command.SNAPSHOT, freeze, "snowflake", "S", switches.snapshot, has),
        Entry(Command.SAVE_FRAME, save, "content-save-outline", "Ctrl+S", None, has),
        Entry(Command.PRINT, tr("Print the picture…"), "printer-outline", "Ctrl+P", None, has),
        Entry(Command.ZOOM_RECTANGLE, rectangle, "magnify-scan", "Z", None, has),
        Entry(Command.ZOOM_WHOLE, tr("Whole picture"), "magnify-close", "X", None, zoomed),
        Entry(Command.IMAGE, image, "tune-variant", "I", None, has),
        Entry(Command.BOXES, boxes, "vector-square", "B", switches.boxes),
        Entry(Command.STATISTICS, tr("Statistics"), "chart-line", "T", switches.statistics),
        Entry(Command.MAGNIFY, full, arrows, "F"),
    ]


# The strip's buttons, the ones to keep first first: a small tile has room for few.
STRIP = [
    (Command.ARCHIVE, Command.LIVE),
    (Command.MAGNIFY,),
    (Command.SNAPSHOT,),
    (Command.ZOOM_RECTANGLE,),
    (Command.ARM, Command.DISARM),
    (Command.RECORD, Command.STOP_RECORD),
    (Command.SOUND,),
    (Command.SAVE_FRAME,),
    (Command.IMAGE,),
    (Command.CONTROLS,),
]
# … and the order in which they stand.
STRIP_ORDER = [STRIP[n] for n in (0, 4, 5, 6, 2, 7, 3, 8, 9, 1)]

MENU = [
    [Command.ARCHIVE, Command.LIVE],
    [Command.ARM, Command.DISARM, Command.RECORD, Command.STOP_RECORD, Command.ALARM],
    [Command.SOUND, Command.SNAPSHOT, Command.SAVE_FRAME, Command.PRINT, Command.EXPORT],
    [Command.ZOOM_RECTANGLE, Command.ZOOM_WHOLE, Command.IMAGE],
    [Command.BOXES, Command.STATISTICS],
    [Command.MAGNIFY, Command.CONTROLS, Command.SETTINGS, Command.CLEAR],
]
