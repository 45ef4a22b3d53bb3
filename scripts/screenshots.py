"""Drives the real client in a real window against a fake server, and takes pictures of it.

The fake server's cameras show parts of the two clips that may ship (see
axxond/devices/demo/clips/README.md) and the synthetic yard.  Run it by scripts/screenshots.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import evolve
from PIL import Image
from PyQt5.QtCore import QPoint
from PyQt5.QtGui import QCursor
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QScrollArea

from axxon_client.app import Client, Options, make_application
from axxon_client.model.period import MarkedPeriod
from axxon_client.model.preferences import Known, Preferences
from axxon_client.net.thread import NetworkThread
from axxon_client.net.trust import Contact
from axxon_client.ui.exports.sheet import FOLDER_KEY
from axxon_client.ui.frame.rail import Menu
from axxon_client.ui.frame.work import WorkPage
from axxon_client.ui.settings.detector import DetectorPart
from protocol.messages import AlarmNotice, PreviewNotice, StatusNotice
from protocol.types import (
    AlarmRecord,
    AlarmState,
    ExportRecord,
    ExportState,
    ObjectKind,
    Phase,
    PreviewMark,
)
from scripts.scenes import frames, real_footage
from tests.fakes import devices
from tests.fakes.server import FakeServer

WAIT_MS = 20_000
SETTLE_MS = 700


@contextmanager
def server(cameras: int) -> Iterator[tuple[FakeServer, NetworkThread]]:
    thread = NetworkThread("fake-server")
    thread.start()
    made = FakeServer(cameras)
    for number, camera in enumerate(made.world.cameras.values()):
        camera.armed = number % 3 != 1
    try:
        thread.run(made.start()).result(120)
        yield made, thread
        thread.run(made.stop()).result(10)
    finally:
        thread.stop()
        made.close()


# --- the stage -----------------------------------------------------------------------------


class Stage:
    """One client with its window, and the camera that takes pictures of it."""

    def __init__(self, app: QApplication, out: Path, size: tuple[int, int]) -> None:
        self.app = app
        self.out = out
        self.size = size
        self.client: Client | None = None

    @contextmanager
    def opened(self, fake: FakeServer | None = None, touch: bool = False) -> Iterator[Client]:
        """A client with no memory; logged in when a server is given."""
        folder = Path(tempfile.mkdtemp(prefix="axxon-shots-"))
        preferences = Preferences(folder / "client.ini")
        preferences.set_flag("touch", touch)
        preferences.remember(Known("192.0.2.20", 7780, "guard", "Warehouse"))
        options = Options(folder=folder)
        if fake is not None:
            options = Options("127.0.0.1", fake.port, "admin", fake.password, folder)
        client = Client(self.app, options)
        self.client = client
        client.window.resize(*self.size)
        client.start()
        client.window.move(0, 0)
        QCursor.setPos(self.size[0] - 60, self.size[1] // 2)
        if fake is not None:
            self.until(lambda: client.window.work is not None)
            self.until(lambda: self.work.session.loaded)
            self.hide_boxes()
        yield client
        client.close()

    @property
    def work(self) -> WorkPage:
        assert self.client is not None
        assert self.client.window.work is not None
        return self.client.window.work

    def until(self, ready: Callable[[], bool]) -> None:
        for _ in range(WAIT_MS // 50):
            if ready():
                return
            QTest.qWait(50)
        raise TimeoutError(f"the client was not ready within {WAIT_MS} ms")

    def hide_boxes(self) -> None:
        """The fake server's boxes belong to its own drawings."""
        for control in self.work.watch.controls:
            tile = control.tile
            tile.set_switches(evolve(tile.switches, boxes=False))

    def pictures(self) -> None:
        """Until every tile of an online camera shows one."""
        self.hide_boxes()
        online = [c for c in self.work.watch.controls if c.camera and c.camera != "camera-8"]
        self.until(lambda: all(control.tile.state.has_picture for control in online))

    def point(self, x: float, y: float) -> None:
        """The pointer, in shares of the window: overlays wake up."""
        QCursor.setPos(round(x * self.size[0]), round(y * self.size[1]))
        QTest.qWait(200)

    def shoot(self, name: str, settle_ms: int = SETTLE_MS) -> None:
        assert self.client is not None
        QTest.qWait(settle_ms)
        window = self.client.window
        if window.work is not None:
            window.work.watch.grid.fade.wake()
            QTest.qWait(100)
        screen = self.app.primaryScreen()
        place = window.mapToGlobal(QPoint(0, 0))
        taken = screen.grabWindow(0, place.x(), place.y(), window.width(), window.height())
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / f"{name}.png"
        taken.save(str(path))
        print(path)


