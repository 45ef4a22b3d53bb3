"""The whole client against a fake server on the real protocol."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from attrs import evolve
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from axxon_client.__main__ import parse
from axxon_client.app import Client, Options
from axxon_client.model.period import MarkedPeriod
from axxon_client.model.preferences import Preferences
from axxon_client.model.tile import Mode
from axxon_client.net.thread import NetworkThread
from axxon_client.ui.exports.sheet import FOLDER_KEY
from axxon_client.ui.frame.work import WorkPage
from axxon_client.ui.layouts.commands import Command
from protocol.messages import GoPreset, ShiftPtz, StopPtz
from protocol.types import ObjectKind
from tests.axxon_client.ui.test_line import hover
from tests.axxon_client.ui.test_work import press
from tests.fakes.devices import PASSWORD
from tests.fakes.footage import FRAME_US, GOP_US
from tests.fakes.server import FakeServer, running_server

WAIT_MS = 30_000  # for pictures on a starved machine; they are there within half a second


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[FakeServer, NetworkThread]]:
    with running_server(3) as pair:
        yield pair


@pytest.fixture
def client(
    qtbot: QtBot, dressed: QApplication, server: tuple[FakeServer, NetworkThread], tmp_path: Path
) -> Iterator[Client]:
    Preferences(tmp_path / "client.ini").set_flag("reduced_motion", True)
    options = Options("127.0.0.1", server[0].port, "admin", server[0].password, tmp_path)
    made = Client(dressed, options)
    qtbot.addWidget(made.window)
    yield made
    made.close()


def logged_in(qtbot: QtBot, client: Client) -> WorkPage:
    client.start()
    qtbot.waitUntil(lambda: client.window.work is not None, timeout=WAIT_MS)
    work = client.window.work
    assert work is not None
    qtbot.waitUntil(lambda: work.session.loaded, timeout=WAIT_MS)
    return work


def test_log_in_shows_live_pictures_and_remembers_the_server(qtbot: QtBot, client: Client) -> None:
    work = logged_in(qtbot, client)
    tiles = [control.tile for control in work.watch.controls[:3]]
    qtbot.waitUntil(lambda: all(tile.state.has_picture for tile in tiles), timeout=WAIT_MS)
    assert client.preferences.servers()[0].user == "admin"
    assert client.window.login.password.text() == ""


def test_a_wrong_password_is_said_and_can_be_mended(
    qtbot: QtBot, client: Client, server: tuple[FakeServer, NetworkThread]
) -> None:
    client._options.password = "wrong"
    client.start()
    login = client.window.login
    qtbot.waitUntil(login.notice.isVisible, timeout=WAIT_MS)
    assert login.notice.title.text() == "Wrong user name or password"
    login.password.setText(server[0].password)
    login.submit()
    qtbot.waitUntil(lambda: client.window.work is not None, timeout=WAIT_MS)


def test_an_unreachable_server_is_said(qtbot: QtBot, client: Client) -> None:
    client._options = evolve_options(client._options, 1)
    client.start()
    login = client.window.login
    qtbot.waitUntil(login.notice.isVisible, timeout=WAIT_MS)
    assert login.notice.title.text() == "127.0.0.1:1 cannot be reached"


def evolve_options(options: Options, port: int) -> Options:
    return evolve(options, port=port, password="x")


def test_the_archive_plays_and_live_comes_back(qtbot: QtBot, client: Client) -> None:
    work = logged_in(qtbot, client)
    control = work.watch.controls[0]
    work.watch.go_archive(time_us=work.session.clock.now_us() - 60_000_000)
    assert control.mode is Mode.ARCHIVE
    qtbot.waitUntil(lambda: control.tile.state.has_picture, timeout=WAIT_MS)
    picture = control.tile.picture
    assert picture is not None
    assert work.session.clock.now_us() - picture.pts_us > 20_000_000
    work.watch.desk.toggle()
    assert work.watch.desk.paused
    work.watch.go_live()
    qtbot.waitUntil(lambda: control.tile.state.has_picture, timeout=WAIT_MS)
    assert not work.watch.desk.active


@pytest.fixture
def playing(
    qtbot: QtBot, client: Client, server: tuple[FakeServer, NetworkThread]
) -> Iterator[WorkPage]:
    """The first camera's footage, paused in the middle of its longest stretch."""
    work = logged_in(qtbot, client)
    spans = [s for s in server[0].world.cameras["camera-1"].footage if s.kind == "footage"]
    longest = max(spans, key=lambda span: span.end_us - span.begin_us)
    middle_us = (longest.begin_us + longest.end_us) // 2 // GOP_US * GOP_US + 10 * FRAME_US
    work.watch.go_archive(time_us=middle_us)
    work.watch.desk.pause()
    work.watch.desk.seek(middle_us)
    qtbot.waitUntil(lambda: shown_us(work) == middle_us, timeout=WAIT_MS)
    yield work
    work.watch.go_live()


