from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from PyQt5.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt5.QtGui import QColor, QEnterEvent, QMouseEvent, QWheelEvent
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from axxon_client.model import zoom
from axxon_client.model.tile import Action, Frame, Mode, TileState
from axxon_client.ui.layouts.commands import Command, Switches, entries
from axxon_client.ui.layouts.overlay import Fade
from axxon_client.ui.layouts.tile import FRAME_COLOURS, Tile
from axxon_client.ui.theme import palette
from axxon_client.video.frame import VideoPicture
from protocol.types import Box, Right, SeenObject
from tests.axxon_client.video.test_surfaces import picture
from tests.fakes.requester import NOW_US, no_signal, status

LIVE = TileState("camera1", "1 Door", status=status("camera1"), now_us=NOW_US)


class FakeSurface(QWidget):
    """Remembers what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[VideoPicture] = []
        self.zoom: tuple[float, ...] = ()
        self.values: dict[str, Any] = {}

    def show_picture(self, shown: VideoPicture) -> None:
        self.shown.append(shown)

    def clear(self) -> None:
        self.shown = []

    def set_zoom(self, *view: float) -> None:
        self.zoom = view

    def set_contrast(self, contrast: float) -> None:
        self.values["contrast"] = contrast

    def set_sharpness(self, sharpness: float) -> None:
        self.values["sharpness"] = sharpness

    def set_deinterlace(self, on: bool) -> None:
        self.values["deinterlace"] = on


@pytest.fixture
def surface() -> FakeSurface:
    return FakeSurface()


@pytest.fixture
def tile(dressed: QApplication, qtbot: QtBot, surface: FakeSurface) -> Iterator[Tile]:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(660, 380)
    made = Tile(0, surface, Fade(host), host)
    made.resize(644, 364)
    host.show()
    made.set_state(LIVE)
    yield made
    host.close()


def feed(tile: Tile) -> None:
    tile.gate(picture(640, 360))
    tile.poll()


def edge(tile: Tile) -> QColor:
    return QColor(tile.grab().toImage().pixel(0, 200))


@pytest.mark.parametrize(
    ("state", "frame"),
    [
        (LIVE, Frame.ARMED),
        (evolve(LIVE, status=status("camera1", armed=False)), Frame.DISARMED),
        (evolve(LIVE, alarm=True), Frame.ALARM),
        (evolve(LIVE, mode=Mode.ARCHIVE), Frame.ARCHIVE),
        (evolve(LIVE, frozen=True), Frame.SNAPSHOT),
    ],
)
def test_the_frame_has_the_colour_of_the_state(tile: Tile, state: TileState, frame: Frame) -> None:
    tile.set_state(state)
    assert edge(tile) == QColor(FRAME_COLOURS[frame])


def test_an_alarm_pulses_three_times_and_stays_red(qtbot: QtBot, tile: Tile) -> None:
    tile._pulse.setInterval(1)
    tile.set_state(evolve(LIVE, alarm=True))
    assert tile._pulse.isActive()
    qtbot.waitUntil(lambda: not tile._pulse.isActive())
    assert edge(tile) == QColor(palette.RED)


def test_pictures_go_straight_to_the_surface_and_end_the_waiting(
    tile: Tile, surface: FakeSurface
) -> None:
    assert tile.absence.isVisible()
    feed(tile)
    assert len(surface.shown) == 1
    assert surface.isVisible()
    assert not tile.absence.isVisible()


def test_a_snapshot_keeps_the_picture_while_the_camera_goes_on(
    tile: Tile, surface: FakeSurface
) -> None:
    feed(tile)
    tile.set_switches(evolve(tile.switches, snapshot=True))
    feed(tile)
    assert len(surface.shown) == 1
    tile.set_switches(evolve(tile.switches, snapshot=False))
    feed(tile)
    assert len(surface.shown) == 2


def test_without_signal_the_reason_and_a_button_that_helps_are_there(
    qtbot: QtBot, tile: Tile
) -> None:
    tile.set_state(evolve(LIVE, status=no_signal("camera1")))
    press = tile.absence.findChild(QPushButton)
    assert press is not None
    assert press.isVisible()
    with qtbot.waitSignal(tile.acted) as acted:
        qtbot.mouseClick(press, Qt.LeftButton)
    assert acted.args == [Action.SETTINGS]


def test_the_wheel_zooms_at_the_pointer_and_back(tile: Tile, surface: FakeSurface) -> None:
    feed(tile)
    turn(tile, QPointF(162, 92), 240)
    assert tile.view.w == pytest.approx(1 / 1.25**2)
    x, y = zoom.placed(tile.view, tile.overlay.picture_rect(), 0.25, 0.25)
    assert (x + 2, y + 2) == pytest.approx((162, 92), abs=1.5)
    assert surface.zoom == (tile.view.x, tile.view.y, tile.view.w, tile.view.h)
    turn(tile, QPointF(162, 92), -600)
    assert zoom.is_whole(tile.view)


def turn(tile: Tile, place: QPointF, angle: int) -> None:
    event = QWheelEvent(
        place, place, QPoint(), QPoint(0, angle), Qt.NoButton, Qt.NoModifier,
        Qt.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(tile, event)


def test_a_zoomed_tile_has_an_overview(tile: Tile) -> None:
    feed(tile)
    tile.zoom_to(3)
    assert tile.overlay.inset is not None
    tile.reset_view()
    assert tile.overlay.inset is None


def test_a_drawn_rectangle_is_zoomed_to(tile: Tile) -> None:
    feed(tile)
    tile.choose_rectangle()
    QTest.mousePress(tile, Qt.LeftButton, Qt.NoModifier, QPoint(162, 92))
    move(tile, QPoint(322, 182))
    QTest.mouseRelease(tile, Qt.LeftButton, Qt.NoModifier, QPoint(322, 182))
    assert tile.view.w == pytest.approx(0.25, abs=0.01)
    assert (tile.view.x, tile.view.y) == pytest.approx((0.25, 0.25), abs=0.01)


def move(tile: Tile, place: QPoint) -> None:
    event = QMouseEvent(
        QEvent.MouseMove, QPointF(place), Qt.NoButton, Qt.LeftButton, Qt.NoModifier
    )
    QApplication.sendEvent(tile, event)


def test_what_detectors_see_is_shown_live_only_and_can_be_switched_off(tile: Tile) -> None:
    seen = [SeenObject(Box(0.1, 0.1, 0.2, 0.2), 1)]
    trails = tile.overlay.trails
    tile.set_seen(0, seen)
    assert trails.objects == seen
    tile.set_switches(evolve(tile.switches, boxes=False))
    tile.set_seen(100_000, seen)
    assert trails.objects == []
    tile.set_switches(evolve(tile.switches, boxes=True))
    tile.set_state(evolve(LIVE, mode=Mode.ARCHIVE))
    tile.set_seen(200_000, seen)
    assert trails.objects == []


def test_overlays_fade_but_name_and_rec_stay(qtbot: QtBot, tile: Tile) -> None:
    feed(tile)
    tile.set_time(NOW_US, NOW_US)
    fade = tile._fade
    fade._idle.start(1)
    qtbot.waitUntil(lambda: fade.opacity == 0)
    assert tile.overlay.name is not None
    assert tile.overlay.recording
    fade.wake()
    assert fade.opacity == 1


def test_the_strip_comes_with_the_pointer_and_fits_the_tile(qtbot: QtBot, tile: Tile) -> None:
    feed(tile)
    QApplication.sendEvent(tile, _enter())
    assert tile.strip.isVisible()
    assert tile.strip.width() <= tile.width()
    wide = len(tile.strip._buttons)
    tile.resize(240, 140)
    QApplication.sendEvent(tile, _enter())
    assert len(tile.strip._buttons) < wide
    assert tile.strip.width() <= 240


def _enter() -> Any:
    return QEnterEvent(QPointF(5, 5), QPointF(5, 5), QPointF(5, 5))


def test_what_a_role_may_not_do_is_not_offered() -> None:
    viewer = entries(LIVE, Switches(), frozenset({Right.LIVE}))
    assert not {Command.ARM, Command.DISARM, Command.RECORD, Command.ARCHIVE} & viewer.keys()
    admin = entries(LIVE, Switches(), frozenset(Right))
    assert {Command.DISARM, Command.RECORD, Command.ARCHIVE, Command.SETTINGS} <= admin.keys()


def test_commands_say_what_they_will_do_now() -> None:
    disarmed = evolve(LIVE, status=status("camera1", armed=False), mode=Mode.ARCHIVE)
    offered = entries(disarmed, Switches(by_hand=True), frozenset(Right))
    assert {Command.ARM, Command.STOP_RECORD, Command.LIVE} <= offered.keys()
    assert not offered[Command.SAVE_FRAME].enabled
    assert all(entry.text for entry in offered.values())