# --- the scenes ----------------------------------------------------------------------------


def login(stage: Stage) -> None:
    with stage.opened() as client:
        page = client.window.login
        page.password.setText("secret-password")
        stage.shoot("login")
        answer: concurrent.futures.Future[bool] = concurrent.futures.Future()
        page.ask_trust(Contact("192.0.2.20", 7780, ":".join(["4F", "A2", "9C", "E7"] * 8)), answer)
        stage.shoot("trust")
        page.abandon()


def empty(stage: Stage) -> None:
    with server(0) as (fake, _thread), stage.opened(fake):
        stage.shoot("empty")


def live(stage: Stage) -> None:
    with server(25) as (fake, _thread), stage.opened(fake):
        for cells in (4, 25):
            stage.work.watch.set_grid(cells)
            stage.pictures()
            stage.point(0.1 if cells > 4 else 0.9, 0.5 - cells / 100)
            stage.shoot(f"live-{cells}", 1500)


def alarm(stage: Stage) -> None:
    with server(9) as (fake, thread), stage.opened(fake):
        stage.pictures()
        camera = fake.world.cameras["camera-1"]
        now_us = fake.world.now_us

        def raise_alarm() -> None:
            camera.alarm = True
            record = AlarmRecord(
                "alarm-now", camera.id, camera.name, "detector.motion", now_us - 4_000_000,
                None, AlarmState.PENDING,
            )  # fmt: skip
            fake.world.alarms[record.id] = record
            fake.publish("status", StatusNotice([fake.world.status(camera)]))
            fake.publish("alarms", AlarmNotice(record))

        thread.call(raise_alarm)
        stage.point(0.1, 0.9)
        stage.shoot("live-9", 4000)  # the frame has pulsed, and stays
        stage.work.open_menu(Menu.ALERTS)
        stage.point(0.4, 0.2)
        stage.shoot("alarm", 1200)
        stage.work.open_alarm("alarm-3")
        stage.until(lambda: stage.work.review.loop.tile.state.has_picture)
        stage.point(0.9, 0.12)
        stage.shoot("review", 1500)
        stage.work.open_journal()
        stage.shoot("journal")