def shown_us(work: WorkPage) -> int:
    """The time of the picture on the first tile."""
    picture = work.watch.controls[0].tile.picture
    return picture.pts_us if picture is not None else 0


def test_frames_are_stepped_both_ways_by_keys(qtbot: QtBot, playing: WorkPage) -> None:
    playing.window().activateWindow()
    qtbot.waitUntil(playing.isActiveWindow)
    playing.watch.grid.setFocus()
    at_us = shown_us(playing)
    for key, wanted in (
        (Qt.Key_Right, 1), (Qt.Key_Right, 2), (Qt.Key_Left, 1), (Qt.Key_Left, 0),
        (Qt.Key_Left, -1),
    ):  # fmt: skip
        press(playing, key)
        qtbot.waitUntil(
            lambda n=wanted: shown_us(playing) == at_us + n * FRAME_US, timeout=WAIT_MS
        )
    assert playing.watch.desk.paused


def test_backwards_pictures_go_back_and_forwards_on_again(qtbot: QtBot, playing: WorkPage) -> None:
    at_us = shown_us(playing)
    playing.watch.bar.backwards.click()
    assert playing.watch.bar.speed.text() == "−1×"
    playing.watch.desk.toggle()
    qtbot.waitUntil(lambda: shown_us(playing) < at_us - 30 * FRAME_US, timeout=WAIT_MS)
    playing.watch.bar.backwards.click()
    assert playing.watch.bar.speed.text() == "1×"
    turned_us = shown_us(playing)
    qtbot.waitUntil(lambda: shown_us(playing) > turned_us + 5 * FRAME_US, timeout=WAIT_MS)


@pytest.mark.parametrize("speed", [0.125, 4.0, 128.0, -4.0, -16.0])
def test_every_speed_moves_its_way(qtbot: QtBot, playing: WorkPage, speed: float) -> None:
    at_us = shown_us(playing)
    desk = playing.watch.desk
    desk.set_speed(speed)
    desk.toggle()
    least_us = FRAME_US if abs(speed) < 1 else 20 * FRAME_US
    if speed > 0:
        qtbot.waitUntil(lambda: shown_us(playing) >= at_us + least_us, timeout=WAIT_MS)
    else:
        qtbot.waitUntil(lambda: shown_us(playing) <= at_us - least_us, timeout=WAIT_MS)
    assert desk.speed == speed


def test_scrubbing_shows_the_key_frame_under_the_cursor_and_plays_on(
    qtbot: QtBot, playing: WorkPage
) -> None:
    line = playing.watch.bar.line
    at_us = shown_us(playing)
    line.show_window(at_us - 600_000_000, at_us + 600_000_000)
    target_us = at_us - 300_000_000
    x = round(line.axis.x_of(target_us))
    QTest.mousePress(line, Qt.LeftButton, pos=QPoint(round(line.axis.x_of(at_us)), 30))
    hover(line, QPoint(x + 40, 30), Qt.LeftButton)
    hover(line, QPoint(x, 30), Qt.LeftButton)
    us_per_px = line.axis.us_per_px
    qtbot.waitUntil(
        lambda: abs(shown_us(playing) - target_us) < GOP_US + 2 * us_per_px, timeout=WAIT_MS
    )
    assert shown_us(playing) % GOP_US == 0
    QTest.mouseRelease(line, Qt.LeftButton, pos=QPoint(x, 30))
    dropped_us = playing.watch.desk.position_us
    qtbot.waitUntil(
        lambda: dropped_us - FRAME_US < shown_us(playing) <= dropped_us, timeout=WAIT_MS
    )


