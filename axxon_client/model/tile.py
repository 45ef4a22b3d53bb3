"""What a tile shows, decided without a widget: frame, words, action that helps."""

from __future__ import annotations

import enum

from attrs import frozen

from axxon_client.model import words
from protocol.types import CameraStatus, DeviceState, FailureKind


class Mode(enum.StrEnum):
    LIVE = "live"
    ARCHIVE = "archive"


class Frame(enum.StrEnum):
    """The colour of the frame, by its meaning."""

    NONE = "none"  # a free cell
    DISARMED = "disarmed"  # green
    ARMED = "armed"  # yellow
    ALARM = "alarm"  # red, pulses
    ARCHIVE = "archive"  # grey
    SNAPSHOT = "snapshot"  # dark blue


class Action(enum.StrEnum):
    """What a tile without a picture offers."""

    NONE = ""
    SETTINGS = "settings"
    ENABLE = "enable"
    LIVE = "live"
    NEAREST = "nearest"  # go to the nearest recording
    RETRY = "retry"


@frozen
class TileState:
    """`since_us`, `now_us` UTC of the server.  `has_picture`: one of the present mode is shown."""

    camera: str = ""
    title: str = ""
    mode: Mode = Mode.LIVE
    status: CameraStatus | None = None
    alarm: bool = False
    frozen: bool = False
    has_picture: bool = False
    link_lost: bool = False
    no_footage: bool = False
    trouble: str = ""  # the channel's own words, e.g. a refused request
    now_us: int = 0


@frozen
class Absence:
    """Why there is no picture: two lines and what helps."""

    icon: str
    title: str
    detail: str = ""
    action: Action = Action.NONE
    label: str = ""
    busy: bool = False


def frame(state: TileState) -> Frame:
    """Alarm wins over archive and snapshot."""
    if not state.camera:
        return Frame.NONE
    if state.alarm:
        return Frame.ALARM
    if state.frozen:
        return Frame.SNAPSHOT
    if state.mode is Mode.ARCHIVE:
        return Frame.ARCHIVE
    armed = state.status is not None and state.status.armed
    return Frame.ARMED if armed else Frame.DISARMED


def absence(state: TileState) -> Absence | None:
    """None: show the picture."""
    if not state.camera:
        return None
    if state.frozen and state.has_picture:
        return None
    if state.link_lost:
        return Absence(
            "server-network-off",
            words.tr("Server lost"),
            words.tr("Connecting again by itself."),
            busy=True,
        )
    if state.trouble:
        return Absence(
            "alert-circle-outline", state.trouble, "", Action.RETRY, words.tr("Try again")
        )
    if state.mode is Mode.ARCHIVE:
        return _archive_absence(state)
    return _live_absence(state)


def _archive_absence(state: TileState) -> Absence | None:
    if state.no_footage:
        return Absence(
            "filmstrip-off",
            words.tr("No recording at this time"),
            "",
            Action.NEAREST,
            words.tr("Go to the nearest"),
        )
    if state.has_picture:
        return None
    return Absence("filmstrip", words.tr("Reading the archive…"), busy=True)


def _live_absence(state: TileState) -> Absence | None:
    status = state.status
    if status is not None and status.state is DeviceState.DISABLED:
        return Absence(
            "video-off-outline",
            words.tr("Switched off"),
            words.tr("This device is switched off in the settings."),
            Action.ENABLE,
            words.tr("Switch on"),
        )
    if status is not None and status.state in (DeviceState.WAITING, DeviceState.STOPPED):
        return _no_signal(state, status)
    if state.has_picture:
        return None
    return Absence("cctv", words.tr("Connecting…"), busy=True)


def _no_signal(state: TileState, status: CameraStatus) -> Absence:
    moment = words.since(status.since_us, state.now_us)
    title = words.tr("No signal since {0}").format(moment)
    if status.failure is None:
        return Absence("video-off-outline", title, status.reason, Action.SETTINGS, _settings())
    reason = words.failure(status.failure)
    detail = f"{reason[:1].upper()}{reason[1:]}. {words.remedy(status.failure)}"
    icon = "lock-alert-outline" if status.failure is FailureKind.LOGIN else "video-off-outline"
    label = words.tr("Enter password") if status.failure is FailureKind.LOGIN else _settings()
    return Absence(icon, title, detail, Action.SETTINGS, label)


def _settings() -> str:
    return words.tr("Settings")