def archive(stage: Stage) -> None:
    with server(4) as (fake, _thread), stage.opened(fake):
        work = stage.work
        gap = max(
            (span for span in fake.world.cameras["camera-1"].footage if span.kind == "gap"),
            key=lambda span: span.end_us - span.begin_us,
        )
        work.watch.go_archive(time_us=gap.begin_us - 400_000_000)
        work.watch.bar.together.click()
        work.watch.bar.line.show_window(gap.begin_us - 1500_000_000, gap.end_us + 1500_000_000)
        tile = work.watch.controls[0].tile
        stage.until(lambda: tile.state.has_picture)
        QTest.qWait(1500)
        line = work.watch.bar.line
        x = line.axis.x_of((gap.begin_us + gap.end_us) // 2)
        QCursor.setPos(line.mapToGlobal(QPoint(round(x) - 3, 30)))
        QTest.qWait(200)
        QCursor.setPos(line.mapToGlobal(QPoint(round(x), 30)))
        stage.shoot("archive", 900)


def export(stage: Stage) -> None:
    with server(4) as (fake, thread), stage.opened(fake):
        work = stage.work
        stage.pictures()
        at_us = fake.world.now_us - 1200_000_000
        work.watch.go_archive(time_us=at_us)
        work.watch.bar.together.click()
        desk = work.watch.desk
        desk.set_period(MarkedPeriod(at_us - 60_000_000, at_us + 200_000_000))
        work.watch.bar.line.show_window(at_us - 900_000_000, at_us + 900_000_000)
        stage.until(lambda: work.watch.controls[0].tile.state.has_picture)
        assert stage.client is not None
        stage.client.preferences.set_text(FOLDER_KEY, "/media/usb/cases")
        sheet = work.exports.open_sheet()
        assert sheet is not None
        sheet.protect.setChecked(True)
        sheet.password.setText("secret")
        sheet.stamp.setChecked(True)
        stage.shoot("export", 1200)
        sheet.masks.masks["camera-1"] = [[[0.36, 0.3], [0.62, 0.26], [0.7, 0.94], [0.3, 0.96]]]
        sheet.open_masks()
        stage.shoot("export-masks", 1200)
        sheet.reject()
        for job in _jobs(fake, at_us):
            thread.call(fake.exports.put, job)
        stage.until(lambda: len(work.session.exports.jobs) == 4)
        work._toggle_queue()
        stage.shoot("export-queue", 1200)


def finds(stage: Stage) -> None:
    with server(4) as (fake, _thread), stage.opened(fake):
        work = stage.work
        stage.pictures()
        now_us = fake.world.now_us
        work.watch.grid.activate(1)
        work.watch.go_archive(time_us=now_us - 1800_000_000)
        line = work.watch.bar.line
        # No multiple of the loop that the fake cameras send: the pictures differ.
        line.show_window(now_us - 12 * 1501_000_000, now_us)
        stage.until(lambda: work.watch.desk.line.loaded)
        work.finds.open_interval()
        interval = work.finds.interval
        stage.until(lambda: len(interval.grid.images) == len(interval.model.shots) > 6)
        stage.shoot("interval", 1200)
        interval.close_page()
        coverage = work.finds.open_coverage()
        assert coverage is not None
        stage.until(lambda: bool(coverage.model.rows))
        stage.shoot("coverage", 1200)
        coverage.reject()
        begin_us = now_us - 2 * 3600_000_000
        for camera, why in (
            ("camera-1", "Theft, police file 20417"),
            ("camera-2", "Broken glass"),
        ):
            work.session.protections.protect(
                [camera], (begin_us, begin_us + 900_000_000), why, lambda: None
            )
            begin_us -= 3600_000_000
        work.watch.desk.set_period(MarkedPeriod(now_us - 3000_000_000, now_us - 2400_000_000))
        stage.until(lambda: len(work.session.protections.records) == 2)
        sheet = work.finds.open_protections()
        assert sheet is not None
        sheet.reason.setText("Door left open")
        stage.shoot("protections", 1200)
        sheet.reject()


def archives(stage: Stage) -> None:
    with server(4) as (fake, _thread), stage.opened(fake):
        session = stage.work.session
        session.archives.attach(
            "/media/usb/archive", "Branch office", lambda: None, lambda _f: None
        )
        stage.work.open_menu(Menu.SETTINGS)
        stage.work.settings.show_group(ObjectKind.ARCHIVE)
        stage.until(lambda: len(session.archives.states) == 2)
        stage.shoot("archives", 1200)


def _jobs(fake: FakeServer, at_us: int) -> list[ExportRecord]:
    names = [camera.name for camera in fake.world.cameras.values()]
    job = ExportRecord(
        "job1", "admin", ExportState.DONE, at_us, at_us, ["camera-1"], names[:1],
        at_us - 60_000_000, at_us + 60_000_000, "mp4", False, False, True, False, "", 1.0, 1,
        "", f"{names[0]}.mp4", 48_000_000,
    )  # fmt: skip
    failed = "There is no footage of that period."
    return [
        job,
        evolve(job, id="job2", created_us=at_us + 1, state=ExportState.FAILED, text=failed),
        evolve(
            job, id="job3", created_us=at_us + 2, state=ExportState.RUNNING, share=0.42,
            camera_names=names, form="mkv", evidence=True, encrypted=True, comment="Case 2041",
            ended_us=None, stamp=False,
        ),
        evolve(
            job, id="job4", created_us=at_us + 3, state=ExportState.WAITING, share=0.0,
            form="pdf", ended_us=None, user="guard",
        ),
    ]  # fmt: skip


def settings(stage: Stage) -> None:
    with server(9) as (fake, _thread), stage.opened(fake):
        work = stage.work
        work.open_settings("recording-1")
        model = work.settings.model
        assert model is not None
        model.set_value("mode", "event")
        model.set_value("pre_event_s", 90)
        stage.shoot("settings", 1500)
        work.settings.discard.click()
        work.open_settings("detector-1")
        model = work.settings.model
        assert model is not None
        model.set_value("preset", "custom")
        model.set_value("zones", [[[0.36, 0.3], [0.72, 0.26], [0.82, 0.94], [0.3, 0.96]]])
        model.set_value("masks", [[[0.02, 0.02], [0.2, 0.02], [0.16, 0.5], [0.02, 0.5]]])
        part = work.settings.detector
        assert part is not None
        stage.until(lambda: part.zones.canvas.has_image)
        _own_trial(part, fake.world.now_us)
        QTest.qWait(1200)
        stage.shoot("zones", 1500)
        model.set_value("type", "loitering")
        sheet = part.open_backtest()
        sheet.period.setCurrentIndex(2)
        sheet.run()
        stage.until(lambda: sheet.examples.count() > 0)
        stage.shoot("backtest", 1200)
        sheet.reject()
        work.settings.discard.click()
        work.open_settings("device-1")
        device = work.settings.device
        assert device is not None
        stage.until(lambda: bool(device.streams))
        QTest.qWait(300)
        _scroll_down(work)
        stage.shoot("device", 1200)


def _own_trial(part: DetectorPart, now_us: int) -> None:
    """What the fake server's detector sees belongs to its own drawings: one that saw somebody
    a while ago, twice."""
    assert part.trial is not None
    part.trial.told.disconnect()
    part.zones.canvas.trails.clear()
    part.strip.restart()
    marks = [
        PreviewMark(now_us - age_s * 1_000_000, phase)
        for age_s, phase in (
            (47, Phase.BEGIN), (38, Phase.END), (17, Phase.BEGIN), (12, Phase.END),
        )
    ]  # fmt: skip
    part.strip.take(PreviewNotice(0, now_us, [], 0, 0, b"", marks))


def _scroll_down(work: WorkPage) -> None:
    for area in work.settings.findChildren(QScrollArea):
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())