def test_a_camera_without_footage_says_so_beside_one_that_plays(
    qtbot: QtBot, playing: WorkPage, server: tuple[FakeServer, NetworkThread]
) -> None:
    sparse = [s for s in server[0].world.cameras["camera-3"].footage if s.kind == "footage"]
    dense = server[0].world.cameras["camera-1"]
    hole_us = next(
        one.end_us + 5_000_000
        for one, other in pairwise(sparse)
        if other.begin_us - one.end_us > 60_000_000
        and (span := dense.holds(one.end_us)) is not None
        and span.begin_us < one.end_us
        and span.end_us > one.end_us + 60_000_000
    )
    playing.watch.bar.together.click()
    playing.watch.desk.seek(hole_us)
    playing.watch.desk.toggle()
    first, third = (playing.watch.controls[n].tile for n in (0, 2))
    qtbot.waitUntil(lambda: third.state.no_footage, timeout=WAIT_MS)
    absence = third.absence.absence
    assert absence is not None
    assert absence.title == "No recording at this time"
    qtbot.waitUntil(
        lambda: first.state.has_picture and shown_us(playing) > hole_us, timeout=WAIT_MS
    )
    assert first.absence.isHidden()
    playing.watch.bar.together.click()


def test_only_the_active_tile_of_those_that_play_sounds(qtbot: QtBot, playing: WorkPage) -> None:
    playing.watch.bar.together.click()
    playing.watch.toggle_sound()
    feeds = playing.feeds
    assert feeds is not None
    controls = playing.watch.controls
    qtbot.waitUntil(lambda: feeds.audio.source is controls[0]._source, timeout=WAIT_MS)
    playing.watch.grid.activate(1)
    qtbot.waitUntil(lambda: feeds.audio.source is controls[1]._source, timeout=WAIT_MS)
    assert [control.sounding for control in controls] == [False, True, False, False]
    playing.watch.toggle_sound()
    playing.watch.bar.together.click()


def test_an_export_is_ordered_and_its_file_saved(
    qtbot: QtBot, client: Client, server: tuple[FakeServer, NetworkThread], tmp_path: Path
) -> None:
    work = logged_in(qtbot, client)
    client.preferences.set_text(FOLDER_KEY, str(tmp_path))
    begin_us = server[0].world.cameras["camera-1"].footage[0].begin_us + 5_000_000
    work.watch.desk.set_period(MarkedPeriod(begin_us, begin_us + 4_000_000))
    sheet = work.exports.open_sheet()
    assert sheet is not None
    sheet.go.click()
    path = tmp_path / f"{server[0].world.cameras['camera-1'].name}.mkv"
    qtbot.waitUntil(path.exists, timeout=WAIT_MS)
    job = work.session.exports.jobs[0]
    assert path.read_bytes() == server[0].exports.file(job.id)
    qtbot.waitUntil(lambda: work.toasts.shown[-1].title.text() == "Saved", timeout=WAIT_MS)


def test_an_export_is_saved_though_the_client_was_closed_meanwhile(
    qtbot: QtBot, dressed: QApplication, server: tuple[FakeServer, NetworkThread], tmp_path: Path
) -> None:
    fake, thread = server
    camera = fake.world.cameras["camera-2"]
    Preferences(tmp_path / "client.ini").set_text(FOLDER_KEY, str(tmp_path))

    def opened() -> tuple[Client, WorkPage]:
        options = Options("127.0.0.1", fake.port, "admin", fake.password, tmp_path)
        made = Client(dressed, options)
        qtbot.addWidget(made.window)
        return made, logged_in(qtbot, made)

    first, work = opened()
    begin_us = camera.footage[0].begin_us + 5_000_000
    work.watch.grid.activate(1)
    work.watch.desk.set_period(MarkedPeriod(begin_us, begin_us + 4_000_000))
    fake.exports.hold = True
    sheet = work.exports.open_sheet()
    assert sheet is not None
    ordered: list[str] = []
    sheet.ordered.connect(lambda job, _folder: ordered.append(job.id))
    sheet.go.click()
    qtbot.waitUntil(lambda: bool(ordered), timeout=WAIT_MS)
    fake.exports.hold = False
    first.close()

    second, work = opened()
    key = ordered[0]
    qtbot.waitUntil(lambda: work.session.exports.get(key) is not None, timeout=WAIT_MS)
    thread.run(fake.exports.finish(key)).result(30)
    path = tmp_path / f"{camera.name}.mkv"
    qtbot.waitUntil(path.exists, timeout=WAIT_MS)
    assert path.read_bytes() == fake.exports.file(key)
    second.close()


