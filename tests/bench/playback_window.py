"""The client's window of the benchmark `playback-sync`: `python -m tests.bench.playback_window
ORDERS` (JSON with port, password, begin_us, seconds); says one JSON line at the end."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import define, field
from PyQt5.QtCore import QTimer
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication

from axxon_client.app import Client, Options, make_application
from axxon_client.model.layouts import fitting
from axxon_client.ui.archive.desk import Desk
from axxon_client.ui.frame.work import WorkPage
from tests.bench.client_window import _pin
from tests.bench.playback_sync import CAMERAS, FRAME_US, MODES

_SAMPLE_MS = 10
_WAIT_MS = 60_000
_SETTLE_MS = 2_500
_SIZE = (1920, 1080)


@define
class Watch:
    """What stands on the tiles; `shown` by tile, the picture's time."""

    desk: Desk
    speed: float = 1.0
    on: bool = False
    shown: dict[int, int] = field(factory=dict)
    skews_us: list[int] = field(factory=list)
    lags_us: list[float] = field(factory=list)
    painted: int = 0
    late: int = 0

    def paint(self, tile: int, pts_us: int) -> None:
        self.shown[tile] = pts_us
        if not self.on:
            return
        lag_us = (self.desk.position_us - pts_us) / self.speed
        self.painted += 1
        self.late += lag_us > FRAME_US
        self.lags_us.append(lag_us)

    def sample(self) -> None:
        if self.on:
            self.skews_us.append(max(self.shown.values()) - min(self.shown.values()))


def play(options: Options, begin_us: int, seconds: float) -> dict[str, Any]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    _pin(options)
    client = Client(application, options)
    client.window.resize(*_SIZE)
    client.start()
    _until(lambda: client.window.work is not None and client.window.work.session.loaded)
    work = client.window.work
    assert work is not None
    modes = list(_modes(work, begin_us, seconds))
    client.window.close()
    client.close()
    return {"modes": modes}


def _modes(work: WorkPage, begin_us: int, seconds: float) -> Iterator[dict[str, Any]]:
    session, desk = work.session, work.watch.desk
    session.layouts.show(fitting([camera.id for camera in session.store.cameras()]))
    work.watch.bar.together.setChecked(True)
    work.watch.go_archive(time_us=begin_us)
    controls = [control for control in work.watch.controls if control.camera]
    assert len(controls) == CAMERAS
    watch = Watch(desk)
    for number, control in enumerate(controls):
        surface: Any = control.tile.gate.surface
        surface.painted.connect(lambda pts_us, tile=number: watch.paint(tile, pts_us))
    timer = QTimer()
    timer.setInterval(_SAMPLE_MS)
    timer.timeout.connect(lambda: watch.sample())
    timer.start()
    for speed in MODES:
        watch.__init__(desk, speed)  # type: ignore[misc]
        yield _measured(watch, begin_us, speed, seconds)


def _measured(watch: Watch, begin_us: int, speed: float, seconds: float) -> dict[str, Any]:
    desk = watch.desk
    desk.pause()
    desk.set_speed(speed)
    from_us = begin_us + (round((seconds + _SETTLE_MS / 1000) * 1e6) if speed < 0 else 0)
    desk.seek(from_us)
    _until(lambda: len(watch.shown) == CAMERAS and _near(watch, from_us))
    desk.toggle()
    assert not desk.paused
    QTest.qWait(_SETTLE_MS)
    watch.on = True
    began, at_us = time.monotonic(), desk.position_us
    QTest.qWait(round(seconds * 1000))
    watch.on = False
    wall_s = time.monotonic() - began
    return {
        "speed": speed,
        "skews_us": watch.skews_us,
        "lags_us": watch.lags_us,
        "painted": watch.painted,
        "late": watch.late,
        "reached": (desk.position_us - at_us) / 1e6 / wall_s,
        "wall_s": wall_s,
    }


def _near(watch: Watch, time_us: int) -> bool:
    return all(abs(pts_us - time_us) <= FRAME_US for pts_us in watch.shown.values())


def _until(ready: Any) -> None:
    for _ in range(_WAIT_MS // 20):
        if ready():
            return
        QTest.qWait(20)
    raise TimeoutError("the window was not ready")


def main() -> None:
    orders = json.loads(Path(sys.argv[1]).read_text())
    application = make_application(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        options = Options(
            "127.0.0.1", orders["port"], "admin", orders["password"], Path(folder)
        )  # fmt: skip
        found = play(options, orders["begin_us"], orders["seconds"])
    print(json.dumps(found), flush=True)
    del application
    os._exit(0)  # Qt's own clean-up is not what is measured


if __name__ == "__main__":
    main()