def find_cameras(stage: Stage) -> None:
    picture = io.BytesIO()
    Image.fromarray(frames(1)[10]).save(picture, "JPEG")
    devices.snapshot = picture.getvalue
    with server(4) as (fake, _thread), stage.opened(fake):
        stage.pictures()
        for number in (11, 12, 14, 15, 16):
            fake.devices.devices.found.append(devices.found(number))
        sheet = stage.work.add_camera()
        stage.until(lambda: sheet.list.topLevelItemCount() > 9)
        sheet.all_new.click()
        login = sheet.logins.rows[0]
        login.user.setText("admin")
        login.password.setText(devices.PASSWORD)
        login.password.returnPressed.emit()
        stage.until(lambda: len(sheet.finder.ready) == 9)
        stage.shoot("find-cameras", 1200)
        sheet.reject()


def controls(stage: Stage) -> None:
    with server(4) as (fake, _thread), stage.opened(fake):
        stage.pictures()
        work = stage.work
        work.watch.grid.activate(0)
        work.controls.open()
        panel = work.controls.panel
        stage.until(lambda: panel.presets.list.count() == 2 and panel.speak.isVisible())
        panel.steering.move(0.4, 0.2, 0.0)
        panel.steer.show_joystick(0.4, 0.2)
        stage.shoot("controls", 1200)
        panel.steering.move(0.0, 0.0, 0.0)


def add_camera(stage: Stage) -> None:
    with server(4) as (fake, _thread), stage.opened(fake):
        stage.pictures()
        sheet = stage.work.add_by_address()
        sheet.url.setText("rtsp://192.0.2.31:554/stream1")
        sheet.low_url.setText("rtsp://192.0.2.31:554/stream2")
        sheet.user.setText("admin")
        sheet.password.setText("secret")
        sheet.name.setText("Gate north")
        sheet.run_test()
        stage.until(lambda: sheet.streams.count() > 0)
        stage.shoot("add-camera", 1200)
        sheet.reject()


def touch(stage: Stage) -> None:
    with server(4) as (fake, _thread), stage.opened(fake, touch=True):
        stage.pictures()
        tile = stage.work.watch.controls[0].tile
        QCursor.setPos(tile.mapToGlobal(QPoint(tile.width() // 2, tile.height() // 2)))
        stage.shoot("touch", 1500)


SCENARIOS = {
    "login": login,
    "empty": empty,
    "live": live,
    "alarm": alarm,
    "archive": archive,
    "export": export,
    "finds": finds,
    "archives": archives,
    "settings": settings,
    "add-camera": add_camera,
    "find-cameras": find_cameras,
    "controls": controls,
    "touch": touch,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", default="1366x768")
    parser.add_argument("names", nargs="*", help=", ".join(SCENARIOS))
    options = parser.parse_args()
    width, height = (int(part) for part in options.size.split("x"))
    real_footage()
    app = make_application(sys.argv[:1])
    stage = Stage(app, options.out, (width, height))
    for name in options.names or SCENARIOS:
        SCENARIOS[name](stage)
    return 0


if __name__ == "__main__":
    sys.exit(main())