def test_a_lost_server_shows_as_lost_and_comes_back_by_itself(
    qtbot: QtBot, client: Client, server: tuple[FakeServer, NetworkThread]
) -> None:
    work = logged_in(qtbot, client)
    tile = work.watch.controls[0].tile
    qtbot.waitUntil(lambda: tile.state.has_picture, timeout=WAIT_MS)
    fake, thread = server
    with qtbot.waitSignal(work.session.link_changed, timeout=WAIT_MS):
        thread.call(fake.drop)
    assert work.session.lost
    assert work.top.lost.isVisible()
    qtbot.waitUntil(lambda: not work.session.lost, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: tile.state.has_picture and tile.absence.isHidden(), timeout=WAIT_MS)


def test_logging_out_ends_everything_and_shows_the_log_in(qtbot: QtBot, client: Client) -> None:
    logged_in(qtbot, client)
    client.log_out()
    assert client.window.work is None
    assert client.window.login.isVisible()
    assert client.bridge is None


def test_the_password_leaves_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv("AXXON_PASSWORD", "secret12")
    options = parse(["--server", "shop:7999", "--user", "guard"])
    assert (options.server, options.port, options.user) == ("shop", 7999, "guard")
    assert options.password == "secret12"
    assert "AXXON_PASSWORD" not in os.environ
    assert "secret12" not in repr(options)


def test_a_detector_is_tried_on_the_live_picture(
    qtbot: QtBot, client: Client, server: tuple[FakeServer, NetworkThread]
) -> None:
    work = logged_in(qtbot, client)
    found = next(one for one in work.session.store.of_kind(ObjectKind.DETECTOR))
    work.open_settings(found.id)
    part = work.settings.detector
    assert part is not None
    canvas = part.zones.canvas
    qtbot.waitUntil(lambda: bool(canvas.trails.objects), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: canvas.has_image, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bool(part.strip.log.spans), timeout=WAIT_MS)
    model = work.settings.model
    assert model is not None
    model.set_value("preset", "custom")
    model.set_value("contrast", 9)
    trials = server[0].trials
    qtbot.waitUntil(
        lambda: any(one["contrast"] == 9 for one in trials.properties.values()), timeout=WAIT_MS
    )
    work.settings.show_empty()
    assert part.trial is None


def test_cameras_of_the_network_are_found_tried_and_added_together(
    qtbot: QtBot, client: Client, server: tuple[FakeServer, NetworkThread]
) -> None:
    work = logged_in(qtbot, client)
    before = len(work.session.store.of_kind(ObjectKind.DEVICE))
    sheet = work.add_camera()
    qtbot.waitUntil(lambda: sheet.list.topLevelItemCount() == 5, timeout=WAIT_MS)
    sheet.all_new.click()
    login = sheet.logins.rows[0]
    qtbot.keyClicks(login.user, "admin")
    qtbot.keyClicks(login.password, PASSWORD)
    qtbot.keyClick(login.password, Qt.Key_Return)
    qtbot.waitUntil(lambda: sheet.go.isEnabled(), timeout=WAIT_MS)
    assert sheet.go.text() == "Add 4 cameras"
    assert sheet.detail.high.currentText().startswith("main")
    sheet.go.click()
    qtbot.waitUntil(
        lambda: len(work.session.store.of_kind(ObjectKind.DEVICE)) == before + 4, timeout=WAIT_MS
    )
    assert {one.password for one in server[0].devices.devices.added} == {PASSWORD}


def test_a_wrong_log_in_says_what_helps(qtbot: QtBot, client: Client) -> None:
    work = logged_in(qtbot, client)
    sheet = work.add_camera()
    qtbot.waitUntil(lambda: sheet.list.topLevelItemCount() > 0, timeout=WAIT_MS)
    qtbot.keyClicks(sheet.logins.rows[0].user, "guest")
    sheet.connect_.click()
    qtbot.waitUntil(sheet.detail.notice.isVisible, timeout=WAIT_MS)
    assert sheet.detail.notice.title.text() == "Wrong user name or password"
    assert not sheet.go.isEnabled()
    sheet.reject()


def test_a_camera_is_steered_from_its_panel(
    qtbot: QtBot, client: Client, server: tuple[FakeServer, NetworkThread]
) -> None:
    work = logged_in(qtbot, client)
    work.watch.show_camera("camera-1")
    assert work.watch.command(Command.CONTROLS)
    panel = work.controls.panel
    devices = server[0].devices.devices
    qtbot.waitUntil(lambda: panel.presets.list.count() == 2, timeout=WAIT_MS)
    qtbot.mousePress(panel.steer.nearer, Qt.LeftButton)
    qtbot.mouseRelease(panel.steer.nearer, Qt.LeftButton)
    qtbot.waitUntil(lambda: StopPtz("camera-1") in devices.steered, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: panel.who.text() == "You steer it", timeout=WAIT_MS)
    panel.presets._go(panel.presets.list.item(0))
    qtbot.waitUntil(lambda: GoPreset("camera-1", "p1") in devices.steered, timeout=WAIT_MS)
    tile = work.watch.active.tile if work.watch.active is not None else None
    assert tile is not None
    qtbot.waitUntil(lambda: tile.state.has_picture, timeout=WAIT_MS)
    panel.steer.point.click()
    assert tile.pointing
    place = tile.overlay.picture_rect()
    corner = QPoint(round(place.x + place.w * 0.75), round(place.y + place.h * 0.25))
    qtbot.mouseClick(tile, Qt.LeftButton, pos=corner + tile.overlay.pos())
    qtbot.waitUntil(lambda: isinstance(devices.steered[-1], ShiftPtz), timeout=WAIT_MS)
    shift = devices.steered[-1]
    assert shift.pan == pytest.approx(0.25, abs=0.02)
    assert shift.tilt == pytest.approx(0.25, abs=0.02)
    work.controls.close()
    assert not tile.pointing


def test_relays_are_switched_and_sensors_seen_in_the_panel(
    qtbot: QtBot, client: Client, server: tuple[FakeServer, NetworkThread]
) -> None:
    work = logged_in(qtbot, client)
    work.watch.show_camera("camera-1")
    work.controls.open()
    ports = work.controls.panel.ports
    qtbot.waitUntil(lambda: len(ports.chips) == 2, timeout=WAIT_MS)
    devices = server[0].devices.devices
    server[1].call(devices.contact, True)
    qtbot.waitUntil(lambda: ports.chips["sensor-1"].text() == "Active", timeout=WAIT_MS)
    server[1].call(devices.contact, False)
    ports._switch("relay-1", True)
    qtbot.waitUntil(lambda: ports.chips["relay-1"].text() == "Active", timeout=WAIT_MS)
    ports._switch("relay-1", False)
    work.controls.close()


def test_a_streams_settings_are_changed_in_the_camera(
    qtbot: QtBot, client: Client, server: tuple[FakeServer, NetworkThread]
) -> None:
    work = logged_in(qtbot, client)
    work.open_settings("device-1")
    part = work.settings.device
    assert part is not None
    qtbot.waitUntil(lambda: set(part.streams) == {"main", "sub"}, timeout=WAIT_MS)
    assert "Dome 5" in part.facts.text()
    stream = part.streams["main"]
    size = next(box for box in stream.findChildren(QComboBox) if box.currentText() == "1920×1080")
    size.setCurrentIndex(1)
    stream.go.click()
    devices = server[0].devices.devices
    qtbot.waitUntil(lambda: devices.streams[0].setup.width == 1280, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "taken" in stream.state.text(), timeout=WAIT_MS)
    assert devices.streams[0].setup.fps == 25.0
